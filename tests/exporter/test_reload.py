"""Reading the configuration and the plugins again, in this process."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from exporter.config import CollectorSettings, ConfigError, Source
from exporter.exposition import Key
from exporter.service import ReloadError
from tests.exporter.support import wait_for, write_python, write_query

Run = Callable[..., Any]


def test_a_new_plugin_file_is_a_new_metric_after_a_reload(
    run: Run, plugins: Path, empty_database: str, log: list[Any]
) -> None:
    write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
    service = run(empty_database)
    service.wait_for_state("up", "orders")
    write_query(plugins, "stock", "SELECT 2 AS kpi_stock", labels=[])
    before = service.value("kpi_exporter_config_last_reload_success_timestamp_seconds")
    service.service.reload()
    service.wait_for_state("up", "stock")
    found = service.samples()
    assert (found["kpi_orders"], found["kpi_stock"]) == (1, 2)
    assert found["kpi_exporter_config_last_reload_successful"] == 1
    assert found["kpi_exporter_config_last_reload_success_timestamp_seconds"] > before
    assert {"event": "reloaded the configuration", "collectors": 2, "log_level": "info"} in log


def test_a_changed_plugin_file_replaces_the_old_one_and_a_deleted_one_is_gone(
    run: Run, plugins: Path, empty_database: str
) -> None:
    write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
    gone = write_query(plugins, "stock", "SELECT 2 AS kpi_stock")
    service = run(empty_database)
    service.wait_for_state("up", "stock")
    write_query(plugins, "orders", "SELECT 10 AS kpi_orders")
    gone.unlink()
    service.service.reload()
    wait_for(lambda: service.value("kpi_orders") == 10)
    assert "kpi_stock" not in service.samples()
    assert {part.part for part in service.service.board.parts()} == {"orders"}


def test_values_go_on_being_served_during_a_reload(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any]
) -> None:
    app.execute("CREATE TABLE pauses AS SELECT 0 AS n")
    write_query(plugins, "slow", "SELECT length(pg_sleep(n)::text) AS kpi_slow FROM pauses", every="1h")
    service = run(empty_database)
    good = service.wait_for_state("up", "slow").last_success
    app.execute("UPDATE pauses SET n = 5")
    service.service.reload()
    assert service.value("kpi_slow") == 0
    part = service.part("slow")
    assert (part.state, part.last_success, part.error) == ("up", good, "")


def test_a_run_that_a_reload_interrupts_is_no_failure(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any], log: list[Any]
) -> None:
    write_query(plugins, "slow", "SELECT length(pg_sleep(0.6)::text) AS kpi_slow", every="1h", timeout="5s")
    service = run(empty_database)
    running = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi_exporter/slow' AND state = 'active'"
    wait_for(lambda: app.execute(running).fetchone() == (1,))
    service.service.reload()
    service.wait_for_state("up", "slow")
    assert [event for event in log if event["event"] == "part failed"] == []
    assert service.runs("slow") == 1


def test_what_a_run_of_before_the_reload_brings_later_is_not_published(
    run: Run, plugins: Path, monkeypatch: pytest.MonkeyPatch, released: threading.Event
) -> None:
    ended = threading.Event()
    monkeypatch.setattr("threading.ended", ended, raising=False)
    waits = "import threading", "threading.released.wait(20)"
    write_python(plugins, *waits, "yield TICKETS.reading(1, queue='old')", "threading.ended.set()")
    service = run({})
    wait_for(lambda: service.runs("tickets", source="", outcome="skipped") >= 1)
    write_python(plugins, "yield TICKETS.reading(2, queue='new')")
    published: list[Key] = []
    monkeypatch.setattr(service.service.exposition, "replace", lambda key, block: published.append(key))
    service.service.reload()
    service.service._schedule.stop()  # the new schedule is to be still while the old run ends
    released.set()
    assert ended.wait(5)
    time.sleep(0.1)
    assert published == []


def test_a_collector_that_hangs_is_not_started_again_by_reloads_until_its_run_has_ended(
    run: Run, plugins: Path, monkeypatch: pytest.MonkeyPatch, released: threading.Event
) -> None:
    begun = list[str]()
    monkeypatch.setattr("threading.begun", begun, raising=False)
    waits = "import threading", "threading.begun.append('run')", "threading.released.wait(20)"
    write_python(plugins, *waits, "yield TICKETS.reading(1, queue='books')")
    monkeypatch.setattr("exporter.runner._GRACE", 0.0)
    service = run({})
    wait_for(lambda: begun)
    for _ in range(3):
        service.service.reload()
        service.wait_for_runs(1, "tickets", source="", outcome="skipped")
    assert begun == ["run"]
    part = service.wait_for_state("down", "tickets")  # by the runner of the first schedule
    assert "takes longer than its timeout" in part.error
    released.set()
    service.wait_for_state("up", "tickets")
    assert service.value("kpi_tickets{queue=books}") == 1


def test_a_collector_that_hangs_over_a_reload_is_told_to_and_its_run_is_counted_once(
    run: Run, plugins: Path, monkeypatch: pytest.MonkeyPatch, released: threading.Event, log: list[Any]
) -> None:
    write_python(plugins, "import threading", "threading.released.wait(20)", "yield TICKETS.reading(1, queue='books')")
    monkeypatch.setattr("exporter.runner._GRACE", 0.0)
    service = run({})
    overdue = service.wait_for_state("down", "tickets").error
    told = (
        f"{overdue}; this run of the former configuration has not ended, and no other begins until it does or the "
        "exporter is restarted"
    )
    for _ in range(2):
        service.service.reload()
        wait_for(lambda: service.part("tickets").error == told)
        service.wait_for_runs(2, "tickets", source="", outcome="skipped")
    assert [event["error"] for event in log if event["event"] == "part failed"] == [overdue, told]
    released.set()
    assert service.wait_for_state("up", "tickets").error == ""
    assert service.runs("tickets", source="", outcome="timeout") == 1


def test_a_run_of_before_a_reload_has_one_run_skipped_in_each_interval(
    run: Run, plugins: Path, monkeypatch: pytest.MonkeyPatch, released: threading.Event
) -> None:
    """It is looked for more often, so that the next one begins as soon as it has ended."""
    begun = list[str]()
    monkeypatch.setattr("threading.begun", begun, raising=False)
    monkeypatch.setattr("exporter.schedule._SECONDS_TO_END", 0.02)
    waits = "import threading", "threading.begun.append('run')", "threading.released.wait(20)"
    write_python(plugins, *waits, "yield TICKETS.reading(1, queue='books')")
    service = run({}, collectors={"tickets": CollectorSettings(interval=2)})
    wait_for(lambda: begun)
    service.service.reload()
    service.wait_for_runs(1, "tickets", source="", outcome="skipped")
    first = time.monotonic()
    service.wait_for_runs(1, "tickets", source="", outcome="skipped")
    assert time.monotonic() - first > 1.5
    assert begun == ["run"]
    released.set()
    wait_for(lambda: len(begun) == 2, 1)


@pytest.mark.parametrize("fault", ["configuration", "plugins", "place"])
def test_a_bad_configuration_keeps_the_old_one_and_says_so_until_a_good_one_comes(
    run: Run, plugins: Path, empty_database: str, log: list[Any], fault: str, tmp_path: Path
) -> None:
    write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
    service = run(empty_database)
    service.wait_for_state("up", "orders")
    good, clash = service.config, plugins / "clash.sql"
    if fault == "configuration":
        service.config = good.model_copy(update={"collectors": {"ordres": CollectorSettings()}})
        reason = "collectors.ordres: unknown collector; did you mean orders?"
    elif fault == "plugins":
        clash.write_text((plugins / "orders.sql").read_text())
        reason = "two collectors claim kpi_orders: clash and orders; one of them must give it up"
    else:
        service.config = good.model_copy(update={"data_dir": tmp_path / "elsewhere"})
        reason = "data_dir cannot change while the exporter runs; restart it"
    with pytest.raises(ReloadError, match="the old one still runs") as raised:
        service.service.reload()
    assert reason in str(raised.value)
    assert reason in service.service.config_error
    assert service.value("kpi_exporter_config_last_reload_successful") == 0
    assert [event["log_level"] for event in log if "could not reload" in event["event"]] == ["error"]
    service.wait_for_runs(2, "orders")
    service.config = good
    clash.unlink(missing_ok=True)
    service.service.reload()
    assert service.service.config_error == ""
    assert service.value("kpi_exporter_config_last_reload_successful") == 1


def test_a_broken_plugin_is_named_and_the_others_run(
    run: Run, plugins: Path, empty_database: str, log: list[Any]
) -> None:
    write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
    (plugins / "broken.py").write_text("import no_such_module\n")
    (plugins / "refused.sql").write_text("DELETE FROM orders")
    service = run(empty_database)
    service.wait_for_state("up", "orders")
    told = [event["error"] for event in log if event["event"] == "a collector is left out"]
    assert len(told) == 2
    assert f"could not load {plugins / 'broken.py'}: ModuleNotFoundError: No module named 'no_such_module'" in told[0]
    place = plugins / "refused.sql"
    assert [line.partition(": ")[0] for line in told[1].split("\n")] == [f"{place}:1", f"{place}:1"]
    assert service.value("kpi_exporter_collectors_left_out") == 2


def test_a_counter_goes_on_after_its_plugin_was_broken_for_a_while(
    run: Run, plugins: Path, empty_database: str, app: psycopg.Connection[Any]
) -> None:
    app.execute("CREATE TABLE sales (sold_at timestamptz)")
    app.execute("INSERT INTO sales SELECT now() - interval '1 hour' FROM generate_series(1, 5)")
    query = "SELECT sold_at, 1 AS kpi_sales_total FROM sales"
    counter: dict[str, Any] = {
        "metric": "kpi_sales_total",
        "type": "counter",
        "cursor": "sold_at",
        "settle": "1ms",
        "backfill": "2h",
    }
    path = write_query(plugins, "sales", query, **counter)
    service = run(empty_database)
    service.wait_for_state("up", "sales")
    good = path.read_text()
    path.write_text(good.replace("SELECT", "SELEC"))
    service.service.reload()
    assert "kpi_sales_total" not in service.samples()
    app.execute("DELETE FROM sales; INSERT INTO sales VALUES (now())")
    path.write_text(good)
    service.service.reload()
    service.wait_for_state("up", "sales")
    wait_for(lambda: service.value("kpi_sales_total") == 6)


def test_sources_come_go_and_change_with_a_reload(run: Run, plugins: Path, empty_database: str) -> None:
    write_query(plugins, "orders", "SELECT 1 AS kpi_orders")
    service = run({"a": {"dsn": empty_database, "labels": {"tenant": "a"}}})
    service.wait_for_state("up", "orders", "a")
    service.config = service.config.model_copy(update={"sources": {
        "b": Source(dsn=SecretStr(empty_database), labels={"tenant": "b"}),
        "c": Source(dsn=SecretStr(empty_database), labels={"tenant": "c"}),
    }})  # fmt: skip
    service.service.reload()
    service.wait_for_state("up", "orders", "b")
    service.wait_for_state("up", "orders", "c")
    found = {series for series in service.samples() if series.startswith(("kpi_orders", "kpi_exporter_source_up"))}
    assert found == {
        "kpi_orders{tenant=b}", "kpi_orders{tenant=c}",
        "kpi_exporter_source_up{source=b,tenant=b}", "kpi_exporter_source_up{source=c,tenant=c}",
    }  # fmt: skip


def test_loading_that_fails_at_the_start_is_raised(configure: Callable[..., Any], tmp_path: Path) -> None:
    from exporter.service import Service

    def load() -> Any:
        raise ConfigError(["kpi.yaml:1: no"])

    with pytest.raises(ConfigError, match="no"):
        Service(load, "kpi.yaml")
