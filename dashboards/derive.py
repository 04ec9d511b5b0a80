"""From what an author names to what a panel needs: queries, unit, colours, title and description."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import UnionType
from typing import TypedDict

from dashboards import look
from dashboards.panel import Column, Kind, Panel, PanelError, Promql, Shape, Sql, Step
from dashboards.queries import RANGE, RATE, Where, queries
from metrics import Counter, Histogram, Matcher, Metric, Unit

What = Metric | Promql | Sql
Labels = str | Sequence[str]
_FROM_ZERO: tuple[Kind, ...] = ("bars", "distribution", "funnel")  # or the shortest bar would look like nothing
_TYPES: Mapping[str, type | UnionType] = {
    **dict.fromkeys(("title", "description", "interval", "time", "to", "may_be_empty"), str),
    **dict.fromkeys(("minimum", "maximum"), int | float),
    **dict.fromkeys(("values", "ignore"), Mapping),
    **dict.fromkeys(("width", "height"), int | None),
}
MOST_TARGETS = 26  # Grafana calls them A to Z


class Style(TypedDict, total=False):
    """What a panel can say in place of the declaration; the fields of `Panel` of the same name."""

    title: str
    description: str
    unit: Unit | str
    decimals: int | None
    minimum: float
    maximum: float
    steps: Sequence[Step]
    columns: Sequence[Column]
    values: Mapping[str, tuple[str, str]]
    width: int
    height: int
    interval: str
    time: str
    to: str
    ignore: Mapping[str, str]
    may_be_empty: str


@dataclass(frozen=True)
class Choice:
    """Which series of the metrics to look at, and over which span what grows is counted."""

    by: Labels | None
    window: str
    where: Where
    span: str
    quantiles: Sequence[float] = (0.95,)

    @property
    def labels(self) -> Sequence[str] | None:
        return (self.by,) if isinstance(self.by, str) else self.by

    @property
    def matchers(self) -> dict[str, str | Matcher]:
        return {**({"window": self.window} if self.window else {}), **self.where}

    def pins(self, label: str) -> bool:
        """Whether one value of the label is chosen."""
        return isinstance(self.matchers.get(label), str)


def make(kind: Kind, what: Sequence[What], targets: Sequence[Promql | Sql], choice: Choice, style: Style) -> Panel:
    """The panel; what `style` leaves open follows from the first metric. Raises PanelError where nothing tells it."""
    if unknown := sorted(style.keys() - Style.__annotations__.keys()):
        known = ", ".join(sorted(Style.__annotations__))
        raise PanelError(
            f"a {kind} panel takes no {', '.join(unknown)}; beside the words of its kind it takes: {known}"
        )
    for name, kinds in _TYPES.items():
        if name in style and not isinstance(style[name], kinds):  # type: ignore[literal-required]
            raise PanelError(f"a {kind} panel: {name} cannot be {style[name]!r}")  # type: ignore[literal-required]
    metrics = tuple(dict.fromkeys(metrics_of(what)))
    first = metrics[0] if metrics else None
    given = style.get("unit")
    is_rate = choice.span == RATE and isinstance(first, Counter) and first in what
    measure = given if isinstance(given, Unit) else first.unit if first and given is None else None
    unit = look.unit_id(given or (first.unit if first else ""), per_second=is_rate and given is None)
    # Prometheus extrapolates an increase; what is counted is whole.
    is_number = kind != "trend" and measure is Unit.COUNT and isinstance(first, Counter) and first in what
    pinned = choice.matchers.get("currency")
    if measure is Unit.CURRENCY and isinstance(pinned, str):
        unit = look.CURRENCY_IDS.get(pinned, unit)
    title = style.get("title") or (_title(first, what, choice) if first else "")
    description = style.get("description") or "\n\n".join(look.describe(metric) for metric in metrics)
    if (height := style.get("height")) is not None and height < 1:
        raise PanelError(f"{title}: the height is at least 1, got {height}")
    if not title or not description:
        raise PanelError(f"a {kind} panel that shows no metric needs a title and a description, got {title!r}")
    _refuse(title, targets)
    has_levels = first is not None and not is_rate and given in (None, first.unit)
    return Panel(
        kind=kind,
        title=title,
        description=description,
        targets=tuple(_with_unit(target, first, given) for target in targets),
        unit=unit,
        measure=measure,
        metrics=metrics,
        decimals=style["decimals"] if "decimals" in style else 0 if is_number else look.decimals(measure),
        minimum=style.get("minimum", 0.0 if kind in _FROM_ZERO else None),
        maximum=style.get("maximum"),
        steps=tuple(style["steps"] if "steps" in style else look.steps(first) if first and has_levels else ()),
        columns=tuple(style.get("columns", ())),
        currencies=measure is Unit.CURRENCY and not isinstance(pinned, str),
        values=style.get("values", {}),
        interval=style.get("interval", ""),
        time=style.get("time", ""),
        width=style.get("width"),
        height=style.get("height"),
        to=style.get("to", ""),
        ignore=style.get("ignore", {}),
        may_be_empty=style.get("may_be_empty", ""),
    )


def ask(what: Sequence[What], choice: Choice, before: str = "") -> Iterator[Promql | Sql]:
    """The queries of the metrics, and those in an author's words as they are.

    Raises PanelError for a label that no metric has.
    """
    shown = [one for one in what if isinstance(one, Metric)]
    for label in choice.matchers if shown else ():
        if not any(label in metric.labels for metric in shown):
            names = ", ".join(map(str, shown))
            raise PanelError(f"'where' names the label {label!r}, which {names} does not have")
    for one in what:
        if not isinstance(one, Metric):
            yield one
            continue
        where = {label: matcher for label, matcher in choice.matchers.items() if label in one.labels}
        for query in queries(
            one, by=choice.labels, where=where, span=choice.span, quantiles=choice.quantiles, before=before
        ):
            is_named = len(shown) == 1 or query.legend == one.title
            yield query if is_named else replace(query, legend=f"{one.title} {query.legend}")


def pairs(what: Sequence[What], choice: Choice, before: str) -> Iterator[tuple[Promql, Promql]]:
    """Each query of a metric with the same one of the period before."""
    metrics = [one for one in what if isinstance(one, Metric)]
    for now, past in zip(ask(metrics, choice), ask(metrics, choice, before), strict=True):
        if isinstance(now, Promql) and isinstance(past, Promql):
            if RANGE in now.expr:
                raise PanelError(
                    f"{now.of}: to compare it with {look.spell(before)} before, give the span that it covers"
                )
            alone = len(metrics) == 1 and past.of is not None and past.legend == past.of.title
            legend = f"{look.spell(before)} before{'' if alone else f' {past.legend}'}"
            yield now, replace(past, legend=legend)


def change(now: Promql, past: Promql) -> Promql:
    """By which share the value grew since the period before; nothing where that had none."""
    expr = f"{now.expr} / ({past.expr} > 0) - 1"
    return replace(past, expr=expr, legend=f"vs. {past.legend}", unit=Unit.RATIO, instant=True)


def instant(query: Promql | Sql, shape: Shape = "time_series") -> Promql | Sql:
    """The query for the end of the chosen time only."""
    return replace(query, instant=True, shape=shape) if isinstance(query, Promql) else query


def longest_first(query: Promql | Sql) -> Promql | Sql:
    """The query for the end of the chosen time, the greatest value first."""
    if isinstance(query, Sql) or query.expr.startswith("sort"):
        return instant(query)
    return replace(query, expr=f"sort_desc({query.expr})", instant=True)


def grows(query: Promql | Sql) -> bool:
    """Whether the query covers the chosen time, so that one value says it all."""
    return isinstance(query, Promql) and RANGE in query.expr


def metrics_of(what: Iterable[What]) -> Iterator[Metric]:
    """The metrics that are shown."""
    for one in what:
        metric = one if isinstance(one, Metric) else one.of if isinstance(one, Promql) else None
        if metric is not None:
            yield metric


def by_labels(title: str, choice: Choice) -> str:
    """The title with the labels that an author tells apart."""
    labels = " and ".join(label.replace("_", " ") for label in choice.labels or ())
    return f"{title} by {labels}" if labels else title


def _title(metric: Metric, what: Sequence[What], choice: Choice) -> str:
    title = metric.title
    if isinstance(metric, Histogram) and metric in what and len(choice.quantiles) == 1:
        title += f" p{choice.quantiles[0] * 100:g}"
    if isinstance(metric, Counter) and metric in what and choice.span not in (RATE, RANGE):
        title += f" per {look.spell_each(choice.span)}"
    return f"{title} ({look.spell(choice.window)})" if choice.window else title


def _with_unit(target: Promql | Sql, first: Metric | None, given: Unit | str | None) -> Promql | Sql:
    """The query with its own unit where it shows another metric than the first, in another unit."""
    if isinstance(target, Sql) or given or target.unit or target.of is None or first is None:
        return target
    return target if target.of.unit is first.unit else replace(target, unit=target.of.unit)


def _refuse(title: str, targets: Sequence[Promql | Sql]) -> None:
    if len(targets) > MOST_TARGETS:
        raise PanelError(f"{title}: a panel asks at most {MOST_TARGETS} queries, got {len(targets)}; make two panels")
    if len({type(target) for target in targets}) > 1:
        raise PanelError(f"{title}: a panel asks Prometheus or PostgreSQL, not both; make two panels")
