"""Recorded metrics get the past that their rules would have found, level by level."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from alert_rules import Group, Recording
from dashboards.scope import Scope
from exporter.backfill import load_blocks
from exporter.program import ProgramError
from exporter.prometheus import Prometheus
from exporter.recorded_history import Span, write_recorded
from metrics import COUNT, Gauge, Metric, Recorded
from tests.exporter.support import free_port

START = datetime(2026, 10, 31, 12, tzinfo=UTC)
OPEN = Gauge("kpi_open_orders", "Open orders.", unit=COUNT, labels=("queue",), owner="sales")
ALL = Recorded("kpi_all_orders", "Open orders of all queues.", unit=COUNT, owner="sales")
TWICE = Recorded("kpi_twice_orders", "Twice as many.", unit=COUNT, labels=("window",), owner="sales")
LOOP = Recorded("kpi_loop_orders", "Needs itself.", unit=COUNT, owner="sales")
RULES = (
    Recording(TWICE, f"2 * {ALL}", {"window": "5m"}),  # before what it needs, on purpose
    Recording(ALL, f"sum({OPEN})"),
)


@pytest.fixture
def prometheus(program: Callable[[str], Path], tmp_path: Path) -> Prometheus:
    """A Prometheus, not yet running, that holds two queues of two tenants, a value a minute for an hour."""
    lines = ["# TYPE kpi_open_orders gauge"]
    for tenant, queue, each in (("acme", "new", 1), ("acme", "old", 10), ("zen", "new", 100)):
        for minute in range(61):
            moment = (START + timedelta(minutes=minute)).timestamp()
            value = each * (1 if minute < 30 else 2)
            lines.append(f'kpi_open_orders{{tenant="{tenant}",queue="{queue}"}} {value} {moment:.0f}')
    text = tmp_path / "open.txt"
    text.write_text("\n".join([*lines, "# EOF"]) + "\n")
    load_blocks(program("promtool"), text, Prometheus.data_dir(tmp_path / "prometheus"))
    return Prometheus(program("prometheus"), tmp_path / "prometheus", "127.0.0.1:9", free_port(), interval="1h")


def record(prometheus: Prometheus, promtool: Path, folder: Path, *rules: Recording) -> int:
    metrics: tuple[Metric, ...] = (OPEN, *dict.fromkeys(rule.of for rule in rules))
    spans = [
        Span(START, START + timedelta(minutes=20), 600),
        Span(START + timedelta(minutes=25), START + timedelta(hours=1), 60),
    ]
    data = Prometheus.data_dir(folder / "prometheus")
    return write_recorded([Group("orders", rules)], Scope(metrics), prometheus, promtool, data, spans)


def values(prometheus: Prometheus, expr: str, minute: int) -> dict[str, float]:
    """The values at a minute, by tenant."""
    moment = (START + timedelta(minutes=minute)).timestamp()
    answer = requests.get(f"{prometheus.url}/api/v1/query", params={"query": expr, "time": str(moment)}, timeout=10)
    found = answer.json()["data"]["result"]
    return {series["metric"]["tenant"]: float(series["value"][1]) for series in found}


def test_rules_are_recorded_after_what_they_need_and_keep_sources_apart(
    prometheus: Prometheus, program: Callable[[str], Path], tmp_path: Path
) -> None:
    samples = record(prometheus, program("promtool"), tmp_path, *RULES)
    assert samples == (3 + 36) * 2 * 2  # moments, tenants, metrics
    with prometheus:
        assert values(prometheus, "kpi_all_orders", 10) == {"acme": 11, "zen": 100}
        assert values(prometheus, 'kpi_twice_orders{window="5m"}', 29) == {"acme": 22, "zen": 200}
        assert values(prometheus, 'kpi_twice_orders{window="5m"}', 30) == {"acme": 44, "zen": 400}
    assert not (tmp_path / "prometheus/recorded").exists()


def test_rules_that_need_each_other_are_refused(
    prometheus: Prometheus, program: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(ProgramError, match="could not record kpi_loop_orders: they need each other"):
        record(prometheus, program("promtool"), tmp_path, Recording(LOOP, f"{LOOP} + 1"))


def test_an_expression_that_prometheus_refuses_is_named(
    prometheus: Prometheus, program: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(ProgramError, match=r"could not record sum by \(tenant\) .*kpi_open_orders\[\): .*parse error"):
        record(prometheus, program("promtool"), tmp_path, Recording(ALL, f"sum({OPEN}[)"))
