"""Every query of the built-in collectors over the demo company: rows read, time, and its share of the interval."""

import copy
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.harness import Row
from collectors import Run, SqlCollector
from collectors.discovery import discover
from collectors.query import Query
from warehouse.demo import load
from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import migrate

_ROUNDS = 3
_PERCENT_OF_INTERVAL = 5
_SECONDS_OF_ALL = 5
_MANY = 10_000
_READ = "SELECT relname, seq_tup_read, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"


def queries(folder: Path) -> Iterator[Row]:
    """At the usual size of the company; all of them together may take five seconds."""
    rows = list(_measured(folder, 1))
    yield from (row for row, _ in rows)
    seconds = sum(seconds for _, seconds in rows)
    yield Row(f"a run of all {len(rows)} queries", f"{seconds:,.2f} s", "", seconds, _SECONDS_OF_ALL, unit="s")


def queries_at_20(folder: Path) -> Iterator[Row]:
    """At twenty times the usual size, some 20 million rows: loading them takes minutes."""
    yield from (row for row, _ in _measured(folder, 20))


def _measured(folder: Path, scale: float) -> Iterator[tuple[Row, float]]:
    settings = {"fsync": "off", "synchronous_commit": "off", "shared_buffers": "512MB", "timezone": "UTC"}
    with EmbeddedPostgres(folder / f"postgres-{scale}", settings) as server:
        now = datetime.now(UTC)
        migrate(server.dsn())
        load(server.dsn(), scale=scale, until=now)
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            for collector in discover().collectors.values():
                if isinstance(collector, SqlCollector):
                    for query in collector.queries:
                        yield _row(collector, query, connection, now)


def _row(
    collector: SqlCollector, query: Query, connection: psycopg.Connection[Any], now: datetime
) -> tuple[Row, float]:
    interval = query.interval or collector.interval
    state: dict[str, Any] = {}
    if query.header.cursor:  # what is measured is a run that goes on from the one before
        before = Run(now - timedelta(seconds=interval), connection=connection)
        list(query.collect(before))
        state = before.state
    run = partial(_run, query, connection, now, state)
    seconds, (read, whole) = min((run() for _ in range(_ROUNDS)), key=lambda found: found[0])
    how = f", reads the whole of {whole}" if whole else ""
    what = f"{collector.name}/{query.name}: {read:,} rows{how}, every {interval:,.0f} s"
    share = 100 * seconds / interval
    return Row(what, f"{1000 * seconds:,.1f} ms", "", share, _PERCENT_OF_INTERVAL, unit="%"), seconds


def _run(
    query: Query, connection: psycopg.Connection[Any], now: datetime, state: dict[str, Any]
) -> tuple[float, tuple[int, str]]:
    """Seconds of one run, the rows that it read, and the tables that it read from end to end."""
    with connection.transaction():
        before = _counts(connection)
        started = time.perf_counter()
        list(query.collect(Run(now, connection=connection, state=copy.deepcopy(state))))
        seconds = time.perf_counter() - started
        read, whole = 0, []
        for table, (in_order, by_index) in _counts(connection).items():
            in_order_before, by_index_before = before.get(table, (0, 0))
            read += in_order - in_order_before + by_index - by_index_before
            if in_order - in_order_before > _MANY:
                whole.append(table)
    return seconds, (read, ", ".join(whole))


def _counts(connection: psycopg.Connection[Any]) -> dict[str, tuple[int, int]]:
    """By table the rows that this session has read so far: by scans from end to end, and by an index."""
    return {table: (in_order, by_index) for table, in_order, by_index in connection.execute(_READ)}
