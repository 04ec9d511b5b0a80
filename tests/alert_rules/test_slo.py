"""Objectives: the arithmetic of error budgets, what is recorded, and alerts that promtool proves, guards included."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_rules import Group
from alert_rules.burn import BURNS, minutes, plain
from alert_rules.discovery import discover
from alert_rules.recording import RuleError
from alert_rules.slos import API_AVAILABILITY, CRASH_FREE_DEVICES, OBJECTIVES
from exporter.artefacts import load
from exporter.config import Config
from metrics.catalogue import domains
from metrics.slo import (
    SLO_BUDGET_CONSUMED,
    SLO_BUDGET_REMAINING,
    SLO_BURN_RATE,
    SLO_COMPLIANCE,
    SLO_ERROR_RATIO,
    SLO_EVENTS,
    SLO_FAILED_EVENTS,
)
from provisioning.lint import lint
from tests.alert_rules.promtool import Promtool, written

objectives = st.decimals("0.94", "0.99999", places=5)
factors = st.sampled_from([burn.factor for burn in BURNS])
GOOD, BAD = API_AVAILABILITY.good_event[0], API_AVAILABILITY.bad_event[0]


@pytest.fixture
def promtool(program: Callable[[str], Path], tmp_path: Path) -> Promtool:
    return Promtool(program("promtool"), tmp_path)


@given(objectives, factors)
def test_thresholds_are_exact_and_burn_the_budget_as_many_times_as_they_say(
    objective: Decimal, factor: Decimal
) -> None:
    slo = replace(API_AVAILABILITY, objective=objective)
    assert slo.objective + slo.error_budget == 1
    assert slo.threshold(factor) == factor - factor * objective
    assert slo.burn_rate(slo.threshold(factor)) == factor


@given(objectives, st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_burn_rate_is_the_error_ratio_by_what_is_allowed(objective: Decimal, events: int, failed: int) -> None:
    slo = replace(API_AVAILABILITY, objective=objective)
    ratio = Decimal(min(failed, events)) / events
    assert slo.burn_rate(ratio) * (1 - objective) == pytest.approx(ratio)
    assert (slo.burn_rate(ratio) > 1) == (1 - ratio < objective)


@given(objectives)
def test_thresholds_stand_in_the_rules_without_exponent_or_rounding(objective: Decimal) -> None:
    slo = replace(API_AVAILABILITY, objective=objective)
    for burn, alert in zip(slo.burns, slo.alerts, strict=True):
        assert alert.expr.count(f"> {plain(slo.threshold(burn.factor))} ") == 2
        assert "E" not in plain(slo.threshold(burn.factor))
    assert Decimal(slo.recordings[-1].expr.rpartition(" ")[2]) == slo.error_budget


def test_the_rates_and_windows_are_those_of_the_workbook() -> None:
    assert [(float(burn.factor), burn.long, burn.short, burn.severity) for burn in BURNS] == [
        (14.4, "1h", "5m", "critical"),
        (6, "6h", "30m", "critical"),
        (3, "1d", "2h", "warning"),
        (1, "3d", "6h", "warning"),
    ]
    spent = [burn.factor * minutes(burn.long) / minutes("30d") for burn in BURNS]
    assert spent == [Decimal("0.02"), Decimal("0.05"), Decimal("0.1"), Decimal("0.1")]


def test_an_alert_that_no_error_ratio_can_reach_is_left_out() -> None:
    slo = replace(API_AVAILABILITY, objective=Decimal("0.9"))
    assert [alert.name for alert in slo.alerts] == [
        "ApiAvailabilitySlowBurn",
        "ApiAvailabilityDayBurn",
        "ApiAvailabilityLongBurn",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": "API"}, "An objective is named in lower-case words with hyphens."),
        ({"objective": Decimal("99.9")}, "The objective must be a Decimal between 0 and 1, got Decimal('99.9')."),
        ({"objective": 0.999}, "The objective must be a Decimal between 0 and 1, got 0.999."),
        ({"good": "x_total"}, "It needs either the good events or the bad ones."),
        ({"bad": ""}, "It needs either the good events or the bad ones."),
        ({"least_failures": 0}, "'least_failures' must be at least 1, got 0."),
        ({"window": "1h"}, "The window must be days or weeks such as 30d, got '1h'."),
        ({"bad_event": ()}, "The cases need the series that grow with a good and with a bad event."),
    ],
)
def test_a_faulty_objective_is_refused_with_the_reason(change: dict[str, object], fault: str) -> None:
    with pytest.raises(RuleError) as error:
        replace(API_AVAILABILITY, **change)  # type: ignore[arg-type]
    assert fault in error.value.faults


def test_the_company_has_objectives_for_its_api_payments_and_app() -> None:
    assert {slo.name: slo.objective for slo in OBJECTIVES} == {
        "api-availability": Decimal("0.999"),
        "api-latency": Decimal("0.99"),
        "payment-success": Decimal("0.95"),
        "crash-free-devices": Decimal("0.995"),
    }


def test_without_the_guard_little_traffic_would_page(promtool: Promtool) -> None:
    group, budget = API_AVAILABILITY.groups
    alerts = [replace(alert, expr=alert.expr.replace(">= 5", ">= 1")) for alert in group.alerts]
    failed = promtool.test(written((Group(group.name, (*group.recordings, *alerts), "1m"), budget)))
    assert {f"{alert.name}: few events come, and all of them fail" in failed for alert in alerts} == {True}


def test_the_example_of_the_page_is_an_objective_whose_cases_hold(promtool: Promtool, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/slo.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "alert_rules").mkdir()
    (tmp_path / "alert_rules/uploads.py").write_text(code, encoding="utf-8")
    found = discover(domains(), tmp_path)
    assert found.problems == []
    groups = [group for group in found.found if group.name.startswith("slo-uploads")]
    assert [len(group.rules) for group in groups] == [14, 3]
    assert promtool.test(written(groups)) == ""
    artefacts = load(Config())
    assert [
        one for one in lint(artefacts.boards, artefacts.scope, [*artefacts.rules, *groups]) if "ploads" in one.place
    ] == []


class TestRecordings:
    """What is recorded at the end of some hours."""

    def test_error_ratio_burn_rate_and_budget(self, promtool: Promtool) -> None:
        rules = written(API_AVAILABILITY.groups)
        series = {GOOD: "0+9990x130", BAD: "0+10x130"}
        name, month = {"slo": "api-availability"}, {"slo": "api-availability", "window": "30d"}
        assert promtool.values(
            rules,
            series,
            "130m",
            SLO_EVENTS(**name),
            SLO_FAILED_EVENTS(**name),
            SLO_ERROR_RATIO(**name, window="2h"),
            SLO_BURN_RATE(**name, window="5m"),
            SLO_COMPLIANCE(**month),
            SLO_BUDGET_CONSUMED(**month),
            SLO_BUDGET_REMAINING(**month),
        ) == pytest.approx([10_000 / 60, 10 / 60, 0.001, 1, 0.999, 1, 0], abs=1e-6)

    def test_each_window_has_its_ratio_and_burn_rate(self) -> None:
        recorded = [(rule.of, rule.labels.get("window")) for rule in API_AVAILABILITY.recordings]
        windows = [window for metric, window in recorded if metric is SLO_ERROR_RATIO]
        assert windows == ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]

    def test_a_quiet_hour_has_no_ratio_and_takes_nothing_from_the_month(self, promtool: Promtool) -> None:
        series = {GOOD: "0+99x29 2970+0x70", BAD: "0+1x29 30+0x70"}
        name, month = {"slo": "api-availability"}, {"slo": "api-availability", "window": "30d"}
        assert promtool.values(
            written(API_AVAILABILITY.groups),
            series,
            "99m",
            SLO_ERROR_RATIO(**name, window="1h"),
            SLO_BURN_RATE(**name, window="5m"),
            SLO_COMPLIANCE(**month),
        ) == [None, None, pytest.approx(0.99)]

    def test_a_nan_does_not_poison_the_month(self, promtool: Promtool) -> None:
        series = {GOOD: "0+99x30 NaN NaN 3168+99x30", BAD: "0+1x30 NaN NaN 32+1x30"}
        month = {"slo": "api-availability", "window": "30d"}
        rules = written(API_AVAILABILITY.groups)
        assert promtool.values(rules, series, "60m", SLO_COMPLIANCE(**month)) == [pytest.approx(0.99, abs=1e-4)]

    def test_a_service_that_never_failed_has_all_of_its_budget(self, promtool: Promtool) -> None:
        month = {"slo": "api-availability", "window": "30d"}
        rules = written(API_AVAILABILITY.groups)
        assert promtool.values(rules, {GOOD: "0+99x30"}, "30m", SLO_BUDGET_REMAINING(**month)) == [1]

    def test_minutes_weigh_by_their_events(self, promtool: Promtool) -> None:
        """Half an hour of few requests that all fail, half an hour of many that do not."""
        series = {BAD: "0+10x30 300+0x30", GOOD: "0+0x30 0+990x29"}
        name = {"slo": "api-availability"}
        found = promtool.values(written(API_AVAILABILITY.groups), series, "60m", SLO_ERROR_RATIO(**name, window="1h"))
        assert found == [pytest.approx(0.01, rel=0.15)]

    def test_no_more_can_fail_than_come(self, promtool: Promtool) -> None:
        """Three crashes for each start of the app."""
        start, crash = CRASH_FREE_DEVICES.bad_event
        name, month = {"slo": "crash-free-devices"}, {"slo": "crash-free-devices", "window": "30d"}
        assert promtool.values(
            written(CRASH_FREE_DEVICES.groups),
            {start: "0+100x60", crash: "0+300x60"},
            "60m",
            SLO_ERROR_RATIO(**name, window="5m"),
            SLO_ERROR_RATIO(**name, window="1h"),
            SLO_BURN_RATE(**name, window="1h"),
            SLO_COMPLIANCE(**month),
            SLO_BUDGET_REMAINING(**month),
        ) == [1, 1, pytest.approx(200), 0, pytest.approx(-199)]

    def test_a_crash_long_after_the_start_counts(self, promtool: Promtool) -> None:
        start, crash = CRASH_FREE_DEVICES.bad_event
        series = {start: "0+100x20 2000+0x40", crash: "0x40 0+10x20"}
        rules = written(CRASH_FREE_DEVICES.groups)
        (ratio,) = promtool.values(rules, series, "60m", SLO_ERROR_RATIO(slo="crash-free-devices", window="1h"))
        assert ratio == pytest.approx(0.1, rel=0.2)
