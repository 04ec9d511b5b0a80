"""The ways between metrics and rules."""

from typing import Any

from alert_rules import Alert, Group, Recording, Runbook, fires, silent
from alert_rules.teams import DEVELOPMENT
from metrics import COUNT, RATIO, Counter, Gauge, Histogram, Recorded
from provisioning.rules.reading import Rules

ORDERS = Counter("kpi_orders_total", "Orders.", unit=COUNT, labels=("status",), owner="tests")
SIZES = Histogram("kpi_order_items", "Items.", unit=COUNT, owner="tests", buckets=(1, 2))
IDLE = Gauge("kpi_idle", "Nobody reads it.", unit=COUNT, owner="tests")
FAILED = Recorded("kpi_failed_orders_ratio", "Failed.", unit=RATIO, labels=("window",), owner="tests")
BURNT = Recorded("kpi_burnt_orders_ratio", "Burnt.", unit=RATIO, owner="tests")


def alert(name: str, expr: str) -> Alert:
    values: dict[str, Any] = {"at": "1m", "value": "1", "description": "1"}
    return Alert(
        name,
        expr,
        for_="1m",
        severity="info",
        team=DEVELOPMENT,
        unit=COUNT,
        summary="So it is.",
        description="VALUE.",
        runbook=Runbook("a", "b", ("c",), ("d",)),
        board="x",
        cases=(fires("a", {}, **values), silent("b", {}, at="1m")),
    )


HOUR, DAY = (
    Recording(FAILED, f"rate({ORDERS(status='failed')}[{window}])", {"window": window}) for window in ("1h", "1d")
)
BURN = Recording(BURNT, f"{FAILED(window='1h')} * 2")
FAST = alert("Fast", f"{BURNT} > 1")
LARGE = alert("Large", f"rate({SIZES.bucket(le='2')}[5m]) > 1 and on () {FAILED} > 1")
GROUP, OTHER = Group("one", (HOUR, DAY, BURN, FAST)), Group("two", (LARGE,))
RULES = Rules([GROUP, OTHER], [ORDERS, SIZES, IDLE])


def test_a_rule_reads_the_metrics_whose_series_it_selects() -> None:
    assert RULES.reads(FAST) == (BURNT,)
    assert RULES.reads(LARGE) == (SIZES, FAILED)
    assert RULES.reads(HOUR) == (ORDERS,)


def test_below_a_rule_lie_the_recordings_that_it_follows_from_and_none_of_another_window() -> None:
    assert RULES.below(FAST) == (BURN, HOUR)
    assert RULES.below(LARGE) == (HOUR, DAY)
    assert RULES.below(HOUR) == ()


def test_behind_an_alert_lie_all_metrics_down_to_the_collected_ones() -> None:
    assert RULES.behind(FAST) == (BURNT, FAILED, ORDERS)


def test_alerts_on_a_metric_read_it_directly_or_through_recorded_ones() -> None:
    assert RULES.alerts_on(ORDERS) == (FAST, LARGE)
    assert RULES.alerts_on(SIZES) == (LARGE,)
    assert RULES.alerts_on(IDLE) == ()


def test_what_is_recorded_is_told_with_its_rules_and_its_origin() -> None:
    assert RULES.recorded == (FAILED, BURNT)
    assert RULES.recordings_of(FAILED) == (HOUR, DAY)
    assert RULES.recorded_from(ORDERS) == (FAILED,)
    assert (RULES.group_of(FAST), RULES.group_of(LARGE)) == (GROUP, OTHER)


def test_recordings_that_follow_from_themselves_are_told_once() -> None:
    again = Recording(BURNT, f"{BURNT} + 1")
    assert Rules([Group("loop", (again,))]).below(again) == (again,)
