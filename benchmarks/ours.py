"""The exporter itself, `kpi serve`, as the benchmarks run it."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.harness import Client, free_port, program

COMMAND = (sys.executable, "-c", "from exporter.cli import main; main()")
_PLUGIN = Path(__file__).with_name("plugin.py")


@contextlib.contextmanager
def kpi_serve(folder: Path, settings: Mapping[str, Any]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`kpi serve` with these settings, its files in `folder`; the port, and the process."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = folder / "kpi.yaml"
    config.write_text(yaml.safe_dump({"listen": f"127.0.0.1:{port}", "log_level": "error", **settings}))
    with program([*COMMAND, "serve", "--config", config], port, folder / "kpi.log") as process:
        yield port, process


@contextlib.contextmanager
def publishing(folder: Path, series: int, interval: float = 3600) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`kpi serve` with a collector that yields that many series every `interval` seconds, once they are there."""
    plugins = folder / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "benchmark.py").write_text(_PLUGIN.read_text())
    os.environ |= {"KPI_BENCHMARK_SERIES": str(series), "KPI_BENCHMARK_INTERVAL": str(interval)}
    settings = {"plugins": "plugins", "collectors": {"benchmark": {"stale_after": "1h"}}}
    with kpi_serve(folder, settings) as (port, process):
        wait_until_ready(port)
        yield port, process


def wait_until_ready(port: int) -> None:
    """Wait until every collector ran."""
    Client(port, "/-/ready").wait_for_success()
