"""The database that SQL panels read: each statement in a READ ONLY transaction of its own, with a timeout."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from collectors.errors import CollectError, SourceDown
from collectors.source import Source, savepoint
from provisioning.lint.macros import MacroError, fill_macros
from provisioning.verify.answer import Answer
from provisioning.verify.as_grafana import Range
from provisioning.verify.errors import Refused, Unreachable


class Database:
    """A PostgreSQL at `dsn`, a connection string of libpq; its password is never printed. `timeout` is in seconds."""

    def __init__(self, dsn: str, *, timeout: float = 30.0, connections: int = 4) -> None:
        self._source = Source(_name(dsn), dsn, statement_timeout=timeout, pool_size=connections)
        self._timeout = timeout

    def reach(self) -> None:
        """Raises Unreachable when it does not answer."""
        try:
            self.ask("SELECT 1", course=False)
        except Refused as error:
            raise Unreachable(f"could not ask the source {self._source.name}: {error}") from error

    def ask(self, statement: str, *, course: bool) -> Answer:
        """How many rows the statement gives; in a `course` over time a row without any number holds none.

        Raises Refused, or Unreachable.
        """
        try:
            with (
                self._source.snapshot("kpi_exporter/verify", self._timeout) as connection,
                savepoint(connection, self._timeout),
            ):
                cursor = connection.execute(statement.encode())
                names = [column.name for column in cursor.description or ()]
                rows = cursor.fetchall() if names else []
        except SourceDown as error:
            raise Unreachable(str(error)) from error
        except CollectError as error:
            raise Refused(str(error)) from error
        values = [position for position, name in enumerate(names) if not course or name not in ("time", "metric")]
        hollow = sum(not any(_says_something(row[position]) for position in values) for row in rows)
        return Answer(len(rows), hollow)

    def close(self) -> None:
        """Close its connections."""
        self._source.close()


def filled(statement: str, span: Range, variables: Mapping[str, str]) -> str:
    """The statement with Grafana's macros and variables replaced. Raises Refused where Grafana could not do that."""
    start, end = (datetime.fromtimestamp(moment, UTC) for moment in (span.start, span.end))
    try:
        return fill_macros(statement, start, end, {**span.variables, **variables})
    except MacroError as error:
        raise Refused(str(error)) from error


def _says_something(value: Any) -> bool:
    if value is None:
        return False
    try:
        return math.isfinite(value)
    except (TypeError, ValueError):
        return True  # a text, or a time


def _name(dsn: str) -> str:
    """What the database is called in errors: without user and password."""
    try:
        parts = conninfo_to_dict(dsn)
    except ProgrammingError:
        return "of SQL panels"
    return f"{parts.get('dbname') or 'postgres'} on {parts.get('host') or 'localhost'}"
