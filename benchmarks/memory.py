"""Memory per series, above a process without series."""

from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.data import SERIES
from benchmarks.harness import COMPRESSED, Client, Row
from benchmarks.ours import publishing
from benchmarks.peers import prometheus_client


def memory(folder: Path) -> Iterator[Row]:
    """Measured after scrapes as Prometheus makes them, so that all they need is there."""
    ours, theirs = [], []
    for series in (1, SERIES):
        with publishing(folder / f"ours-{series}", series) as (port, process):
            ours.append(_after_scrapes(port, process.pid))
        with prometheus_client(folder, series) as (port, process):
            theirs.append(_after_scrapes(port, process.pid))
    per_series, of_peer = [(full - empty) / (SERIES - 1) for empty, full in (ours, theirs)]
    what = "memory per series above the empty process"
    yield Row(what, f"{per_series:.0f} B", f"prometheus-client {of_peer:.0f} B", per_series, 400, unit="B")


def _after_scrapes(port: int, process: int) -> int:
    """Resident bytes of the process and its children."""
    client = Client(port, wants=COMPRESSED)
    for _ in range(3):
        client.get()
    client.close()
    return int(psutil.Process(process).memory_info().rss)
