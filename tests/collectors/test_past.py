"""A moment in the past gives the numbers that were live then, whatever has changed in the rows since."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from collectors import SqlCollector
from collectors.query import Query
from metrics import HistogramState
from warehouse.demo import LiveWriter

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)

Values = dict[tuple[str, tuple[str, ...]], float | HistogramState]


def values(connection: psycopg.Connection[Any], query: Query) -> Values:
    return {(reading.metric.name, reading.labels): reading.value for _, reading in query.read(connection, [NOON])}


def test_what_was_live_is_found_again_a_week_later(demo_database: str, built_in: tuple[SqlCollector, ...]) -> None:
    queries = [
        query
        for collector in built_in
        for query in collector.queries
        if query.header.history and not query.header.cursor
    ]
    with psycopg.connect(demo_database, autocommit=True) as connection:
        live = {query.path: values(connection, query) for query in queries}
        LiveWriter(demo_database).write_once(NOON + timedelta(days=7, hours=3))
        for query in queries:
            assert values(connection, query) == pytest.approx(live[query.path]), query.path
    assert sum(map(len, live.values())) > 100
