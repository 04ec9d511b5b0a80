"""What the exporter says about itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from exporter.self_metrics import SelfMetrics
from exporter.status import PartStatus, State
from tests.exporter.support import samples

GOOD = datetime(2026, 11, 1, 12, tzinfo=UTC)


def part(name: str, state: State, last_success: datetime | None = None, series: int = 0) -> PartStatus:
    return PartStatus("shop", name, "app", state, last_success, None, None, 60, series)


PARTS = [part("orders", "up", GOOD, 12), part("refunds", "down", GOOD, 3), part("views", "off"), part("new", "waiting")]


@pytest.fixture
def own() -> Iterator[SelfMetrics]:
    metrics = SelfMetrics("1.2.3", lambda: PARTS)
    yield metrics
    metrics.close()


@pytest.fixture
def read(own: SelfMetrics) -> Callable[[], dict[str, float]]:
    return lambda: samples(own.render()[0])


def test_a_part_is_up_or_down_and_neither_while_it_waits_or_is_off(read: Callable[[], dict[str, float]]) -> None:
    found = {series: value for series, value in read().items() if series.startswith("kpi_exporter_collector_up")}
    up = "kpi_exporter_collector_up{{collector=shop,part={},source=app}}"
    assert found == {up.format("orders"): 1, up.format("refunds"): 0}


def test_last_success_interval_and_readings_of_each_part(read: Callable[[], dict[str, float]]) -> None:
    found = read()
    success = "kpi_exporter_collector_last_success_timestamp_seconds{{collector=shop,part={},source=app}}"
    assert found[success.format("refunds")] == GOOD.timestamp()
    assert success.format("views") not in found
    interval = "kpi_exporter_collector_interval_seconds{{collector=shop,part={},source=app}}"
    assert [found[interval.format(name)] for name in ("orders", "views")] == [60, 60]
    readings = "kpi_exporter_collector_readings{{collector=shop,part={},source=app}}"
    assert [found[readings.format(name)] for name in ("orders", "refunds", "views")] == [12, 3, 0]


def test_runs_by_outcome_their_duration_and_dropped_values_add_up(
    own: SelfMetrics, read: Callable[[], dict[str, float]]
) -> None:
    key = "shop", "orders", "app"
    for outcome, seconds in (("success", 0.2), ("success", 0.4), ("timeout", 10.5)):
        own.ran(*key, outcome)
        own.took(*key, seconds)
    own.ran(*key, "skipped")
    own.dropped(*key, "null", 3)
    own.dropped(*key, "null", 4)
    found = read()
    runs = "kpi_exporter_collector_runs_total{{collector=shop,outcome={},part=orders,source=app}}"
    assert [found[runs.format(outcome)] for outcome in ("success", "timeout", "skipped")] == [2, 1, 1]
    labels = "collector=shop,part=orders,source=app"
    assert found[f"kpi_exporter_collector_run_duration_seconds_count{{{labels}}}"] == 3
    assert found[f"kpi_exporter_collector_run_duration_seconds_sum{{{labels}}}"] == pytest.approx(11.1)
    bucket = "kpi_exporter_collector_run_duration_seconds_bucket{{collector=shop,le={},part=orders,source=app}}"
    assert [found[bucket.format(le)] for le in ("0.1", "0.25", "0.5", "10.0", "30.0", "+Inf")] == [0, 1, 2, 2, 3, 3]
    dropped = "kpi_exporter_collector_readings_dropped_total{collector=shop,part=orders,reason=null,source=app}"
    assert found[dropped] == 7


def test_sources_and_reloads(own: SelfMetrics, read: Callable[[], dict[str, float]]) -> None:
    own.watch(lambda: {"app": True, "archive": False}, lambda: 3)
    found = read()
    assert found["kpi_exporter_collectors_left_out"] == 3
    assert found["kpi_exporter_source_up{source=app}"] == 1
    assert found["kpi_exporter_source_up{source=archive}"] == 0
    assert found["kpi_exporter_config_last_reload_successful"] == 1
    loaded = found["kpi_exporter_config_last_reload_success_timestamp_seconds"]
    own.reloaded(good=False)
    found = read()
    assert found["kpi_exporter_config_last_reload_successful"] == 0
    assert found["kpi_exporter_config_last_reload_success_timestamp_seconds"] == loaded
    own.reloaded(good=True)
    found = read()
    assert found["kpi_exporter_config_last_reload_successful"] == 1
    assert found["kpi_exporter_config_last_reload_success_timestamp_seconds"] > loaded


def test_what_is_said_about_a_source_carries_its_labels() -> None:
    labels = {"app": {"tenant": "acme"}}
    own = SelfMetrics("1.2.3", lambda: PARTS, lambda source: labels.get(source, {}))
    own.watch(lambda: {"app": True, "archive": False}, lambda: 0)
    own.ran("shop", "orders", "app", "success")
    own.took("shop", "orders", "app", 0.2)
    own.dropped("shop", "orders", "app", "null", 3)
    found = samples(own.render()[0])
    own.close()
    about = [series for series in found if "source=" in series and "source=archive" not in series]
    assert len(about) > 10
    assert [series for series in about if "tenant=acme" not in series] == []
    assert found["kpi_exporter_source_up{source=archive,tenant=}"] == 0  # an empty label is none


def test_many_tenants_do_not_blind_the_metrics(own: SelfMetrics, read: Callable[[], dict[str, float]]) -> None:
    for number in range(3000):
        own.ran("shop", "orders", f"tenant-{number}", "success")
        own.took("shop", "orders", f"tenant-{number}", 0.1)
    found = read()
    runs = [series for series in found if series.startswith("kpi_exporter_collector_runs_total")]
    assert len(runs) == 3000
    assert not any("overflow" in series for series in runs)


def test_build_and_process_are_told(read: Callable[[], dict[str, float]]) -> None:
    found = read()
    (build,) = [series for series in found if series.startswith("kpi_exporter_build_info")]
    assert "version=1.2.3" in build
    assert found[build] == 1
    assert found["process_resident_memory_bytes"] > 1e6
    assert "process_cpu_seconds_total" in found


def test_both_formats_tell_the_same_and_openmetrics_leaves_its_end_to_others(own: SelfMetrics) -> None:
    own.ran("shop", "orders", "app", "success")
    own.took("shop", "orders", "app", 0.2)
    text, openmetrics = (body.decode() for body in own.render())
    assert not openmetrics.endswith("# EOF\n")
    plain = {family.name for family in read_text(text)}
    assert plain == {family.name for family in read_openmetrics(openmetrics + "# EOF\n")}  # type: ignore[no-untyped-call]
    assert len(plain) > 10
