"""From what an author names to what a panel needs: queries, unit, colours, title and description."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from dashboards import look
from dashboards.panel import Column, Kind, Panel, PanelError, Promql, Shape, Sql, Step
from dashboards.queries import RANGE, RATE, Where, before_legend, queries
from metrics import Matcher, Metric, Unit

What = Metric | Promql | Sql
Labels = str | Sequence[str]


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
    width: int
    height: int
    interval: str
    to: str
    ignore: Mapping[str, str]
    may_be_empty: str


def make(
    kind: Kind,
    what: Sequence[What],
    targets: Sequence[Promql | Sql],
    window: str,
    style: Style,
    *,
    per_second: bool = False,
) -> Panel:
    """The panel; what `style` leaves open follows from the first metric. Raises PanelError where nothing tells it."""
    metrics = tuple(dict.fromkeys(metrics_of(what)))
    first = metrics[0] if metrics else None
    measure = first.unit if first and "unit" not in style else None
    fast = per_second and first is not None and first.kind == "counter"
    title = style.get("title") or _title(first, window)
    description = style.get("description") or "\n\n".join(look.describe(metric) for metric in metrics)
    if not title or not description:
        raise PanelError(f"a {kind} panel that shows no metric needs a title and a description, got {title!r}")
    steps = style.get("steps")
    return Panel(
        kind=kind,
        title=title,
        description=description,
        targets=tuple(targets),
        unit=look.unit_id(style.get("unit") or (measure or ""), per_second=fast),
        measure=measure,
        metrics=metrics,
        decimals=style["decimals"] if "decimals" in style else (look.decimals(measure) if measure else None),
        minimum=style.get("minimum"),
        maximum=style.get("maximum"),
        steps=tuple(steps) if steps is not None else (look.steps(first) if first and not fast else ()),
        columns=tuple(style.get("columns", ())),
        currencies=measure is Unit.CURRENCY,
        interval=style.get("interval", ""),
        width=style.get("width"),
        height=style.get("height"),
        to=style.get("to", ""),
        ignore=style.get("ignore", {}),
        may_be_empty=style.get("may_be_empty", ""),
    )


def ask(
    what: Iterable[What],
    by: Labels | None,
    window: str,
    where: Where,
    span: str,
    quantiles: Sequence[float] = (0.95,),
    before: str = "",
) -> Iterator[Promql | Sql]:
    """The queries of the metrics, and those in an author's words as they are."""
    several = sum(isinstance(one, Metric) for one in what) > 1
    for one in what:
        if not isinstance(one, Metric):
            yield one
            continue
        chosen: dict[str, str | Matcher] = {**({"window": window} if window else {}), **where}
        chosen = {label: matcher for label, matcher in chosen.items() if label in one.labels or not several}
        for query in queries(one, by=_names(by), where=chosen, span=span, quantiles=quantiles, before=before):
            own_legend = several and "{{" not in query.legend
            yield replace(query, legend=one.title) if own_legend else query


def pairs(
    what: Sequence[What], by: Labels | None, window: str, where: Where, span: str, before: str
) -> Iterator[tuple[Promql, Promql]]:
    """Each query with the same one of the period before. Queries in an author's words have none."""
    now = ask(what, by, window, where, span)
    past = ask([one for one in what if isinstance(one, Metric)], by, window, where, span, before=before)
    yield from zip(
        (query for query in now if isinstance(query, Promql) and query.of in what),
        (query for query in past if isinstance(query, Promql)),
        strict=True,
    )


def change(now: Promql, past: Promql) -> Promql:
    """By which share the value grew since the period before."""
    legend = before_legend(past).legend
    return replace(past, expr=f"{now.expr} / ({past.expr}) - 1", legend=f"vs. {legend}", unit=Unit.RATIO, instant=True)


def instant(query: Promql | Sql, shape: Shape = "time_series") -> Promql | Sql:
    """The query for the end of the chosen time only."""
    return replace(query, instant=True, shape=shape) if isinstance(query, Promql) else query


def longest_first(query: Promql | Sql) -> Promql | Sql:
    """The query for the end of the chosen time, the greatest value first."""
    return replace(query, expr=f"sort_desc({query.expr})", instant=True) if isinstance(query, Promql) else query


def grows(query: Promql | Sql) -> bool:
    """Whether the query covers the chosen time, so that one value says it all."""
    return isinstance(query, Promql) and RANGE in query.expr


def metrics_of(what: Iterable[What]) -> Iterator[Metric]:
    """The metrics that are shown."""
    for one in what:
        metric = one if isinstance(one, Metric) else one.of if isinstance(one, Promql) else None
        if metric is not None:
            yield metric


def _names(by: Labels | None) -> Sequence[str] | None:
    return (by,) if isinstance(by, str) else by


def _title(metric: Metric | None, window: str) -> str:
    if metric is None:
        return ""
    return f"{metric.title} ({look.spell(window)})" if window else metric.title


def telling(title: str, what: Sequence[What], by: Labels | None, span: str) -> str:
    """The title with the span that a counter's increase covers, and the labels that an author tells apart."""
    if span != RATE and any(metric.kind == "counter" for metric in metrics_of(what)):
        title += f" per {look.spell(span).removeprefix('1 ')}"
    labels = " and ".join(label.replace("_", " ") for label in _names(by) or ())
    return f"{title} by {labels}" if labels else title
