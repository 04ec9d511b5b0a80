"""What a run yielded is gathered: once each, finite, within the cap."""

import itertools
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.gather import gather
from metrics import COUNT, SECONDS, Gauge, Histogram, HistogramState, Metric, Reading

THINGS = Gauge("kpi_things", "Things.", unit=COUNT, labels=("kind", "window"), owner="nobody", cap=3)
FOLDED = Gauge("kpi_folded", "Things.", unit=COUNT, labels=("kind", "window"), owner="nobody", cap=3, other=("kind",))
WAITS = Histogram(
    "kpi_wait_seconds", "Waits.", unit=SECONDS, labels=("kind",), owner="nobody", cap=2, other=("kind",), buckets=(1.0,)
)
Gathered = dict[tuple[str, ...], float | HistogramState]


def gathered(readings: Iterable[Reading]) -> tuple[Gathered, dict[str, int]]:
    dropped: dict[str, int] = {}
    families = dict(gather(readings, dropped))
    assert len(families) <= 1
    return next(iter(families.values()), {}), dropped


def things(metric: Metric, **values: float) -> list[Reading]:
    return [metric.reading(value, kind=kind, window="1d") for kind, value in values.items()]


def test_readings_of_several_metrics_come_apart() -> None:
    readings = [THINGS.reading(1, kind="a", window="1d"), FOLDED.reading(2, kind="a", window="1d")]
    assert dict(gather(readings, {})) == {THINGS: {("a", "1d"): 1.0}, FOLDED: {("a", "1d"): 2.0}}


def test_a_series_that_comes_twice_is_refused_by_its_full_name() -> None:
    with pytest.raises(ValueError, match=r'could not publish kpi_things\{kind="a", window="1d"\}: .* twice'):
        gathered(things(THINGS, a=1) * 2)


@pytest.mark.parametrize(
    "reading",
    [
        Reading(THINGS, ("a",), 1.0),
        Reading(THINGS, ("a", "1d"), HistogramState((1.0,), 1.0)),
        Reading(WAITS, ("a",), 1.0),
        Reading(WAITS, ("a",), HistogramState((1.0,), 1.0)),
    ],
)
def test_a_reading_that_does_not_fit_its_metric_is_refused(reading: Reading) -> None:
    with pytest.raises(ValueError, match=f"could not publish {reading.metric}: label values for .*, got"):
        gathered([reading])


def test_a_metric_that_is_not_declared_is_refused_even_if_one_of_its_name_is() -> None:
    namesake = Gauge("kpi_things", "Things.", unit=COUNT, labels=THINGS.labels, owner="nobody")
    assert dict(gather(things(THINGS, a=1), {}, (THINGS, WAITS)))
    for other in (namesake, FOLDED):
        refused = (
            f"could not publish {other}: a part may yield only the metrics that it declares, here kpi_things, kpi_w"
        )
        with pytest.raises(ValueError, match=refused):
            list(gather([*things(THINGS, a=1), *things(other, a=1)], {}, (THINGS, WAITS)))


def test_what_is_no_finite_number_gives_no_sample_and_is_counted() -> None:
    readings = [
        *things(THINGS, a=float("nan"), b=float("inf"), c=float("-inf"), d=4),
        Reading(WAITS, ("a",), HistogramState((1.0, float("nan")), 1.0)),
        Reading(WAITS, ("b",), HistogramState((1.0, 1.0), float("inf"))),
    ]
    series, dropped = gathered(readings)
    assert series == {("d", "1d"): 4.0}
    assert dropped == {"not_finite": 5}


def test_beyond_the_cap_the_largest_stay_and_the_rest_is_dropped() -> None:
    series, dropped = gathered(things(THINGS, a=5, b=1, c=9, d=7, e=3))
    assert series == {("c", "1d"): 9.0, ("d", "1d"): 7.0, ("a", "1d"): 5.0}
    assert dropped == {"over_cap": 2}


def test_series_at_the_cap_all_stay() -> None:
    series, dropped = gathered(things(FOLDED, a=5, b=1, c=9))
    assert series == {("a", "1d"): 5.0, ("b", "1d"): 1.0, ("c", "1d"): 9.0}
    assert dropped == {}


def test_the_rest_goes_into_other_which_counts_towards_the_cap() -> None:
    series, dropped = gathered(things(FOLDED, a=5, b=1, c=9, d=7, e=3))
    assert series == {("c", "1d"): 9.0, ("d", "1d"): 7.0, ("other", "1d"): 9.0}
    assert dropped == {"over_cap": 3}


def test_the_rest_joins_an_other_series_of_the_data_itself() -> None:
    series, dropped = gathered(things(FOLDED, other=100, a=5, b=1, c=9))
    assert series == {("c", "1d"): 9.0, ("a", "1d"): 5.0, ("other", "1d"): 101.0}
    assert dropped == {"over_cap": 1}


def test_other_series_beyond_the_cap_are_dropped() -> None:
    readings = [FOLDED.reading(value, kind="a", window=f"{value}d") for value in range(1, 9)]
    series, dropped = gathered(readings)
    assert len(series) == 3
    assert dropped["over_cap"] >= 5


def test_of_equal_values_the_same_series_stay_in_any_order() -> None:
    readings = things(THINGS, a=1, b=1, c=1, d=1, e=1)
    kept = {frozenset(gathered(order)[0]) for order in itertools.permutations(readings)}
    assert kept == {frozenset({("a", "1d"), ("b", "1d"), ("c", "1d")})}


def test_histograms_are_ranked_by_count_and_added_up_bucket_by_bucket() -> None:
    states = {"a": (1.0, 2.0), "b": (0.0, 9.0), "c": (3.0, 4.0)}
    series, dropped = gathered(WAITS.reading(HistogramState(state, 0.5), kind=kind) for kind, state in states.items())
    assert series == {("b",): HistogramState((0.0, 9.0), 0.5), ("other",): HistogramState((4.0, 6.0), 1.0)}
    assert dropped == {"over_cap": 2}


@given(st.lists(st.integers(0, 1000), max_size=60), st.integers(1, 6))
def test_what_other_holds_and_what_is_shown_add_up_to_the_whole(values: list[int], cap: int) -> None:
    metric = Gauge("kpi_x", "X.", unit=COUNT, labels=("kind",), owner="nobody", cap=cap, other=("kind",))
    series, dropped = gathered(metric.reading(value, kind=f"k{i}") for i, value in enumerate(values))
    assert sum(value for value in series.values() if not isinstance(value, HistogramState)) == sum(values)
    assert len(series) <= cap
    shown = [value for (kind,), value in series.items() if kind != "other"]
    assert shown == (sorted(values, reverse=True) if dropped else values)[: len(shown)]
    assert len(shown) + dropped.get("over_cap", 0) == len(values)


def test_a_million_label_values_do_not_fill_the_memory() -> None:
    metric = Gauge("kpi_x", "X.", unit=COUNT, labels=("kind",), owner="nobody", other=("kind",))
    tracemalloc.start()
    series, dropped = gathered(metric.reading(i % 7919, kind=f"kind {i}") for i in range(100_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(series) == 1000
    assert dropped == {"over_cap": 99_001}
    assert peak < 2_000_000
