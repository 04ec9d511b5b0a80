"""Running totals of counters and histograms that are fed by events.

The totals and the instant up to which they count are one state: whoever stores it stores both or neither.

Prometheus sees an increase between two samples only, so the first event of a series that is new would never be seen.
Hence a series that was not there before is told as 0 once.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from metrics import Histogram, HistogramState, Metric, Reading

Series = dict[tuple[str, ...], float | HistogramState]
_OTHER = "other"


def spans(moments: Sequence[datetime], settle: timedelta, backfill: timedelta) -> list[tuple[datetime, ...]]:
    """For each moment (as_of, since, until), so that each event lies in exactly one span."""
    ends = [moment - settle for moment in moments]
    return list(zip(moments, [ends[0] - backfill, *ends], ends, strict=False))


class Totals:
    """The totals of a query's metrics. `until` is the instant up to which events are counted, None at first."""

    def __init__(self, metrics: Sequence[Metric], until: datetime | None = None) -> None:
        self.metrics = metrics
        self.until = until
        self._series: dict[str, Series] = {metric.name: {} for metric in metrics}
        self._told: set[tuple[str, tuple[str, ...]]] = set()

    @classmethod
    def restore(cls, metrics: Sequence[Metric], state: dict[str, Any]) -> "Totals":
        """The totals in a stored state, new ones when there is none.

        A metric that is new in the query, or whose labels or buckets have changed, begins at nothing where the others
        are: read again from its backfill, what is known already would be counted twice.
        """
        if not state:
            return cls(metrics)
        totals = cls(metrics, datetime.fromisoformat(state["until"]))
        for metric in metrics:
            stored = state["metrics"].get(metric.name, {})
            if stored.get("shape") != _shape(metric):
                continue
            series = totals._series[metric.name]
            for labels, value in stored["series"]:
                is_histogram = isinstance(metric, Histogram)
                series[tuple(labels)] = HistogramState(tuple(value[:-1]), value[-1]) if is_histogram else value
                totals._told.add((metric.name, tuple(labels)))
        return totals

    def state(self, until: datetime) -> dict[str, Any]:
        """What `restore` needs, as JSON can hold it."""
        stored = {}
        for metric in self.metrics:
            series = [
                [labels, [*value.buckets, value.sum] if isinstance(value, HistogramState) else value]
                for labels, value in self._series[metric.name].items()
            ]
            stored[metric.name] = {"shape": _shape(metric), "series": series}
        return {"until": until.isoformat(), "metrics": stored}

    def add(self, reading: Reading, drop: Callable[[str], None]) -> None:
        """Add what is new. A series once shown stays; past the cap new ones go to `other`, or are dropped."""
        series = self._series[reading.metric.name]
        labels = reading.labels
        if labels not in series and len(series) >= reading.metric.cap - (1 if reading.metric.other else 0):
            drop("over_cap")
            labels = folded(reading.metric, labels)
            if labels not in series and len(series) >= reading.metric.cap:
                return
        series[labels] = _plus(series.get(labels), reading.value)

    def readings(self) -> Iterator[Reading]:
        """Every series with its total, or with 0 if it is new; at the very first, all with their totals."""
        for metric in self.metrics:
            for labels, value in self._series[metric.name].items():
                is_new = self.until is not None and (metric.name, labels) not in self._told
                yield Reading(metric, labels, _nothing(value) if is_new else value)

    def begun(self) -> Iterator[Reading]:
        """0 of every series that came since this was asked last, for the moment before it came."""
        for metric in self.metrics:
            for labels, value in self._series[metric.name].items():
                if (metric.name, labels) not in self._told:
                    self._told.add((metric.name, labels))
                    yield Reading(metric, labels, _nothing(value))


def folded(metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
    """The labels of the series that takes this one past the cap."""
    return tuple(_OTHER if name in metric.other else value for name, value in zip(metric.labels, labels, strict=True))


def _nothing(value: float | HistogramState) -> float | HistogramState:
    return HistogramState((0,) * len(value.buckets), 0) if isinstance(value, HistogramState) else 0


def _plus(old: float | HistogramState | None, new: float | HistogramState) -> float | HistogramState:
    if old is None:
        return new
    if isinstance(old, HistogramState) and isinstance(new, HistogramState):
        buckets = tuple(before + more for before, more in zip(old.buckets, new.buckets, strict=True))
        return HistogramState(buckets, old.sum + new.sum)
    if isinstance(old, HistogramState) or isinstance(new, HistogramState):
        raise TypeError("a histogram and a number cannot be added up")
    return old + new


def _shape(metric: Metric) -> list[Any]:
    """What must be unchanged for stored totals to go on."""
    return [metric.kind, list(metric.labels), list(metric.buckets) if isinstance(metric, Histogram) else []]
