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

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Unpack

from dashboards.derive import (
    Labels,
    Style,
    What,
    ask,
    change,
    grows,
    instant,
    longest_first,
    make,
    metrics_of,
    pairs,
    telling,
)
from dashboards.panel import Panel, PanelError, Promql, Sql
from dashboards.queries import RANGE, RATE, Where, before_legend, buckets
from dashboards.queries import heat as heat_query
from metrics import Histogram, Metric, Unit

_NOWHERE: Where = {}


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
    found = [instant(query) if grows(query) else query for query in ask(what, by, window, where, span)]
    if before:
        found += [change(*pair) for pair in pairs(what, by, window, where, span, before)]
    return make("stat", what, found, window, style)


def trend(
    *what: What,
    by: Labels | None = None,
    window: str = "",
    where: Where = _NOWHERE,
    span: str = RATE,
    quantiles: Sequence[float] = (0.5, 0.95),
    before: str = "",
    **style: Unpack[Style],
) -> Panel:
    """Lines over time; a counter as its rate per second, or its increase over `span`; a histogram as quantiles."""
    found = list(ask(what, by, window, where, span, quantiles))
    if before:
        found += [before_legend(past) for _, past in pairs(what, by, window, where, span, before)]
    panel = make("trend", what, found, window, style, per_second=span == RATE)
    return replace(panel, title=telling(panel.title, what, by, span)) if "title" not in style else panel


def area(
    *what: What,
    by: Labels | None = None,
    window: str = "",
    where: Where = _NOWHERE,
    span: str = RATE,
    **style: Unpack[Style],
) -> Panel:
    """Areas on top of each other: only where their sum means something. Several currencies stand side by side."""
    for metric in metrics_of(what):
        if metric.unit not in (Unit.COUNT, Unit.CURRENCY, Unit.BYTES):
            raise PanelError(f"{metric}: areas stack values, and those in {metric.unit.value} cannot be added")
    panel = trend(*what, by=by, window=window, where=where, span=span, **style)
    one_currency = "currency" in where or not panel.currencies
    return replace(panel, drawn="area", stacked=one_currency)


def bars(
    *what: What,
    by: Labels | None = None,
    window: str = "",
    where: Where = _NOWHERE,
    span: str = "",
    **style: Unpack[Style],
) -> Panel:
    """A bar per series, longest first; with `span`, such as `1d`, a counter's increase in each such span of time."""
    if not span:
        found = [longest_first(query) for query in ask(what, by, window, where, RANGE)]
        panel = make("bars", what, found, window, style)
        return panel if "title" in style else replace(panel, title=telling(panel.title, what, by, RATE))
    style.setdefault("interval", span)
    return replace(trend(*what, by=by, window=window, where=where, span=span, **style), drawn="bars", stacked=True)


def share(
    what: What, *, by: Labels | None = None, window: str = "", where: Where = _NOWHERE, **style: Unpack[Style]
) -> Panel:
    """How a whole divides: a ring with at most a handful of slices."""
    found = [instant(query) for query in ask((what,), by, window, where, RANGE)]
    return make("share", (what,), found, window, style)


def dial(
    what: What, *, by: Labels | None = None, window: str = "", where: Where = _NOWHERE, **style: Unpack[Style]
) -> Panel:
    """A value on a scale with its levels; the scale ends near twice the worst level."""
    found = [instant(query) for query in ask((what,), by, window, where, RANGE)]
    panel = make("dial", (what,), found, window, style)
    levels = [step.value for step in panel.steps if step.value is not None]
    if not levels and panel.maximum is None:
        raise PanelError(f"{panel.title}: a dial needs levels, or a maximum, to end its scale")
    maximum = panel.maximum if panel.maximum is not None else 2 * max(levels)
    return replace(panel, minimum=panel.minimum or 0.0, maximum=maximum)


def table(
    *what: What, by: Labels | None = None, window: str = "", where: Where = _NOWHERE, **style: Unpack[Style]
) -> Panel:
    """A row per series, a column per metric, the greatest first; or the rows of a statement as they come."""
    found = [instant(query, "table") for query in ask(what, by, window, where, RANGE)]
    return make("table", what, found, window, style)


def distribution(what: Histogram, *, where: Where = _NOWHERE, span: str = RANGE, **style: Unpack[Style]) -> Panel:
    """How many observations lie between the bounds of a histogram, a bar for each bucket."""
    panel = make("distribution", (what,), list(buckets(what, where=where, span=span)), "", style)
    return replace(panel, unit="short", measure=Unit.COUNT, decimals=0, steps=())


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
    if isinstance(what, Sql):
        return replace(make("table", (what,), [what], "", style), matrix=matrix)
    return replace(make("heat", (what,), [heat_query(what, where=where)], "", style), steps=())


def funnel(
    what: Metric, *, by: str, stages: Sequence[str], window: str = "", where: Where = _NOWHERE, **style: Unpack[Style]
) -> Panel:
    """Stages in their order, a bar for each."""
    found = [
        replace(query, legend=f"{number} {stage}", instant=True)
        for number, stage in enumerate(stages, 1)
        for query in ask((what,), None, window, {**where, by: stage}, RANGE)
        if isinstance(query, Promql)
    ]
    return make("funnel", (what,), found, window, style)


def state(
    what: Metric,
    *,
    by: Labels | None = None,
    where: Where = _NOWHERE,
    values: Mapping[str, tuple[str, str]],
    **style: Unpack[Style],
) -> Panel:
    """Which state each series was in, as bands over time. `values` gives text and colour: `{"0": ("down", "red")}`."""
    panel = make("state", (what,), list(ask((what,), by, "", where, RATE)), "", style)
    return replace(panel, values=values)


def text(content: str, **style: Unpack[Style]) -> Panel:
    """Markdown. It needs a title."""
    style.setdefault("description", "Explanation.")
    return replace(make("text", (), [], "", style), content=content)
