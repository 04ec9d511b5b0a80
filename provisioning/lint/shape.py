"""Which labels the result of an expression carries, and which of them are pinned to one value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    BinModifier,
    Call,
    Expr,
    LabelModifierType,
    MatchOp,
    StringLiteral,
    UnaryExpr,
    ValueType,
    VectorMatchCardinality,
    VectorSelector,
)

from provisioning.lint.catalogue import EXTRA_LABELS, Catalogue
from provisioning.lint.promql import NAME, children, selector, unwrap

CHOOSING = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
_KEEP_NAME = frozenset(
    {"last_over_time", "first_over_time", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc"}
)
_OVER_BUCKETS = frozenset({"histogram_quantile", "histogram_fraction"})
_ABSENCE = frozenset({"absent", "absent_over_time"})
RELABELLING = frozenset({"label_replace", "label_join"})


@dataclass(frozen=True)
class Shape:
    """The labels of a vector. `known` is False where any other label may be there too.

    `pins` holds the labels that a matcher with `=` sets to one value.
    """

    labels: frozenset[str] = frozenset()
    pins: Mapping[str, str] = field(default_factory=dict)
    known: bool = True

    def only(self, labels: Iterable[str]) -> "Shape":
        """A vector with exactly these labels, pinned where they were."""
        kept = frozenset(labels)
        return Shape(kept, {label: value for label, value in self.pins.items() if label in kept})

    def less(self, labels: Iterable[str]) -> "Shape":
        """This vector without these labels."""
        kept = self.only(self.labels.difference(labels))
        return Shape(kept.labels, kept.pins, self.known)

    def plus(self, labels: Iterable[str]) -> "Shape":
        """This vector with further labels, of which any value may be set."""
        added = frozenset(labels)
        kept = {label: value for label, value in self.pins.items() if label not in added}
        return Shape(self.labels | added, kept, self.known)


class Shapes:
    """The shapes of expressions over a catalogue, each computed once. Give it expressions of one tree only."""

    def __init__(self, catalogue: Catalogue, extra_labels: frozenset[str] = EXTRA_LABELS) -> None:
        self._catalogue = catalogue
        self._extra_labels = extra_labels
        self._known: dict[int, Shape | None] = {}

    def __call__(self, expr: Expr) -> Shape | None:
        """The shape of `expr`; None for what carries no labels: numbers and texts."""
        key = id(expr)
        if key not in self._known:
            self._known[key] = self._shape(expr)
        return self._known[key]

    def vector(self, expr: Expr) -> Shape:
        """The shape of `expr`, an empty one for a number."""
        return self(expr) or Shape()

    def _shape(self, expr: Expr) -> Shape | None:
        match expr:
            case VectorSelector():
                return self._selector(expr)
            case AggregateExpr():
                return aggregated(expr, self.vector(expr.expr))
            case BinaryExpr():
                return self._binary(expr)
            case Call():
                return self._call(expr)
            case UnaryExpr():
                inner = self(expr.expr)
                return inner and inner.less({NAME})
            case _:
                inside = children(expr)
                return self(inside[0]) if inside else None

    def _selector(self, node: VectorSelector) -> Shape:
        found = selector(node)
        labels = self._catalogue.labels(found.name, self._extra_labels)
        pins = {one.name: one.value for one in found.matchers if one.op == MatchOp.Equal and one.value}
        return Shape((labels or frozenset()) | {NAME}, pins, labels is not None)

    def _call(self, call: Call) -> Shape | None:
        name = call.func.name
        if call.func.return_type == ValueType.Scalar:
            return None
        inner = next((shape for child in children(call) if (shape := self(child)) is not None), Shape())
        if name in _ABSENCE:
            return inner.only(inner.pins)
        if name in RELABELLING:
            target = call.args[1]
            return inner.plus([target.val] if isinstance(target, StringLiteral) else [])
        if name in _KEEP_NAME:
            return inner
        return inner.less({NAME, "le"} if name in _OVER_BUCKETS else {NAME})

    def _binary(self, binary: BinaryExpr) -> Shape | None:
        left, right, operator, modifier = self(binary.lhs), self(binary.rhs), str(binary.op), binary.modifier
        filters = operator in COMPARISONS and not (modifier and modifier.return_bool)
        drops = frozenset() if filters else frozenset({NAME})
        if left is None or right is None:
            one = left or right
            return one and one.less(drops)
        if operator == "or":
            common = {label: value for label, value in left.pins.items() if right.pins.get(label) == value}
            return Shape(left.labels | right.labels, common, left.known and right.known)
        if operator in ("and", "unless"):
            return left
        if modifier and modifier.card != VectorMatchCardinality.OneToOne:
            many = left if modifier.card == VectorMatchCardinality.ManyToOne else right
            return many.less(drops).plus(modifier.group_labels or ())
        both = Shape(left.labels, {**right.pins, **left.pins}, left.known)
        return signature(both, modifier).less(drops) if modifier and modifier.matching else both.less(drops)


def aggregated(node: AggregateExpr, inner: Shape) -> Shape:
    """The shape that the aggregation makes of the shape `inner`."""
    if str(node.op) in CHOOSING:
        return inner
    if node.modifier is None:
        kept = Shape()
    elif node.modifier.type == AggModifierType.By:
        kept = inner.only(node.modifier.labels)
    else:
        kept = inner.less([*node.modifier.labels, NAME])
    value_label = unwrap(node.param) if node.param is not None else None
    return kept.plus([value_label.val]) if isinstance(value_label, StringLiteral) else kept


def signature(shape: Shape, modifier: BinModifier | None) -> Shape:
    """The labels by which a binary operation matches a side of this shape."""
    if modifier is None or modifier.matching is None:
        return shape
    if modifier.matching.type == LabelModifierType.Include:
        return shape.only(modifier.matching.labels)
    return shape.less(modifier.matching.labels)
