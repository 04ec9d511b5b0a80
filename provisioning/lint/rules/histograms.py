"""What quantiles are taken of."""

from collections.abc import Iterator

from promql_parser import AggregateExpr, Call, NumberLiteral, UnaryExpr

from provisioning.lint.promql import Selector, children, selectors, shown, unwrap
from provisioning.lint.query import Query, rule
from provisioning.lint.rules.functions import GROWTH

_QUANTILE = frozenset({"histogram_quantile"})
_OVER_BUCKETS = _QUANTILE | {"histogram_fraction"}
_LEVELLED = _QUANTILE | {"quantile_over_time"}


@rule("K211")
def lost_bounds(query: Query) -> Iterator[str]:
    """The argument of a quantile over buckets keeps `le`."""
    for call in query.calls(_OVER_BUCKETS):
        shape = query.shapes(call.args[-1])
        inside = selectors(call.args[-1])
        if shape and shape.known and "le" not in shape.labels and any(_is_bucket(query, found) for found in inside):
            yield f"{call.func.name} needs the label le, and {shown(call.args[-1])} drops it; add le to its by."


@rule("K212")
def quantile_of_something_else(query: Query) -> Iterator[str]:
    """The argument of a quantile over buckets is the growth of buckets."""
    for call in query.calls(_OVER_BUCKETS):
        for found in selectors(call.args[-1]):
            if query.metric(found) is None:
                continue
            if not _is_bucket(query, found):
                yield f"{call.func.name} needs the buckets of a histogram, and {found.name} is none."
            elif not any(isinstance(around, Call) and around.func.name in GROWTH for around in found.enclosing):
                yield f"{call.func.name} needs rate or increase of {found.name}, and takes it as it stands."


@rule("K213")
def impossible_level(query: Query) -> Iterator[str]:
    """A quantile lies between 0 and 1."""
    given = [(call.func.name, children(call)[0]) for call in query.calls(_LEVELLED)]
    quantiles = (node for node in query.each(AggregateExpr) if str(node.op) == "quantile")
    given += [("quantile", unwrap(node.param)) for node in quantiles if node.param is not None]
    for name, level in given:
        number = level.expr if (negative := isinstance(level, UnaryExpr)) else level
        if isinstance(number, NumberLiteral) and not 0 <= (-number.val if negative else number.val) <= 1:
            yield f"{name} takes a level from 0 to 1, got {shown(level)}."


def _is_bucket(query: Query, found: Selector) -> bool:
    series = query.catalogue.find(found.name)
    return series is not None and "le" in series[1].labels and series[0].kind == "histogram"
