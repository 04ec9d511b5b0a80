"""Asks the server which columns a query has, and whether it may read what it needs, without running it."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection, RawCursor, pq
from psycopg.errors import error_from_result

from collectors.errors import QueryFailed, QueryRefused, TableMissing
from collectors.sql_text import tokens
from collectors.statement import describing
from warehouse.contract import OWN_TABLES, TABLES

_NUMERIC = {20, 21, 23, 700, 701, 1700}
_DATE, _TIMESTAMP, _TIMESTAMPTZ, _INTERVAL = 1082, 1114, 1184, 1186
_UNDEFINED_TABLE, _NOT_PERMITTED, _SYNTAX_ERROR = "42P01", "42501", "42601"
_CALLER_FAULTS = ("42", "0A", "22", "3F")
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


class Column(NamedTuple):
    """A column of a result, with the type's number in PostgreSQL's catalogue."""

    name: str
    type: int

    @property
    def is_numeric(self) -> bool:
        return self.type in _NUMERIC

    @property
    def is_date(self) -> bool:
        return self.type == _DATE

    @property
    def is_instant(self) -> bool:
        return self.type == _TIMESTAMPTZ

    @property
    def hint(self) -> str:
        """What to write instead, for types that are close to what is needed."""
        hints = {_INTERVAL: "; write extract(epoch FROM …)", _TIMESTAMP: "; write … AT TIME ZONE 'UTC'"}
        return hints.get(self.type, "")


def describe(connection: Connection[Any], text: str, windows: list[str], place: str) -> list[Column]:
    """The columns of the query `text`.

    It is parsed and planned, because only a plan tells which tables the role may read.

    Raises QueryRefused with `place` and line for a fault in the query, TableMissing for an absent table that we know,
    QueryFailed for anything else, such as a permission that is not granted, and psycopg.OperationalError for a lost
    connection, a locked table and a timeout.
    """
    statement, start = describing(text, windows)
    try:
        columns = _columns(connection, statement)
        RawCursor(connection).execute(f"EXPLAIN {statement}".encode(), [_ANY_MOMENT])
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise _translated(error, statement, start, start + len(text), place) from error
    return columns


def _columns(connection: Connection[Any], statement: str) -> list[Column]:
    pgconn = connection.pgconn
    result = pgconn.prepare(b"", statement.encode())
    if result.status == pq.ExecStatus.COMMAND_OK:
        result = pgconn.describe_prepared(b"")
    if pgconn.status != pq.ConnStatus.OK:
        raise psycopg.OperationalError(result.get_error_message() or "the connection is lost")
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise error_from_result(result)
    names = [(result.fname(number) or b"").decode(errors="replace") for number in range(result.nfields)]
    return [Column(name, result.ftype(number)) for number, name in enumerate(names)]


def _translated(error: psycopg.Error, statement: str, start: int, end: int, place: str) -> Exception:
    state, message = error.sqlstate or "", (error.diag.message_primary or str(error)).split("\n")[0]
    position = int(error.diag.statement_position or 0) - 1
    table = _name_at(statement, position)
    if state == _UNDEFINED_TABLE and table in TABLES:
        return TableMissing(f"off: the contract table {table} is missing; 'kpi check' prints the view to create", table)
    if state == _UNDEFINED_TABLE and table in OWN_TABLES:
        return TableMissing(f"off: the exporter keeps {table} in its warehouse, and this source is another one", table)
    if state == _NOT_PERMITTED or not state.startswith(_CALLER_FAULTS):
        return QueryFailed(f"{place}: {message}")
    if state == _SYNTAX_ERROR and position >= end:
        message = "the query ends too early"
    line = statement.count("\n", start, min(max(start, position), end)) + 1
    hint = f". {error.diag.message_hint}" if error.diag.message_hint else ""
    return QueryRefused(f"{place}:{line}: {message}{hint}")


def _name_at(statement: str, position: int) -> str:
    """The name that stands at a position, without its schema. The server's message would be in its own language."""
    found = tokens(statement[max(0, position) :])
    while len(found) > 2 and found[1].text == ".":
        found = found[2:]
    return found[0].text.strip('"') if found else ""
