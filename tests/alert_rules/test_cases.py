"""Every alert is proven by its cases, and keeps tenants apart; promtool runs all of them at once."""

import os
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from alert_rules import Alert, Case, Group, Runbook, fires, silent
from alert_rules.teams import DEVELOPMENT
from exporter.artefacts import load
from exporter.config import Config
from metrics import COUNT, Gauge
from provisioning.rules import Links, case_files, rule_files
from provisioning.rules.promtool import cases
from provisioning.rules.to_prometheus import dumped

ARTEFACTS = load(Config())
ALERTS = {alert.name: alert for group in ARTEFACTS.rules for alert in group.alerts}
_EXTERNAL = {series.name for one in ARTEFACTS.scope.metrics if not one.has_source for series in one.series}
TENANTS = ("acme", "globex")

pytestmark = pytest.mark.timeout(600)


def proven(promtool: Path, folder: Path, groups: list[Group]) -> str:
    """What promtool has to complain about in the cases of these groups, an empty text for nothing."""
    files = rule_files(groups, ARTEFACTS.scope, Links()) | case_files(groups, Links())
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    tests = sorted(path for path in files if "/tests/" in path)

    def run(path: str) -> str:
        done = subprocess.run([promtool, "test", "rules", folder / path], capture_output=True, text=True)
        return done.stdout + done.stderr if done.returncode else ""

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return "\n".join(filter(None, pool.map(run, tests)))


def test_all_cases_hold(program: Callable[[str], Path], tmp_path: Path) -> None:
    assert ARTEFACTS.problems == ()
    assert proven(program("promtool"), tmp_path, list(ARTEFACTS.rules)) == ""


def test_an_alert_fires_for_each_tenant_by_itself(program: Callable[[str], Path], tmp_path: Path) -> None:
    groups = [_for_two_tenants(group) for group in ARTEFACTS.rules if any(map(_is_per_tenant, [*group.alerts]))]
    groups += [group for group in ARTEFACTS.rules if not any(group.alerts)]
    assert proven(program("promtool"), tmp_path, groups) == ""


def _for_two_tenants(group: Group) -> Group:
    """The group, each alert with one case: both tenants have the series that make it fire."""
    alerts = [_for_both(alert) for alert in group.alerts if _is_per_tenant(alert)]
    return replace(group, rules=[*group.recordings, *alerts] or group.rules)


def _is_per_tenant(alert: Alert) -> bool:
    series = {name.partition("{")[0] for case in alert.cases for name in case.series}
    return not (alert.absence or series & _EXTERNAL)


def _for_both(alert: Alert) -> Alert:
    first = next(case for case in alert.cases if case.firing)
    (firing,) = first.firing
    series = {_of(tenant, name): values for tenant in TENANTS for name, values in first.series.items()}
    both = tuple(replace(firing, labels={"tenant": tenant, **firing.labels}) for tenant in TENANTS)
    return replace(alert, cases=(Case("two tenants", series, first.at, both), silent("nothing", {}, at="1m")))


def _of(tenant: str, selector: str) -> str:
    name, _, rest = selector.partition("{")
    return f'{name}{{tenant="{tenant}"' + (f", {rest}" if rest.strip("} ") else "}")


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_an_alert_has_cases_at_and_around_its_threshold(alert: Alert) -> None:
    assert len({case.title for case in alert.cases}) == len(alert.cases)
    titles = {case.title for case in cases(alert)}
    assert alert.absence or {"no data", "only NaN"} <= titles


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_a_case_says_in_full_what_the_page_reads(alert: Alert) -> None:
    for firing in (firing for case in alert.cases for firing in case.firing):
        assert "{{" not in firing.description + firing.value
        shape = ".*".join(map(re.escape, re.split(r"{{.*?}}", alert.text)))
        assert re.fullmatch(shape, firing.description)


class TestWrongCases:
    """What promtool finds: a case that does not hold is told with the name of alert and case."""

    DEPTH = Gauge("kpi_queue_depth", "Depth.", unit=COUNT, owner="tests")

    def alert(self, *proof: Case) -> Alert:
        return Alert(
            "QueueFull",
            f"{self.DEPTH} > 5",
            for_="2m",
            severity="info",
            team=DEVELOPMENT,
            unit=COUNT,
            summary="The queue is full.",
            description="VALUE wait.",
            board="x",
            runbook=Runbook("a", "b", ("c",), ("d",)),
            cases=proof,
        )

    GOOD = fires("six wait", {"kpi_queue_depth": "6x9"}, at="5m", value="6", description="6 wait.")
    QUIET = silent("five wait", {"kpi_queue_depth": "5x9"}, at="5m")

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            (silent("six are no matter", {"kpi_queue_depth": "6x9"}, at="5m"), "QueueFull: six are no matter"),
            (fires("five", {"kpi_queue_depth": "5x9"}, at="5m", value="5", description="5 wait."), "QueueFull: five"),
            (fires("soon", {"kpi_queue_depth": "6x9"}, at="1m", value="6", description="6 wait."), "QueueFull: soon"),
            (fires("words", {"kpi_queue_depth": "6x9"}, at="5m", value="6", description="Six."), "QueueFull: words"),
        ],
    )
    def test_a_wrong_case_is_found(
        self, program: Callable[[str], Path], tmp_path: Path, wrong: Case, told: str
    ) -> None:
        assert proven(program("promtool"), tmp_path, [Group("queue", (self.alert(self.GOOD, self.QUIET),))]) == ""
        broken = Group("queue", (self.alert(self.GOOD, self.QUIET, wrong),))
        assert told in proven(program("promtool"), tmp_path, [broken])


def test_recorded_metrics_of_a_service_without_traffic_have_no_value(
    program: Callable[[str], Path], tmp_path: Path
) -> None:
    for path, text in rule_files(ARTEFACTS.rules, ARTEFACTS.scope, Links()).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    quiet = ["kpi_http_error_ratio", "kpi_http_request_duration_mean_seconds", "kpi_http_request_duration_p95_seconds"]
    name = "kpi_http_request_duration_seconds"
    test = {
        "rule_files": ["prometheus/rules/app-performance.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": 'kpi_http_requests_total{service="api", status="200"}', "values": "7x20"},
                    {"series": f'{name}_sum{{service="api"}}', "values": "7x20"},
                    {"series": f'{name}_count{{service="api"}}', "values": "7x20"},
                    {"series": f'{name}_bucket{{service="api", le="1.0"}}', "values": "7x20"},
                    {"series": f'{name}_bucket{{service="api", le="+Inf"}}', "values": "7x20"},
                ],
                "promql_expr_test": [
                    *({"expr": one, "eval_time": "15m", "exp_samples": []} for one in quiet),
                    {
                        "expr": "kpi_http_requests_per_second",
                        "eval_time": "15m",
                        "exp_samples": [{"labels": 'kpi_http_requests_per_second{service="api"}', "value": 0}],
                    },
                ],
            }
        ],
    }
    (tmp_path / "quiet.yaml").write_text(dumped(test), encoding="utf-8")
    done = subprocess.run(
        [program("promtool"), "test", "rules", tmp_path / "quiet.yaml"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
