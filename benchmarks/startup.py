"""How soon the exporter is there: `kpi serve` on the demo's data, and `kpi --help`."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import Client, Row, timed
from benchmarks.ours import COMMAND, kpi_serve, wait_until_ready
from metrics.commerce import REVENUE
from warehouse.demo import load
from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import migrate

_TIMES = 5


def first_scrape(folder: Path) -> Iterator[Row]:
    """From the start of the process to a scrape with every family that the former process served."""
    with EmbeddedPostgres(folder / "postgres", {"fsync": "off"}) as server:
        migrate(server.dsn())
        load(server.dsn(), until=datetime.now(UTC))
        settings = {"sources": {"app": {"dsn": server.dsn()}}}
        with kpi_serve(folder, settings) as (port, _):
            wait_until_ready(port)
            families = _families(port)
        if str(REVENUE) not in families:
            raise RuntimeError(f"could not measure the start: {REVENUE} is missing; see {folder / 'kpi.log'}")
        seconds = median(_until_complete(folder, settings, families) for _ in range(_TIMES))
    what = "kpi serve, start to first complete scrape"
    yield Row(what, f"{seconds:.2f} s", f"{len(families)} families", seconds, 2, unit="s")


def help_text(folder: Path) -> Iterator[Row]:  # noqa: ARG001
    """The command line before it does anything."""

    def ask() -> None:
        subprocess.run([*COMMAND, "--help"], check=True, capture_output=True)

    seconds = median(timed(ask) for _ in range(_TIMES))
    yield Row("kpi --help", f"{seconds:.2f} s", "", seconds, 0.4, unit="s")


def _until_complete(folder: Path, settings: Mapping[str, Any], families: set[str]) -> float:
    start = time.perf_counter()
    with kpi_serve(folder, settings) as (port, _):
        while not families <= _families(port):
            time.sleep(0.01)
        return time.perf_counter() - start


def _families(port: int) -> set[str]:
    lines = Client(port).body().decode().splitlines()
    return {line.split()[2] for line in lines if line.startswith("# TYPE")}
