"""What boards are built for, and how the choices of a board reach its expressions.

A board offers to choose by tenant, currency and the like. No panel mentions these variables: every selector of a
series that carries the label gets the matcher `label=~"$label"`, unless the author pinned the label.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil

from dashboards.board import Board
from dashboards.panel import Panel, Promql, Sql
from dashboards.queries import RATE
from dashboards.words import TOKEN, closing, next_word
from metrics import Metric

OFFERED = ("currency", "project", "team", "service")
"""Labels by which every board lets people choose, where its metrics carry them."""

_WITHIN = re.compile(r"""(?:^|,)\s*__name__\s*=\s*["']([^"']*)["']""")
_BEFORE_LABELS = ("by", "without", "on", "ignoring", "group_left", "group_right")
_LEAST_INTERVAL = 60.0
_RARE = 3600.0


@dataclass(frozen=True)
class Scope:
    """What boards are built for.

    `metrics` are all that exist here, `source_labels` what sources add to their series, `intervals` how often each
    metric is collected in seconds, by name. `handbook_url` is where the entries of the metrics can be read.
    `databases_by` is the source label whose values are the names of the databases, where there is such a label.
    """

    metrics: tuple[Metric, ...] = ()
    source_labels: tuple[str, ...] = ("tenant",)
    intervals: Mapping[str, float] = field(default_factory=dict)
    handbook_url: str = "http://localhost:9840/handbook"
    databases_by: str = ""

    @cached_property
    def labels(self) -> Mapping[str, frozenset[str]]:
        """The labels of every series by name, those of its source included."""
        return {
            series.name: frozenset(series.labels)
            | (frozenset(self.source_labels) if metric.has_source else frozenset())
            for metric in self.metrics
            for series in metric.series
        }

    def variables(self, board: Board) -> tuple[str, ...]:
        """The labels that people can choose by on a board: those of sources first."""
        wanted = dict.fromkeys((*self.source_labels, *OFFERED, *board.variables))
        used = [metric for _, panel in board.panels() for metric in panel.metrics]
        carried = {label for metric in used for series in metric.series for label in self.labels.get(series.name, ())}
        return tuple(label for label in wanted if label in carried)

    def fit(self, panel: Panel, variables: Iterable[str]) -> Panel:
        """The panel with the board's choices in its expressions, and its sources in its legends."""
        targets = tuple(
            self._fit(target, tuple(variables)) if isinstance(target, Promql) else target for target in panel.targets
        )
        if any(isinstance(target, Promql) and target.per_source for target in targets):
            panel = replace(panel, sources=self.source_labels)
        seconds = max((self._every(metric) for metric in panel.metrics), default=0)
        grows = any(metric.kind != "gauge" for metric in panel.metrics)
        if grows and seconds >= _RARE:
            return replace(panel, targets=tuple(_rated_over(target, 2 * seconds) for target in targets))
        # What grows is seen to grow only between two collections.
        least = seconds * (2 if grows else 1)
        interval = f"{ceil(least / 60)}m" if least > _LEAST_INTERVAL else ""
        return replace(panel, targets=targets, interval=panel.interval or interval)

    def _fit(self, query: Promql, variables: tuple[str, ...]) -> Promql:
        sources = " ".join("{{" + label + "}}" for label in self.source_labels) if query.per_source else ""
        collected = query.of is None or query.of.has_source
        legend = f"{query.legend} {sources}".strip() if collected and query.shape == "time_series" else query.legend
        return replace(query, expr=self.narrow(query.expr, variables), legend=legend)

    def narrow(self, expr: str, variables: Iterable[str]) -> str:
        """The expression with `label=~"$label"` in each selector whose series carries the label."""
        return "".join(self._narrowed(TOKEN.findall(expr), tuple(variables)))

    def _narrowed(self, tokens: list[str], variables: tuple[str, ...]) -> Iterator[str]:
        position = 0
        while position < len(tokens):
            word = tokens[position]
            following = next_word(tokens, position)
            after = tokens[following] if following < len(tokens) else ""
            end = position + 1
            if word in _BEFORE_LABELS and after == "(":
                end = closing(tokens, following) + 1
            elif word == "{":
                end = closing(tokens, position) + 1
                inside = tokens[position + 1 : end - 1]
                if name := self._named(inside):
                    yield self._selector("", name, inside, variables)
                    position = end
                    continue
            elif word in self.labels and after != "(":
                end = closing(tokens, following) + 1 if after == "{" else end
                inside = tokens[following + 1 : end - 1] if after == "{" else []
                yield self._selector(word, word, inside, variables)
                position = end
                continue
            yield from tokens[position:end]
            position = end

    def _named(self, inside: list[str]) -> str:
        """The series that a selector without a name before its braces names within, if it is one of ours."""
        match = _WITHIN.search("".join(inside))
        return match[1] if match and match[1] in self.labels else ""

    def _selector(self, written_name: str, name: str, inside: list[str], variables: tuple[str, ...]) -> str:
        carried = self.labels[name]
        added = [f'{label}=~"${label}"' for label in variables if label in carried and label not in inside]
        written = "".join(part for part in inside if not part.startswith("#")).strip().rstrip(",")
        matchers = ", ".join([*added, written] if written else added)
        return f"{written_name}{{{matchers}}}" if matchers else written_name

    def _every(self, metric: Metric) -> float:
        """Seconds between two collections; those of the exporter's own metrics are those of Prometheus."""
        return 0 if metric.origin == "external" else self.intervals.get(metric.name, _LEAST_INTERVAL)


def _rated_over(target: Promql | Sql, seconds: float) -> Promql | Sql:
    """The query with a fixed window for its rates: what changes less than hourly needs one, whatever the step."""
    if isinstance(target, Sql):
        return target
    return replace(target, expr=target.expr.replace(RATE, f"{ceil(seconds / 3600)}h"))
