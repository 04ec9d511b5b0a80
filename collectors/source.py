"""A source: one PostgreSQL database, read in one snapshot per run, safely and with bounds."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from collectors.errors import CollectError, QueryFailed, QueryTimeout, SourceDown
from collectors.watchdog import Watchdog

_GRACE = 1.0


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
        self._session = sql.SQL("; ").join(
            sql.SQL("SELECT set_config({}, {}, true)").format(sql.Literal(name), sql.Literal(value))
            for name, value in session.items()
        )
        self._free = threading.BoundedSemaphore(pool_size)
        self._lock = threading.Lock()
        self._idle: list[Connection[Any]] = []
        self._busy: set[Watchdog] = set()
        self._cancelled = self._closed = False

    def __repr__(self) -> str:
        return f"Source({self.name!r})"

    @contextmanager
    def snapshot(self, application: str, seconds: float) -> Iterator[Connection[Any]]:
        """One READ ONLY transaction that sees one state of the database; rolled back at the end.

        `seconds` bounds the whole: past it the server is asked to cancel, and if it does not answer, the connection
        is cut. Raises QueryTimeout when it came to that, SourceDown when the database cannot be reached or goes away,
        or after `cancel`.
        """
        with self._free:
            connection = self._begin(application)
            watchdog = Watchdog(connection, seconds + _GRACE)
            with self._lock:
                cancelled = self._cancelled
                self._busy.add(watchdog)
            if cancelled:  # while the transaction began
                self._release(connection, watchdog)
                raise self._not_asked()
            try:
                with watchdog:
                    yield connection
                    connection.execute("ROLLBACK")
            except psycopg.OperationalError as error:
                if self._cancelled:
                    raise self._not_asked() from error
                if watchdog.acted:
                    message = f"the run on the source {self.name} did not end within {seconds:g} s and was cut off"
                    raise QueryTimeout(message) from error
                raise SourceDown(f"lost the source {self.name}: {describe_error(error)}") from error
            finally:
                self._release(connection, watchdog)

    def cancel(self) -> None:
        """Let nothing begin any more, and ask the server to cancel what runs; after 2 seconds that is cut off."""
        with self._lock:
            self._cancelled = True
            busy = list(self._busy)
        for watchdog in busy:
            watchdog.hurry()
        deadline = time.monotonic() + _GRACE
        for watchdog in busy:
            watchdog.wait(deadline - time.monotonic())

    def close(self) -> None:
        """Close the idle connections; busy ones close when their run ends."""
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for connection in idle:
            connection.close()

    def _not_asked(self) -> SourceDown:
        return SourceDown(f"the source {self.name} is no longer asked")

    def _begin(self, application: str) -> Connection[Any]:
        """A connection inside a new transaction: an idle one if it still answers, else a new one.

        The session settings are set anew in each transaction, because behind a pooler the next one may be elsewhere.
        """
        begin = sql.SQL(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL application_name = {}; "
            "SET LOCAL statement_timeout = {}; {}"
        ).format(sql.Literal(application), sql.Literal(_milliseconds(self.statement_timeout)), self._session)
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                break
            with suppress(psycopg.Error):
                return self._prepared(connection, begin)
        try:
            connection = self._connect()
            return self._prepared(connection, _encoding(connection), begin)
        except psycopg.Error as error:
            # A connection string that cannot be read is quoted in the error, and it may hold a password.
            unreadable = isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None
            reason = "its connection string cannot be read" if unreadable else describe_error(error)
            raise SourceDown(f"could not reach the source {self.name}: {reason}") from error

    def _connect(self) -> Connection[Any]:
        return psycopg.connect(
            self._dsn,
            autocommit=True,
            prepare_threshold=None,
            connect_timeout=max(2, round(self._connect_timeout)),
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
            application_name="kpi_exporter",
            client_encoding="UTF8",
        )

    def _prepared(self, connection: Connection[Any], *statements: sql.Composed) -> Connection[Any]:
        """The connection, after these statements; it is closed when they fail, or take longer than a connection may."""
        failure: Exception | None = None
        watchdog = Watchdog(connection, self._connect_timeout)
        try:
            with watchdog:
                for statement in statements:
                    connection.execute(statement)
        except Exception as error:
            failure = error
        if watchdog.acted:
            failure = psycopg.OperationalError(f"no answer within {self._connect_timeout:g} s")
        if failure:
            connection.close()
            raise failure
        return connection

    def _release(self, connection: Connection[Any], watchdog: Watchdog) -> None:
        with self._lock:
            self._busy.discard(watchdog)
            clean = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            if clean and not watchdog.acted and not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def _encoding(connection: Connection[Any]) -> sql.Composed:
    """How text travels. A database without encoding refuses to send as UTF-8 what is none, so its bytes come raw."""
    encoding = "UTF8"
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        encoding = "SQL_ASCII"
        connection.adapters.register_loader("text", _LenientText)
    return sql.SQL("SET client_encoding = {}").format(sql.Literal(encoding))


class _LenientText(Loader):
    """Raw bytes as UTF-8, and those that are none as `\\xe9`."""

    format = psycopg.pq.Format.BINARY

    def load(self, data: Buffer) -> str:
        return bytes(data).decode(errors="backslashreplace")


@contextmanager
def savepoint(connection: Connection[Any], seconds: float) -> Iterator[None]:
    """A part of a snapshot whose failure leaves the snapshot usable, with a statement timeout of its own.

    Errors of the server leave as CollectError, a lost connection as psycopg.OperationalError.
    """
    began = time.monotonic()
    connection.execute(f"SAVEPOINT part; SET LOCAL statement_timeout = {_milliseconds(seconds)}")
    try:
        yield
    except psycopg.Error as error:
        if connection.closed:
            raise psycopg.OperationalError(describe_error(error)) from error
        connection.execute("ROLLBACK TO SAVEPOINT part")
        raise _translated(error, seconds, time.monotonic() - began) from error
    except Exception:
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK TO SAVEPOINT part")
        raise


def describe_error(error: psycopg.Error) -> str:
    """What the server said, on one line, without the query."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    return " ".join(text.split())


def _translated(error: psycopg.Error, seconds: float, passed: float) -> CollectError:
    if isinstance(error, psycopg.errors.QueryCanceled):
        reason = f"after {seconds:g} s" if passed >= seconds else "at somebody's request"
        return QueryTimeout(f"cancelled on the server {reason}")
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return QueryTimeout("a table is locked by another session, and lock_timeout ran out")
    return QueryFailed(f"the server refused: {describe_error(error)}")


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
