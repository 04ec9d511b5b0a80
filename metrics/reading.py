"""What a collector yields: one value of one series."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from metrics.declaration import Metric


class HistogramState(NamedTuple):
    """The state of a histogram: cumulative bucket counts, the last one for `+Inf`, and the sum of observations."""

    buckets: tuple[float, ...]
    sum: float

    @property
    def observations(self) -> float:
        """How many observations there were."""
        return self.buckets[-1]


class Reading(NamedTuple):
    """One value. `labels` holds the label values in the order in which the metric declares its labels."""

    metric: "Metric"
    labels: tuple[str, ...]
    value: float | HistogramState
