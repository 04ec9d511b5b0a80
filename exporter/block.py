"""What one run of one part delivers: the sample lines of its metrics, rendered and compressed once."""

import json
from collections.abc import Collection, Iterable, MutableMapping
from dataclasses import dataclass
from typing import NamedTuple

from exporter.deflate import Fragment, compress
from exporter.gather import gather
from exporter.render import render
from metrics import Histogram, Metric, Reading

Labels = tuple[tuple[str, str], ...]


class Row(NamedTuple):
    """The samples of one metric as storage keeps them. `length` and `crc` are those of the text.

    `shape` is what must be unchanged for the text to be served again.
    """

    metric: str
    deflated: bytes
    length: int
    crc: int
    series: int
    shape: str


class Samples(NamedTuple):
    """The sample lines of one metric, and how many series they show (a histogram counts as one)."""

    metric: Metric
    fragment: Fragment
    series: int


@dataclass(frozen=True)
class Block:
    """The samples of one part of a collector from one source, ready to be served.

    `expires` is the time, in seconds since 1970, from which on the block must not be served; None is never.
    `constant` are the labels of the source, which every series carries.
    """

    samples: tuple[Samples, ...]
    expires: float | None = None
    constant: Labels = ()

    @classmethod
    def build(
        cls,
        readings: Iterable[Reading],
        constant: Labels = (),
        expires: float | None = None,
        dropped: MutableMapping[str, int] | None = None,
        declared: Collection[Metric] | None = None,
    ) -> "Block":
        """Render readings; `constant` are the labels of their source. What is left out is counted in `dropped`.

        Raises ValueError when a metric is not in `declared` (None allows all), a series comes twice or a reading does
        not fit its metric, and whatever the readings themselves raise.
        """
        samples = []
        for metric, series in gather(readings, {} if dropped is None else dropped, declared):
            try:
                fragment = compress(render(metric, series, constant))
            except TypeError as error:
                raise ValueError(f"could not publish {metric}: {error}") from error
            samples.append(Samples(metric, fragment, len(series)))
            while series:  # let go of one at a time: of 100,000 at once would hold the interpreter for 5 ms
                series.popitem()
        return cls(tuple(samples), expires, constant)

    @property
    def series(self) -> int:
        """How many series the block shows."""
        return sum(samples.series for samples in self.samples)

    def fits(self, metrics: Iterable[Metric], constant: Labels) -> bool:
        """Whether a part that declares these metrics, on a source with these labels, could have delivered the block."""
        shapes = _shapes(metrics, constant)
        return all(shapes.get(metric.name) == _shape(metric, self.constant) for metric, _, _ in self.samples)

    def to_rows(self) -> list[Row]:
        """The block as storage keeps it; `expires` is kept beside it."""
        return [
            Row(metric.name, *fragment, series, _shape(metric, self.constant))
            for metric, fragment, series in self.samples
        ]

    @classmethod
    def from_rows(
        cls, rows: Iterable[Row], metrics: Iterable[Metric], constant: Labels = (), expires: float | None = None
    ) -> "Block":
        """The block that storage kept of a part that declares these metrics, on a source with these labels.

        What the part no longer declares, or declares in another shape, is left out. Raises ValueError when a row is
        damaged.
        """
        declared = {metric.name: metric for metric in metrics}
        shapes = _shapes(declared.values(), constant)
        samples = []
        for row in rows:
            fragment = Fragment(row.deflated, row.length, row.crc)
            fragment.check()
            if shapes.get(row.metric) == row.shape:
                samples.append(Samples(declared[row.metric], fragment, row.series))
        return cls(tuple(samples), expires, constant)


def _shapes(metrics: Iterable[Metric], constant: Labels) -> dict[str, str]:
    return {metric.name: _shape(metric, constant) for metric in metrics}


def _shape(metric: Metric, constant: Labels) -> str:
    """What sample lines of a metric depend on: lines of another shape do not belong under its name."""
    buckets = metric.buckets if isinstance(metric, Histogram) else ()
    return json.dumps([metric.kind, metric.labels, buckets, sorted(constant)], separators=(",", ":"))
