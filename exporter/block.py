"""What one run of one part delivers: the sample lines of its metrics, rendered and compressed once."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from exporter.deflate import Fragment, compress
from exporter.gather import gather
from exporter.render import render
from metrics import Metric, Reading


class Row(NamedTuple):
    """The samples of one metric as storage keeps them. `length` and `crc` are those of the text."""

    metric: str
    deflated: bytes
    length: int
    crc: int
    series: int


class Samples(NamedTuple):
    """The sample lines of one metric, and how many series they show (a histogram counts as one)."""

    metric: Metric
    fragment: Fragment
    series: int


@dataclass(frozen=True)
class Block:
    """The samples of one part of a collector from one source, ready to be served.

    `expires` is the time, in seconds since 1970, from which on the block must not be served; None is never.
    """

    samples: tuple[Samples, ...]
    expires: float | None = None

    @classmethod
    def build(
        cls,
        readings: Iterable[Reading],
        constant: Sequence[tuple[str, str]] = (),
        expires: float | None = None,
        dropped: MutableMapping[str, int] | None = None,
    ) -> "Block":
        """Render readings; `constant` are the labels of their source. What is left out is counted in `dropped`.

        Raises ValueError when a series comes twice or a reading does not fit its metric, and whatever the readings
        themselves raise.
        """
        samples = []
        for metric, series in gather(readings, {} if dropped is None else dropped):
            try:
                fragment = compress(render(metric, series, constant))
            except TypeError as error:
                raise ValueError(f"could not publish {metric}: {error}") from error
            samples.append(Samples(metric, fragment, len(series)))
            while series:  # let go of one at a time: of 100,000 at once would hold the interpreter for 5 ms
                series.popitem()
        return cls(tuple(samples), expires)

    @property
    def series(self) -> int:
        """How many series the block shows."""
        return sum(samples.series for samples in self.samples)

    def to_rows(self) -> list[Row]:
        """The block as storage keeps it; `expires` is kept beside it."""
        return [Row(metric.name, *fragment, series) for metric, fragment, series in self.samples]

    @classmethod
    def from_rows(cls, rows: Iterable[Row], metrics: Mapping[str, Metric], expires: float | None = None) -> "Block":
        """The block that storage kept. Metrics that are not among `metrics` (by name) are left out.

        Raises ValueError when a row is damaged.
        """
        samples = []
        for row in rows:
            fragment = Fragment(row.deflated, row.length, row.crc)
            fragment.check()
            if row.metric in metrics:
                samples.append(Samples(metrics[row.metric], fragment, row.series))
        return cls(tuple(samples), expires)
