"""Rules for the condition of an alert: when it fires, after how long, and whether it ever can."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from promql_parser import BinaryExpr, Call, Expr, NumberLiteral

from alert_rules import Alert
from collectors.durations import parse_duration
from metrics import Metric, Unit
from provisioning.lint.promql import children, shown, unwrap
from provisioning.lint.query import Query
from provisioning.lint.rule_reading import ReadRule
from provisioning.lint.rules.aggregations import origin
from provisioning.lint.shape import COMPARISONS
from provisioning.lint.units import Dimension, unit_of

_ABSENCE = frozenset({"absent", "absent_over_time"})
_WITHOUT_DATA = _ABSENCE | {"vector"}
_NEVER_EMPTY = frozenset({"scalar", "vector"})
_SHARE = Dimension(Unit.RATIO)


def shortest_hold(interval: timedelta) -> timedelta:
    """How long a condition must hold at least, where a sample comes each interval: one alone raises no alert."""
    return 2 * interval


def impossible(query: Query) -> Iterator[str]:
    """A sentence for each comparison that no ratio meets."""
    for binary in query.each(BinaryExpr):
        limit = unwrap(binary.rhs)
        if not isinstance(limit, NumberLiteral):
            continue
        metric = _plain_ratio(binary.lhs, query)
        if metric and _is_out_of_reach(str(binary.op), limit.val):
            yield f"{shown(binary)} can hardly be true: {metric} is a ratio, from 0 to 1."


def _haste(alert: Alert, read: ReadRule) -> Iterator[str]:
    least = shortest_hold(max(read.around.scrape_interval, _duration(read.group.interval)))
    if _duration(alert.for_) < least:
        yield f"It fires after {alert.for_}; two samples take {least.total_seconds():g}s."


def _always(_: Alert, read: ReadRule) -> Iterator[str]:
    if read.query and not read.query.selectors:
        yield f"{shown(read.query.root)} reads no series: the alert fires always or never."
    elif read.query and not _leaves_out(read.query.root):
        yield f"{shown(read.query.root)} yields every series, and the alert fires for each, whatever its value."


def _impossible(_: Alert, read: ReadRule) -> Iterator[str]:
    if read.query is not None:
        yield from impossible(read.query)


def _absence(alert: Alert, read: ReadRule) -> Iterator[str]:
    if read.query is None:
        return
    asks = [call for call, enclosing in read.query.around(Call) if _fires_by_absence(call, enclosing)]
    if asks and not alert.absence.strip():
        yield f"{shown(asks[0])} fires without data, and 'absence' does not say why there must be some."
    may = any(call.func.name in _WITHOUT_DATA for call in read.query.each(Call))
    if alert.absence and not may and not any(str(node.op) == "unless" for node in read.query.each(BinaryExpr)):
        yield "'absence' is given, and the expression asks for no absence."


def _leaves_out(expr: Expr) -> bool:
    """Whether the result can be empty while there is data."""
    match unwrap(expr):
        case BinaryExpr() as binary:
            operator = str(binary.op)
            if operator in COMPARISONS and not (binary.modifier and binary.modifier.return_bool):
                return True
            both = [_leaves_out(binary.lhs), _leaves_out(binary.rhs)]
            return operator == "unless" or (all(both) if operator == "or" else any(both))
        case Call() as call if call.func.name in _ABSENCE:
            return True
        case Call() as call if call.func.name in _NEVER_EMPTY:
            return False
        case inner:
            return any(map(_leaves_out, children(inner)))


def _fires_by_absence(call: Call, enclosing: tuple[Expr, ...]) -> bool:
    """Whether the alert fires by the absence: it does not stand behind `unless`, which takes series out."""
    path = (*enclosing, call)
    behind = (
        isinstance(around, BinaryExpr) and str(around.op) == "unless" and unwrap(around.rhs) is path[place + 1]
        for place, around in enumerate(enclosing)
    )
    return call.func.name in _ABSENCE and not any(behind)


def _plain_ratio(expr: Expr, query: Query) -> Metric | None:
    """The metric from 0 to 1 whose values `expr` passes on, None for all else."""
    found = origin(expr)
    metric = query.metric(found) if found else None
    if metric is None or metric.unit is not Unit.RATIO or unit_of(expr, query.catalogue) != _SHARE:
        return None
    levels = (metric.target, metric.warning, metric.critical)
    return None if any(level is not None and not 0 <= level <= 1 for level in levels) else metric


def _is_out_of_reach(operator: str, limit: float) -> bool:
    """Whether no value from 0 to 1 passes the comparison with `limit`."""
    match operator:
        case ">":
            return limit >= 1
        case ">=":
            return limit > 1
        case "<":
            return limit <= 0
        case "<=":
            return limit < 0
        case _:
            return operator == "==" and not 0 <= limit <= 1


def _duration(text: str) -> timedelta:
    """What the text says, zero for 0s, none and what cannot be read."""
    try:
        return timedelta(seconds=parse_duration(text))
    except ValueError:
        return timedelta(0)


RULES: tuple[tuple[str, Callable[[Alert, ReadRule], Iterator[str]]], ...] = (
    ("K602", _haste),
    ("K603", _always),
    ("K614", _impossible),
    ("K621", _absence),
)
