"""What a query's rows become: readings of one moment or of many, bounded, and bucketed in the database."""

import subprocess
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import fsum, isfinite
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.contract import Run
from collectors.errors import PresentOnly, QueryRefused, TooManyRows
from collectors.query import Query
from metrics import COUNT, SECONDS, Counter, Gauge, Histogram, HistogramState

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LABELS = ("queue", "window")
TICKETS = Gauge("kpi_tickets", "Tickets.", unit=COUNT, labels=LABELS, owner="support")
OLDEST = Gauge("kpi_oldest_seconds", "Age of the oldest.", unit=SECONDS, labels=LABELS, owner="support")
LOAD = Gauge("kpi_load", "Load.", unit=COUNT, owner="support")
CLOSED = Counter("kpi_closed_total", "Closed tickets.", unit=COUNT, labels=("queue", "agent"), owner="support")
BOUNDS = (-1.5, 0.0, 0.1, 1.0, 10.0)
AGES = Histogram("kpi_age_seconds", "Age.", unit=SECONDS, labels=("queue",), owner="support", buckets=BOUNDS)
DECLARED = (TICKETS, OLDEST, LOAD, CLOSED, AGES)
IN_WINDOWS = """\
SELECT t.queue, w."window", count(*) AS kpi_tickets,
       max(extract(epoch FROM as_of - t.created_at)) AS kpi_oldest_seconds
  FROM windows AS w
  JOIN tickets AS t ON t.created_at > as_of - w.span AND t.created_at <= as_of
 GROUP BY 1, 2
"""
PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Write = Callable[[str], Query]
Database = psycopg.Connection[Any]


@pytest.fixture
def query(tmp_path: Path) -> Write:
    """`query(text)`: the query of a file with this text, whose collector declares the metrics above."""

    def write(text: str) -> Query:
        path = tmp_path / "tickets.sql"
        path.write_text(text, encoding="utf-8")
        return Query(path, DECLARED)

    return write


@pytest.fixture
def database(empty_database: str) -> Iterator[Database]:
    """A connection to a database with the table `tickets` alone."""
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE tickets (queue text, created_at timestamptz, age float8)")
        yield connection


def collect(query: Query, connection: Database, **run: Any) -> tuple[dict[tuple[str, ...], Any], Run]:
    """The values by label values, and the run that yielded them."""
    made = Run(**{"as_of": NOON, "connection": connection, **run})
    return {reading.labels: reading.value for reading in query.collect(made)}, made


def test_columns_named_like_metrics_are_values_and_all_others_are_labels(query: Write, database: Database) -> None:
    readings = list(
        query("SELECT '1d' AS \"window\", 2 AS kpi_oldest_seconds, 'post' AS queue, 1 AS kpi_tickets").read(
            database, [NOON]
        )
    )
    assert [(at, reading.metric, reading.labels, reading.value) for at, reading in readings] == [
        (NOON, OLDEST, ("post", "1d"), 2.0),
        (NOON, TICKETS, ("post", "1d"), 1.0),
    ]


def test_a_query_without_labels_gives_one_series(query: Write, database: Database) -> None:
    assert collect(query("SELECT 0.5::numeric AS kpi_load"), database)[0] == {(): 0.5}


def test_a_label_of_any_type_is_shown_as_its_text_and_null_as_nothing(query: Write, database: Database) -> None:
    text = """SELECT * FROM (VALUES (true, NULL, 1), (false, ARRAY['a "b"', E'line\\nbreak'], 2), (NULL, '{}', 3))
              AS t (queue, agent, kpi_closed_total)"""
    assert collect(query(text), database)[0] == {
        ("true", ""): 1,
        ("false", '{"a \\"b\\"","line\nbreak"}'): 2,
        ("", "{}"): 3,
    }


def test_null_gives_no_reading_and_is_counted(query: Write, database: Database) -> None:
    text = """SELECT * FROM (VALUES ('a', '1d', 1, NULL::int), ('b', '1d', NULL, NULL))
              AS t (queue, "window", kpi_tickets, kpi_oldest_seconds)"""
    values, run = collect(query(text), database)
    assert values == {("a", "1d"): 1}
    assert run.dropped == {"null": 3}


def test_no_rows_are_no_readings(query: Write, database: Database) -> None:
    assert collect(query(IN_WINDOWS), database)[0] == {}


def test_windows_of_the_header_are_the_windows_of_the_query(query: Write, database: Database) -> None:
    text = "-- windows: 90s, 2w\nSELECT '' AS queue, \"window\", extract(epoch FROM span) AS kpi_tickets FROM windows"
    assert collect(query(text), database)[0] == {("", "90s"): 90, ("", "2w"): 1_209_600}


@PROPERTY
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 40 * 24)), max_size=30),
    st.lists(st.integers(0, 40 * 24), min_size=1, max_size=6, unique=True),
)
def test_many_moments_in_one_statement_agree_with_each_moment_alone(
    query: Write, database: Database, rows: list[tuple[str, int]], hours: list[int]
) -> None:
    database.execute("TRUNCATE tickets")
    created = [(queue, NOON - timedelta(hours=hour)) for queue, hour in rows]
    database.cursor().executemany("INSERT INTO tickets VALUES (%s, %s)", created)
    moments = sorted(NOON - timedelta(hours=hour) for hour in hours)
    made = query(IN_WINDOWS)

    together = sorted(
        (at, str(reading.metric), reading.labels, reading.value) for at, reading in made.read(database, moments)
    )
    alone = [
        (at, str(reading.metric), reading.labels, reading.value)
        for moment in moments
        for at, reading in made.read(database, [moment])
    ]
    assert together == sorted(alone)

    spans = {"1d": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
    expected = {}
    for moment in moments:
        for window, span in spans.items():
            for queue in "ab":
                number = sum(name == queue and moment - span < at <= moment for name, at in created)
                if number:
                    expected[moment, (queue, window)] = number
    assert {(at, labels): value for at, metric, labels, value in together if metric == "kpi_tickets"} == expected


@PROPERTY
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", None]),
            st.none()
            | st.floats(width=64)
            | st.sampled_from(
                [*BOUNDS, float("nan"), float("inf"), -float("inf"), -0.0, 0.1 + 1e-17, 1.0000000000000002]
            ),
        ),
        max_size=40,
    )
)
def test_buckets_of_the_database_agree_with_python(
    query: Write, database: Database, rows: list[tuple[str | None, float | None]]
) -> None:
    # A sum beyond the largest float is an error of the server, in any aggregation.
    rows = [(queue, value) for queue, value in rows if value is None or not 1e300 < abs(value) < float("inf")]
    database.execute("TRUNCATE tickets")
    database.cursor().executemany("INSERT INTO tickets (queue, age) VALUES (%s, %s)", rows)
    values, run = collect(query("SELECT queue, age AS kpi_age_seconds FROM tickets"), database)

    observed: dict[str, list[float]] = {queue or "": [] for queue, _ in rows}
    for queue, value in rows:
        if value is not None and isfinite(value):
            observed[queue or ""].append(value)
    assert values.keys() == {(queue,) for queue in observed}
    for queue, numbers in observed.items():
        counted = [0] * (len(BOUNDS) + 1)
        for number in numbers:
            counted[bisect_left(BOUNDS, number)] += 1
        state = values[queue,]
        assert state.buckets == tuple(sum(counted[: place + 1]) for place in range(len(counted)))
        size = fsum(map(abs, numbers))
        assert state.sum == pytest.approx(fsum(numbers), abs=1e-9 * size, rel=1e-9)
    expected = {
        "null": sum(value is None for _, value in rows),
        "not_finite": sum(value is not None and not isfinite(value) for _, value in rows),
    }
    assert run.dropped == {reason: number for reason, number in expected.items() if number}


def test_bounds_of_every_size_are_written_exactly(tmp_path: Path, database: Database) -> None:
    bounds = (-1e300, -0.1, 5e-324, 1e-7, 1 / 3, 123456789.123, 1e22)
    metric = Histogram("kpi_x", "X.", unit=COUNT, owner="team", buckets=bounds)
    path = tmp_path / "x.sql"
    path.write_text("SELECT age AS kpi_x FROM tickets")
    database.cursor().executemany("INSERT INTO tickets (age) VALUES (%s)", [(bound,) for bound in bounds])
    assert collect(Query(path, [metric]), database)[0][()].buckets == (1, 2, 3, 4, 5, 6, 7, 7)


def test_a_histogram_of_several_moments_is_bucketed_for_each(query: Write, database: Database) -> None:
    database.execute(
        "INSERT INTO tickets VALUES ('a', %(at)s - interval '2 hours', 0.05), ('a', %(at)s - interval '1 hour', 5)",
        {"at": NOON},
    )
    made = query("SELECT queue, age AS kpi_age_seconds FROM tickets WHERE created_at <= as_of")
    moments = [NOON - timedelta(hours=3), NOON - timedelta(hours=2), NOON]
    assert [(at, reading.value) for at, reading in made.read(database, moments)] == [
        (moments[1], HistogramState((0, 0, 1, 1, 1, 1), 0.05)),
        (moments[2], HistogramState((0, 0, 1, 1, 2, 2), 5.05)),
    ]


def test_more_rows_than_allowed_are_refused_with_what_to_do(query: Write, database: Database) -> None:
    made = query("SELECT n::text AS queue, '' AS agent, n AS kpi_closed_total FROM generate_series(1, 11) AS n")
    assert len(collect(made, database, max_rows=11)[0]) == 11
    with pytest.raises(
        TooManyRows, match=r"tickets\.sql: more than 10 rows; aggregate in the query, or raise max_rows"
    ):
        collect(made, database, max_rows=10)


def test_a_million_rows_are_refused_without_filling_the_memory(
    query: Write, empty_database: str, tmp_path: Path
) -> None:
    query(
        "SELECT repeat('x', 50) || n AS queue, '' AS agent, n AS kpi_closed_total FROM generate_series(1, 1000000) AS n"
    )
    program = f"""
import resource, psycopg
from pathlib import Path
from collectors.contract import Run
from collectors.query import Query
from tests.collectors.test_query import DECLARED, NOON

made = Query(Path({str(tmp_path / "tickets.sql")!r}), DECLARED)
with psycopg.connect({empty_database!r}) as connection:
    made.preflight(connection)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        for reading in made.collect(Run(as_of=NOON, connection=connection)):
            pass
    except Exception as error:
        print(error)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr
    message, megabytes = done.stdout.splitlines()
    assert message.endswith("more than 200,000 rows; aggregate in the query, or raise max_rows")
    assert int(megabytes) < 80


def test_a_query_needs_a_source(query: Write) -> None:
    with pytest.raises(ValueError, match=r"tickets\.sql: it needs a source"):
        list(query(IN_WINDOWS).collect(Run(as_of=NOON)))


def test_a_query_of_the_present_only_refuses_the_past(query: Write, database: Database) -> None:
    made = query("-- history: false\nSELECT 1 AS kpi_load")
    now = datetime.now(UTC)
    assert collect(made, database, as_of=now, live=True)[0] == {(): 1}
    assert collect(made, database, as_of=now - timedelta(minutes=1), live=False)[0] == {(): 1}
    with pytest.raises(
        PresentOnly, match=r"\(history: false\): it can tell the present only, not 2026-01-31 12:00 UTC$"
    ):
        collect(made, database, live=False)
    assert collect(query("SELECT 1 AS kpi_load"), database, live=False)[0] == {(): 1}


def test_a_query_is_described_once_per_source_and_again_after_it_failed(query: Write, database: Database) -> None:
    made = query("SELECT kpi_load FROM state")
    database.execute("CREATE TABLE state (kpi_load int)")
    assert collect(made, database, source="app")[0] == {}
    database.execute("ALTER TABLE state ALTER kpi_load TYPE text USING 'many'; INSERT INTO state VALUES ('many')")
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        collect(made, database, source="app")
    with pytest.raises(QueryRefused, match="kpi_load is not a number"):
        collect(made, database, source="app")


def test_intervals_and_timeouts_come_from_the_header(query: Write) -> None:
    made = query("-- every: 5m\n-- timeout: 30s\nSELECT 1 AS kpi_load")
    assert (made.name, made.interval, made.timeout) == ("tickets", 300, 30)
    plain = query("SELECT 1 AS kpi_load")
    assert (plain.interval, plain.timeout) == (None, None)
