"""Alerts take their levels from the declaration."""

from typing import Any

import pytest

from alert_rules import Alert, Runbook, fires, silent
from alert_rules.app_performance import ERROR_RATE, RESPONSE_TIME
from alert_rules.recording import RuleError
from alert_rules.teams import DEVELOPMENT, DEVOPS
from alert_rules.threshold import levels
from metrics import COUNT, RATIO, Gauge, Metric, Unit
from metrics.app_performance import HTTP_ERROR_RATIO, HTTP_REQUEST_DURATION, HTTP_REQUEST_DURATION_P95

PROOF = (fires("a", {}, at="1m", value="1", description="1"), silent("b", {}, at="1m"))


def pair(of: Metric, **changes: Any) -> tuple[Alert, Alert]:
    fields: dict[str, Any] = {
        "teams": (DEVELOPMENT, DEVOPS),
        "family": "disk",
        "what": "The disk",
        "description": "VALUE",
        "runbook": Runbook("a", "b", ("c",), ("d",)),
        "board": "x",
        "cases": (PROOF, PROOF),
    }
    return levels(of, "Disk", **(fields | changes))


def gauge(unit: Unit = RATIO, **levels: Any) -> Gauge:
    return Gauge("kpi_disk_ratio" if unit is RATIO else "kpi_disks", "Disk.", unit=unit, owner="tests", **levels)


def test_what_is_better_low_is_bad_above_its_levels() -> None:
    warning, critical = pair(gauge(better="lower", warning=0.8, critical=0.9))
    assert (warning.name, critical.name) == ("DiskWarning", "DiskCritical")
    assert (warning.expr, critical.expr) == ("kpi_disk_ratio > 0.8", "kpi_disk_ratio > 0.9")
    assert (warning.for_, critical.for_) == ("10m", "5m")
    assert warning.labels == {"severity": "warning", "team": "development", "family": "disk"}
    assert critical.labels == {"severity": "critical", "team": "devops", "family": "disk"}
    assert warning.summary == "The disk is above the warning level of 80 %."


def test_what_is_better_high_is_bad_below_its_levels() -> None:
    warning, critical = pair(gauge(COUNT, better="higher", warning=100, critical=10), only="other > 1")
    assert (warning.expr, critical.expr) == ("kpi_disks < 100 and other > 1", "kpi_disks < 10 and other > 1")
    assert critical.summary == "The disk is below the critical level of 10."


@pytest.mark.parametrize(
    "declared",
    [{"better": "lower", "warning": 1}, {"better": "lower", "critical": 1}, {"warning": 1, "critical": 2}],
)
def test_a_metric_without_both_levels_or_a_direction_is_refused(declared: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match=r"kpi_disk_ratio must declare 'warning', 'critical' and 'better'."):
        pair(gauge(**declared))


def test_the_levels_of_the_catalogue_are_those_of_the_declarations() -> None:
    assert [rule.expr.partition(" and ")[0] for rule in (*RESPONSE_TIME, *ERROR_RATE)] == [
        f"{HTTP_REQUEST_DURATION_P95} > 0.5",
        f"{HTTP_REQUEST_DURATION_P95} > 1",
        f"{HTTP_ERROR_RATIO} > 0.005",
        f"{HTTP_ERROR_RATIO} > 0.01",
    ]
    assert (HTTP_REQUEST_DURATION_P95.warning, HTTP_REQUEST_DURATION_P95.critical) == (
        HTTP_REQUEST_DURATION.warning,
        HTTP_REQUEST_DURATION.critical,
    )
