"""Events are counted once each: over any steps of time, across restarts, by the clock and by the calendar."""

import json
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.contract import Run
from collectors.events import Totals, folded, spans
from collectors.query import Query
from metrics import COUNT, SECONDS, Counter, Gauge, Histogram, HistogramState, Metric, Reading

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOLD = Counter("kpi_sold_total", "Sold.", unit=COUNT, labels=("shop",), owner="sales")
WAIT = Histogram("kpi_wait_seconds", "Wait.", unit=SECONDS, labels=("shop",), owner="sales", buckets=(1, 5))
EVENTS = """\
-- cursor: sold_at
SELECT shop, sold_at, number AS kpi_sold_total, wait AS kpi_wait_seconds FROM sales
"""
DATES = "-- cursor: day\nSELECT shop, day, number AS kpi_sold_total FROM sales"
PROPERTY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Write = Callable[..., Query]
Database = psycopg.Connection[Any]
Values = dict[tuple[str, tuple[str, ...]], Any]


@pytest.fixture
def query(tmp_path: Path) -> Write:
    """`query(text)`: the query of a file with this text, whose collector declares the metrics above, or those given."""

    def write(text: str, metrics: Sequence[Metric] = (SOLD, WAIT)) -> Query:
        path = tmp_path / "sales.sql"
        path.write_text(text, encoding="utf-8")
        return Query(path, metrics)

    return write


@pytest.fixture
def database(empty_database: str) -> Iterator[Database]:
    """A connection to a database with the table `sales` alone."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE TABLE sales (shop text, sold_at timestamptz, day date, number float8, wait float8)")
        yield connection


def sell(
    database: Database, shop: str | None, at: datetime | date, number: float | None = 1, wait: float | None = 1
) -> None:
    column = "sold_at" if isinstance(at, datetime) else "day"
    statement = f"INSERT INTO sales (shop, {column}, number, wait) VALUES (%s, %s, %s, %s)"
    database.execute(statement.encode(), [shop, at, number, wait])


class Exporter:
    """Runs a query again and again, and keeps its state as the process does: as JSON."""

    def __init__(self, query: Query, connection: Database) -> None:
        self.query = query
        self.connection = connection
        self.state = "{}"
        self.dropped: dict[str, int] = {}

    def run(self, as_of: datetime) -> Values:
        run = Run(as_of=as_of, connection=self.connection, state=json.loads(self.state))
        values = {(reading.metric.name, reading.labels): reading.value for reading in self.query.collect(run)}
        self.state, self.dropped = json.dumps(run.state), run.dropped
        return values

    def sold(self, as_of: datetime) -> dict[str, float]:
        """By shop, after a run that may tell new series as 0."""
        self.run(as_of)
        return self.sold_at_once(as_of)

    def sold_at_once(self, as_of: datetime) -> dict[str, float]:
        return {labels[0]: value for (name, labels), value in self.run(as_of).items() if name == SOLD.name}


def test_the_first_run_counts_the_backfill_up_to_the_settle_lag(query: Write, database: Database) -> None:
    for place, at in enumerate(
        [NOON - MINUTE - DAY, NOON - MINUTE - DAY + SECOND, NOON - MINUTE, NOON - MINUTE + SECOND, NOON]
    ):
        sell(database, "ab"[place in (1, 2)], at)
    assert Exporter(query(EVENTS), database).sold(NOON) == {"b": 2}


def test_backfill_and_settle_lag_come_from_the_header(query: Write, database: Database) -> None:
    made = query("-- settle: 1h\n-- backfill: 2h\n" + EVENTS)
    for at in (NOON - 3 * HOUR, NOON - 3 * HOUR + SECOND, NOON - HOUR, NOON - HOUR + SECOND):
        sell(database, "a", at)
    assert Exporter(made, database).sold(NOON) == {"a": 2}


def test_each_run_counts_what_lies_past_the_former_one_with_its_end(query: Write, database: Database) -> None:
    exporter = Exporter(query(EVENTS), database)
    exporter.run(NOON)
    for seconds in (0, 1, 30, 31):
        sell(database, "a", NOON - MINUTE + seconds * SECOND)
    assert exporter.sold(NOON + 30 * SECOND) == {"a": 2}
    assert exporter.sold(NOON + 31 * SECOND) == {"a": 3}


def test_a_new_series_is_0_once_so_that_prometheus_sees_its_first_event(query: Write, database: Database) -> None:
    sell(database, "a", NOON - HOUR, 5, 3)
    made = query(EVENTS)
    exporter = Exporter(made, database)
    assert exporter.sold_at_once(NOON) == {"a": 5}, "at the first run all is past, and no increase"
    sell(database, "a", NOON, 1, 3)
    sell(database, "b", NOON, 7, 3)
    values = exporter.run(NOON + HOUR)
    assert values[SOLD.name, ("a",)] == 6
    assert values[SOLD.name, ("b",)] == 0
    assert values[WAIT.name, ("b",)] == HistogramState((0, 0, 0), 0)
    values = exporter.run(NOON + 2 * HOUR)
    assert values[SOLD.name, ("b",)] == 7
    assert values[WAIT.name, ("b",)] == HistogramState((0, 1, 1), 3)


def test_in_the_past_a_new_series_is_0_at_the_moment_before_its_first_event(query: Write, database: Database) -> None:
    sell(database, "a", NOON - HOUR, 5)
    sell(database, "b", NOON + HOUR, 7)
    moments = [NOON + hours * HOUR for hours in range(4)]
    told = [(at, reading) for at, reading in query(EVENTS).read(database, moments) if reading.metric == SOLD]
    found = {shop: {at: reading.value for at, reading in told if reading.labels == (shop,)} for shop in "ab"}
    assert found == {"a": dict.fromkeys(moments, 5), "b": dict(zip(moments[1:], (0, 7, 7), strict=True))}


def test_an_event_that_is_committed_late_is_counted_within_the_settle_lag(query: Write, database: Database) -> None:
    exporter = Exporter(query(EVENTS), database)
    assert exporter.sold(NOON) == {}
    sell(database, "a", NOON - 50 * SECOND)
    assert exporter.sold(NOON + MINUTE) == {"a": 1}


def test_increments_add_up_and_what_cannot_be_added_is_counted_as_dropped(query: Write, database: Database) -> None:
    at = NOON - HOUR
    for number, wait in [(2, 0.5), (0.5, 5), (None, 7), (0, None)]:
        sell(database, "a", at, number, wait)
    for number, wait in [(-1, -2), (float("nan"), float("nan")), (float("inf"), -float("inf"))]:
        sell(database, "b", at, number, wait)
    exporter = Exporter(query(EVENTS), database)
    assert exporter.run(NOON) == {
        (SOLD.name, ("a",)): 2.5,
        (WAIT.name, ("a",)): HistogramState((1, 2, 3), 12.5),
        (WAIT.name, ("b",)): HistogramState((0, 0, 0), 0),
    }
    assert exporter.dropped == {"null": 2, "not_finite": 4, "negative": 2}


def test_a_histogram_with_a_negative_bound_takes_what_is_negative(query: Write, database: Database) -> None:
    margin = Histogram("kpi_margin", "Margin.", unit=COUNT, owner="tests", buckets=(-10, 0, 10))
    for wait in (-12, -5, 0, 3):
        sell(database, "a", NOON - HOUR, wait=wait)
    exporter = Exporter(query("-- cursor: sold_at\nSELECT sold_at, wait AS kpi_margin FROM sales", [margin]), database)
    assert exporter.run(NOON) == {(margin.name, ()): HistogramState((1, 3, 4, 4), -14)}
    assert exporter.dropped == {}


def test_a_missing_label_value_is_one_series_with_the_empty_one(query: Write, database: Database) -> None:
    sell(database, None, NOON - HOUR)
    sell(database, "", NOON - HOUR)
    assert Exporter(query(EVENTS), database).sold(NOON) == {"": 2}


def test_counters_stay_when_rows_are_deleted_and_when_there_is_nothing_new(query: Write, database: Database) -> None:
    exporter = Exporter(query(EVENTS), database)
    sell(database, "a", NOON - HOUR, wait=3)
    values = exporter.run(NOON)
    database.execute("DELETE FROM sales")
    assert exporter.run(NOON + DAY) == values


def test_a_clock_that_is_set_back_counts_nothing_twice(query: Write, database: Database) -> None:
    exporter = Exporter(query(EVENTS), database)
    sell(database, "a", NOON - HOUR)
    assert exporter.sold(NOON) == {"a": 1}
    assert exporter.sold(NOON - 3 * HOUR) == {"a": 1}
    sell(database, "a", NOON)
    assert exporter.sold(NOON + HOUR) == {"a": 2}


def test_a_run_outside_the_schedule_neither_reads_nor_keeps_state(query: Write, database: Database) -> None:
    sell(database, "a", NOON - HOUR)
    run = Run(as_of=NOON, connection=database, live=False, state={"kept": True})
    assert {reading.labels: reading.value for reading in query(EVENTS).collect(run) if reading.metric is SOLD} == {
        ("a",): 1
    }
    assert run.state == {"kept": True}


def test_a_failed_run_leaves_the_state_as_it_was(query: Write, database: Database) -> None:
    made = query(EVENTS)
    exporter = Exporter(made, database)
    sell(database, "a", NOON - HOUR)
    exporter.run(NOON)
    before = exporter.state
    database.execute("ALTER TABLE sales RENAME TO gone")
    with pytest.raises(psycopg.errors.UndefinedTable):
        exporter.run(NOON + HOUR)
    database.execute("ALTER TABLE gone RENAME TO sales")
    sell(database, "a", NOON)
    assert exporter.state == before
    assert exporter.sold(NOON + 2 * HOUR) == {"a": 2}


def test_a_date_counts_once_its_day_is_complete(query: Write, database: Database) -> None:
    exporter = Exporter(query(DATES), database)
    for day in (29, 30, 31):
        sell(database, f"of {day}", date(2026, 1, day))
    assert exporter.sold(NOON) == {"of 30": 1}
    assert exporter.sold(datetime(2026, 2, 1, 0, 0, 59, tzinfo=UTC)) == {"of 30": 1}
    assert exporter.sold(datetime(2026, 2, 1, 0, 1, tzinfo=UTC)) == {"of 30": 1, "of 31": 1}
    assert exporter.sold(datetime(2026, 2, 3, tzinfo=UTC)) == {"of 30": 1, "of 31": 1}


def test_the_time_zone_of_the_session_decides_when_a_day_is_complete(query: Write, database: Database) -> None:
    for zone, complete in [("Asia/Tokyo", True), ("UTC", False), ("America/New_York", False)]:
        database.execute(f"SET TimeZone = '{zone}'")
        database.execute("TRUNCATE sales")
        exporter = Exporter(query(DATES), database)
        assert exporter.sold(NOON) == {}
        sell(database, "a", date(2026, 1, 31))
        assert exporter.sold(datetime(2026, 1, 31, 15, 1, tzinfo=UTC)) == ({"a": 1} if complete else {})
        assert exporter.sold(datetime(2026, 2, 1, 5, 1, tzinfo=UTC)) == {"a": 1}


@PROPERTY
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(-600, 600), st.integers(0, 9)), max_size=30),
    st.lists(st.integers(-600, 600), min_size=1, max_size=8),
)
def test_many_steps_count_the_same_as_one(
    query: Write, database: Database, sales: list[tuple[str, int, int]], steps: list[int]
) -> None:
    database.execute("TRUNCATE sales")
    for shop, minute, number in sales:
        sell(database, shop, NOON + minute * MINUTE, number, number)
    text = "-- settle: 1m\n-- backfill: 20h\n" + EVENTS
    exporter = Exporter(query(text), database)
    first = NOON - 601 * MINUTE
    former: Values = exporter.run(first)
    for step in sorted(steps):
        values = exporter.run(NOON + step * MINUTE)
        for series, value in former.items():
            assert _size(values[series]) >= _size(value), "a counter went down"
        former = values
    former = exporter.run(NOON + max(steps) * MINUTE)  # what came last has begun
    until = NOON + max(steps) * MINUTE - MINUTE
    since = first - MINUTE - 20 * HOUR
    expected: Tally[str] = Tally()
    seen = set()
    for shop, minute, number in sales:
        if since < NOON + minute * MINUTE <= until:
            expected[shop] += number
            seen.add(shop)
    assert {labels[0]: value for (name, labels), value in former.items() if name == SOLD.name} == {
        shop: expected[shop] for shop in seen
    }

    at_once = Exporter(query("-- settle: 1m\n-- backfill: 60h\n" + EVENTS), database).run(NOON + max(steps) * MINUTE)
    assert former == at_once


@PROPERTY
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 28)), max_size=20),
    st.lists(st.integers(0, 28 * 24), min_size=1, max_size=8),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
)
def test_many_steps_count_the_same_days_as_one(
    query: Write, database: Database, sales: list[tuple[str, int]], steps: list[int], zone: str
) -> None:
    # March has the change to summer time in both zones.
    database.execute(f"TRUNCATE sales; SET TimeZone = '{zone}'")
    for shop, day in sales:
        sell(database, shop, date(2026, 3, day))
    start = datetime(2026, 3, 1, tzinfo=UTC)
    exporter = Exporter(query("-- backfill: 5d\n" + DATES), database)
    values = exporter.sold(start)
    for step in sorted(steps):
        values = exporter.sold(start + step * HOUR)
    at_once = Exporter(query("-- backfill: 60d\n" + DATES), database).sold(start + max(steps) * HOUR)
    assert values == at_once


@PROPERTY
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 600)), max_size=20),
    st.lists(st.integers(0, 700), min_size=1, max_size=5, unique=True),
)
def test_moments_in_one_statement_agree_with_runs_one_after_the_other(
    query: Write, database: Database, sales: list[tuple[str, int]], steps: list[int]
) -> None:
    database.execute("TRUNCATE sales")
    for shop, minute in sales:
        sell(database, shop, NOON + minute * MINUTE)
    made = query(EVENTS)
    moments = [NOON + step * MINUTE for step in sorted(steps)]
    together: dict[datetime, Values] = {moment: {} for moment in moments}
    for at, reading in made.read(database, moments):
        together[at][reading.metric.name, reading.labels] = reading.value
    exporter = Exporter(made, database)
    for moment in moments:
        exporter.run(moment)
        now = exporter.run(moment)  # what is new has begun
        begins = {key: value for key, value in together[moment].items() if key not in now}
        assert together[moment] == now | begins
        assert all(_size(value) == 0 for value in begins.values())


def _size(value: float | HistogramState) -> float:
    return value.observations if isinstance(value, HistogramState) else value


def _readings(totals: Totals) -> dict[str, float]:
    return {" ".join(reading.labels): _size(reading.value) for reading in totals.readings()}


def _add(totals: Totals, metric: Metric, number: float, *labels: str) -> Tally[str]:
    dropped: Tally[str] = Tally()
    totals.add(Reading(metric, labels, number), lambda reason: dropped.update([reason]))
    return dropped


@pytest.fixture
def full() -> Totals:
    """The totals of a counter that has room for three series, of which one takes the rest of its shops."""
    metric = Counter(
        "kpi_full_total", "Full.", unit=COUNT, labels=("shop", "kind"), owner="sales", cap=3, other=("shop",)
    )
    totals = Totals([metric])
    assert not _add(totals, metric, 1, "a", "x")
    assert not _add(totals, metric, 2, "b", "x")
    return totals


def test_past_the_cap_new_series_go_to_other_and_known_ones_go_on(full: Totals) -> None:
    (metric,) = full.metrics
    assert _add(full, metric, 3, "c", "x") == {"over_cap": 1}
    assert _add(full, metric, 4, "d", "x") == {"over_cap": 1}
    assert not _add(full, metric, 5, "a", "x")
    assert _readings(full) == {"a x": 6, "b x": 2, "other x": 7}


def test_there_are_never_more_series_than_the_cap(full: Totals) -> None:
    (metric,) = full.metrics
    _add(full, metric, 3, "c", "x")
    assert _add(full, metric, 4, "c", "y") == {"over_cap": 1}
    assert _readings(full) == {"a x": 1, "b x": 2, "other x": 3}


def test_what_went_to_other_stays_there_after_a_restart(full: Totals) -> None:
    (metric,) = full.metrics
    _add(full, metric, 3, "c", "x")
    restored = Totals.restore([metric], json.loads(json.dumps(full.state(NOON))))
    assert restored.until == NOON
    _add(restored, metric, 4, "c", "x")
    assert _readings(restored) == {"a x": 1, "b x": 2, "other x": 7}


def test_without_other_the_rest_is_dropped_and_counted() -> None:
    metric = Counter("kpi_full_total", "Full.", unit=COUNT, labels=("shop",), owner="sales", cap=1)
    totals = Totals([metric])
    assert not _add(totals, metric, 1, "a")
    assert _add(totals, metric, 2, "b") == {"over_cap": 1}
    assert _readings(totals) == {"a": 1}


def test_folding_changes_the_labels_named_in_other_and_no_others() -> None:
    metric = Gauge("kpi_x", "X.", unit=COUNT, labels=("a", "b", "c"), owner="team", other=("c", "a"))
    assert folded(metric, ("1", "2", "3")) == ("other", "2", "other")


def test_totals_survive_a_restart(query: Write, database: Database) -> None:
    sell(database, "a", NOON - HOUR, 2.5, 3)
    sell(database, 'b "x"\n', NOON - HOUR, 1, 0.1)
    made = query(EVENTS)
    exporter = Exporter(made, database)
    values = exporter.run(NOON)
    restarted = Exporter(made, database)
    restarted.state = exporter.state
    assert restarted.run(NOON) == values


def test_a_changed_metric_begins_anew_where_the_others_are_and_they_go_on(query: Write, database: Database) -> None:
    sell(database, "a", NOON - HOUR, 5, 3)
    before = Exporter(query(EVENTS), database)
    before.run(NOON)
    wider = Histogram("kpi_wait_seconds", "Wait.", unit=SECONDS, labels=("shop",), owner="sales", buckets=(1, 5, 9))
    after = Exporter(query(EVENTS, (SOLD, wider)), database)
    after.state = before.state
    assert after.run(NOON + HOUR) == {(SOLD.name, ("a",)): 5}
    sell(database, "a", NOON + HOUR, 1, 8)
    after.run(NOON + 2 * HOUR)
    assert after.run(NOON + 2 * HOUR) == {
        (SOLD.name, ("a",)): 6,
        (WAIT.name, ("a",)): HistogramState((0, 0, 1, 1), 8),
    }


def test_changed_labels_are_a_changed_metric_and_other_words_are_not(query: Write, database: Database) -> None:
    sell(database, "a", NOON - HOUR, 5)
    text = "-- cursor: sold_at\nSELECT shop, sold_at, number AS kpi_sold_total FROM sales"
    before = Exporter(query(text, [SOLD]), database)
    before.run(NOON)
    renamed = Counter("kpi_sold_total", "Sold.", unit=COUNT, labels=("branch",), owner="sales")
    after = Exporter(query(text.replace("shop", "shop AS branch"), [renamed]), database)
    after.state = before.state
    assert after.run(NOON + HOUR) == {}
    reworded = Counter("kpi_sold_total", "Things sold.", unit=COUNT, labels=("shop",), owner="shops", cap=7)
    after = Exporter(query(text, [reworded]), database)
    after.state = before.state
    assert after.sold(NOON + HOUR) == {"a": 5}


def test_a_number_is_never_added_to_a_histogram() -> None:
    totals = Totals([WAIT])
    _add(totals, WAIT, 1, "a")
    with pytest.raises(TypeError, match="a histogram and a number cannot be added up"):
        totals.add(Reading(WAIT, ("a",), HistogramState((1, 1, 1), 1)), lambda reason: None)


def test_spans_join_without_gap_and_without_overlap() -> None:
    assert spans([NOON, NOON + HOUR], MINUTE, DAY) == [
        (NOON, NOON - MINUTE - DAY, NOON - MINUTE),
        (NOON + HOUR, NOON - MINUTE, NOON + HOUR - MINUTE),
    ]
