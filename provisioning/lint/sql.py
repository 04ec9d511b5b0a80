"""What a PostgreSQL says to the SQL of panels, without running it."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from collectors.sql_text import tokens, without_final_semicolon
from dashboards.board import Board
from dashboards.panel import Panel, Sql
from provisioning.lint.exceptions import except_ignored
from provisioning.lint.finding import Finding
from provisioning.lint.macros import MacroError
from provisioning.lint.places import panel_place
from provisioning.lint.statements import filled, form_faults
from warehouse.contract import TABLES

DESCRIBED = frozenset({"K511", "K512", "K513"})
"""The codes that only a server raises."""

_TIMES = frozenset({1114, 1184})
_NUMBERS = frozenset({20, 21, 23, 700, 701, 1700})
_TIMEOUT = "10s"


def describe_panels(boards: Iterable[Board], database: str | Connection[Any]) -> list[Finding]:
    """What a PostgreSQL with the contract tables says to the statements of the boards, none of which is run.

    `database` is a connection string of libpq, or an open connection. A statement that cannot be sent, because its
    text is at fault, is left to `lint`. Raises psycopg.OperationalError when the server cannot be reached, or does not
    answer in ten seconds.
    """
    if isinstance(database, str):
        with closing(psycopg.connect(database, autocommit=True)) as connection:
            return describe_panels(boards, connection)
    found: list[Finding] = []
    for board in boards:
        for section, panel in board.panels():
            place = panel_place(board, section, panel)
            said = [
                Finding(code, place, message)
                for query in panel.targets
                if isinstance(query, Sql)
                for code, message in _described(database, query, panel)
            ]
            found += except_ignored(panel.ignore, place, said, DESCRIBED.__contains__)
    return found


def _described(connection: Connection[Any], query: Sql, panel: Panel) -> Iterator[tuple[str, str]]:
    try:
        text = without_final_semicolon(filled(query.text))
    except MacroError:
        return
    if any(form_faults(tokens(text))):
        return
    opening = "SELECT * FROM (\n"
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION READ ONLY")
            connection.execute(f"SET LOCAL statement_timeout = '{_TIMEOUT}'".encode())
            # With LIMIT 0 the server plans it and checks the rights, but reads no row.
            cursor = connection.execute(f"{opening}{text}\n) q LIMIT 0".encode())
            columns = [(column.name, column.type_code) for column in cursor.description or ()]
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        yield "K511", _refusal(error, query.file, text, len(opening))
        return
    yield from _column_faults(query, panel, columns)


def _column_faults(query: Sql, panel: Panel, columns: list[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    names = [name for name, _ in columns]
    wanted = [*(column.match for column in panel.columns), *(panel.matrix or ())]
    for name in dict.fromkeys(wanted):
        if name not in names:
            yield "K512", f"{query.file.name} returns no column {name!r}; it returns: {', '.join(names)}."
    if query.shape == "time_series":
        first, kind = columns[0] if columns else ("", 0)
        if first != "time" or kind not in _TIMES | _NUMBERS:
            yield "K513", f"{query.file.name} must return first a timestamp called time, got {first or 'nothing'}."
        elif not any(kind in _NUMBERS for _, kind in columns[1:]):
            yield "K513", f"{query.file.name} returns no number beside the time."


def _refusal(error: psycopg.Error, file: Path, text: str, start: int) -> str:
    message = (error.diag.message_primary or str(error)).split("\n")[0]
    position = max(0, int(error.diag.statement_position or 0) - 1 - start)
    line = text.count("\n", 0, min(position, len(text))) + 1
    table = next((token.text for token in tokens(text[position:])), "")
    missing = isinstance(error, psycopg.errors.UndefinedTable) and table in TABLES
    hint = "; kpi migrate creates the contract tables, and kpi check prints a view to stand in" if missing else ""
    return f"{file.name}:{line}: {message}{hint}."
