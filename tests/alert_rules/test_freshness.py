"""Freshness by construction: each table, each collector and each metric that may go silent has an alert that tells."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from alert_rules import Case, Group, silent
from alert_rules.absent import metrics_missing
from alert_rules.collecting import COLLECTOR_STALE
from alert_rules.freshness import ROWS_STOPPED, groups
from collectors import Run
from collectors.discovery import discover
from collectors.freshness import COLLECTOR
from dashboards.scope import Scope
from metrics import COUNT, RATIO, Gauge, Histogram, Recorded
from metrics.catalogue import domains, external_metrics
from metrics.exporter import COLLECTOR_LAST_SUCCESS
from metrics.freshness import CADENCE, NO_CADENCE
from tests.alert_rules.promtool import Promtool, written
from warehouse.contract import TABLES

OPEN = Gauge("kpi_open_tickets", "Open tickets.", unit=COUNT, owner="support")
ANSWERS = Histogram("kpi_ticket_answers", "Answers to a ticket.", unit=COUNT, owner="support", buckets=(1,))
RARE = Gauge("kpi_escalation_ratio", "Escalated.", unit=RATIO, owner="support", sparse="Nobody may escalate.")
COMPUTED = Recorded("kpi_ticket_load_ratio", "Load.", unit=RATIO, owner="support")


@pytest.fixture
def promtool(program: Callable[[str], Path], tmp_path: Path) -> Promtool:
    return Promtool(program("promtool"), tmp_path)


def test_every_contract_table_is_watched_unless_there_is_a_reason() -> None:
    watched = {table for table in TABLES if table in ROWS_STOPPED.expr}
    assert watched == set(CADENCE)
    assert set(TABLES) - watched == set(NO_CADENCE)


def test_every_part_of_every_collector_is_watched_for_going_stale() -> None:
    assert COLLECTOR_STALE.expr.startswith(f"(time() - {COLLECTOR_LAST_SUCCESS}) > ")  # no collector is singled out


def test_each_collector_with_metrics_that_must_exist_has_a_guard_of_its_name() -> None:
    guarded = {alert.name: alert for group in groups(domains()) for alert in group.alerts}
    must_exist = [
        name
        for name, collector in discover().collectors.items()
        if any(not metric.sparse for metric in collector.metrics)
    ]
    for name in must_exist:
        assert any(f'collector="{name}"' in alert.expr for alert in guarded.values())
    assert {"AppPerformanceMetricsMissing", "CommerceMetricsMissing", "DeliveryMetricsMissing"} <= set(guarded)
    assert set(guarded) <= {f"{name.title().replace('_', '')}MetricsMissing" for name in must_exist}


def test_a_guard_names_what_must_exist_and_leaves_out_what_is_sparse_or_recorded() -> None:
    alert = metrics_missing("help-desk", [OPEN, ANSWERS, RARE, COMPUTED])
    assert alert is not None
    assert alert.name == "HelpDeskMetricsMissing"
    assert "unless group (kpi_open_tickets)" in alert.expr
    assert f"unless group ({ANSWERS.count})" in alert.expr
    assert RARE.name not in alert.expr
    assert COMPUTED.name not in alert.expr


def test_a_domain_of_sparse_metrics_needs_no_guard() -> None:
    assert metrics_missing("help_desk", [RARE, COMPUTED]) is None


def test_a_long_name_is_cut_and_many_domains_go_into_several_groups() -> None:
    alert = metrics_missing("a_domain_with_a_name_of_more_than_forty_letters", [OPEN])
    assert alert is not None
    assert alert.name == "ADomainWithANameOfMoreThanMetricsMissing"[:40]
    many = groups({f"plugin_{number}": [OPEN] for number in range(21)})
    assert [len(group.rules) for group in many] == [20, 1]


def test_without_the_condition_on_its_parts_what_a_failing_part_leaves_out_would_be_told(promtool: Promtool) -> None:
    (group,) = groups({"commerce": domains()["commerce"]})
    (alert,) = group.alerts
    bare = replace(alert, expr=alert.expr.partition(" unless on ()")[0])
    failed = promtool.test(written([replace(group, rules=(bare,))]))
    assert "CommerceMetricsMissing: a part of it is off" in failed


_RUNS = 'kpi_exporter_collector_up{{tenant="{}", collector="help_desk", part="{}"}}'
_EVERY = 'kpi_exporter_collector_interval_seconds{{tenant="{}", collector="help_desk", part="{}"}}'


@pytest.mark.parametrize("other", ["has the metric", "lost a part", "lost the metric, too"])
def test_a_metric_that_one_tenant_lost_is_told_whatever_the_other_has(promtool: Promtool, other: str) -> None:
    alert = metrics_missing("help_desk", [OPEN])
    assert alert is not None
    series = {text.format(tenant, "one"): "1x70" for text in (_RUNS, _EVERY) for tenant in ("acme", "globex")}
    if other == "has the metric":
        series['kpi_open_tickets{tenant="globex"}'] = "1x70"
    if other == "lost a part":
        series |= {_RUNS.format("globex", "two"): "0x70", _EVERY.format("globex", "two"): "60x70"}
    first = next(case for case in alert.cases if case.firing)
    firing = first.firing[0]
    lost = ["acme", "globex"] if other == "lost the metric, too" else ["acme"]
    told = tuple(replace(firing, labels={**firing.labels, "tenant": tenant}) for tenant in lost)
    quiet = silent("all are there", {**series, 'kpi_open_tickets{tenant="acme"}': "1x70"}, at="1m")
    proven = replace(alert, cases=(Case("two tenants", series, "65m", told), quiet))
    scope = Scope((OPEN, *external_metrics()), ("tenant",))
    assert promtool.test(written([Group("help-desk", (proven,))], scope)) == ""


@pytest.mark.parametrize("hour", [0, 4, 9, 12, 20])
def test_no_table_of_a_small_company_is_late_at_any_hour(demo_database: str, hour: int) -> None:
    with psycopg.connect(demo_database) as connection:
        connection.execute("SET timezone TO 'UTC'")
        for day in range(2, 32):
            now = datetime(2026, 10, day, hour, 55, tzinfo=UTC)
            for reading in COLLECTOR.collect(Run(as_of=now, connection=connection)):
                (table,) = reading.labels
                age = now.timestamp() - float(str(reading.value))
                assert table in NO_CADENCE or age < CADENCE[table].total_seconds(), f"{table} at {now}"
