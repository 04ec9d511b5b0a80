"""The entry of a metric: every fact that its declaration, the query or the rule that computes it, the boards and the
alerts tell of it.

The facts are gathered once. `provisioning/handbook/metrics.py` writes them as Markdown, `kpi metrics NAME` in the
terminal.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Literal, NamedTuple

import collectors as collectors_package
from alert_rules import Alert, Recording
from collectors import Collector
from collectors.contract import Part
from collectors.durations import parse_duration
from collectors.inputs import Inputs
from collectors.query import Query
from collectors.sql_text import tokens
from dashboards.board import Board
from dashboards.look import amount
from metrics import Counter, Histogram, Input, Metric, Unit
from metrics.catalogue import external_metrics, recorded
from metrics.declaration import OWN_PREFIX
from metrics.period import EXAMPLES
from provisioning.handbook.tables import tables_of
from provisioning.rules.reading import Rules
from warehouse.inputs import TABLE as MANUAL_VALUES

_ROOT = Path(collectors_package.__file__ or ".").resolve().parents[1]
_LATE_SECONDS = 3600
_SPANS = {75: "5m", 900: "1h", 21_600: "1d"}


class Mention(NamedTuple):
    """A piece of a fact. The kind says what it names, where it names something."""

    text: str
    kind: Literal["text", "code", "metric", "table", "file", "board", "alert"] = "text"


class Fact(NamedTuple):
    """Something to know about a metric: its name, and the pieces of its value."""

    name: str
    value: tuple[Mention, ...]

    def __str__(self) -> str:
        """The value in plain words."""
        return ", ".join(mention.text for mention in self.value)


@dataclass(frozen=True)
class Entry:
    """A metric and where it comes from.

    `domain` is the name of its collector, empty for what the exporter says about itself; then there is no `part`
    either. A recorded metric has `recordings` in place of a part. `interval` is in seconds. `recorded_as` are the
    metrics that are recorded from it, and `alerts` follow from it, directly or through those.
    """

    metric: Metric
    domain: str = ""
    part: Part | None = None
    file: str = ""
    interval: float = 0
    boards: tuple[Board, ...] = ()
    recordings: tuple[Recording, ...] = ()
    recorded_from: tuple[Metric, ...] = ()
    recorded_as: tuple[Metric, ...] = ()
    alerts: tuple[Alert, ...] = ()

    @property
    def query(self) -> Query | None:
        """The query that computes it, where it is one."""
        return self.part if isinstance(self.part, Query) else None

    @property
    def tables(self) -> tuple[str, ...]:
        """The contract tables that its query reads, in the order of the contract, or the one that people write to."""
        if isinstance(self.part, Inputs):
            return (MANUAL_VALUES,)
        return tables_of(self.query.text) if self.query else ()

    @property
    def windows(self) -> tuple[str, ...]:
        """The windows that its query reports on, or its rules record, as in the label `window`."""
        if self.recordings:
            return tuple(dict.fromkeys(rule.labels["window"] for rule in self.recordings if "window" in rule.labels))
        if self.query is None or "window" not in self.metric.labels:
            return ()
        reads_them = any(token.text == "windows" for token in tokens(self.query.text))
        return tuple(self.query.header.windows) if reads_them else ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What there is to know beside the help text, in reading order."""
        return tuple(Fact(name, value) for name, value in self._facts() if value)

    @property
    def example(self) -> str:
        """A PromQL query that fits the type: a gauge of one window, the rate of a counter, a quantile."""
        metric = self.metric
        if isinstance(metric, Histogram):
            return f"histogram_quantile(0.95, sum by (le) (rate({metric.bucket}[{self._span()}])))"
        if isinstance(metric, Counter):
            kept = [label for label in metric.labels if label not in metric.other]
            by = f" by ({', '.join(kept)})" if kept else ""
            return f"sum{by} (rate({metric}[{self._span()}]))"
        selector = metric(window=self._longest_window) if self.windows else metric()
        return f"time() - {selector}" if metric.unit is Unit.TIMESTAMP else selector

    @property
    def _longest_window(self) -> str:
        return self.windows[-1] if self.recordings else max(self.windows, key=parse_duration)

    def _facts(self) -> Iterator[tuple[str, tuple[Mention, ...]]]:
        metric = self.metric
        yield "type", _text(metric.kind)
        yield "unit", _text(metric.unit.value)
        yield "labels", tuple(Mention(label, "code") for label in metric.labels) or _text("none")
        yield "windows", tuple(Mention(window, "code") for window in self.windows)
        if isinstance(metric, Histogram):
            yield "buckets", _text(", ".join(amount(bound, metric.unit) for bound in metric.buckets))
        yield "owner", _text(metric.owner)
        if metric.better != "none":
            yield "better", _text(metric.better)
        for name in ("target", "warning", "critical"):
            level = getattr(metric, name)
            yield name, () if level is None else _text(amount(level, metric.unit))
        yield "may be absent", _text(metric.sparse) if metric.sparse else ()
        yield from self._origin()
        yield "recorded as", _metrics(self.recorded_as)
        yield "boards", tuple(Mention(board.title, "board") for board in self.boards)
        yield "alerts", tuple(Mention(alert.name, "alert") for alert in self.alerts)

    def _origin(self) -> Iterator[tuple[str, tuple[Mention, ...]]]:
        if self.recordings:
            yield "collector", _text("none, a recording rule computes it")
            yield "recorded from", _metrics(self.recorded_from)
            return
        if self.part is None:
            yield "collector", _text("none, the exporter itself tells it")
            return
        metric = self.metric
        rest = f"the rest is added up as other {' and '.join(metric.other)}" if metric.other else "the largest stay"
        yield "series limit", _text(f"{metric.cap:,} for each source; {rest}")
        yield "collector", (Mention(self.domain, "code"),)
        if isinstance(metric, Input):
            yield from self._giving(metric)
        yield "file", (Mention(self.file, "file"),) if self.file else ()
        yield "tables", tuple(Mention(table, "table") for table in self.tables)
        yield "runs", _text(f"every {span(self.interval)}")
        if self.query:
            header = self.query.header
            if header.cursor:
                yield "counts", _text(f"each event once, {span(header.settle)} after its {header.cursor}")
            yield "history", _text("yes, for any moment of the past" if header.history else "no, the present only")

    def _giving(self, metric: Input) -> Iterator[tuple[str, tuple[Mention, ...]]]:
        """That people give it, how, and by when."""
        labels = "".join(f" --label {label}=…" for label in metric.labels)
        command = f"kpi input set {metric} VALUE --period {EXAMPLES[metric.every]}{labels}"
        yield "given by", _text("people, because no system knows it")
        yield "to give it", (Mention(command, "code"),)
        yield "due", _text(f"{metric.due_days} days after the end of each {metric.every}")
        bounds = (("at least", metric.least), ("at most", metric.highest))
        told = [f"{word} {amount(level, metric.unit)}" for word, level in bounds if isfinite(level)]
        told += ["whole numbers"] if metric.whole else []
        yield "range", _text(", ".join(told)) if told else ()

    def _span(self) -> str:
        """A range over which the counts are sure to grow."""
        if self.query and self.query.header.settle >= _LATE_SECONDS:
            return "7d"  # what comes late comes in lots, a day at a time
        return next((text for seconds, text in _SPANS.items() if self.interval <= seconds), "7d")


def entries(
    collectors: Mapping[str, Collector],
    boards: Sequence[Board] = (),
    intervals: Mapping[tuple[str, str], float] | None = None,
    rules: Rules | None = None,
) -> tuple[Entry, ...]:
    """An entry per metric: domain by domain those of the collectors, then the recorded ones; and last those that the
    exporter exposes about itself.

    `intervals` are in seconds by the names of collector and part, where a configuration changes them.
    """
    rules = rules or Rules()
    found = [*_collected(collectors, intervals or {}), *_recorded(rules)]
    order = {domain: place for place, domain in enumerate(dict.fromkeys(entry.domain for entry in found))}
    found.sort(key=lambda entry: order[entry.domain])
    found += [Entry(metric) for metric in external_metrics() if _has_entry(metric)]
    shown = _shown(boards)
    return tuple(
        replace(
            entry,
            boards=shown.get(entry.metric.name, ()),
            recorded_as=rules.recorded_from(entry.metric),
            alerts=rules.alerts_on(entry.metric),
        )
        for entry in found
    )


def _collected(collectors: Mapping[str, Collector], intervals: Mapping[tuple[str, str], float]) -> Iterator[Entry]:
    for name, collector in collectors.items():
        parts = {metric.name: part for part in collector.parts for metric in part.metrics}
        for metric in collector.metrics:
            part = parts.get(metric.name, collector)
            seconds = intervals.get((name, part.name)) or part.interval or collector.interval
            yield Entry(metric, name, part, _file(part), seconds)


def _recorded(rules: Rules) -> Iterator[Entry]:
    """Those of the catalogue in the domain that declares them, those of plugins in that of their group."""
    homes = {metric: domain for domain, declared in recorded().items() for metric in declared}
    for metric in rules.recorded:
        recordings = rules.recordings_of(metric)
        domain = homes.get(metric, rules.group_of(recordings[0]).name.replace("-", "_"))
        read = (each for recording in recordings for each in rules.reads(recording))
        yield Entry(metric, domain, recordings=recordings, recorded_from=tuple(dict.fromkeys(read)))


def span(seconds: float) -> str:
    """A length of time for people: `60 s`, `5 min`, `1 h`, `30 d`."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0 and seconds != 60:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _metrics(found: Sequence[Metric]) -> tuple[Mention, ...]:
    """Those that have an entry to lead to are mentioned as metrics."""
    return tuple(Mention(metric.name, "metric" if _has_entry(metric) else "code") for metric in found)


def _has_entry(metric: Metric) -> bool:
    return metric.origin != "external" or metric.name.startswith(OWN_PREFIX)


def _text(text: str) -> tuple[Mention, ...]:
    return (Mention(text),)


def _shown(boards: Sequence[Board]) -> dict[str, tuple[Board, ...]]:
    """The boards on which each metric is shown, by its name."""
    shown: dict[str, dict[str, Board]] = {}
    for board in boards:
        for _, panel in board.panels():
            for metric in panel.metrics:
                shown.setdefault(metric.name, {})[board.uid] = board
    return {name: tuple(found.values()) for name, found in shown.items()}


def _file(part: Part) -> str:
    """The file that computes the part, from the root of the project; of one that lies elsewhere its name and folder.

    Where that folder lies differs from machine to machine.
    """
    if isinstance(part, Query):
        path = part.path
    else:
        try:
            path = Path(inspect.getfile(type(part)))
        except (OSError, TypeError):  # made in a shell, for example
            return ""
    path = path.resolve()
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else f"…/{path.parent.name}/{path.name}"
