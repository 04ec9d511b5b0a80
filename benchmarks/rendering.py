"""What it costs to turn 100,000 readings into text and gzip."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import generate_latest

from benchmarks.data import SERIES, readings
from benchmarks.harness import Row, best, faster
from benchmarks.prometheus_client_server import registry
from exporter.block import Block


def rendering(folder: Path) -> Iterator[Row]:  # noqa: ARG001
    """Ours includes gathering: what prometheus-client does beforehand, when values are set."""
    published, filled = list(readings(SERIES)), registry(SERIES)
    ours = best(lambda: Block.build(published), 5)
    theirs = best(lambda: gzip.compress(generate_latest(filled)), 3)
    yield faster("rendering 100,000 readings to text and gzip", ours, "prometheus-client", theirs, 5)
