"""The service on sources that come and go."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from starlette.requests import Request
from starlette.responses import Response

from exporter.config import CollectorSettings
from exporter.exposition import Key
from exporter.web import _routes
from tests.exporter.support import denied, free_port, wait_for, write_query
from warehouse.embedded import EmbeddedPostgres

Run = Callable[..., Any]
Connection = psycopg.Connection[Any]
NUMBERS = "SELECT shop, n AS kpi_orders FROM orders"


@pytest.fixture
def tenants(empty_database: str, app: Connection) -> dict[str, Any]:
    """Two sources: schemas of one database, with the same table in each."""
    for tenant, number in (("acme", 1), ("zen", 2)):
        app.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(tenant)))
        table = sql.Identifier(tenant, "orders")
        app.execute(sql.SQL("CREATE TABLE {} AS SELECT 'books' AS shop, {} AS n").format(table, number))
    return {
        tenant: {"dsn": empty_database, "labels": {"tenant": tenant, "env": "test"}, "search_path": [tenant]}
        for tenant in ("acme", "zen")
    }


def test_series_bear_the_labels_of_their_source(run: Run, plugins: Path, tenants: dict[str, Any]) -> None:
    write_query(plugins, "orders", NUMBERS, labels=["shop"])
    service = run(tenants)
    for tenant in tenants:
        service.wait_for_state("up", "orders", tenant)
    found = {series: value for series, value in service.samples().items() if series.startswith("kpi_orders")}
    assert found == {
        "kpi_orders{env=test,shop=books,tenant=acme}": 1,
        "kpi_orders{env=test,shop=books,tenant=zen}": 2,
    }


def test_a_source_that_is_down_takes_only_its_own_series(
    run: Run, plugins: Path, tenants: dict[str, Any], quick_breaker: None
) -> None:
    write_query(plugins, "orders", NUMBERS, labels=["shop"], every="100ms")
    tenants["acme"]["dsn"] += "&port=1"
    service = run(tenants, stale_after_intervals=5)
    service.wait_for_state("down", "orders", "acme")
    service.wait_for_state("up", "orders", "zen")
    found = service.samples()
    assert found["kpi_orders{env=test,shop=books,tenant=zen}"] == 2
    assert "kpi_orders{env=test,shop=books,tenant=acme}" not in found
    up = "kpi_exporter_source_up{{env=test,source={0},tenant={0}}}"
    assert [found[up.format(tenant)] for tenant in ("acme", "zen")] == [0, 1]


def test_a_collector_reads_only_the_sources_it_is_given(run: Run, plugins: Path, tenants: dict[str, Any]) -> None:
    write_query(plugins, "orders", NUMBERS, labels=["shop"])
    write_query(plugins, "stock", "SELECT 1 AS kpi_stock")
    service = run(tenants, collectors={"stock": CollectorSettings(sources=["zen"])})
    assert {(part.part, part.source) for part in service.service.board.parts()} == {
        ("orders", "acme"), ("orders", "zen"), ("stock", "zen"),
    }  # fmt: skip


def test_a_session_setting_chooses_the_rows_of_a_tenant(
    run: Run, plugins: Path, empty_database: str, app: Connection
) -> None:
    app.execute("CREATE TABLE all_orders AS VALUES ('acme', 3), ('zen', 4)")
    mine = "SELECT column2 AS n FROM all_orders WHERE column1 = current_setting('app.tenant')"
    app.execute(f"CREATE VIEW orders AS {mine}")
    write_query(plugins, "orders", "SELECT n AS kpi_orders FROM orders")
    service = run(
        {
            tenant: {"dsn": empty_database, "labels": {"tenant": tenant}, "settings": {"app.tenant": tenant}}
            for tenant in ("acme", "zen")
        }
    )
    for tenant, value in (("acme", 3), ("zen", 4)):
        service.wait_for_state("up", "orders", tenant)
        assert service.value(f"kpi_orders{{tenant={tenant}}}") == value


def test_a_database_that_cannot_be_reached_at_the_start_is_served_around_and_recovers_alone(
    run: Run, plugins: Path, empty_database: str, app: Connection, postgres: EmbeddedPostgres, quick_breaker: None,
    log: list[Any],
) -> None:  # fmt: skip
    write_query(plugins, "orders", "SELECT 5 AS kpi_orders")
    app.close()
    with denied(postgres, empty_database):
        service = run(empty_database)
        service.wait_for_state("down", "orders")
        reason = service.reason_down()
        assert reason.startswith("could not reach the source app: ")
        assert "is not currently accepting connections" in reason
        assert service.service.board.ready()
        assert service.value("kpi_exporter_source_up{source=app}") == 0
        service.wait_for_runs(3, "orders", outcome="source_down")
    service.wait_for_state("up", "orders")
    assert service.value("kpi_orders") == 5
    wait_for(lambda: service.value("kpi_exporter_source_up{source=app}") == 1)
    wait_for(lambda: len(log) > 1)
    assert [event["event"] for event in log] == ["source is down", "source is back"]
    assert (log[0]["source"], log[0]["parts"], log[0]["error"]) == ("app", 1, reason)


def test_a_query_that_runs_seldom_is_tried_again_soon_after_its_source_was_down(
    run: Run, plugins: Path, empty_database: str, app: Connection, postgres: EmbeddedPostgres, quick_breaker: None
) -> None:
    for name in ("orders", "stock"):
        write_query(plugins, name, f"SELECT 5 AS kpi_{name}", every="1h")
    app.close()
    with denied(postgres, empty_database):
        service = run(empty_database)
        service.wait_for_state("down", "orders")
        service.wait_for_state("down", "stock")
    service.wait_for_state("up", "orders", seconds=5)
    service.wait_for_state("up", "stock", seconds=5)


def test_a_failed_run_keeps_the_last_good_block_until_it_is_stale(
    run: Run, plugins: Path, empty_database: str, app: Connection, log: list[Any]
) -> None:
    app.execute("CREATE TABLE orders AS SELECT 'books' AS shop, 1 AS n")
    write_query(plugins, "orders", NUMBERS, labels=["shop"], every="200ms")
    service = run(empty_database, stale_after_intervals=5)
    service.wait_for_state("up", "orders")
    app.execute("UPDATE orders SET n = 0; ALTER TABLE orders RENAME n TO m")
    good = service.wait_for_state("down", "orders").last_success
    assert service.value("kpi_orders{shop=books}") is not None
    part = service.part("orders")
    assert (part.series, part.stale) == (1, False)
    wait_for(lambda: service.value("kpi_orders{shop=books}") is None, 3)
    assert time.time() - good.timestamp() > 0.8  # five intervals from the start of the last good run
    part = service.part("orders")
    assert (part.series, part.stale, part.last_success) == (0, True, good)
    (event,) = [event for event in log if event["event"] == "values are stale and no longer served"]
    assert event["part"] == "orders"
    app.execute("ALTER TABLE orders RENAME m TO n")
    part = service.wait_for_state("up", "orders")
    assert (part.series, part.stale) == (1, False)


def test_stale_after_of_a_collector_comes_before_that_of_the_configuration(
    run: Run, plugins: Path, empty_database: str, app: Connection
) -> None:
    app.execute("CREATE TABLE orders AS SELECT 'books' AS shop, 1 AS n")
    write_query(plugins, "orders", NUMBERS, labels=["shop"], every="200ms")
    write_query(plugins, "stock", "SELECT n AS kpi_stock FROM orders", every="200ms")
    settings = {"orders": CollectorSettings(stale_after=0.3)}
    service = run(empty_database, stale_after_intervals=1000, collectors=settings)
    service.wait_for_state("up", "orders")
    service.wait_for_state("up", "stock")
    app.execute("DROP TABLE orders")
    wait_for(lambda: service.part("orders").stale or service.service.refresh(), 3)
    assert service.value("kpi_stock") == 1


def test_stale_after_never_ends_the_values_of_a_query_before_its_next_run(run: Run, plugins: Path) -> None:
    write_query(plugins, "seldom", "SELECT 1 AS kpi_seldom", every="1h")
    service = run({"app": {"dsn": "host=nowhere"}}, collectors={"seldom": CollectorSettings(stale_after=60)})
    (job,) = service.service._assembly.jobs
    assert (job.interval, job.stale_after) == (3600, 3600)


def test_a_refresh_that_fails_is_told_once_and_tried_again_and_the_health_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, log: list[Any]
) -> None:
    monkeypatch.setattr("exporter.service._REFRESH_SECONDS", 0.02)
    monkeypatch.setattr("exporter.web._OLDEST_REFRESH_SECONDS", 0.3)
    service = run({}).service
    (healthy,) = [route.endpoint for route in _routes(service) if route.path == "/-/healthy"]

    def health() -> Response:
        answer: Response = asyncio.run(healthy(Request({"type": "http"})))
        return answer

    render = service._own.render
    tries = []

    def fail() -> tuple[bytes, bytes]:
        tries.append(time.monotonic())
        raise RuntimeError("no")

    monkeypatch.setattr(service._own, "render", fail)
    wait_for(lambda: health().status_code == 503)
    assert bytes(health().body).startswith(b"The exporter is not healthy: what it serves was last refreshed ")
    wait_for(lambda: len(tries) > 3)
    monkeypatch.setattr(service._own, "render", render)
    wait_for(lambda: health().status_code == 200)
    assert [event["log_level"] for event in log if event["event"] == "could not refresh what is served"] == ["error"]


def test_values_that_a_run_brings_while_the_former_ones_expire_are_not_called_stale(
    run: Run, plugins: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch, log: list[Any]
) -> None:
    write_query(plugins, "orders", "SELECT 1 AS kpi_orders", every="1h")
    service = run(empty_database)
    service.wait_for_state("up", "orders")
    key = Key("orders", "orders", "app")
    monkeypatch.setattr(service.service.exposition, "drop_expired", lambda now: [key])
    service.service.refresh()
    part = service.part("orders")
    assert (part.series, part.stale) == (1, False)
    assert [event for event in log if "stale" in event["event"]] == []


def test_a_wrong_password_is_told_without_the_password(
    run: Run, plugins: Path, server_directory: Path, log: list[Any]
) -> None:
    port = free_port()
    settings = {"listen_addresses": "127.0.0.1", "port": str(port), "fsync": "off"}
    with EmbeddedPostgres(server_directory, settings) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as administrator:
            administrator.execute("CREATE ROLE reader LOGIN PASSWORD 'right'")
        write_query(plugins, "orders", "SELECT 5 AS kpi_orders")
        service = run(f"postgresql://reader:hunter2secret@127.0.0.1:{port}/postgres")
        service.wait_for_state("down", "orders")
        error = service.reason_down()
        assert 'password authentication failed for user "reader"' in error
        shown = [error, str(log), service.service.exposition.body(False, False).decode()]
        assert not any("hunter2secret" in text for text in shown)
        service.service.stop()


def test_kill_and_restart_of_the_server_during_collection_needs_no_restart_of_the_exporter(
    run: Run, plugins: Path, server_directory: Path, quick_breaker: None
) -> None:
    with EmbeddedPostgres(server_directory, {"fsync": "off", "restart_after_crash": "off"}) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE sales (sold_at timestamptz)")
            connection.execute("INSERT INTO sales SELECT now() - interval '1 minute' FROM generate_series(1, 10)")
        query = "SELECT sold_at, 1 AS kpi_sales_total FROM sales, pg_sleep(0.01)"
        write_query(plugins, "sales", query, metric="kpi_sales_total", type="counter", cursor="sold_at", settle="1ms")
        write_query(plugins, "sleeps", "SELECT length(pg_sleep(0.3)::text) AS kpi_sleeps")
        service = run(server.dsn(), stale_after_intervals=1000)
        service.wait_for_state("up", "sales")
        service.wait_for_state("up", "sleeps")
        for mode in ("immediate", "fast"):
            server.stop(mode)
            service.wait_for_state("down", "sleeps")
            error = service.reason_down()
            assert error.startswith(("lost the source app: ", "could not reach the source app: ")), error
            assert service.value("kpi_sales_total") == 10
            server.start()
            service.wait_for_state("up", "sleeps")
            service.wait_for_state("up", "sales")
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("INSERT INTO sales VALUES (now())")
        wait_for(lambda: service.value("kpi_sales_total") == 11)
        service.service.stop()
