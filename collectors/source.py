"""A source: one PostgreSQL database, read in one snapshot per run, safely and with bounds."""

import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import Connection, sql

from collectors.errors import CollectError, QueryFailed, QueryTimeout, SourceDown

_GRACE = 1.0
_CANCEL_SECONDS = 2.0


class Source:
    """A database with constant labels.

    `dsn` is a libpq connection string; durations are in seconds. At most `pool_size` connections are open; whoever
    asks for more waits for one. Nothing is connected before the first snapshot.
    """

    def __init__(
        self,
        name: str,
        dsn: str,
        *,
        labels: Mapping[str, str] | None = None,
        search_path: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
        timezone: str = "UTC",
        statement_timeout: float = 10.0,
        lock_timeout: float = 1.0,
        connect_timeout: float = 5.0,
        pool_size: int = 2,
        max_rows: int = 200_000,
    ) -> None:
        self.name = name
        self.labels = dict(labels or {})
        self.statement_timeout = statement_timeout
        self.pool_size = pool_size
        self.max_rows = max_rows
        self._dsn = dsn
        self._connect_timeout = connect_timeout
        session = dict(settings or {}) | {"TimeZone": timezone, "lock_timeout": _milliseconds(lock_timeout)}
        if search_path:
            session["search_path"] = ", ".join('"' + schema.replace('"', '""') + '"' for schema in search_path)
        self._session = session
        self._free = threading.BoundedSemaphore(pool_size)
        self._lock = threading.Lock()
        self._idle: list[Connection[Any]] = []
        self._busy: set[Connection[Any]] = set()

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    @contextmanager
    def snapshot(self, application: str, seconds: float) -> Iterator[Connection[Any]]:
        """One READ ONLY transaction that sees one state of the database; rolled back at the end.

        `seconds` bounds the whole: past it the server is asked to cancel, and if it does not answer, the connection
        is cut. Raises SourceDown when the database cannot be reached or goes away.
        """
        with self._free:
            connection = self._begin(application)
            with self._lock:
                self._busy.add(connection)
            watch = threading.Timer(seconds + _GRACE, self._give_up, [connection])
            watch.daemon = True
            watch.start()
            try:
                yield connection
                connection.execute("ROLLBACK")
            except psycopg.OperationalError as error:
                raise SourceDown(f"lost the source {self.name}: {describe_error(error)}") from error
            finally:
                watch.cancel()
                self._release(connection)

    def cancel(self) -> None:
        """Ask the server to cancel everything that runs now."""
        with self._lock:
            busy = list(self._busy)
        for connection in busy:
            _cancel(connection)

    def close(self) -> None:
        """Close the idle connections; busy ones close when their run ends."""
        with self._lock:
            idle, self._idle, self.pool_size = self._idle, [], 0
        for connection in idle:
            connection.close()

    def _begin(self, application: str) -> Connection[Any]:
        """A connection inside a new transaction: an idle one if it still answers, else a new one."""
        begin = sql.SQL(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL application_name = {}; "
            "SET LOCAL statement_timeout = {}"
        ).format(sql.Literal(application), sql.Literal(_milliseconds(self.statement_timeout)))
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                break
            try:
                connection.execute(begin)
            except psycopg.Error:
                connection.close()
            else:
                return connection
        try:
            connection = self._connect()
            connection.execute(begin)
        except psycopg.Error as error:
            raise SourceDown(f"could not reach the source {self.name}: {describe_error(error)}") from error
        return connection

    def _connect(self) -> Connection[Any]:
        connection = psycopg.connect(
            self._dsn,
            autocommit=True,
            prepare_threshold=None,
            connect_timeout=max(2, round(self._connect_timeout)),
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
            application_name="kpi_exporter",
        )
        settings = [
            sql.SQL("SELECT set_config({}, {}, false)").format(sql.Literal(name), sql.Literal(value))
            for name, value in self._session.items()
        ]
        try:
            connection.execute(sql.SQL("; ").join(settings))
        except psycopg.Error:
            connection.close()
            raise
        return connection

    def _release(self, connection: Connection[Any]) -> None:
        with self._lock:
            self._busy.discard(connection)
            reusable = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            if reusable and len(self._idle) < self.pool_size:
                self._idle.append(connection)
                return
        connection.close()

    def _give_up(self, connection: Connection[Any]) -> None:
        _cancel(connection)
        watch = threading.Timer(_CANCEL_SECONDS, _cut, [connection])
        watch.daemon = True
        with self._lock:
            if connection in self._busy:
                watch.start()


@contextmanager
def savepoint(connection: Connection[Any], seconds: float, place: str) -> Iterator[None]:
    """A part of a snapshot whose failure leaves the snapshot usable, with a statement timeout of its own.

    Server errors leave as CollectError with `place` in the message; a lost connection as psycopg.OperationalError.
    """
    connection.execute(f"SAVEPOINT part; SET LOCAL statement_timeout = {_milliseconds(seconds)}")
    try:
        yield
    except psycopg.Error as error:
        if connection.closed or connection.broken:
            raise
        connection.execute("ROLLBACK TO SAVEPOINT part")
        raise _translated(error, seconds, place) from error
    except Exception:
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK TO SAVEPOINT part")
        raise


def describe_error(error: psycopg.Error) -> str:
    """What the server said, on one line, without the query."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    return " ".join(text.split())


def _translated(error: psycopg.Error, seconds: float, place: str) -> CollectError:
    if isinstance(error, psycopg.errors.QueryCanceled):
        return QueryTimeout(f"{place}: cancelled on the server after {seconds:g} s")
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return QueryTimeout(f"{place}: a table is locked by another session, and lock_timeout ran out")
    return QueryFailed(f"{place}: {describe_error(error)}")


def _cancel(connection: Connection[Any]) -> None:
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=_CANCEL_SECONDS)


def _cut(connection: Connection[Any]) -> None:
    """Shut the socket under a connection whose server does not answer, so that the waiting thread wakes."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
