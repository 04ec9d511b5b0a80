"""The conditions of alerts that users define, in PromQL. Only values that were checked get into the text."""

from metrics import Metric
from metrics.number import number
from metrics.selector import Series
from provisioning.paging.settings import duration
from warehouse.alerts import Definition

SHORTEST_WINDOW = 120
"""Seconds in which a rate has two samples even when a scrape is missed."""

_POINTS = 5
_TOLERANCE = 1e-9
_PER_HOUR = 3600
_RATE_WITHIN_TREND = 300


def looks_back(definition: Definition, metric: Metric) -> bool:
    """Whether the window of the definition is used: the newest value of a gauge needs none."""
    return definition.alert_type != "threshold" or metric.kind == "counter"


def condition(definition: Definition, metric: Metric) -> str:
    """The expression, which yields the values for which the alert fires. Missing data yields nothing."""
    match definition.alert_type:
        case "threshold":
            return _compared(_now(definition, metric), definition)
        case "change":
            return _compared(_change(definition, metric), definition)
        case "trend":
            over = _over_window(definition, metric)
            compared = _compared(f"deriv({over}) * {_PER_HOUR}", definition)
            return f"{compared} and count_over_time({over}) >= {_POINTS}"


def _change(definition: Definition, metric: Metric) -> str:
    now, before = _now(definition, metric), _before(definition, metric)
    change = f"100 * ({now} - {before}) / abs({before} != 0)"
    return f"abs({change})" if definition.comparison == "change_%" else change


def _now(definition: Definition, metric: Metric) -> str:
    selector = _selector(definition, metric)
    return f"rate({selector}[{duration(definition.window_seconds)}])" if metric.kind == "counter" else selector


def _before(definition: Definition, metric: Metric) -> str:
    selector, window = _selector(definition, metric), duration(definition.window_seconds)
    return f"rate({selector}[{window}] offset {window})" if metric.kind == "counter" else f"{selector} offset {window}"


def _over_window(definition: Definition, metric: Metric) -> str:
    selector, window = _selector(definition, metric), duration(definition.window_seconds)
    if metric.kind != "counter":
        return f"{selector}[{window}]"
    within = duration(max(_RATE_WITHIN_TREND, definition.window_seconds / 2))
    return f"rate({selector}[{within}])[{window}:1m]"


def _selector(definition: Definition, metric: Metric) -> str:
    labels = (*metric.labels, *definition.matchers)  # those of sources and scrapes are no part of the declaration
    return Series(metric.name, labels)(**definition.matchers)


def _compared(expr: str, definition: Definition) -> str:
    level = definition.threshold_value
    margin = abs(level) * _TOLERANCE
    low, high = number(level - margin), number(level + margin)
    match definition.comparison:
        case "=":
            return f"{expr} >= {low} <= {high}"
        case "!=":
            return f"({expr} < {low} or {expr} > {high})"
        case "change_%":
            return f"{expr} > {number(level)}"
        case comparison:
            return f"{expr} {comparison} {number(level)}"
