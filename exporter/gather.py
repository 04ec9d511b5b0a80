"""What one run yielded, by metric: every series once, finite numbers only, no more series than the metric's cap."""

from collections.abc import Collection, Iterable, Iterator, MutableMapping
from math import isfinite
from typing import cast

from metrics import Histogram, HistogramState, Metric, Reading

Value = float | HistogramState
Labels = tuple[str, ...]
OTHER = "other"


def gather(
    readings: Iterable[Reading], dropped: MutableMapping[str, int], declared: Collection[Metric] | None = None
) -> Iterator[tuple[Metric, dict[Labels, Value]]]:
    """Each metric with its series. `dropped` is raised by the number of values left out, by reason.

    The reasons are `not_finite`, as for events, and `over_cap` for series that are not shown by themselves. Only
    the metrics in `declared`, those very objects, may come; None allows all.
    Raises ValueError when another metric or a series twice comes, or a reading does not fit its metric. A series that
    comes again after the cap has taken it away is not noticed, because memory must not grow with what is taken away.
    """
    families: dict[Metric, _Family] = {}
    for metric, labels, value in readings:
        family = families.get(metric)
        if family is None:
            if declared is not None and metric not in declared:
                names = ", ".join(map(str, declared)) or "nothing"
                raise ValueError(
                    f"could not publish {metric}: a part may yield only the metrics that it declares, here {names}"
                )
            family = families[metric] = _Family(metric)
        family.add(labels, value)
    for metric in list(families):
        family = families.pop(metric)
        series = family.finish()
        for reason, number in family.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + number
        if series:
            yield metric, series


class _Family:
    """The series of one metric: never more than twice the cap, and as many `other` series as the cap."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self.dropped: dict[str, int] = {}
        self._values = len(metric.buckets) + 1 if isinstance(metric, Histogram) else 0
        self._labels = len(metric.labels)
        self._limit = 2 * metric.cap
        self._folded = [index for index, label in enumerate(metric.labels) if label in metric.other]
        self._series: dict[Labels, Value] = {}
        self._other: dict[Labels, Value] = {}

    def add(self, labels: Labels, value: Value) -> None:
        if isinstance(value, HistogramState):
            fits = len(value.buckets) == self._values
            finite = isfinite(sum(value.buckets) + value.sum)
        else:
            fits = not self._values
            value = float(value)
            finite = isfinite(value)
        if not fits or len(labels) != self._labels:
            raise ValueError(f"could not publish {self.metric}: {self._expected()}, got {labels!r} and {value!r}")
        if not finite:
            self._drop("not_finite")
            return
        if labels in self._series:
            series = self.metric(**dict(zip(self.metric.labels, labels, strict=True)))
            raise ValueError(f"could not publish {series}: each series must come once, and this one came twice")
        self._series[labels] = value
        if len(self._series) >= self._limit:
            self._shrink(self.metric.cap)

    def finish(self) -> dict[Labels, Value]:
        """The series to show. `other` series count towards the cap."""
        if not self._other and len(self._series) <= self.metric.cap:
            return self._series
        for labels in [labels for labels in self._series if labels == self._other_labels(labels)]:
            self._fold(labels, self._series.pop(labels))
        self._shrink(self.metric.cap)
        return self._series | self._other

    def _shrink(self, size: int) -> None:
        """Take the smallest series away until `size` are left, with the `other` series that they go into."""
        ranked = sorted(self._series.items(), key=_rank)
        while ranked and len(ranked) + len(self._other) > size:
            self._fold(*ranked.pop())
        self._series = dict(ranked)

    def _fold(self, labels: Labels, value: Value) -> None:
        key = self._other_labels(labels)
        if key != labels:
            self._drop("over_cap")
        if key in self._other:
            self._other[key] = _add(self._other[key], value)
        elif self._folded and len(self._other) < self.metric.cap:
            self._other[key] = value

    def _other_labels(self, labels: Labels) -> Labels:
        if not self._folded:
            return ()
        changed = list(labels)
        for index in self._folded:
            changed[index] = OTHER
        return tuple(changed)

    def _drop(self, reason: str) -> None:
        self.dropped[reason] = self.dropped.get(reason, 0) + 1

    def _expected(self) -> str:
        labels = f"label values for ({', '.join(self.metric.labels)})"
        return f"{labels} and a state of {self._values} buckets" if self._values else f"{labels} and a number"


def _rank(item: tuple[Labels, Value]) -> tuple[float, Labels]:
    """Largest first, and equal values always in the same order, so that equal series do not come and go."""
    labels, value = item
    return -(value.buckets[-1] if isinstance(value, HistogramState) else value), labels


def _add(one: Value, two: Value) -> Value:
    """The sum of two values of one metric."""
    if isinstance(one, HistogramState):
        two = cast(HistogramState, two)
        buckets = tuple(a + b for a, b in zip(one.buckets, two.buckets, strict=True))
        return HistogramState(buckets, one.sum + two.sum)
    return one + cast(float, two)
