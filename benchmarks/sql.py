"""10,000 rows of PostgreSQL: from the database to a scrape, and the collector's own share of it."""

import contextlib
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks.harness import COMPRESSED, Client, Row, best, faster, side_by_side, slower
from benchmarks.ours import kpi_serve, wait_until_ready
from benchmarks.peers import query_exporter, sql_exporter
from collectors import Run
from collectors.sql import SqlCollector
from warehouse.embedded import EmbeddedPostgres

_ROWS = 10_000
_ROUNDS = 20
_LABELS = ["category", "city"]
_VALUE = "kpi_benchmark_score"
_SELECT = f"SELECT category, city, score AS {_VALUE} FROM benchmark"
_FILE = f"""-- One row per category and city.
-- every: 1h
-- metrics:
--   - {{name: {_VALUE}, help: Made up., unit: score, labels: [category, city], owner: nobody, cap: 100000}}
{_SELECT}
"""
_TABLE = f"""
CREATE TABLE benchmark AS
SELECT 'c' || n % 100 AS category, 'city-' || n / 100 AS city, round((random() * 100)::numeric, 2)::float8 AS score
  FROM generate_series(0, {_ROWS - 1}) n
"""


def sql_scrapes(folder: Path) -> Iterator[Row]:
    """Side by side with the peers, each of which has read the rows before."""
    with _database(folder) as dsn, contextlib.ExitStack() as running:
        settings = {"plugins": "plugins", "sources": {"app": {"dsn": dsn}}}
        _query_file(folder)
        port, _ = running.enter_context(kpi_serve(folder, settings))
        wait_until_ready(port)
        _wait_for_rows(port)
        ours, what = Client(port, wants=COMPRESSED), "10,000 series out of PostgreSQL, gzip, scrape p50"
        for name, peer, least in (("query-exporter", query_exporter, 350.0), ("sql-exporter", sql_exporter, 100.0)):
            try:
                peer_port = running.enter_context(peer(folder, dsn, _LABELS, _VALUE, _SELECT))
            except RuntimeError as error:  # installed, but without something that it needs
                print(error, file=sys.stderr)
                peer_port = None
            if peer_port is None:
                yield faster(what, ours.get(), name, None, least)
                continue
            theirs = Client(peer_port, wants=COMPRESSED)
            _wait_for_rows(peer_port)
            fast, slow = side_by_side(ours, theirs, _ROUNDS, times_ours=20)
            yield faster(what, fast, name, slow, least)


def sql_collecting(folder: Path) -> Iterator[Row]:
    """From the query to readings, against psycopg fetching the same rows with nothing done to them."""
    collector = SqlCollector.from_file(_query_file(folder))
    with _database(folder) as dsn, psycopg.connect(dsn) as connection:

        def collect() -> int:
            return len(list(collector.parts[0].collect(Run(as_of=datetime.now(UTC), connection=connection))))

        def fetch() -> int:
            return len(connection.execute(_SELECT).fetchall())

        assert collect() == fetch() == _ROWS
        ours, theirs = best(collect, 15), best(fetch, 15)
    yield slower("10,000 rows to readings, fetching included", ours, "psycopg", theirs, 3)


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[str]:
    with EmbeddedPostgres(folder / "postgres", {"fsync": "off"}) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute(_TABLE)
            connection.execute("ANALYZE benchmark")
        yield server.dsn()


def _query_file(folder: Path) -> Path:
    path = folder / "plugins" / "benchmark.sql"
    path.parent.mkdir()
    path.write_text(_FILE)
    return path


def _wait_for_rows(port: int) -> None:
    """Wait until a peer serves all rows."""
    deadline = time.monotonic() + 60
    while Client(port).body().count(b'city="city-') < _ROWS:
        if time.monotonic() > deadline:
            raise TimeoutError(f"could not measure the peer on port {port}: it serves less than {_ROWS} rows")
        time.sleep(0.2)
