"""Events are counted once and none is lost, wherever the exporter dies."""

import random
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from tests.exporter.support import Exporter, samples, wait_for, write_config, write_query

KILLS = 6
COUNTERS = ("kpi_sales_total", "kpi_sale_duration_seconds_count", "kpi_sale_duration_seconds_sum")


class Writer(threading.Thread):
    """Sells until told to stop. `sold` is the number of sales that are committed."""

    def __init__(self, dsn: str) -> None:
        super().__init__(daemon=True)
        self._dsn = dsn
        self._ended = threading.Event()
        self.sold = 0

    def run(self) -> None:
        choice = random.Random(3)
        with psycopg.connect(self._dsn) as connection:
            while not self._ended.wait(0.002):
                rows = choice.randint(1, 5)
                connection.execute("INSERT INTO sales SELECT now(), 0.5 FROM generate_series(1, %s)", [rows])
                time.sleep(choice.random() * 0.05)  # a transaction takes its time, so rows appear after their moment
                connection.commit()
                self.sold += rows

    def stop(self) -> int:
        self._ended.set()
        self.join()
        return self.sold


def counters(exporter: Exporter) -> dict[str, float]:
    """What the counters say now, nothing while nobody answers."""
    try:
        found = samples(exporter.get("/metrics").text)
    except requests.RequestException:
        return {}
    return {name: found[name] for name in COUNTERS if name in found}


@pytest.mark.parametrize("killed", ["exporter", "exporter and database"])
def test_killed_at_any_point_it_counts_each_event_once_and_never_goes_back(
    tmp_path: Path, empty_database: str, app: psycopg.Connection[Any], killed: str
) -> None:
    app.execute("CREATE TABLE sales (sold_at timestamptz, seconds float8)")
    app.execute("INSERT INTO sales SELECT now() - interval '1 minute', 0.5 FROM generate_series(1, 100)")
    duration = {"name": "kpi_sale_duration_seconds", "help": "How long.", "owner": "tests", "unit": "seconds"}
    write_query(
        tmp_path / "plugins", "sales",
        "SELECT sold_at, 1 AS kpi_sales_total, seconds AS kpi_sale_duration_seconds FROM sales, pg_sleep(0.02)",
        metric="kpi_sales_total", type="counter", cursor="sold_at", settle="200ms", every="50ms",
        also=[{**duration, "type": "histogram", "buckets": [0.1, 1]}],
    )  # fmt: skip
    config = write_config(tmp_path, {"app": empty_database}, stale_after_intervals=1000)
    choice = random.Random(11)
    writer, seen, kills, grown = Writer(empty_database), dict.fromkeys(COUNTERS, 0.0), 0, 0
    writer.start()
    while kills < KILLS:
        with Exporter(config) as exporter:
            first = wait_for(lambda: counters(exporter))
            until = time.monotonic() + choice.random() * 0.6
            while True:
                now = counters(exporter)
                assert {name: value for name, value in now.items() if value < seen[name]} == {}, seen
                grown += now["kpi_sales_total"] > seen["kpi_sales_total"]
                seen = now
                if time.monotonic() > until:
                    break
            assert first
            if killed == "exporter and database":
                app.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'kpi_exporter%'"
                )
                time.sleep(choice.random() * 0.05)
            assert exporter.process
            exporter.process.kill()
            exporter.process.wait()
            kills += 1
    sold = writer.stop() + 100
    assert grown > 3 * kills  # the counter did move between the kills
    with Exporter(config) as exporter:
        wait_for(lambda: counters(exporter).get("kpi_sales_total", 0) >= sold)
        time.sleep(0.3)  # were anything counted twice, it would be now
        assert counters(exporter) == dict(zip(COUNTERS, (sold, sold, sold * 0.5), strict=True))
