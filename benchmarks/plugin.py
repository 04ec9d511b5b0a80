"""The collector that the benchmarks put into the plugin folder of `kpi serve`."""

import itertools
import os
from collections.abc import Iterator

from benchmarks.data import REVENUE, readings
from collectors import Collector, Run
from metrics import Reading


class Benchmark(Collector):
    """Yields as many series as the environment says, with other values in every run."""

    name = "benchmark"
    metrics = (REVENUE,)
    interval = float(os.environ["KPI_BENCHMARK_INTERVAL"])
    timeout = 60.0

    def __init__(self) -> None:
        self._runs = itertools.count()

    def collect(self, run: Run) -> Iterator[Reading]:  # noqa: ARG002
        yield from readings(int(os.environ["KPI_BENCHMARK_SERIES"]), seed=next(self._runs))
