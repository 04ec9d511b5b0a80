"""The vocabulary of boards. Each function takes declarations, or queries in your own words, and derives the rest.

    stat(REVENUE, window="30d", before="30d")
    trend(HTTP_REQUEST_DURATION, by="service")
    table(sql(HERE / "slowest_routes.sql"), title="Slowest routes", description="…")

All of them accept the keywords of `Style`, which override what the declaration says, and

- `by`: the labels to tell apart, as one name or several; a gauge shows all it has unless told otherwise,
- `window` and `where`: the values of labels to look at,
- `span`: over which time a counter or histogram grows, such as `1h`; by default what fits the panel,
- `before`: also shows the period that lies this far back, such as `7d`.

PanelError says what does not fit together.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from dashboards import queries
from dashboards.derive import (
    Choice,
    Labels,
    Style,
    What,
    ask,
    by_labels,
    change,
    grows,
    instant,
    longest_first,
    make,
    metrics_of,
    pairs,
)
from dashboards.panel import Panel, PanelError, Promql, Sql
from dashboards.queries import RANGE, RATE, Where
from metrics import Counter, Histogram, Metric, Unit

_NOWHERE: Where = {}
_DAY = "1d"


def stat(
    *what: What,
    by: Labels | None = None,
    window: str = "",
    where: Where = _NOWHERE,
    span: str = RANGE,
    before: str = "",
    **style: Unpack[Style],
) -> Panel:
    """The newest value, large, with its course behind it; a counter shows its increase in the chosen time."""
    choice = Choice(by, window, where, span)
    found = [instant(query) if grows(query) else query for query in ask(what, choice)]
    if before:
        found += [change(*pair) for pair in pairs(what, choice, before)]
    return make("stat", what, found, choice, style)


def trend(
    *what: What,
    by: Labels | None = None,
    window: str = "",
    where: Where = _NOWHERE,
    span: str = "",
    quantiles: Sequence[float] = (0.5, 0.95),
    before: str = "",
    **style: Unpack[Style],
) -> Panel:
    """Lines over time; a counter as its rate per second, or its increase over `span`; a histogram as quantiles.

    Amounts grow by the day, unless `span` says otherwise: nobody reads euros per second.
    """
    amounts = any(isinstance(one, Counter) and one.unit is Unit.CURRENCY for one in what)
    choice = Choice(by, window, where, span or (_DAY if amounts else RATE), quantiles)
    found = [replace(one, shape="time_series") if isinstance(one, Sql) else one for one in ask(what, choice)]
    if before:
        found += [past for _, past in pairs(what, choice, before)]
    panel = make("trend", what, found, choice, style)
    return panel if "title" in style else replace(panel, title=by_labels(panel.title, choice))


def area(
    *what: What,
    by: Labels | None = None,
    window: str = "",
    where: Where = _NOWHERE,
    span: str = "",
    **style: Unpack[Style],
) -> Panel:
    """Areas on top of each other: only where their sum means something. Several currencies stand side by side."""
    choice = Choice(by, window, where, span)
    panel = trend(*what, by=by, window=window, where=where, span=span, **style)
    apart = panel.currencies and any("currency" in (choice.labels or metric.labels) for metric in panel.metrics)
    _refuse_sum("areas", what, choice, ("currency",) if apart else ())
    return replace(panel, drawn="area", stacked=not apart)


def bars(
    *what: What,
    by: Labels | None = None,
    window: str = "",
    where: Where = _NOWHERE,
    span: str = "",
    **style: Unpack[Style],
) -> Panel:
    """A bar per series, longest first; with `span`, such as `1d`, a counter's increase in each such span of time."""
    if span:
        _refuse_sum("bars over time", what, Choice(by, window, where, span))
        style.setdefault("interval", span)
        return replace(trend(*what, by=by, window=window, where=where, span=span, **style), drawn="bars", stacked=True)
    choice = Choice(by, window, where, RANGE)
    panel = make("bars", what, [longest_first(query) for query in ask(what, choice)], choice, style)
    return panel if "title" in style else replace(panel, title=by_labels(panel.title, choice))


def share(
    what: What, *, by: Labels | None = None, window: str = "", where: Where = _NOWHERE, **style: Unpack[Style]
) -> Panel:
    """How a whole divides: a ring with at most a handful of slices."""
    choice = Choice(by, window, where, RANGE)
    _refuse_sum("slices", (what,), choice)
    return make("share", (what,), [instant(query) for query in ask((what,), choice)], choice, style)


def dial(
    what: What, *, by: Labels | None = None, window: str = "", where: Where = _NOWHERE, **style: Unpack[Style]
) -> Panel:
    """A value on a scale with its levels; the scale ends at twice the worst level."""
    choice = Choice(by, window, where, RANGE)
    panel = make("dial", (what,), [instant(query) for query in ask((what,), choice)], choice, style)
    levels = [step.value for step in panel.steps if step.value is not None]
    if not levels and panel.maximum is None:
        raise PanelError(f"{panel.title}: a dial needs levels, or a maximum, to end its scale")
    maximum = panel.maximum if panel.maximum is not None else 2 * max(levels)
    return replace(panel, minimum=panel.minimum or 0.0, maximum=maximum)


def table(
    *what: What, by: Labels | None = None, window: str = "", where: Where = _NOWHERE, **style: Unpack[Style]
) -> Panel:
    """A row per series, a column per metric, the greatest first; or the rows of a statement as they come."""
    choice = Choice(by, window, where, RANGE)
    return make("table", what, [instant(query, "table") for query in ask(what, choice)], choice, style)


def distribution(what: Histogram, *, where: Where = _NOWHERE, span: str = RANGE, **style: Unpack[Style]) -> Panel:
    """How many observations lie between the bounds of a histogram, a bar for each bucket."""
    style.setdefault("title", what.title)
    style.setdefault("unit", Unit.COUNT)
    found = list(queries.buckets(what, where=where, span=span))
    return make("distribution", (what,), found, Choice(None, "", where, span), style)


def heat(
    what: Histogram | Sql,
    *,
    where: Where = _NOWHERE,
    matrix: tuple[str, str, str] | None = None,
    **style: Unpack[Style],
) -> Panel:
    """Where observations gather: a histogram over time; or a statement's rows as a grid, with `matrix` naming the
    columns that become rows, columns and cells.
    """
    if isinstance(what, Sql) != (matrix is not None):
        raise PanelError("heat takes a histogram, or a statement together with 'matrix'")
    choice = Choice(None, "", where, RATE)
    if isinstance(what, Sql):
        return replace(make("table", (what,), [what], choice, style), matrix=matrix)
    style.setdefault("title", what.title)
    style.setdefault("steps", ())
    return make("heat", (what,), [queries.heat(what, where=where)], choice, style)


def funnel(
    what: Metric, *, by: str, stages: Sequence[str], window: str = "", where: Where = _NOWHERE, **style: Unpack[Style]
) -> Panel:
    """Stages in their order, a bar for each."""
    choice = Choice(None, window, where, RANGE)
    if free := [label for label in what.labels if label != by and not choice.pins(label)]:
        raise PanelError(f"{what}: a funnel shows one value for each {by}; pin {', '.join(free)} in 'where'")
    found = [
        replace(query, legend=f"{number} {stage}", instant=True)
        for number, stage in enumerate(stages, 1)
        for query in ask((what,), Choice(None, window, {**where, by: stage}, RANGE))
        if isinstance(query, Promql)
    ]
    return make("funnel", (what,), found, choice, style)


def state(what: Metric | Promql, *, where: Where = _NOWHERE, **style: Unpack[Style]) -> Panel:
    """Which state each series was in, as bands over time. `values` gives text and colour: `{"0": ("down", "red")}`."""
    if not style.get("values"):
        raise PanelError("state needs 'values': the text and the colour of each state")
    choice = Choice(None, "", where, RATE)
    return make("state", (what,), list(ask((what,), choice)), choice, style)


def text(content: str, **style: Unpack[Style]) -> Panel:
    """Markdown. It needs a title."""
    style.setdefault("description", "Explanation.")
    return replace(make("text", (), [], Choice(None, "", _NOWHERE, ""), style), content=content)


def _refuse_sum(name: str, what: Sequence[What], choice: Choice, apart: Sequence[str] = ()) -> None:
    """What is stacked is added up in the reader's mind; series that `apart` tells apart are not stacked."""
    for metric in metrics_of(what):
        if isinstance(metric, Histogram) and metric in what:
            raise PanelError(f"{metric}: {name} add values up, and quantiles cannot be added")
        if metric.kind == "gauge" and not metric.addable and metric.unit not in (Unit.COUNT, Unit.CURRENCY, Unit.BYTES):
            raise PanelError(f"{metric}: {name} add values up, and those in {metric.unit.value} cannot be added")
        shown = [label for label in choice.labels or metric.labels if metric in what and not choice.pins(label)]
        kept = [label for label in ("window", "currency") if label in metric.labels and not choice.pins(label)]
        for label in dict.fromkeys((*kept, *shown)):
            if label not in metric.addable and label not in apart:
                raise PanelError(f"{metric}: {name} add values up; choose one {label} in 'where'")
