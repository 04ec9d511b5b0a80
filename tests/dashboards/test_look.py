"""Units, colours and words follow from the declaration."""

from math import nextafter
from typing import Any

import pytest
from grafana_foundation_sdk.models import units

from dashboards import look
from dashboards.look import GREEN, NEUTRAL, RED, YELLOW
from metrics import BYTES, COUNT, MONTHS, RATIO, SCORE, SECONDS, TIMESTAMP, Gauge, Unit
from tests.dashboards.support import FAILURES, QUEUE


def of(**levels: Any) -> Gauge:
    return Gauge("kpi_thing_score", "A thing.", unit=SCORE, owner="tests", **levels)


@pytest.mark.parametrize(
    ("levels", "steps"),
    [
        ({}, []),
        ({"better": "lower"}, []),
        ({"better": "higher"}, []),
        ({"better": "none", "target": 1, "warning": 2, "critical": 3}, []),
        ({"better": "lower", "warning": 2}, [(None, GREEN), (2, YELLOW)]),
        ({"better": "lower", "critical": 3}, [(None, GREEN), (3, RED)]),
        ({"better": "lower", "warning": 2, "critical": 3}, [(None, GREEN), (2, YELLOW), (3, RED)]),
        ({"better": "lower", "target": 1, "warning": 2, "critical": 3}, [(None, GREEN), (2, YELLOW), (3, RED)]),
        ({"better": "lower", "target": 1}, [(None, GREEN), (nextafter(1, 2), YELLOW)]),
        ({"better": "lower", "target": 0}, [(None, GREEN), (nextafter(0, 1), YELLOW)]),
        ({"better": "higher", "warning": 2}, [(None, YELLOW), (2, GREEN)]),
        ({"better": "higher", "critical": 1}, [(None, RED), (1, GREEN)]),
        ({"better": "higher", "warning": 2, "critical": 1}, [(None, RED), (1, YELLOW), (2, GREEN)]),
        ({"better": "higher", "target": 3, "warning": 2, "critical": 1}, [(None, RED), (1, YELLOW), (2, GREEN)]),
        ({"better": "higher", "target": 3}, [(None, NEUTRAL), (3, GREEN)]),
        ({"better": "higher", "critical": 0}, [(None, RED), (0, GREEN)]),
    ],
)
def test_levels_become_colours_in_the_direction_that_is_better(
    levels: dict[str, Any], steps: list[tuple[float | None, str]]
) -> None:
    assert [(step.value, step.color) for step in look.steps(of(**levels))] == steps


def test_every_unit_has_an_id() -> None:
    assert set(look.UNIT_IDS) == set(Unit)


@pytest.mark.parametrize(
    ("unit", "plain", "per_second"),
    [
        (COUNT, "short", "cps"),
        (BYTES, "bytes", "Bps"),
        (SECONDS, "s", "percentunit"),
        (RATIO, "percentunit", "percentunit"),
        ("reqps", "reqps", "reqps"),
        ("", "", ""),
    ],
)
def test_a_rate_has_the_unit_per_second(unit: Unit | str, plain: str, per_second: str) -> None:
    assert look.unit_id(unit) == plain
    assert look.unit_id(unit, per_second=True) == per_second


def test_ratios_have_one_decimal_and_durations_as_many_as_they_need() -> None:
    assert look.decimals(RATIO) == 1
    assert look.decimals(SECONDS) is None
    assert look.decimals(COUNT) is None


@pytest.mark.parametrize(
    ("span", "words"),
    [("5m", "5 min"), ("30d", "30 d"), ("1h", "1 h"), ("90s", "90 s"), ("1h30m", "1h30m"), ("$__range", "$__range")],
)
def test_spans_are_spelt_for_people(span: str, words: str) -> None:
    assert look.spell(span) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.02, RATIO, "2 %"),
        (0.125, RATIO, "12.5 %"),
        (0.5, SECONDS, "500 ms"),
        (1, SECONDS, "1 s"),
        (0, SECONDS, "0 s"),
        (100 * 2**20, BYTES, "100 MiB"),
        (1024, BYTES, "1 KiB"),
        (3 * 2**29, BYTES, "1.5 GiB"),
        (12, BYTES, "12 B"),
        (2_500_000, COUNT, "2,500,000"),
        (12, MONTHS, "12 months"),
        (1500, COUNT, "1,500"),
        (0.9, SCORE, "0.9"),
    ],
)
def test_levels_are_spelt_for_people(value: float, unit: Unit, words: str) -> None:
    assert look.amount(value, unit) == words


def test_the_description_says_meaning_direction_levels_and_owner() -> None:
    assert look.describe(FAILURES) == (
        "Failed ÷ all.\n\nLower is better, warning 5 %, critical 10 %, owner finance."
    )  # fmt: skip


def test_the_description_of_a_metric_without_levels_says_meaning_and_owner() -> None:
    assert look.describe(QUEUE) == "Waiting jobs.\n\nOwner platform."


def test_all_three_levels_are_in_the_description() -> None:
    metric = of(better="higher", target=3, warning=2, critical=1)

    assert "Higher is better, target 3, warning 2, critical 1, owner tests." in look.describe(metric)


def test_months_are_named_after_the_number() -> None:
    assert look.unit_id(MONTHS) == "suffix:months"  # Grafana adds the blank


def test_a_moment_has_no_levels() -> None:
    seen = Gauge("kpi_seen_timestamp_seconds", "Seen.", unit=TIMESTAMP, owner="tests", better="higher", warning=100)

    assert look.steps(seen) == ()


def test_units_and_owners_in_the_description_are_written_as_they_are() -> None:
    metric = Gauge("kpi_x_bytes", "X.", unit=BYTES, owner="SRE Core", better="lower", warning=100 * 2**20)

    assert look.describe(metric) == "X.\n\nLower is better, warning 100 MiB, owner SRE Core."


def test_a_span_is_spelt_as_one_says_per_it() -> None:
    assert [look.spell_each(span) for span in ("1h", "1d", "6h", "5m")] == ["hour", "day", "6 h", "5 min"]


def test_grafana_knows_every_unit() -> None:
    known = {value for value in vars(units).values() if isinstance(value, str)}
    used = {*look.UNIT_IDS.values(), *look.PER_SECOND_IDS.values(), *look.CURRENCY_IDS.values()}

    assert {unit for unit in used if not unit.startswith("suffix:")} <= known
