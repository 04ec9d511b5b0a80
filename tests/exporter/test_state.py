"""What outlives the process: the state file by itself, and a restart that serves from it."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exporter.block import Block, Row
from exporter.exposition import Key
from exporter.state import StateError, StateStore
from metrics import COUNT, Gauge
from tests.exporter.support import wait_for, write_query

QUEUE = Gauge("kpi_queue", "Queue.", unit=COUNT, labels=("name",), owner="nobody")
MAIL, PRINT = Key("queues", "mail", "app"), Key("queues", "print", "app")
Run = Callable[..., Any]


def rows(value: float) -> list[Row]:
    return Block.build([QUEUE.reading(value, name="all")]).to_rows()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    opened = StateStore(tmp_path / "data")
    yield opened
    opened.close()


def reopened(store: StateStore) -> StateStore:
    store.close()
    return StateStore(store.directory)


def test_what_was_saved_is_there_after_the_next_start(store: StateStore) -> None:
    store.save(MAIL, succeeded=1000.5, expires=1180.5, state={"until": "noon", "n": [1, 2.5]}, rows=rows(7))
    store.save(PRINT, succeeded=1001, expires=1181, state={}, rows=[])
    again = reopened(store)
    assert again.state(MAIL) == {"until": "noon", "n": [1, 2.5]}
    assert again.state(PRINT) == again.state(Key("queues", "unknown")) == {}
    mail, empty = sorted(again.load())
    assert (mail.key, mail.succeeded, mail.expires) == (MAIL, 1000.5, 1180.5)
    assert mail.rows == rows(7)
    assert (empty.key, empty.rows) == (PRINT, [])
    again.close()


def test_a_run_replaces_what_the_former_run_of_the_part_left(store: StateStore) -> None:
    store.save(MAIL, succeeded=1, expires=2, state={"n": 1}, rows=rows(1))
    store.save(MAIL, succeeded=3, expires=4, state={"n": 2}, rows=rows(2))
    (stored,) = store.load()
    assert (stored.succeeded, stored.rows, store.state(MAIL)) == (3, rows(2), {"n": 2})


def test_state_and_values_are_stored_together_or_not_at_all(store: StateStore) -> None:
    store.save(MAIL, succeeded=1, expires=2, state={"n": 1}, rows=rows(1))
    twice = [*rows(2), *rows(2)]  # the second breaks the primary key, after the state has been written
    with pytest.raises(StateError, match=r"could not store the state in .*UNIQUE constraint failed"):
        store.save(MAIL, succeeded=3, expires=4, state={"n": 2}, rows=twice)
    (stored,) = store.load()
    assert (stored.succeeded, stored.rows, store.state(MAIL)) == (1, rows(1), {"n": 1})


def test_a_full_disk_is_told_and_leaves_the_former_run_in_place(store: StateStore) -> None:
    store.save(MAIL, succeeded=1, expires=2, state={"n": 1}, rows=rows(1))
    store._database.execute("PRAGMA max_page_count = 6")
    large = [Row("kpi_queue", os.urandom(100_000), 1, 1, 1, "")]
    with pytest.raises(StateError, match=rf"could not store the state in {store.directory}: database or disk is full"):
        store.save(MAIL, succeeded=3, expires=4, state={"n": 2}, rows=large)
    assert store.state(MAIL) == {"n": 1}
    store.save(MAIL, succeeded=5, expires=6, state={"n": 3}, rows=rows(3))
    assert store.state(MAIL) == {"n": 3}


def test_parts_that_are_gone_are_forgotten_once_their_last_run_is_long_ago(store: StateStore) -> None:
    old = Key("queues", "fax", "app")
    for key, succeeded in ((MAIL, 10), (PRINT, 500), (old, 10)):
        store.save(key, succeeded=succeeded, expires=0, state={"n": 1}, rows=rows(1))
    store.keep_only({MAIL}, since=100)
    assert {stored.key for stored in store.load()} == {MAIL, PRINT}
    assert store.state(old) == {}
    assert store._database.execute("SELECT count(*) FROM families").fetchone() == (2,)


@pytest.mark.parametrize("damage", ["overwritten", "torn", "empty header", "pages inside"])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(store: StateStore, damage: str) -> None:
    noise = [Row("kpi_queue", os.urandom(500), 1, 1, 1, "")]
    for number in range(50):
        store.save(Key("queues", str(number)), succeeded=1, expires=2, state={}, rows=noise)
    store.close()
    content = store.path.read_bytes()
    damaged = {
        "overwritten": b"no database" * 1000,
        "torn": content[: len(content) // 2 // 4096 * 4096],
        "empty header": bytes(100) + content[100:],
        "pages inside": content[:8192] + os.urandom(len(content) - 8192),
    }[damage]
    store.path.write_bytes(damaged)
    again = StateStore(store.directory)
    assert again.set_aside is not None
    assert again.set_aside.name.startswith("state.sqlite.corrupt-")
    assert again.set_aside.read_bytes() == damaged
    assert list(again.load()) == []
    again.save(MAIL, succeeded=1, expires=2, state={"n": 1}, rows=rows(1))
    again = reopened(again)
    assert (again.set_aside, again.state(MAIL)) == (None, {"n": 1})
    again.close()


@pytest.mark.parametrize("damage", ["half a wo", "", "[1, 2]", "7", "null", b"\xff"])
def test_the_state_of_a_part_that_is_damaged_is_set_aside_with_one_warning(
    store: StateStore, log: list[Any], damage: str | bytes
) -> None:
    for key in (MAIL, PRINT):
        store.save(key, succeeded=1, expires=2, state={"n": 1}, rows=rows(7))
    with store._database:
        store._database.execute("UPDATE parts SET state = ? WHERE part = 'mail'", [damage])
    assert (store.state(MAIL), store.state(MAIL), store.state(PRINT)) == ({}, {}, {"n": 1})
    (event,) = log
    assert event["event"] == "the state of a part was damaged and is set aside; its counters begin anew"
    assert Key(event["collector"], event["part"], event["source"]) == MAIL
    kept = store._database.execute("SELECT collector, part, source, state FROM damaged").fetchall()
    assert kept == [(*MAIL, damage)]
    assert [stored.rows for stored in store.load()] == [rows(7), rows(7)]
    store.save(MAIL, succeeded=3, expires=4, state={"n": 5}, rows=rows(8))
    assert store.state(MAIL) == {"n": 5}


def test_state_that_is_not_readable_is_told(store: StateStore) -> None:
    store._database.execute("DROP TABLE parts")
    with pytest.raises(StateError, match=r"could not read the state in .*: no such table: parts"):
        list(store.load())
    with pytest.raises(StateError, match=r"could not read the state in .*: no such table: parts"):
        store.state(MAIL)


@pytest.mark.parametrize("version", [0, 2])
def test_a_file_of_another_version_is_set_aside_whole_and_a_new_one_begun(store: StateStore, version: int) -> None:
    store.save(MAIL, succeeded=1, expires=2, state={"n": 1}, rows=rows(1))
    store._database.execute(f"PRAGMA user_version = {version}")
    again = reopened(store)
    assert again.set_aside is not None
    assert again.state(MAIL) == {}
    former = sqlite3.connect(again.set_aside)
    assert former.execute("PRAGMA user_version").fetchone() == (version,)
    assert former.execute("SELECT state FROM parts").fetchall() == [('{"n":1}',)]
    former.close()
    again.save(MAIL, succeeded=1, expires=2, state={"n": 2}, rows=rows(1))
    again = reopened(again)
    assert (again.set_aside, again.state(MAIL)) == (None, {"n": 2})
    again.close()


def test_what_was_stored_survives_a_power_failure(store: StateStore) -> None:
    """With less than FULL (2), SQLite in WAL mode may lose the last transactions when the power fails."""
    assert store._database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_second_process_is_refused_with_the_number_of_the_first(store: StateStore) -> None:
    code = "import sys; from pathlib import Path; from exporter.state import *; StateStore(Path(sys.argv[1]))"
    second = subprocess.run([sys.executable, "-c", code, store.directory], capture_output=True, text=True)
    assert f"the directory {store.directory} is in use by another process ({os.getpid()})" in second.stderr
    store.save(MAIL, succeeded=1, expires=2, state={"n": 1}, rows=[])
    again = reopened(store)  # and once the first has ended, it is free
    assert again.state(MAIL) == {"n": 1}
    again.close()


def test_a_directory_that_cannot_be_made_or_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match=rf"could not write to the directory {tmp_path}/file: File exists"):
        StateStore(tmp_path / "file")
    with pytest.raises(StateError, match=rf"could not write to the directory {tmp_path}/file/data: Not a directory"):
        StateStore(tmp_path / "file" / "data")
    with pytest.raises(StateError, match="could not write to the directory /proc/kpi: No such file or directory"):
        StateStore(Path("/proc/kpi"))
    (tmp_path / "data" / "state.sqlite").mkdir(parents=True)
    with pytest.raises(StateError, match=r"could not open the state in .*unable to open database file"):
        StateStore(tmp_path / "data")
    (tmp_path / "data" / "state.sqlite").rmdir()
    StateStore(tmp_path / "data").close()  # the failure has let the directory go


def test_a_directory_without_room_for_the_lock_is_told(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to("/dev/full")  # it cannot be cut, nor written to
    with pytest.raises(StateError, match=rf"could not write to the directory {tmp_path}: Invalid argument"):
        StateStore(tmp_path)


class TestRestart:
    """A service that starts on what another one has left."""

    @pytest.fixture
    def unreachable(self, empty_database: str) -> str:
        """A server that does not exist."""
        return f"{empty_database}&port=1"

    def test_the_last_values_are_served_at_once_marked_with_their_true_age(
        self, run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any], unreachable: str
    ) -> None:
        app.execute("CREATE TABLE orders AS VALUES (41)")
        write_query(plugins, "orders", "SELECT column1 AS kpi_orders FROM orders", every="1h")
        first = run(empty_database)
        part = first.wait_for_state("up", "orders")
        first.service.stop()
        before = datetime.now(UTC)
        second = run(unreachable)
        restored = second.part("orders")
        assert second.value("kpi_orders") == 41
        assert (restored.restored, restored.stale, restored.series) == (True, False, 1)
        assert restored.last_success is not None
        assert restored.last_success == part.last_success
        assert restored.last_success < before
        series = "kpi_exporter_collector_last_success_timestamp_seconds{collector=orders,part=orders,source=app}"
        assert second.value(series) == pytest.approx(restored.last_success.timestamp(), abs=0.001)
        assert second.wait_for_state("down", "orders").restored

    def test_a_good_run_ends_the_mark(self, run: Run, plugins: Path, empty_database: str) -> None:
        write_query(plugins, "orders", "SELECT 41 AS kpi_orders", every="1h")
        first = run(empty_database)
        first.wait_for_state("up", "orders")
        first.service.stop()
        second = run(empty_database)
        assert second.wait_for_state("up", "orders").restored is False

    def test_values_that_expired_meanwhile_are_not_served_but_their_time_is_known(
        self, run: Run, plugins: Path, empty_database: str, unreachable: str
    ) -> None:
        write_query(plugins, "orders", "SELECT 41 AS kpi_orders", every="100ms")
        first = run(empty_database, stale_after_intervals=1)
        part = first.wait_for_state("up", "orders")
        first.service.stop()
        time.sleep(0.15)
        second = run(unreachable, stale_after_intervals=1)
        expired = second.part("orders")
        assert second.value("kpi_orders") is None
        assert (expired.restored, expired.stale, expired.series) == (False, True, 0)
        assert part.last_success is not None
        assert expired.last_success is not None
        assert expired.last_success >= part.last_success

    @pytest.mark.parametrize("change", ["labels of the source", "metric of another part"])
    def test_values_in_another_shape_than_now_are_not_served(
        self, run: Run, plugins: Path, empty_database: str, unreachable: str, change: str
    ) -> None:
        write_query(plugins, "orders", "SELECT 41 AS kpi_orders", every="1h")
        write_query(plugins, "stock", "SELECT 7 AS kpi_stock", every="1h")
        first = run({"app": {"dsn": empty_database, "labels": {"tenant": "acme"}}})
        first.wait_for_state("up", "orders")
        first.wait_for_state("up", "stock")
        first.service.stop()
        tenant = "zen" if change == "labels of the source" else "acme"
        if change == "metric of another part":
            write_query(plugins, "orders", "SELECT 1 AS kpi_other", metric="kpi_other", every="1h")
            write_query(
                plugins, "stock", "SELECT 1 AS kpi_stock, 2 AS kpi_orders", every="1h",
                also=[{"name": "kpi_orders", "help": "Orders.", "unit": "count", "owner": "tests"}],
            )  # fmt: skip
        second = run({"app": {"dsn": unreachable, "labels": {"tenant": tenant}}})
        served = {series for series in second.samples() if series.startswith(("kpi_orders", "kpi_stock"))}
        assert served == ({"kpi_stock{tenant=acme}"} if tenant == "acme" else set())

    def test_damaged_values_are_left_out_and_the_others_served(
        self, run: Run, plugins: Path, empty_database: str, unreachable: str, tmp_path: Path, log: list[Any]
    ) -> None:
        write_query(plugins, "orders", "SELECT 41 AS kpi_orders", every="1h")
        write_query(plugins, "refunds", "SELECT 3 AS kpi_refunds", every="1h")
        first = run(empty_database)
        first.wait_for_state("up", "orders")
        first.wait_for_state("up", "refunds")
        first.service.stop()
        database = sqlite3.connect(tmp_path / "data" / "state.sqlite")
        with database:
            database.execute("UPDATE families SET deflated = x'00' WHERE metric = 'kpi_orders'")
        database.close()
        second = run(unreachable)
        assert (second.value("kpi_orders"), second.value("kpi_refunds")) == (None, 3)
        (event,) = [event for event in log if event["event"] == "the last values are damaged and not served"]
        assert (event["part"], event["log_level"]) == ("orders", "warning")

    def test_a_damaged_file_is_told_and_the_service_starts(
        self, run: Run, plugins: Path, empty_database: str, tmp_path: Path, log: list[Any]
    ) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "state.sqlite").write_text("not a database, but long enough to look like one" * 100)
        write_query(plugins, "orders", "SELECT 41 AS kpi_orders")
        service = run(empty_database)
        service.wait_for_state("up", "orders")
        event = log[0]
        assert event["event"] == "the state file was damaged and is set aside; counters begin anew"
        assert Path(event["file"]).exists()

    def test_tables_of_the_file_that_cannot_be_read_do_not_stop_the_service(
        self, run: Run, plugins: Path, empty_database: str, tmp_path: Path, log: list[Any]
    ) -> None:
        (tmp_path / "data").mkdir()
        database = sqlite3.connect(tmp_path / "data" / "state.sqlite")
        database.execute("CREATE TABLE parts (another, shape)")
        database.execute("PRAGMA user_version = 1")
        database.close()
        write_query(plugins, "orders", "SELECT 41 AS kpi_orders")
        service = run(empty_database)
        part = service.wait_for_state("down", "orders")
        assert "could not read the state" in part.error
        assert {"could not tidy up the state", "the last values are not served"} <= {event["event"] for event in log}


def test_values_in_another_shape_than_now_end_with_a_reload(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any]
) -> None:
    write_query(plugins, "stock", "SELECT 1 AS kpi_stock", every="1h")
    write_query(plugins, "orders", "SELECT 'a' AS shop, 1 AS kpi_orders", labels=["shop"], every="1h")
    service = run(empty_database)
    service.wait_for_state("up", "orders")
    service.wait_for_state("up", "stock")
    slow = "SELECT 'a' AS town, length(pg_sleep(5)::text) AS kpi_orders"
    write_query(plugins, "orders", slow, labels=["town"], every="1h")
    service.service.reload()
    found = service.samples()
    assert {series for series in found if series.startswith(("kpi_orders", "kpi_stock"))} == {"kpi_stock"}
    assert service.part("orders").series == 0


def test_without_room_values_are_served_and_counters_keep_what_is_stored(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any], log: list[Any]
) -> None:
    app.execute("CREATE TABLE sales (sold_at timestamptz DEFAULT now(), shop text)")
    app.execute("INSERT INTO sales SELECT now() - interval '1 minute' FROM generate_series(1, 5)")
    write_query(plugins, "stock", "SELECT (SELECT count(*) FROM sales) AS kpi_stock")
    write_query(
        plugins,
        "sales",
        "SELECT shop, sold_at, 1 AS kpi_sales_total FROM sales",
        labels=["shop"],
        metric="kpi_sales_total",
        type="counter",
        cursor="sold_at",
        settle="1ms",
    )
    service = run(empty_database, stale_after_intervals=1000)
    service.wait_for_state("up", "sales")
    service.wait_for_state("up", "stock")
    store = service.service._store
    (pages,) = store._database.execute("PRAGMA page_count").fetchone()
    store._database.execute(f"PRAGMA max_page_count = {pages}")
    # Names of many shops make the state larger than the room that is left.
    app.execute("INSERT INTO sales SELECT now(), md5(n::text) || repeat('x', 100) FROM generate_series(1, 900) AS n")
    part = service.wait_for_state("down", "sales")
    assert "could not store the state in" in part.error
    assert "database or disk is full" in part.error
    service.wait_for_runs(2, "stock")
    found = service.samples()
    assert found["kpi_stock"] == 905
    assert found["kpi_sales_total{shop=}"] == 5  # the last good block; a total that is not stored is not shown
    assert not any("xxx" in series for series in found)
    store._database.execute("PRAGMA max_page_count = 100000")
    service.wait_for_state("up", "sales")

    def all_are_counted() -> bool:
        return bool(sum(value for series, value in service.samples().items() if series.startswith("kpi_sales")) == 905)

    wait_for(all_are_counted)  # new series begin at 0


def test_without_room_values_that_need_no_state_are_served_and_the_log_tells_it_once(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any], log: list[Any]
) -> None:
    app.execute("CREATE TABLE shops AS SELECT 1 AS n")
    query = (
        "SELECT md5(m::text) || repeat(md5(m::text), 20) AS shop, 1 AS kpi_stock FROM shops, generate_series(1, n) AS m"
    )
    write_query(plugins, "stock", query, labels=["shop"])
    service = run(empty_database)
    service.wait_for_state("up", "stock")
    store = service.service._store
    (pages,) = store._database.execute("PRAGMA page_count").fetchone()
    store._database.execute(f"PRAGMA max_page_count = {pages}")
    app.execute("UPDATE shops SET n = 900")
    wait_for(lambda: service.part("stock").series == 900)
    service.wait_for_runs(2, "stock")
    assert sum(value for series, value in service.samples().items() if series.startswith("kpi_stock")) == 900
    (event,) = [event for event in log if event["event"] == "values are served but not kept for a restart"]
    assert "database or disk is full" in event["error"]
