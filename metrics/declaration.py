"""Metric declarations: `Gauge`, `Counter`, `Histogram`, and `Recorded` for what recording rules compute.

A declaration is checked when it is made. Every fault is a full sentence, and all faults come at once.
"""

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from math import isfinite
from typing import ClassVar, Literal

from metrics.reading import HistogramState, Reading
from metrics.selector import Matcher, Series
from metrics.unit import Unit

PREFIX = "kpi_"
OWN_PREFIX = "kpi_exporter_"
_NAME = re.compile(r"kpi_[a-z0-9]+(_[a-z0-9]+)*")
_EXTERNAL_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_HISTOGRAM_SUFFIXES = ("_bucket", "_count", "_sum")
_REFUSED_LABELS = {
    "le": "histograms add it themselves",
    "quantile": "summaries use it; declare a histogram instead",
    "job": "Prometheus adds it",
    "instance": "Prometheus adds it",
    "tenant": "a tenant is a source, and its series carry the labels of the source",
}
_ACRONYMS = "API ARR CDN CI CLS CPU HTTP INP LCP MFA MRR NPS PostgreSQL SLA SLO SQL WIP"
ACRONYMS = {word.lower(): word for word in _ACRONYMS.split()}
_ADDABLE = (Unit.COUNT, Unit.CURRENCY, Unit.BYTES)
_KEPT_APART = {"window", "currency"}
_OF_EACH = re.compile(r"_per_|(^|_)(average|mean|median|p\d\d)(_|$)")
_CANNOT_BE_ADDED = (Unit.RATIO, Unit.SCORE, Unit.TIMESTAMP)
_NOT_BASE_UNITS = {
    **dict.fromkeys(("_ms", "_milliseconds", "_minutes", "_hours", "_days", "_weeks"), Unit.SECONDS),
    **dict.fromkeys(("_kb", "_kilobytes", "_mb", "_megabytes", "_gb", "_gigabytes"), Unit.BYTES),
    **dict.fromkeys(("_pct", "_percent", "_percentage"), Unit.RATIO),
    "_cents": Unit.CURRENCY,
}


class DeclarationError(ValueError):
    """A declaration breaks the rules. `faults` lists each as a sentence."""

    def __init__(self, name: str, faults: list[str]) -> None:
        super().__init__(f"could not declare {name}: " + " ".join(faults))
        self.name = name
        self.faults = faults


@dataclass(frozen=True, eq=False)
class Metric:
    """What all kinds of metric have in common; use `Gauge`, `Counter` or `Histogram`.

    `target`, `warning` and `critical` are in the metric's unit. `better` says which direction is good.
    `cap` is the most series that one source may expose; beyond it the largest values stay. Labels named in
    `other` are set to `other` in the series that take the sum of the rest; without them the rest is dropped.
    `adds_over` are the labels over which values may be added up: those of a mean, a rate per user, or distinct users of
    overlapping groups may not. Without it they are all labels but window and currency, where the unit allows it.
    `sparse` says why it may have no series while its collector runs well; without it their absence is an alert.
    `origin` is recorded for what a recording rule computes from other metrics, and external for what neither a
    collector nor a rule of ours makes, but boards and rules refer to: then the names and labels are as they come. It is
    input for what people give. `shared` says that what is recorded belongs to no source, as what one Alertmanager sends
    for all tenants.
    """

    name: str
    help: str
    _: KW_ONLY
    unit: Unit
    owner: str
    labels: tuple[str, ...] = ()
    better: Literal["higher", "lower", "none"] = "none"
    target: float | None = None
    warning: float | None = None
    critical: float | None = None
    cap: int = 1000
    other: tuple[str, ...] = ()
    adds_over: tuple[str, ...] | None = None
    sparse: str = ""
    origin: Literal["collected", "recorded", "external", "input"] = "collected"
    shared: bool = False

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise DeclarationError(self.name, faults)

    def __str__(self) -> str:
        return self.name

    def __call__(self, /, **matchers: str | Matcher) -> str:
        """The PromQL selector, for example `REVENUE(window="30d")`. Raises ValueError for an unknown label."""
        return Series(self.name, self.labels)(**matchers)

    def reading(self, value: float | HistogramState, /, **labels: str) -> Reading:
        """A reading of this metric. Raises ValueError unless exactly the declared labels are given."""
        if set(labels) != set(self.labels):
            expected = ", ".join(self.labels) or "none"
            raise ValueError(f"{self.name} takes the labels: {expected}; got: {', '.join(labels) or 'none'}.")
        return Reading(self, tuple(labels[label] for label in self.labels), value)

    @property
    def has_source(self) -> bool:
        """Whether its series carry the labels of sources, such as a tenant. So do those of the exporter about one."""
        if self.shared:
            return False
        return self.origin != "external" or (self.name.startswith(OWN_PREFIX) and "source" in self.labels)

    @property
    def family(self) -> str:
        """The name without `_total`: what OpenMetrics calls the metric family, and where the unit suffix stands."""
        return self.name

    @property
    def addable(self) -> frozenset[str]:
        """The labels over which the values may be added up."""
        if self.adds_over is not None:
            return frozenset(self.adds_over)
        if self.kind == "gauge" and self.unit not in _ADDABLE:
            return frozenset()
        return frozenset(self.labels) - _KEPT_APART

    @property
    def title(self) -> str:
        """The name in words, without prefix and unit: what people call the metric."""
        bare = self.family.removeprefix(OWN_PREFIX).removeprefix(PREFIX)
        words = bare.removesuffix(self.unit.suffix).split("_")
        text = " ".join(ACRONYMS.get(word, word) for word in words)
        return text[:1].upper() + text[1:]

    @property
    def series(self) -> tuple[Series, ...]:
        """The names that the metric exposes, each with its labels."""
        return (Series(self.name, self.labels),)

    def _faults(self) -> Iterator[str]:
        if self.origin == "external":
            if not _EXTERNAL_NAME.fullmatch(self.name):
                yield f"{self.name!r} is no name that a series can have."
        elif not _NAME.fullmatch(self.name):
            yield f"The name {self.name!r} must be snake_case and begin with {PREFIX!r}."
        elif self.name.startswith(OWN_PREFIX):
            yield f"The prefix {OWN_PREFIX!r} is kept for what the exporter says about itself."
        if not self.help.strip():
            yield "The help text must say what the value means."
        if not self.owner.strip():
            yield "The owner must name the team that answers for the number."
        if self.origin != "external":
            yield from self._unit_faults()
            yield from self._label_faults()
        yield from self._level_faults()

    def _unit_faults(self) -> Iterator[str]:
        given: object = self.unit
        if not isinstance(given, Unit):
            yield f"The unit must be one of metrics.Unit, such as metrics.COUNT, got {given!r}."
            return
        if self.unit.suffix and not self.family.endswith(self.unit.suffix):
            yield f"The name of a metric in {self.unit.value} must end in {self.unit.suffix!r}."
        if self.unit is Unit.SECONDS and self.family.endswith(Unit.TIMESTAMP.suffix):
            yield "A name that ends in '_timestamp_seconds' must have the unit timestamp."
        if self.unit is Unit.COUNT:
            endings = [unit for unit in Unit if unit.suffix and self.family.endswith(unit.suffix)]
            for unit in sorted(endings, key=lambda unit: -len(unit.suffix))[:1]:
                yield f"A name that ends in {unit.suffix!r} must have the unit {unit.value}."
        for suffix, unit in _NOT_BASE_UNITS.items():
            if self.family.endswith(suffix):
                yield f"A name must not end in {suffix!r}: measure in {unit.value}, and let it end in {unit.suffix!r}."

    def _label_faults(self) -> Iterator[str]:
        for field in ("labels", "other", "adds_over"):
            if isinstance(getattr(self, field), str):
                yield f"'{field}' must be a tuple such as ('queue',), got the text {getattr(self, field)!r}."
                return
        for label in self.labels:
            if label in _REFUSED_LABELS:
                yield f"The label {label!r} is not allowed: {_REFUSED_LABELS[label]}."
            elif not _LABEL.fullmatch(label):
                yield f"The label {label!r} must be snake_case."
            elif label.startswith(PREFIX):
                yield f"The label {label!r} must not begin with {PREFIX!r}, which marks values."
        if len(set(self.labels)) != len(self.labels):
            yield "Each label must be named once."
        if self.unit is Unit.CURRENCY and "currency" not in self.labels:
            yield "A metric in currency must carry the label 'currency'."
        for label in self.other:
            if label not in self.labels:
                yield f"'other' names the label {label!r}, which the metric does not have."
        if self.other and self.kind != "histogram" and self.unit in _CANNOT_BE_ADDED:
            yield f"'other' adds series up, which has no meaning for a metric in {self.unit.value}."
        if _KEPT_APART & set(self.other):
            yield "'other' must not fold the labels window and currency: their values cannot be added up."
        if self.kind == "gauge" and self.adds_over is None and self.addable and _OF_EACH.search(self.name):
            yield "A mean or a number per something cannot be added up: say adds_over=(), or the labels where it can."
        for label in self.adds_over or ():
            if label not in self.labels:
                yield f"'adds_over' names the label {label!r}, which the metric does not have."
        if _KEPT_APART & set(self.adds_over or ()):
            yield "'adds_over' must not name the labels window and currency: their values cannot be added up."

    def _level_faults(self) -> Iterator[str]:
        if self.cap < 1:
            yield f"The cap must be at least 1 series, got {self.cap}."
        if self.better not in ("higher", "lower", "none"):
            yield f"'better' must be higher, lower or none, got {self.better!r}."
        for field in ("target", "warning", "critical"):
            level = getattr(self, field)
            if level is not None and not isfinite(level):
                yield f"'{field}' must be a finite number, got {level}."
        if self.warning is None or self.critical is None or self.better == "none":
            return
        if (self.critical < self.warning) if self.better == "lower" else (self.critical > self.warning):
            yield "The critical level must lie beyond the warning level, in the direction that is not better."


@dataclass(frozen=True, eq=False)
class Gauge(Metric):
    """A value that goes up and down."""

    kind: ClassVar[str] = "gauge"

    def _faults(self) -> Iterator[str]:
        yield from super()._faults()
        for suffix in (*_HISTOGRAM_SUFFIXES, "_total"):
            if self.name.endswith(suffix):
                yield f"The name of a gauge must not end in {suffix!r}."


@dataclass(frozen=True, eq=False)
class Recorded(Gauge):
    """A value that a recording rule computes from other metrics; `alert_rules/` holds the rule."""

    _: KW_ONLY
    origin: Literal["collected", "recorded", "external", "input"] = "recorded"


@dataclass(frozen=True, eq=False)
class Counter(Metric):
    """A total that only grows; restarts of it are seen by Prometheus as resets."""

    kind: ClassVar[str] = "counter"

    @property
    def family(self) -> str:
        return self.name.removesuffix("_total")

    def _faults(self) -> Iterator[str]:
        if self.origin != "external" and not self.name.endswith("_total"):
            yield "The name of a counter must end in '_total'."
        yield from super()._faults()


@dataclass(frozen=True, eq=False)
class Histogram(Metric):
    """A distribution, counted into `buckets`: the inclusive upper bounds, rising, without `+Inf`."""

    _: KW_ONLY
    buckets: tuple[float, ...]

    kind: ClassVar[str] = "histogram"

    @property
    def bucket(self) -> Series:
        """The bucket series, with the label `le`."""
        return Series(self.name + "_bucket", (*self.labels, "le"))

    @property
    def sum(self) -> Series:
        """The series of the sum of observations."""
        return Series(self.name + "_sum", self.labels)

    @property
    def count(self) -> Series:
        """The series of the number of observations."""
        return Series(self.name + "_count", self.labels)

    @property
    def series(self) -> tuple[Series, ...]:
        return (self.bucket, self.sum, self.count)

    def _faults(self) -> Iterator[str]:
        yield from super()._faults()
        for suffix in (*_HISTOGRAM_SUFFIXES, "_total"):
            if self.name.endswith(suffix):
                yield f"The name of a histogram must not end in {suffix!r}."
        if not self.buckets:
            yield "A histogram needs at least one bucket bound."
        rising = all(low < high for low, high in pairwise(self.buckets))
        if not rising or not all(map(isfinite, self.buckets)):
            yield "The bucket bounds must be finite numbers that rise strictly; '+Inf' is added by itself."
