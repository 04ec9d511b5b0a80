"""When values that people give are due, shown and missing; and what every declaration of one keeps."""

import re
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import COUNT, RATIO, SCORE, DeclarationError, Input
from metrics.catalogue import all_metrics, inputs
from metrics.inputs import KEPT_PERIODS, MANUAL_VALUES_STALE, is_shown, newest_due, newest_ended, stale
from metrics.period import Every, Period

DECLARED = [metric for declared in inputs().values() for metric in declared]


def declared(**fields: Any) -> Input:
    return Input("kpi_desk_use_ratio", "Desks in use.", unit=RATIO, owner="tests", **fields)


MONTHLY = declared(every="month", due_days=10)


@pytest.mark.parametrize(
    ("today", "ended", "due"),
    [
        (date(2026, 10, 31), "2026-09", "2026-09"),
        (date(2026, 11, 1), "2026-10", "2026-09"),
        (date(2026, 11, 10), "2026-10", "2026-09"),
        (date(2026, 11, 11), "2026-10", "2026-10"),
    ],
)
def test_a_value_is_overdue_from_the_day_after_it_is_due(today: date, ended: str, due: str) -> None:
    assert (str(newest_ended(MONTHLY, today)), str(newest_due(MONTHLY, today))) == (ended, due)


@given(st.sampled_from(get_args(Every)), st.integers(0, 400), st.dates(date(1980, 1, 1), date(2190, 1, 1)))
def test_the_newest_due_period_is_the_last_whose_days_are_over(length: Every, days: int, today: date) -> None:
    due = newest_due(declared(every=length, due_days=days), today)
    assert due.end + timedelta(days=days) < today <= due.shifted(1).end + timedelta(days=days)


def test_a_value_is_shown_until_three_later_ones_are_overdue() -> None:
    july = date(2026, 7, 31)
    assert is_shown(MONTHLY, july, date(2026, 11, 10))
    assert not is_shown(MONTHLY, july, date(2026, 11, 11))


@pytest.mark.parametrize(
    ("months", "missing"),
    [
        (["2026-10"], 0),
        (["2026-09"], 1),
        (["2026-10", "2026-09", "2026-08"], 2),
        (["2026-10", "2026-07"], 0),
        (["2026-10", "2026-08"], 1),
        (["2024-01", "2024-01"], 2),
        (["2026-11"], 0),
    ],
    ids=["given", "one", "two of three", "one has ended", "nearly ended", "forgotten", "ahead"],
)
def test_series_without_the_newest_due_value_are_counted(months: list[str], missing: int) -> None:
    ends = [Period.parse(month).end for month in months]
    assert stale(MONTHLY, ends, date(2026, 11, 11)) == missing
    assert KEPT_PERIODS == 3


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"every": "decade"}, "'every' must be one of day, week, month, quarter, year, got 'decade'."),
        ({"due_days": -1}, "'due_days' must be 0 or more, got -1."),
        ({"least": 2}, "'most' must be above 'least', got 1 and 2."),
        ({"labels": ("tenant",)}, "The label 'tenant' is not allowed"),
    ],
)
def test_a_faulty_declaration_is_refused(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(DeclarationError) as refusal:
        declared(**fields)
    assert fault in str(refusal.value)


def test_a_ratio_ends_at_1_unless_it_says_otherwise() -> None:
    assert declared().highest == 1
    assert declared(most=3).highest == 3
    assert Input("kpi_desks", "Desks.", unit=COUNT, owner="tests").highest == float("inf")


@pytest.mark.parametrize("metric", DECLARED, ids=str)
def test_each_that_is_declared_can_be_given_and_is_no_collected_metric(metric: Input) -> None:
    assert metric.help.endswith(".")
    assert metric.help[0].isupper()
    assert 15 <= len(metric.help) <= 250
    assert metric.sparse
    assert metric not in all_metrics()
    assert "window" not in metric.labels, "the period is the window"
    for level in (metric.target, metric.warning, metric.critical):
        assert level is None or metric.least <= level <= metric.highest


@pytest.mark.parametrize("metric", DECLARED, ids=str)
def test_what_may_be_given_is_what_the_help_says(metric: Input) -> None:
    told = re.search(r"(\d+) to (\d+)", metric.help)
    if told or metric.unit is SCORE:
        assert told, "a score without its range says nothing"
        assert (metric.least, metric.highest) == (int(told[1]), int(told[2]))
    assert metric.whole is (metric.unit is COUNT)


def test_the_count_of_missing_values_is_collected() -> None:
    assert MANUAL_VALUES_STALE in all_metrics()
