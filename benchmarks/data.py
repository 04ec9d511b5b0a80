"""The readings that the benchmarks publish: revenue by currency, category, city and window, in cents."""

import random
from collections.abc import Iterator

from metrics import CURRENCY, Gauge, Reading

SERIES = 100_000
REVENUE = Gauge(
    "kpi_benchmark_amount",
    "Revenue, made up for measuring.",
    unit=CURRENCY,
    labels=("currency", "category", "city", "window"),
    owner="nobody",
    cap=1_000_000,
)


def readings(number: int = SERIES, seed: int = 1) -> Iterator[Reading]:
    """That many readings, each of a series of its own, always the same for one seed."""
    rest = random.Random(seed)
    for index in range(number):
        city, category = divmod(index, 100)
        labels = ("EUR" if index % 2 else "USD", f"c{category:02d}", f"city-{city:04d}", "30d")
        yield Reading(REVENUE, labels, round(rest.random() * 10_000, 2))
