"""Which functions fit counters and gauges, and over which windows."""

from collections.abc import Iterator
from datetime import timedelta

from promql_parser import AggregateExpr, BinaryExpr, Call, MatrixSelector, SubqueryExpr, VectorSelector

from provisioning.lint.promql import Selector, grafana_window, selector, shown, unwrap
from provisioning.lint.query import Query, rule, window

GROWTH = frozenset({"rate", "irate", "increase"})
_FOR_COUNTERS = GROWTH | {"resets"}
_FOR_GAUGES = frozenset({"delta", "idelta", "deriv", "predict_linear"})
_EXISTENCE = frozenset({"absent", "absent_over_time", "present_over_time", "count_over_time", "timestamp"})
_CHANGES = frozenset({"changes"})
_COUNTING = frozenset({"count", "group"})
_RATES = frozenset({"rate", "irate"})
SHORTEST = timedelta(minutes=2)
_EXPERIMENTAL_AGGREGATIONS = frozenset({"limitk", "limit_ratio"})
# `histogram_quantile` has a rule of its own.
_JUDGED_ELSEWHERE = frozenset({"histogram_quantile", "histogram_fraction"})


@rule("K207")
def gauge_as_counter(query: Query) -> Iterator[str]:
    """Functions for counters are given counters."""
    for call in query.calls(_FOR_COUNTERS):
        found = _measured(call)
        if found is None:
            yield f"{call.func.name} needs a counter, and {shown(call)} gives it an expression, which may fall."
        elif (metric := query.metric(found)) and metric.kind == "gauge":
            yield f"{call.func.name} needs a counter, and {metric} is a gauge."


@rule("K208")
def counter_as_gauge(query: Query) -> Iterator[str]:
    """Functions for gauges are given gauges."""
    for call in query.calls(_FOR_GAUGES):
        found = _measured(call)
        if found and (metric := query.metric(found)) and metric.kind != "gauge":
            yield f"{call.func.name} needs a gauge, and {found.name} is a counter; use rate or increase."


@rule("K209")
def bare_counter(query: Query) -> Iterator[str]:
    """Counters are shown by their growth."""
    for found in query.selectors:
        metric = query.metric(found)
        if metric and metric.kind != "gauge" and not (_grows(found) or _only_existence_matters(found)):
            yield f"{found.name} is a counter and stands bare; wrap the selector in rate or increase."


@rule("K210")
def short_window(query: Query) -> Iterator[str]:
    """The window of a growth holds at least two samples, and two collections of what grows."""
    for call in query.calls(GROWTH):
        over = window(call)
        name = grafana_window(over.range) if over else ""
        if name == "$__interval" and call.func.name in _RATES:
            yield f"{shown(call)} looks over $__interval; use $__rate_interval."
        elif over and over.range and not name:
            found = _measured(call)
            metric = query.metric(found) if found else None
            least = max(SHORTEST, 2 * query.catalogue.interval(metric))
            if over.range < least:
                minutes = least.total_seconds() / 60
                yield f"{shown(call)} looks over less than {minutes:g} minutes; use $__rate_interval."


@rule("K219")
def experimental_function(query: Query) -> Iterator[str]:
    """Functions work without feature flags."""
    names = [call.func.name for call in query.each(Call) if call.func.experimental]
    names += [str(node.op) for node in query.each(AggregateExpr) if str(node.op) in _EXPERIMENTAL_AGGREGATIONS]
    for name in names:
        yield f"{name} is experimental: Prometheus refuses it unless a feature flag is set."


def _measured(call: Call) -> Selector | None:
    """The selector that `call` looks at over time, None where it looks at another expression."""
    over = window(call)
    inside = over.vector_selector if isinstance(over, MatrixSelector) else over and unwrap(over.expr)
    return selector(inside) if isinstance(inside, VectorSelector) else None


def _grows(found: Selector) -> bool:
    """Whether a function for changes takes the selector itself; one for gauges is judged by its own rule."""
    if len(found.enclosing) < 2 or not isinstance(found.enclosing[-1], MatrixSelector | SubqueryExpr):
        return False
    call = found.enclosing[-2]
    return isinstance(call, Call) and call.func.name in _FOR_COUNTERS | _FOR_GAUGES | _CHANGES


def _only_existence_matters(found: Selector) -> bool:
    path = (*found.enclosing, found.node)
    for place, around in enumerate(found.enclosing):
        match around:
            case Call() if around.func.name in _EXISTENCE | _JUDGED_ELSEWHERE:
                return True
            case AggregateExpr() if str(around.op) in _COUNTING:
                return True
            case BinaryExpr() if str(around.op) in ("and", "unless") and unwrap(around.rhs) is path[place + 1]:
                return True
    return False
