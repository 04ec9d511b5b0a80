"""A source that is down is told once, however many parts read it, and hides no other fault."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from exporter.page import render
from exporter.status import ProcessStatus
from tests.exporter.support import denied, wait_for, write_python, write_query
from warehouse.embedded import EmbeddedPostgres

Run = Callable[..., Any]
Log = list[Any]
QUERIES = ("first", "second", "third", "fourth", "fifth", "sixth")
pytestmark = pytest.mark.usefixtures("quick_breaker")


@pytest.fixture
def server(server_directory: Path) -> Iterator[EmbeddedPostgres]:
    """A server that a test may stop, with a table `orders`."""
    with EmbeddedPostgres(server_directory, {"fsync": "off"}) as started:
        with psycopg.connect(started.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE orders AS SELECT 0 AS n")
        yield started


def events(log: Log) -> list[str]:
    return [event["event"] for event in log]


def test_many_parts_that_lose_their_source_at_once_are_one_line_in_the_log_and_one_when_it_is_back(
    run: Run, plugins: Path, server: EmbeddedPostgres, log: Log
) -> None:
    for name in QUERIES:
        write_query(plugins / f"of_{name}", name, f"SELECT 1 AS kpi_{name} FROM pg_sleep(0.05)", every="100ms")
        write_query(plugins / f"of_{name}", f"{name}_more", f"SELECT 1 AS kpi_{name}_more", every="100ms")
    service = run({"app": {"dsn": server.dsn(), "pool_size": 6}}, stale_after_intervals=1000)
    for name in QUERIES:
        service.wait_for_state("up", name)
    server.stop("immediate")
    names = [*QUERIES, *(f"{name}_more" for name in QUERIES)]
    for name in names:
        assert service.wait_for_state("down", name).source_down
        up = f"kpi_exporter_collector_up{{collector=of_{name.removesuffix('_more')},part={name},source=app}}"
        assert service.value(up) == 0
    server.start()
    for name in names:
        assert not service.wait_for_state("up", name).source_down
    wait_for(lambda: "source is back" in events(log))
    assert events(log) == ["source is down", "source is back"]
    assert (log[0]["parts"], log[0]["log_level"]) == (len(names), "warning")
    assert log[0]["error"].startswith(("lost the source app: ", "could not reach the source app: "))
    assert log[1] == {"event": "source is back", "source": "app", "log_level": "info"}
    service.service.stop()


def test_a_fault_of_a_part_is_told_by_itself_before_and_after_its_source_was_down(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any], postgres: Any, log: Log
) -> None:
    app.execute("CREATE TABLE orders AS SELECT 0 AS n")
    app.execute("CREATE TABLE stock AS SELECT 1 AS n")
    for name in ("orders", "stock"):
        write_query(plugins, name, f"SELECT 1 / n AS kpi_{name} FROM {name}")
    service = run(empty_database)
    service.wait_for_state("down", "orders")
    service.wait_for_state("up", "stock")
    with denied(postgres, empty_database, spared=app.info.backend_pid):
        wait_for(lambda: all(service.part(name).source_down for name in ("orders", "stock")))
        app.execute("UPDATE stock SET n = 0")
    wait_for(lambda: service.part("stock").error and not service.part("orders").source_down)
    app.execute("UPDATE orders SET n = 1")
    service.wait_for_state("up", "orders")

    def told(part: str) -> list[str]:
        return [event["event"] for event in log if event.get("part") == part]

    assert told("orders") == ["part failed", "part recovered"]  # the same fault as before is no news
    assert told("stock") == ["part failed"]


def test_a_part_that_is_off_is_not_told_again_when_its_source_is_back(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any], postgres: Any, log: Log
) -> None:
    app.close()
    write_query(plugins, "views", "SELECT count(*) AS kpi_views FROM story_view_metrics")
    service = run(empty_database)
    service.wait_for_state("off", "views")
    with denied(postgres, empty_database):
        service.wait_for_state("down", "views")
    service.wait_for_state("off", "views")
    wait_for(lambda: "source is back" in events(log))
    assert events(log) == ["part failed", "source is down", "source is back"]


def test_a_fault_elsewhere_is_told_while_a_source_is_down(run: Run, plugins: Path, log: Log) -> None:
    write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
    write_python(plugins, "raise KeyError('no such queue')")
    service = run("host=127.0.0.1 port=1")
    service.wait_for_state("down", "orders")
    service.wait_for_state("down", "tickets")
    wait_for(lambda: len(events(log)) == 2)  # the state is told before the line is written
    assert sorted(events(log)) == ["part failed", "source is down"]


def test_values_that_grow_stale_while_their_source_is_down_are_no_lines_of_their_own(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any], postgres: Any, log: Log
) -> None:
    app.close()
    write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
    service = run(empty_database, stale_after_intervals=2)
    service.wait_for_state("up", "orders")
    with denied(postgres, empty_database):
        wait_for(lambda: service.value("kpi_orders") is None)
        assert service.part("orders").stale
        assert events(log) == ["source is down"]


def test_a_source_that_a_reload_mends_is_told_to_be_back(
    run: Run, plugins: Path, configure: Callable[..., Any], empty_database: str, log: Log
) -> None:
    write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
    service = run(f"{empty_database}&port=1")
    service.wait_for_state("down", "orders")
    service.service.reload()
    service.wait_for_runs(2, "orders", outcome="source_down")
    service.config = configure(empty_database)
    service.service.reload()
    service.wait_for_state("up", "orders")
    wait_for(lambda: "source is back" in events(log))
    reloaded = "reloaded the configuration"
    assert events(log) == ["source is down", reloaded, reloaded, "source is back"]


def test_the_page_gives_the_reason_once(run: Run, plugins: Path, server: EmbeddedPostgres) -> None:
    for name in QUERIES:
        write_query(plugins, name, f"SELECT 1 AS kpi_{name}")
    service = run(server.dsn())
    for name in QUERIES:
        service.wait_for_state("up", name)
    server.stop("immediate")
    for name in QUERIES:
        service.wait_for_state("down", name)
    now = service.service.started
    process = ProcessStatus("0.1.0", now, now, "kpi.yaml", now, sources_down=service.service.board.sources_down())
    text = render(service.service.board.parts(), process)
    assert text.count("the source app") == 1
    assert text.count("did not answer") == len(QUERIES)
    assert f"app, and with it {len(QUERIES)} of {len(QUERIES)} parts" in text
    service.service.stop()
