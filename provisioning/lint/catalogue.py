"""The declared metrics, by the names of the series that they expose."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from functools import cached_property

from metrics import Histogram, Metric
from metrics.selector import Series

EXTRA_LABELS = frozenset({"tenant", "job", "instance"})
_SCRAPE_LABELS = frozenset({"job", "instance"})


class Catalogue:
    """What expressions may refer to. `intervals` says how often each metric is collected, in seconds, by name."""

    def __init__(self, metrics: Iterable[Metric], intervals: Mapping[str, float] | None = None) -> None:
        declared = tuple(metrics)
        self._intervals = intervals or {}
        self._series = {series.name: (metric, series) for metric in declared for series in metric.series}
        self._histograms = {metric.name: metric for metric in declared if isinstance(metric, Histogram)}

    def find(self, name: str | None) -> tuple[Metric, Series] | None:
        """The metric that exposes the series `name`, and the series."""
        return self._series.get(name) if name else None

    def interval(self, metric: Metric | None) -> timedelta:
        """How often the metric is collected; zero where that is not known."""
        return timedelta(seconds=self._intervals.get(metric.name, 0) if metric else 0)

    def histogram(self, name: str) -> Histogram | None:
        """The histogram that is declared as `name`, which is the name of none of its series."""
        return self._histograms.get(name)

    def labels(self, name: str | None, extra_labels: frozenset[str] = EXTRA_LABELS) -> frozenset[str] | None:
        """All labels that the series `name` may carry; None for an unknown series.

        `extra_labels` are those that sources and scrapes add to collected metrics. External ones have only what the
        scrape adds, and recorded ones what sources add.
        """
        if (found := self.find(name)) is None:
            return None
        metric, series = found
        extra = extra_labels if metric.has_source else extra_labels & _SCRAPE_LABELS
        if metric.origin == "recorded":
            extra -= _SCRAPE_LABELS
        return extra.union(series.labels)

    def exposes(self, pattern: str) -> bool:
        """Whether the RE2 expression `pattern` selects the name of any series."""
        try:
            compiled = re.compile(pattern)
        except re.error:  # RE2 knows a few things that Python does not
            return True
        return any(map(compiled.fullmatch, self._series))

    @cached_property
    def _names(self) -> list[str]:
        return sorted(self._series)

    def hint(self, name: str) -> str:
        """`"; did you mean …?"` when a declared series has a similar name, else a full stop."""
        return did_you_mean(name, self._names)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """`"; did you mean …?"` when one of the `known` words is similar, else a full stop."""
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else "."
