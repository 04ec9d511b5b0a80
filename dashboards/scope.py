"""What boards are built for, and how the choices of a board reach its expressions.

A board offers to choose by tenant, currency and the like. No panel mentions these variables: every selector of a
series that carries the label gets the matcher `label=~"$label"`, unless the author pinned the label.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from dashboards.board import Board
from dashboards.panel import Panel, Promql
from metrics import Metric

OFFERED = ("currency", "project", "team", "service")
"""Labels by which every board lets people choose, where its metrics carry them."""

# A text in quotes, a selector's name with its braces, or a name alone.
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|[a-zA-Z_:][a-zA-Z0-9_:]*(\s*\{)?')


@dataclass(frozen=True)
class Scope:
    """What boards are built for.

    `metrics` are all that exist here, `source_labels` what sources add to their series, `intervals` how often each
    metric is collected in seconds, by name. `handbook_url` is where the entries of the metrics can be read.
    """

    metrics: tuple[Metric, ...] = ()
    source_labels: tuple[str, ...] = ("tenant",)
    intervals: Mapping[str, float] = field(default_factory=dict)
    handbook_url: str = "http://localhost:9840/handbook"

    @cached_property
    def labels(self) -> Mapping[str, frozenset[str]]:
        """The labels of every series by name, those of its source included."""
        return {
            series.name: frozenset(series.labels)
            | (frozenset(self.source_labels) if metric.origin == "collected" else frozenset())
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
        return replace(panel, targets=targets, interval=panel.interval or self._interval(panel))

    def _fit(self, query: Promql, variables: tuple[str, ...]) -> Promql:
        sources = " ".join("{{" + label + "}}" for label in self.source_labels) if query.per_source else ""
        collected = query.of is None or query.of.origin == "collected"
        legend = f"{query.legend} {sources}".strip() if collected and query.shape == "time_series" else query.legend
        return replace(query, expr=self.narrow(query.expr, variables), legend=legend)

    def narrow(self, expr: str, variables: Iterable[str]) -> str:
        """The expression with `label=~"$label"` in each selector whose series carries the label."""

        def matchers(match: re.Match[str]) -> str:
            name, brace = match[0].rstrip("{ \n"), match[1]
            carried = self.labels.get(name)
            if carried is None:
                return match[0]
            inside = expr[match.end() :].partition("}")[0] if brace else ""
            pinned = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"(?:\\.|[^"\\])*"', '""', inside)))
            added = ", ".join(f'{label}=~"${label}"' for label in variables if label in carried and label not in pinned)
            if not added:
                return match[0]
            return f"{name}{{{added}{', ' if inside.strip() else ''}" if brace else f"{name}{{{added}}}"

        return _TOKEN.sub(matchers, expr)

    def _interval(self, panel: Panel) -> str:
        """The longest of the intervals at which the panel's metrics change, where it is more than a minute."""
        seconds = max((self.intervals.get(metric.name, 0) for metric in panel.metrics), default=0)
        return f"{seconds / 60:.0f}m" if seconds > 60 else ""
