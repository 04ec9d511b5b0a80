"""Asks the server which columns a query has, without running it."""

from typing import Any, NamedTuple

from psycopg import Connection, pq

from collectors.errors import QueryFailed, QueryRefused, TableMissing
from collectors.statement import describing
from warehouse.contract import TABLES

_NUMERIC = {20, 21, 23, 700, 701, 1700}
_DATE, _TIMESTAMP, _TIMESTAMPTZ, _INTERVAL = 1082, 1114, 1184, 1186
_UNDEFINED_TABLE = "42P01"
_CALLER_FAULTS = ("42", "0A", "22")


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

    Raises QueryRefused with `place` and line for a fault in the query, TableMissing for an absent contract table,
    QueryFailed for anything else, such as a permission that is not granted.
    """
    statement, start = describing(text, windows)
    pgconn = connection.pgconn
    result = pgconn.prepare(b"", statement.encode())
    if result.status == pq.ExecStatus.COMMAND_OK:
        result = pgconn.describe_prepared(b"")
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise _error(result, statement, start, place)
    return [Column((result.fname(number) or b"").decode(), result.ftype(number)) for number in range(result.nfields)]


def _error(result: pq.abc.PGresult, statement: str, start: int, place: str) -> Exception:
    def field(name: pq.DiagnosticField) -> str:
        return (result.error_field(name) or b"").decode(errors="replace")

    state, message = field(pq.DiagnosticField.SQLSTATE), field(pq.DiagnosticField.MESSAGE_PRIMARY)
    table = message.removeprefix('relation "').removesuffix('" does not exist').rpartition(".")[2]
    if state == _UNDEFINED_TABLE and table in TABLES:
        return TableMissing(f"off: the contract table {table} is missing; 'kpi check' prints the view to create", table)
    if state.startswith(_CALLER_FAULTS) and state != "42501":
        position = int(field(pq.DiagnosticField.STATEMENT_POSITION) or 0)
        line = statement.count("\n", start, max(start, position - 1)) + 1
        hint = field(pq.DiagnosticField.MESSAGE_HINT)
        return QueryRefused(f"{place}:{line}: {message}{'. ' + hint if hint else ''}")
    return QueryFailed(f"{place}: could not describe the query: {message or result.get_error_message()}")
