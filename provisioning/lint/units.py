"""The unit of an expression's result, inferred from the units of the metrics in it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import nan

from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, MatrixSelector, NumberLiteral, SubqueryExpr, UnaryExpr
from promql_parser import VectorSelector as Vector

from metrics import Histogram, Unit
from provisioning.lint.catalogue import Catalogue
from provisioning.lint.promql import children, selector, selectors, unwrap
from provisioning.lint.shape import COMPARISONS


@dataclass(frozen=True)
class Dimension:
    """A unit, or that unit per second. `scaled` says that a number has changed the scale: milliseconds, percent."""

    unit: Unit
    per_second: bool = False
    scaled: bool = False


_COUNT, _RATIO, _MOMENT = map(Dimension, (Unit.COUNT, Unit.RATIO, Unit.TIMESTAMP))
_COUNTING = frozenset({"count", "group", "count_values"})
_COUNTS = frozenset(
    {
        "absent", "absent_over_time", "changes", "count_over_time", "day_of_month", "day_of_week", "day_of_year",
        "days_in_month", "histogram_count", "hour", "minute", "month", "present_over_time", "resets", "sgn", "year",
    }
)  # fmt: skip
_MOMENTS = frozenset({"time", "timestamp"})
_PER_SECOND = frozenset({"rate", "irate", "deriv"})
_KEEPING = frozenset(
    {
        "abs", "avg_over_time", "ceil", "clamp", "clamp_max", "clamp_min", "delta", "double_exponential_smoothing",
        "first_over_time", "floor", "idelta", "increase", "label_join", "label_replace", "last_over_time",
        "mad_over_time", "max_over_time", "min_over_time", "predict_linear", "quantile_over_time", "round", "scalar",
        "sort", "sort_by_label", "sort_by_label_desc", "sort_desc", "stddev_over_time", "sum_over_time", "vector",
    }
)  # fmt: skip
# A number has no unit of its own and takes that of its partner. Its value is nan where it is not known.
_Known = Dimension | float | None


def unit_of(expr: Expr, catalogue: Catalogue) -> Dimension | None:
    """The unit of the result of `expr`, None where it cannot be told.

    Seconds per second are a ratio: the busy share.
    """
    found = dimension_of(expr, catalogue)
    if found and found.unit is Unit.SECONDS and found.per_second:
        return Dimension(Unit.RATIO, scaled=found.scaled)
    return found


def dimension_of(expr: Expr, catalogue: Catalogue) -> Dimension | None:
    """As `unit_of`, but with seconds per second as they are."""
    found = _of(expr, catalogue)
    return found if isinstance(found, Dimension) else None


def _of(expr: Expr, catalogue: Catalogue) -> _Known:
    match expr:
        case NumberLiteral():
            return expr.val
        case Vector():
            return _of_series(expr, catalogue)
        case AggregateExpr():
            operation = str(expr.op)
            if operation in _COUNTING:
                return _COUNT
            return None if operation == "stdvar" else _of(expr.expr, catalogue)
        case Call():
            return _of_call(expr, catalogue)
        case BinaryExpr():
            left, right = _of(expr.lhs, catalogue), _of(expr.rhs, catalogue)
            operator = str(expr.op)
            if expr.modifier and expr.modifier.return_bool:
                return _COUNT
            return _OPERATIONS[operator](left, right) if operator in _OPERATIONS else None
        case UnaryExpr() | MatrixSelector() | SubqueryExpr():
            return _of(children(expr)[0], catalogue)
        case _:
            inside = unwrap(expr)
            return None if inside is expr else _of(inside, catalogue)


def _of_series(node: Vector, catalogue: Catalogue) -> Dimension | None:
    found = catalogue.find(selector(node).name)
    if found is None:
        return None
    metric, series = found
    return _COUNT if isinstance(metric, Histogram) and series.name != metric.sum.name else Dimension(metric.unit)


def _of_call(call: Call, catalogue: Catalogue) -> _Known:
    name, arguments = call.func.name, children(call)
    if name in _COUNTS:
        return _COUNT
    if name in _MOMENTS:
        return _MOMENT
    if name == "histogram_fraction":
        return _RATIO
    if name == "histogram_quantile":
        units = {found[0].unit for one in selectors(call) if (found := catalogue.find(one.name))}
        return Dimension(units.pop()) if len(units) == 1 else None
    if name in _PER_SECOND:
        return _per_second(_of(arguments[0], catalogue))
    if name not in _KEEPING:
        return None
    place = 1 if name == "quantile_over_time" else 0
    return _of(arguments[place], catalogue)


def _per_second(found: _Known) -> Dimension | None:
    return replace(found, per_second=True) if isinstance(found, Dimension) and not found.per_second else None


def _added(left: _Known, right: _Known) -> _Known:
    match left, right:
        case (float(), float()):
            return nan
        case (Dimension() as one, float()) | (float(), Dimension() as one):
            return one
        case (Dimension(Unit.TIMESTAMP), Dimension(Unit.SECONDS)) | (
            Dimension(Unit.SECONDS),
            Dimension(Unit.TIMESTAMP),
        ):
            return _MOMENT
        case _:
            return left if left == right else None


def _subtracted(left: _Known, right: _Known) -> _Known:
    if isinstance(left, Dimension) and left.unit is Unit.TIMESTAMP and left == right:
        return replace(left, unit=Unit.SECONDS)
    return _added(left, right)


def _multiplied(left: _Known, right: _Known) -> _Known:
    match left, right:
        case (float(), float()):
            return nan
        case (Dimension() as one, float(number)) | (float(number), Dimension() as one):
            return one if number == 1 else replace(one, scaled=True)
        case (Dimension() as one, Dimension() as other):
            for unit in (Unit.RATIO, Unit.COUNT):
                for factor, rest in ((one, other), (other, one)):
                    if factor.unit is unit and not factor.per_second:
                        return _scaled_like(rest, factor)
    return None


def _divided(left: _Known, right: _Known) -> _Known:
    match left, right:
        case (float(), float()):
            return nan
        case (Dimension() as one, float(number)):
            return one if number == 1 else replace(one, scaled=True)
        case (Dimension() as part, Dimension() as whole):
            return _scaled_like(_quotient(part, whole), whole)
        case _:
            return None


def _quotient(part: Dimension, whole: Dimension) -> Dimension | None:
    if part.unit is whole.unit and part.per_second == whole.per_second:
        return replace(part, unit=Unit.RATIO, per_second=False)
    if whole.unit is Unit.SECONDS and not (part.per_second or whole.per_second):
        return replace(part, per_second=True)
    if whole.unit in (Unit.COUNT, Unit.RATIO) and (part.per_second or not whole.per_second):
        return replace(part, per_second=part.per_second and not whole.per_second)
    return None


def _scaled_like(found: Dimension | None, other: Dimension) -> Dimension | None:
    return replace(found, scaled=True) if found and other.scaled else found


def _filtered(left: _Known, right: _Known) -> _Known:
    return right if isinstance(left, float) else left


def _left(left: _Known, _right: _Known) -> _Known:
    return left


def _either(left: _Known, right: _Known) -> _Known:
    if isinstance(left, float) or isinstance(right, float):
        return _filtered(left, right)
    return left if left == right else None


_OPERATIONS: dict[str, Callable[[_Known, _Known], _Known]] = {
    "+": _added,
    "-": _subtracted,
    "*": _multiplied,
    "/": _divided,
    "%": _left,
    "and": _left,
    "unless": _left,
    "or": _either,
    **dict.fromkeys(COMPARISONS, _filtered),
}
