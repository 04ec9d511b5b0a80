"""When jobs run."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from exporter.board import Board
from exporter.exposition import Key
from tests.exporter.support import wait_for, write_query

Run = Callable[..., Any]


def test_first_runs_are_spread_and_all_done_within_seconds(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any]
) -> None:
    app.execute("CREATE TABLE runs (n int)")
    for number in range(20):
        write_query(plugins, f"query_{number}", f"SELECT {number} AS kpi_query_{number}", every="1h")
    started = time.monotonic()
    service = run(empty_database)
    wait_for(service.service.board.ready, 5)
    assert time.monotonic() - started < 4
    successes = sorted(service.part(f"query_{number}").last_success for number in range(20))
    assert (successes[-1] - successes[0]).total_seconds() > 0.3


def test_a_part_that_never_ran_keeps_the_process_unready() -> None:
    board = Board()
    board.expect([(Key("shop", "orders", "app"), 60.0)])
    assert not board.ready()


def test_a_part_runs_again_and_again_at_its_interval_and_says_when_next(
    run: Run, plugins: Path, empty_database: str
) -> None:
    write_query(plugins, "often", "SELECT 1 AS kpi_often", every="200ms")
    write_query(plugins, "seldom", "SELECT 1 AS kpi_seldom", every="1h")
    service = run(empty_database)
    service.wait_for_state("up", "seldom")
    service.wait_for_runs(5, "often")
    assert service.runs("seldom") == 1
    seldom = wait_for(lambda: service.part("seldom").next_run)
    ahead = (seldom - service.service.started).total_seconds()
    assert 3600 - 16 <= ahead <= 3600 + 17  # the jitter is at most a quarter of a minute
    assert service.part("often").next_run is not None


def test_a_run_never_overlaps_itself_and_the_ticks_it_misses_are_counted(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any]
) -> None:
    write_query(plugins, "slow", "SELECT length(pg_sleep(0.7)::text) AS kpi_slow", every="100ms")
    service = run({"app": {"dsn": empty_database, "pool_size": 4}})
    most = 0

    def enough() -> bool:
        nonlocal most
        busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi_exporter/slow' AND state = 'active'"
        most = max(most, *app.execute(busy).fetchone() or ())
        return bool(service.runs("slow") >= 2 and service.runs("slow", outcome="skipped") >= 5)

    wait_for(enough)
    assert most == 1


def test_a_source_never_has_more_connections_than_its_pool_and_a_slow_one_delays_no_other(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any], postgres: Any
) -> None:
    for number in range(6):
        write_query(plugins, f"query_{number}", f"SELECT length(pg_sleep(n)::text) AS kpi_query_{number} FROM pauses")
    app.execute("CREATE TABLE pauses AS SELECT 0.3 AS n")
    with psycopg.connect(postgres.dsn(), autocommit=True) as administrator:
        administrator.execute("CREATE DATABASE quick")
        try:
            with psycopg.connect(postgres.dsn("quick"), autocommit=True) as quick:
                quick.execute("CREATE TABLE pauses AS SELECT 0 AS n")
            service = run(
                {
                    "slow": {"dsn": empty_database, "labels": {"tenant": "slow"}, "pool_size": 2},
                    "quick": {"dsn": postgres.dsn("quick"), "labels": {"tenant": "quick"}},
                }
            )
            most = 0
            mine = "application_name LIKE 'kpi%' AND datname = current_database()"
            busy = f"SELECT count(*) FROM pg_stat_activity WHERE {mine}"

            def both_ran() -> bool:
                nonlocal most
                most = max(most, *app.execute(busy).fetchone() or ())
                return bool(service.service.board.ready())

            wait_for(lambda: service.part("query_5", "quick").state == "up")
            assert service.part("query_5", "slow").state == "waiting"
            wait_for(both_ran)
            assert most == 2
            service.service.stop()
        finally:
            administrator.execute("DROP DATABASE quick WITH (FORCE)")


def test_stopping_cancels_what_runs_on_the_server_and_tells_nothing_of_it(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any], log: list[Any]
) -> None:
    busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi_exporter/slow' AND state = 'active'"
    write_query(plugins, "slow", "SELECT length(pg_sleep(30)::text) AS kpi_slow", timeout="1m")
    service = run(empty_database)
    wait_for(lambda: app.execute(busy).fetchone() == (1,))
    started = time.monotonic()
    service.service.stop()
    wait_for(lambda: app.execute(busy).fetchone() == (0,), 3)
    assert time.monotonic() - started < 3
    wait_for(lambda: not [thread for thread in threading.enumerate() if "ThreadPoolExecutor" in thread.name])
    assert [event for event in log if event["event"] == "part failed"] == []
    assert service.part("slow").state == "waiting"
