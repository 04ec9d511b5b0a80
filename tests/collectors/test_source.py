"""A source reads one database safely: read only, bounded in time and in connections, and it comes back by itself."""

import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collectors.errors import QueryFailed, QueryTimeout, SourceDown
from collectors.source import Source, savepoint
from collectors.watchdog import Watchdog
from warehouse.embedded import EmbeddedPostgres

Database = psycopg.Connection[Any]
BACKENDS = "SELECT pid, state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def database(empty_database: str) -> Iterator[Database]:
    """An autocommit connection to the database of the source, with the table `orders`."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE orders (id int)")
        yield connection


@pytest.fixture
def make(empty_database: str) -> Iterator[Callable[..., Source]]:
    """`make(**options)`: a source that reads the database; closed afterwards."""
    made: list[Source] = []

    def source(dsn: str = empty_database, **options: Any) -> Source:
        made.append(Source("app", dsn, **options))
        return made[-1]

    yield source
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """A server of these tests alone, which also answers on TCP. A test that stops it must start it again."""
    directory = Path(tempfile.mkdtemp(prefix="kpi-source-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    settings = {"fsync": "off", "listen_addresses": "127.0.0.1", "port": port}
    try:
        with EmbeddedPostgres(directory / "data", settings) as started:
            yield started
    finally:
        shutil.rmtree(directory)


def one(connection: Database, statement: str) -> Any:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def wait_until(reached: Callable[[], object], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.02)


def active(database: Database) -> list[Any]:
    return database.execute(f"{BACKENDS} AND state = 'active'".encode()).fetchall()


def test_nothing_is_connected_before_the_first_snapshot(make: Callable[..., Source]) -> None:
    source = make("host=127.0.0.1 port=1", labels={"tenant": "acme"})
    assert (source.name, source.labels, repr(source)) == ("app", {"tenant": "acme"}, "Source('app')")


def test_nothing_can_be_written(make: Callable[..., Source], database: Database) -> None:
    database.execute("CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'INSERT INTO orders VALUES (1) RETURNING id'")
    with make().snapshot("test", 5) as connection:
        for statement, reason in [
            ("SELECT sneak()", "cannot execute INSERT in a read-only transaction"),
            ("CREATE TABLE more (id int)", "cannot execute CREATE TABLE in a read-only transaction"),
            ("SELECT id FROM orders FOR UPDATE", "cannot execute SELECT FOR UPDATE in a read-only transaction"),
            ("SET TRANSACTION READ WRITE; SELECT sneak()", "cannot set transaction read-write mode"),
            ("SELECT set_config('transaction_read_only', 'off', true)", "cannot set transaction read-write mode"),
        ]:
            with pytest.raises(QueryFailed, match=f"^the server refused: {reason}"), savepoint(connection, 5):
                connection.execute(statement.encode())
    assert one(database, "SELECT count(*) FROM orders") == 0


def test_a_query_that_outlasts_its_timeout_is_cancelled_on_the_server(
    make: Callable[..., Source], database: Database
) -> None:
    began = time.monotonic()
    with make().snapshot("test", 5) as connection:
        with pytest.raises(QueryTimeout, match=r"^cancelled on the server after 0\.2 s$"), savepoint(connection, 0.2):
            connection.execute("SELECT pg_sleep(60)")
        assert active(database) == []
        assert one(connection, "SELECT 1") == 1
    assert time.monotonic() - began < 3


def test_the_timeout_of_the_source_holds_where_no_part_has_its_own(make: Callable[..., Source]) -> None:
    with make(statement_timeout=12.5).snapshot("test", 5) as connection:
        assert one(connection, "SHOW statement_timeout") == "12500ms"
        with savepoint(connection, 0.0001):
            assert one(connection, "SHOW statement_timeout") == "1ms"


def test_a_query_that_somebody_cancels_is_not_told_as_too_slow(make: Callable[..., Source], database: Database) -> None:
    with make().snapshot("test", 20) as connection:
        pid = connection.info.backend_pid
        killer = threading.Timer(0.2, database.execute, ["SELECT pg_cancel_backend(%s)", [pid]])
        killer.start()
        with pytest.raises(QueryTimeout, match=r"^cancelled on the server at somebody's request$"):  # noqa: SIM117
            with savepoint(connection, 10):
                connection.execute("SELECT pg_sleep(60)")
        killer.join()


def test_a_locked_table_is_waited_for_no_longer_than_the_lock_timeout(
    make: Callable[..., Source], database: Database, empty_database: str
) -> None:
    with psycopg.connect(empty_database) as locking, make(lock_timeout=0.1).snapshot("test", 5) as connection:
        locking.execute("LOCK TABLE orders")
        began = time.monotonic()
        with pytest.raises(QueryTimeout, match=r"^a table is locked by another session, and lock_timeout ran out$"):  # noqa: SIM117
            with savepoint(connection, 5):
                connection.execute("SELECT * FROM orders")
        assert time.monotonic() - began < 2
        locking.rollback()
        assert one(connection, "SELECT count(*) FROM orders") == 0


def test_all_queries_of_a_snapshot_see_one_state(make: Callable[..., Source], database: Database) -> None:
    source = make()
    with source.snapshot("test", 5) as connection:
        assert one(connection, "SELECT count(*) FROM orders") == 0
        database.execute("INSERT INTO orders VALUES (1)")
        with savepoint(connection, 5):
            assert one(connection, "SELECT count(*) FROM orders") == 0
    with source.snapshot("test", 5) as connection:
        assert one(connection, "SELECT count(*) FROM orders") == 1


def test_the_server_sees_who_asks(make: Callable[..., Source], database: Database) -> None:
    seen = "SELECT application_name FROM pg_stat_activity WHERE pid = {}"
    with make().snapshot('kpi_exporter/it\'s "me"', 5) as connection:
        pid = connection.info.backend_pid
        assert one(database, seen.format(pid)) == 'kpi_exporter/it\'s "me"'
    assert one(database, seen.format(pid)) == "kpi_exporter"


def test_schemas_settings_and_time_zone_are_those_of_the_source(
    make: Callable[..., Source], database: Database
) -> None:
    database.execute('CREATE SCHEMA "acme ""a"", b"; CREATE TABLE "acme ""a"", b".orders AS SELECT 7 AS id')
    source = make(
        search_path=['acme "a", b', "public"],
        settings={"app.tenant": "ac'me", "work_mem": "1MB"},
        timezone="Asia/Tokyo",
    )
    for _ in range(2):
        with source.snapshot("test", 5) as connection:
            assert one(connection, "SELECT id FROM orders") == 7
            assert one(connection, "SELECT current_setting('app.tenant')") == "ac'me"
            assert one(connection, "SHOW work_mem") == "1MB"
            assert one(connection, "SELECT (timestamptz '2026-01-31 15:00+00')::date::text") == "2026-02-01"
    with make().snapshot("test", 5) as connection:
        assert one(connection, "SHOW TimeZone") == "UTC"
        assert one(connection, "SHOW search_path") == '"$user", public'


def test_a_setting_that_the_server_refuses_takes_the_source_down(make: Callable[..., Source]) -> None:
    with pytest.raises(SourceDown, match=r'^could not reach the source app: invalid value for parameter "work_mem"'):  # noqa: SIM117
        with make(settings={"work_mem": "much"}).snapshot("test", 5):
            pass


def test_a_connection_is_used_again(make: Callable[..., Source]) -> None:
    source = make()
    pids = set()
    for _ in range(3):
        with source.snapshot("test", 5) as connection:
            pids.add(connection.info.backend_pid)
    assert len(pids) == 1


def test_there_are_never_more_backends_than_the_pool_allows(make: Callable[..., Source], database: Database) -> None:
    source = make(pool_size=2)
    most = 0

    def ask(_: int) -> None:
        with source.snapshot("test", 5) as connection:
            connection.execute("SELECT pg_sleep(0.05)")

    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask, number) for number in range(16)]
        while not all(future.done() for future in asked):
            most = max(most, len(database.execute(BACKENDS).fetchall()))
        for future in asked:
            future.result()
    assert most == 2


def test_a_run_that_breaks_midway_gives_its_place_back(make: Callable[..., Source], database: Database) -> None:
    source = make(pool_size=1)
    with pytest.raises(RuntimeError, match="a bug"), source.snapshot("test", 5) as connection:  # noqa: PT012
        pid = connection.info.backend_pid
        connection.execute("SELECT 1")
        raise RuntimeError("a bug")
    with source.snapshot("test", 5) as connection:
        assert connection.info.backend_pid != pid
        assert one(connection, "SELECT 1") == 1


def test_a_failing_part_leaves_the_snapshot_to_the_next(make: Callable[..., Source], database: Database) -> None:
    with make().snapshot("test", 5) as connection:
        with pytest.raises(QueryFailed, match=r'^the server refused: relation "nowhere" does not exist$'):  # noqa: SIM117
            with savepoint(connection, 5):
                connection.execute("SELECT * FROM nowhere")
        with pytest.raises(KeyError), savepoint(connection, 5):  # noqa: PT012
            with suppress(psycopg.Error):
                connection.execute("SELECT 1 / 0")
            raise KeyError("a bug in the collector")
        with savepoint(connection, 5):
            assert one(connection, "SELECT count(*) FROM orders") == 0


@pytest.mark.parametrize("statement", ["SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 1"])
def test_a_connection_lost_midway_takes_the_source_down_once(
    make: Callable[..., Source], database: Database, statement: str
) -> None:
    source = make()
    with pytest.raises(SourceDown, match=r"^lost the source app: "):  # noqa: SIM117, PT012
        with source.snapshot("test", 5) as connection:
            with savepoint(connection, 5):
                if statement == "SELECT 1":
                    database.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
                connection.execute(statement.encode())
    with source.snapshot("test", 5) as connection:
        assert one(connection, "SELECT 1") == 1


def test_any_error_on_a_lost_connection_leaves_the_savepoint_as_a_lost_connection(
    make: Callable[..., Source],
) -> None:
    with pytest.raises(SourceDown, match=r"^lost the source app: odd$"):  # noqa: SIM117, PT012
        with make().snapshot("test", 5) as connection:
            with savepoint(connection, 5):
                connection.close()
                raise psycopg.InterfaceError("odd")


def test_idle_connections_that_died_are_replaced_in_silence(make: Callable[..., Source], database: Database) -> None:
    source = make()
    with source.snapshot("test", 5) as one_connection, source.snapshot("test", 5) as other:
        pids = [one_connection.info.backend_pid, other.info.backend_pid]
    for pid in pids:
        database.execute("SELECT pg_terminate_backend(%s, 1000)", [pid])
    with source.snapshot("test", 5) as connection:
        assert connection.info.backend_pid not in pids


def test_closing_ends_idle_connections_at_once_and_busy_ones_with_their_run(
    make: Callable[..., Source], database: Database
) -> None:
    source = make()
    with source.snapshot("test", 5) as busy:
        with source.snapshot("test", 5) as idle:
            pass
        source.close()
        assert idle.closed
        wait_until(lambda: len(database.execute(BACKENDS).fetchall()) == 1)
        assert one(busy, "SELECT 1") == 1
    wait_until(lambda: not database.execute(BACKENDS).fetchall())


def test_cancelling_ends_what_runs_now(make: Callable[..., Source], database: Database) -> None:
    source = make(statement_timeout=60)

    def ask() -> None:
        with source.snapshot("test", 60) as connection, savepoint(connection, 60):
            connection.execute("SELECT pg_sleep(60)")

    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(ask), threads.submit(ask)]
        wait_until(lambda: len(active(database)) == 2)
        began = time.monotonic()
        source.cancel()
        for future in asked:
            with pytest.raises(QueryTimeout, match="somebody's request"):
                future.result()
        assert time.monotonic() - began < 5
    assert active(database) == []


def test_what_is_cancelled_for_good_says_so(make: Callable[..., Source]) -> None:
    source = make()
    threading.Timer(0.5, source.cancel).start()
    with pytest.raises(SourceDown, match="no longer asked"), source.snapshot("test", 60) as connection:
        connection.execute("SELECT pg_sleep(60)")


def test_what_begins_while_all_is_cancelled_does_not_run(make: Callable[..., Source], database: Database) -> None:
    source = make()
    with source.snapshot("test", 5):
        pass
    source.cancel()
    with pytest.raises(SourceDown, match="no longer asked"), source.snapshot("test", 5):
        pytest.fail("it runs")
    source.close()
    wait_until(lambda: not database.execute(BACKENDS).fetchall())


def test_a_run_that_outlasts_its_time_is_cancelled_and_its_connection_not_used_again(
    make: Callable[..., Source], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.source._GRACE", 0.0)
    source = make(statement_timeout=60)
    with source.snapshot("test", 0.3) as connection:
        pid = connection.info.backend_pid
        with pytest.raises(QueryTimeout), savepoint(connection, 60):
            connection.execute("SELECT pg_sleep(60)")
    with source.snapshot("test", 5) as connection:
        assert connection.info.backend_pid != pid


def test_text_that_is_not_utf_8_is_shown_in_escapes(
    make: Callable[..., Source], database: Database, postgres: EmbeddedPostgres
) -> None:
    name = f"{database.info.dbname}_ascii"
    database.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'".encode())
    try:
        with psycopg.connect(postgres.dsn(name), autocommit=True, client_encoding="SQL_ASCII") as writing:
            writing.execute(b"CREATE TABLE labels AS SELECT 'caf\xe9' AS label UNION ALL SELECT 'caf\xc3\xa9'")
        source = make(postgres.dsn(name))
        with source.snapshot("test", 5) as connection:
            rows = connection.execute("SELECT label::text FROM labels ORDER BY 1", binary=True).fetchall()
        source.close()
        assert rows == [("café",), ("caf\\xe9",)]
    finally:
        database.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_text_of_an_older_encoding_is_read_right_both_ways(
    make: Callable[..., Source], database: Database, postgres: EmbeddedPostgres
) -> None:
    name = f"{database.info.dbname}_latin"
    database.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'".encode())
    try:
        source = make(postgres.dsn(name))
        with source.snapshot("test", 5) as connection:
            cursor = psycopg.RawCursor(connection)
            assert cursor.execute("SELECT 'é', length('é')".encode(), binary=True).fetchall() == [("é", 1)]
        source.close()
    finally:
        database.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_a_wrong_password_is_the_reason_and_is_not_told(make: Callable[..., Source], server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as administrator:
        administrator.execute("CREATE ROLE reader LOGIN PASSWORD 'the right one'")
    dsn = f"postgresql://reader:hunter2@127.0.0.1:{server.settings['port']}/postgres"
    with pytest.raises(SourceDown) as down, make(dsn).snapshot("test", 5):
        pass
    assert 'password authentication failed for user "reader"' in str(down.value)
    assert str(down.value).startswith("could not reach the source app: ")
    assert "hunter2" not in str(down.value)
    assert "\n" not in str(down.value)


def test_a_database_that_is_not_there_is_the_reason(make: Callable[..., Source], server: EmbeddedPostgres) -> None:
    with (
        pytest.raises(SourceDown, match='database "nowhere" does not exist'),
        make(server.dsn("nowhere")).snapshot("t", 5),
    ):
        pass


def test_an_unreachable_host_is_the_reason(make: Callable[..., Source]) -> None:
    with pytest.raises(SourceDown) as down, make("postgresql://u:hunter2@127.0.0.1:1/db").snapshot("test", 5):
        pass
    assert "could not reach the source app: " in str(down.value)
    assert "Connection refused" in str(down.value)
    assert "\n" not in str(down.value)
    assert "hunter2" not in str(down.value)


def test_a_host_that_says_nothing_is_given_up(make: Callable[..., Source]) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        dsn = f"host=127.0.0.1 port={silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(SourceDown, match="timeout"), make(dsn, connect_timeout=0.5).snapshot("test", 5):
            pass
        assert time.monotonic() - began < 4


def test_a_server_that_takes_too_long_over_the_settings_is_given_up(make: Callable[..., Source]) -> None:
    with pytest.raises(SourceDown) as down, make(connect_timeout=0).snapshot("test", 5):
        pass
    assert str(down.value) == "could not reach the source app: no answer within 0 s"


def test_a_connection_string_that_cannot_be_read_is_not_told(make: Callable[..., Source]) -> None:
    with pytest.raises(SourceDown) as down, make("password = hunter2 and more").snapshot("test", 5):
        pass
    assert str(down.value) == "could not reach the source app: its connection string cannot be read"


def test_the_source_comes_back_after_the_server_was_away(make: Callable[..., Source], server: EmbeddedPostgres) -> None:
    source = make(server.dsn())
    with source.snapshot("test", 5) as connection:
        assert one(connection, "SELECT 1") == 1
    with pytest.raises(SourceDown, match=r"^lost the source app: "), source.snapshot("test", 5) as connection:  # noqa: PT012
        server.stop("immediate")
        connection.execute("SELECT 1")
    try:
        with pytest.raises(SourceDown, match=r"^could not reach the source app: "), source.snapshot("test", 5):
            pass
    finally:
        server.start()
    with source.snapshot("test", 5) as connection:
        assert one(connection, "SELECT 1") == 1


@pytest.fixture
def stopped() -> Iterator[Callable[[int], None]]:
    """`stopped(pid)` stops a process, which goes on after the test."""
    pids: list[int] = []

    def stop(pid: int) -> None:
        pids.append(pid)
        os.kill(pid, signal.SIGSTOP)

    yield stop
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def test_a_server_that_stops_answering_midway_loses_the_connection(
    make: Callable[..., Source],
    server: EmbeddedPostgres,
    stopped: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collectors.source._GRACE", 0.1)
    monkeypatch.setattr("collectors.watchdog._CANCEL_SECONDS", 0.5)
    source = make(server.dsn())
    began = time.monotonic()
    message = r"^the run on the source app did not end within 0\.3 s and was cut off$"
    with pytest.raises(QueryTimeout, match=message):  # noqa: SIM117, PT012
        with source.snapshot("test", 0.3) as connection:
            stopped(connection.info.backend_pid)
            connection.execute("SELECT 1")
    assert 0.8 < time.monotonic() - began < 3
    with source.snapshot("test", 5) as connection:
        assert one(connection, "SELECT 1") == 1


def test_an_idle_connection_whose_server_stopped_answering_is_replaced(
    make: Callable[..., Source],
    server: EmbeddedPostgres,
    stopped: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collectors.watchdog._CANCEL_SECONDS", 0.3)
    source = make(server.dsn(), connect_timeout=0.3)
    with source.snapshot("test", 5) as connection:
        pid = connection.info.backend_pid
    stopped(pid)
    began = time.monotonic()
    with source.snapshot("test", 5) as connection:
        assert connection.info.backend_pid != pid
    assert time.monotonic() - began < 3


def test_a_watchdog_cuts_no_connection_whose_use_has_ended(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.watchdog._CANCEL_SECONDS", 0.1)
    with psycopg.connect(empty_database) as connection:
        with Watchdog(connection, 60) as watchdog:
            watchdog.hurry()
            watchdog.wait(5)
        assert watchdog.acted
        time.sleep(0.3)
        assert one(connection, "SELECT 1") == 1


def test_a_watchdog_asks_again_when_the_next_statement_has_begun(empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection, Watchdog(connection, 60) as watchdog:
        watchdog.hurry()
        watchdog.wait(5)
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(60)")
        assert not connection.closed


def test_a_watchdog_whose_cancellation_breaks_still_lets_go_and_cuts(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.watchdog._CANCEL_SECONDS", 0.1)
    monkeypatch.setattr("threading.excepthook", lambda _: None)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no more threads")

    with psycopg.connect(empty_database, autocommit=True) as connection:
        monkeypatch.setattr(connection, "cancel_safe", broken)
        watchdog = Watchdog(connection, 60)
        watchdog.__enter__()
        watchdog.hurry()
        watchdog.wait(5)
        assert watchdog.acted
        leaving = threading.Thread(target=watchdog.__exit__, args=(None, None, None), daemon=True)
        leaving.start()
        leaving.join(5)
        assert not leaving.is_alive()


@pytest.mark.parametrize("started", [0, 1])
def test_a_run_for_which_no_thread_can_be_had_leaves_no_connection(
    make: Callable[..., Source], database: Database, monkeypatch: pytest.MonkeyPatch, started: int
) -> None:
    """The first thread watches over the settings, the second over the run."""
    source, threads = make(pool_size=1), [True] * started
    start = threading.Thread.start

    def start_some(thread: threading.Thread) -> None:
        if thread.name == "watchdog" and not threads:
            raise RuntimeError("can't start new thread")
        if thread.name == "watchdog":
            threads.pop()
        start(thread)

    with monkeypatch.context() as context:
        context.setattr(threading.Thread, "start", start_some)
        with pytest.raises(RuntimeError, match="can't start new thread") as held, source.snapshot("test", 5):
            pass
        wait_until(lambda: not database.execute(BACKENDS).fetchall())
    assert held.tb is not None  # while it is held, so is the connection: nothing but the source can have closed it
    with source.snapshot("test", 5) as connection:
        assert one(connection, "SELECT 1") == 1


def test_a_watchdog_that_comes_too_late_cuts_nobody(
    make: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends between the cancellation and the cut; the next one must not lose its connection to it."""
    monkeypatch.setattr("collectors.source._GRACE", 0.0)
    monkeypatch.setattr("collectors.watchdog._CANCEL_SECONDS", 0.3)
    source = make(pool_size=1, statement_timeout=60)
    with source.snapshot("test", 0.1) as connection, pytest.raises(QueryTimeout), savepoint(connection, 60):
        connection.execute("SELECT pg_sleep(60)")
    with source.snapshot("test", 5) as connection:
        for _ in range(12):
            connection.execute("SELECT pg_sleep(0.05)")
