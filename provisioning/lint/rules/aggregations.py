"""What may be added up, averaged or chosen."""

from collections.abc import Iterator

from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, MatrixSelector, SubqueryExpr, UnaryExpr, VectorSelector

from metrics import Unit
from provisioning.lint.promql import NAME, Selector, children, selector, selectors, shown, unwrap
from provisioning.lint.query import Query, rule
from provisioning.lint.shape import CHOOSING, aggregated
from provisioning.lint.units import dimension_of

_COMBINING = frozenset({"sum", "avg", "max", "min", "quantile", "stddev", "stdvar"})
_SCRAPE_LABELS = frozenset({"job", "instance"})
_KEPT_APART = frozenset({"window", "currency"})  # judged by a rule of their own
_NOT_ADDABLE = (Unit.RATIO, Unit.SCORE)
_KEEP_VALUES = frozenset(
    {
        "abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "label_join", "label_replace", "round", "sort",
        "sort_desc", "avg_over_time", "first_over_time", "last_over_time", "max_over_time", "min_over_time",
        "quantile_over_time",
    }
)  # fmt: skip


@rule("K214")
def mixed_values(query: Query) -> Iterator[str]:
    """Windows are never combined, nor are amounts of different currencies."""
    for node, enclosing in query.around(AggregateExpr):
        if str(node.op) not in _COMBINING:
            continue
        merged = _merged(query, node)
        if "le" in merged and not any(isinstance(around, Call) for around in enclosing):  # quantiles have their rule
            yield f"{shown(node)} mixes buckets, which hold one another; keep le in by, or choose one by le=."
        if "window" in merged:
            yield f"{shown(node)} mixes windows; keep window in by, or choose one by window=."
        if "currency" in merged and _may_be_amount(query, node.expr):
            yield f"{shown(node)} mixes currencies; keep currency in by, or choose one by currency=."


@rule("K215")
def averaged_averages(query: Query) -> Iterator[str]:
    """Values that cannot be added up are not; ratios and scores are not averaged either."""
    for node in query.each(AggregateExpr):
        operation = str(node.op)
        found = origin(node.expr) if operation in ("sum", "avg") else None
        metric = query.metric(found) if found else None
        if metric is None:
            continue
        merged = _merged(query, node) - _SCRAPE_LABELS - _KEPT_APART
        declared = merged & frozenset(metric.labels)
        is_mean = metric.unit in _NOT_ADDABLE or metric.adds_over == ()
        if operation == "sum":
            merged = (merged if is_mean else declared) - metric.addable
        else:  # over tenants, say, a mean is a rough number, but a number
            merged = declared if is_mean else frozenset()
        if merged:
            does = "adds up" if operation == "sum" else "averages"
            yield f"{shown(node)} {does} {metric} over {', '.join(sorted(merged))}, which gives no number of anything."


@rule("K217")
def wandering_top(query: Query) -> Iterator[str]:
    """The choice of the top series does not change from step to step."""
    if query.kind not in ("range", "heatmap"):
        return
    for node, enclosing in query.around(AggregateExpr):
        operation = str(node.op)
        if operation not in ("topk", "bottomk") or any(_merges(around) for around in enclosing):
            continue
        if not all(_at_fixed_moment(found) for found in selectors(node)):
            yield f"{operation} chooses anew at each step of a range query; make the query instant."


def origin(expr: Expr) -> Selector | None:
    """The selector whose values `expr` passes on, series by series."""
    expr = unwrap(expr)
    match expr:
        case VectorSelector():
            return selector(expr)
        case UnaryExpr() | MatrixSelector() | SubqueryExpr():
            return origin(children(expr)[0])
        case AggregateExpr() if str(expr.op) in CHOOSING:
            return origin(expr.expr)
        case Call() if expr.func.name not in _KEEP_VALUES:
            return None
        case BinaryExpr() if expr.modifier and expr.modifier.return_bool:
            return None
        case Call() | BinaryExpr():
            found = [one for child in children(expr) if (one := origin(child))]
            return found[0] if len(found) == 1 else None
        case _:
            return None


def _merged(query: Query, node: AggregateExpr) -> frozenset[str]:
    """The labels over which the aggregation combines series: dropped by it, and free to differ."""
    inner = query.shapes.vector(node.expr)
    return inner.labels - aggregated(node, inner).labels - inner.pins.keys() - {NAME}


def _may_be_amount(query: Query, expr: Expr) -> bool:
    dimension = dimension_of(expr, query.catalogue)
    return dimension is None or dimension.unit is Unit.CURRENCY


def _merges(expr: Expr) -> bool:
    if isinstance(expr, Call):
        return expr.func.name == "scalar"
    return isinstance(expr, AggregateExpr) and str(expr.op) not in CHOOSING


def _at_fixed_moment(found: Selector) -> bool:
    subqueries = [around for around in found.enclosing if isinstance(around, SubqueryExpr)]
    return found.node.at is not None or any(around.at is not None for around in subqueries)
