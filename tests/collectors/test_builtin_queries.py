"""What holds for every query of every built-in collector, on the demo company. A new query is tested as it appears."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from collectors import SqlCollector
from collectors.query import Query
from metrics import RATIO, SCORE, HistogramState, Metric, Reading, delivery
from metrics import app_performance as app
from metrics import commerce as shop
from metrics import development as teams
from metrics import engagement as users

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
LASTING = (
    "slo_targets",
    "vulnerabilities",
    "access_reviews",
    "training_assignments",
    "compliance_controls",
    "users",
    "story_done_idx",
    "bug_metrics_resolved_idx",
    "features_pipeline_idx",
)
"""Tables and indexes of what lasts: what was promised, and what is still open, counts at any moment after."""
MAY_EXCEED_1 = {
    delivery.DEPLOYMENTS_YEAR_GROWTH,
    shop.CONVERSION,
    users.ACTIVE_USERS_GROWTH,
    teams.SPRINT_COMPLETION,
    teams.SPRINT_VELOCITY_CHANGE,
}
MOST: dict[Metric, float] = {app.APDEX: 1}
PERSON = re.compile(r"@|://|[?&]\w+=|[0-9a-f]{8}-[0-9a-f]{4}")


@pytest.fixture
def demo(demo_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the demo company."""
    with psycopg.connect(demo_database, autocommit=True) as connected:
        yield connected


@pytest.fixture
def queries(built_in: tuple[SqlCollector, ...]) -> list[Query]:
    """Every query of the built-in collectors."""
    return [query for collector in built_in for query in collector.queries]


@pytest.fixture
def readings(demo: psycopg.Connection[Any], queries: list[Query]) -> list[Reading]:
    """Every reading at noon of 1 November 2026, the last moment of the demo company."""
    return [reading for query in queries for _, reading in query.read(demo, [NOON])]


def number(reading: Reading) -> float:
    return reading.value.sum if isinstance(reading.value, HistogramState) else reading.value


def test_every_declared_metric_has_readings(built_in: tuple[SqlCollector, ...], readings: list[Reading]) -> None:
    declared = {metric for collector in built_in for metric in collector.metrics}
    assert {metric.name for metric in declared - {reading.metric for reading in readings}} == set()


def test_no_query_yields_a_series_twice(readings: list[Reading]) -> None:
    series = [(reading.metric, reading.labels) for reading in readings]
    assert len(set(series)) == len(series)


def test_ratios_and_scores_stay_within_their_range(readings: list[Reading]) -> None:
    for reading in readings:
        if reading.metric in MAY_EXCEED_1:
            assert number(reading) >= -1
        elif reading.metric.unit is RATIO:
            assert 0 <= number(reading) <= 1, reading
        elif reading.metric.unit is SCORE:
            assert 0 <= number(reading) <= MOST.get(reading.metric, 100), reading
        else:
            assert number(reading) >= 0, reading


def test_no_label_names_a_person_a_device_or_an_address(demo: psycopg.Connection[Any], readings: list[Reading]) -> None:
    known = set()
    for table, column in (
        ("user_activity_metrics", "user_id"),
        ("payment_metrics", "user_id"),
        ("mobile_metrics", "device_id"),
        ("crash_reports", "device_id"),
        ("payment_metrics", "payment_id"),
        ("story_metrics", "assignee"),
        ("pull_request_metrics", "pr_author"),
    ):
        known |= {value for (value,) in demo.execute(f"SELECT DISTINCT {column} FROM {table}")}
    for reading in readings:
        for value in reading.labels:
            assert value, f"{reading.metric} has an empty label: {reading.labels}"
            assert value not in known
            assert not PERSON.search(value)


def test_no_metric_reaches_its_cap(readings: list[Reading]) -> None:
    sizes: dict[Metric, int] = {}
    for reading in readings:
        sizes[reading.metric] = sizes.get(reading.metric, 0) + 1
    assert {str(metric) for metric, size in sizes.items() if size >= metric.cap} == set()


def test_many_moments_in_one_statement_equal_each_moment_alone(
    demo: psycopg.Connection[Any], queries: list[Query]
) -> None:
    moments = [NOON - timedelta(days=40), NOON - timedelta(days=1), NOON]
    for query in queries:
        if query.header.cursor:
            continue
        together = list(query.read(demo, moments))
        for moment in moments:
            values = {(reading.metric, reading.labels): reading.value for at, reading in together if at == moment}
            alone = {(reading.metric, reading.labels): reading.value for _, reading in query.read(demo, [moment])}
            assert values == pytest.approx(alone), query.path


def test_counters_and_histograms_grow_from_moment_to_moment(
    demo: psycopg.Connection[Any], queries: list[Query]
) -> None:
    moments = [NOON - timedelta(hours=6), NOON - timedelta(hours=3), NOON]
    for query in queries:
        if not query.header.cursor:
            continue
        totals: dict[tuple[Metric, tuple[str, ...]], list[float]] = {}
        for _, reading in query.read(demo, moments):
            totals.setdefault((reading.metric, reading.labels), []).append(number(reading))
        assert all(values == sorted(values) for values in totals.values()), query.path


@pytest.mark.parametrize("moment", [NOON - 3 * YEAR, NOON + 3 * YEAR], ids=["before", "after"])
def test_each_query_finds_its_time_span_by_an_index(
    demo: psycopg.Connection[Any], queries: list[Query], moment: datetime
) -> None:
    demo.execute("SET enable_seqscan = off")
    for query in queries:
        demo.execute("SELECT pg_stat_force_next_flush()")  # or what the queries before it read counts here, too
        with demo.transaction():
            list(query.read(demo, [moment]))
            # A few are read by the planner, which looks up the ends of an index.
            rows_read = demo.execute("""
                SELECT relname, pg_stat_get_xact_tuples_returned(oid) FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace AND pg_stat_get_xact_tuples_returned(oid) > 20
            """).fetchall()
        far = [(name, rows) for name, rows in rows_read if not name.startswith(LASTING)]
        assert far == [], f"{query.path} read rows years away from its moment"


def test_a_tenant_in_a_schema_of_its_own_sees_nothing_of_the_others(
    demo: psycopg.Connection[Any], queries: list[Query]
) -> None:
    demo.execute("CREATE SCHEMA newcomer")
    tables = [name for (name,) in demo.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    for table in tables:
        demo.execute(f"CREATE TABLE newcomer.{table} (LIKE public.{table} INCLUDING ALL)")
    demo.execute("SET search_path = newcomer, public")
    for query in queries:
        values = {number(reading) for _, reading in query.read(demo, [NOON])}
        assert values <= {0}, query.path
