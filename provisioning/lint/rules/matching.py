"""Labels beyond selectors: in groupings, between the two sides of an operation, in the legend."""

from collections.abc import Iterator

from promql_parser import (
    AggModifier,
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    BinModifier,
    Call,
    LabelModifierType,
    StringLiteral,
    VectorMatchCardinality,
)

from provisioning.lint.catalogue import did_you_mean
from provisioning.lint.promql import NAME, shown
from provisioning.lint.query import Query, rule
from provisioning.lint.shape import RELABELLING, Shape, signature


@rule("K204")
def unknown_grouping_label(query: Query) -> Iterator[str]:
    """Labels in groupings and matchings are there at that place."""
    for node in query.each(AggregateExpr):
        if node.modifier:
            yield from _missing(
                f"{node.op} {_clause(node.modifier)}", node.modifier.labels, query.shapes.vector(node.expr)
            )
    for call in query.each(Call):
        if call.func.name in RELABELLING:
            yield from _missing(call.func.name, _sources(call), query.shapes.vector(call.args[0]))
    for binary in query.each(BinaryExpr):
        if binary.modifier:
            left, right = query.shapes(binary.lhs), query.shapes(binary.rhs)
            if left and right:
                yield from _missing_in_matching(binary.modifier, left, right)


@rule("K205")
def unknown_legend_label(query: Query) -> Iterator[str]:
    """The legend shows labels of the result."""
    yield from _missing("The legend", query.legend_labels(), query.shapes.vector(query.root))


@rule("K216")
def never_matching(query: Query) -> Iterator[str]:
    """The two sides of an operation can have equal labels."""
    for binary in query.each(BinaryExpr):
        left, right, modifier = query.shapes(binary.lhs), query.shapes(binary.rhs), binary.modifier
        if left is None or right is None or not (left.known and right.known) or str(binary.op) == "or":
            continue
        left, right = (signature(side.less([NAME]), modifier) for side in (left, right))
        if left.labels != right.labels:
            yield f"{shown(binary)} matches nothing: the left has {_listed(left)}, the right {_listed(right)}."
        for label in sorted(left.pins.keys() & right.pins.keys()):
            one, other = left.pins[label], right.pins[label]
            if one != other and "$" not in one + other:
                yield f"{shown(binary)} matches nothing: {label} is {one!r} on the left and {other!r} on the right."


def _missing(where: str, labels: list[str], shape: Shape) -> Iterator[str]:
    for label in labels if shape.known else ():
        if label not in shape.labels:
            near = did_you_mean(label, shape.labels)
            yield f"{where} names the label {label!r}, and there is {_listed(shape, 'only ')}{near}"


def _sources(call: Call) -> list[str]:
    """The labels that `label_replace(v, to, text, from, pattern)` or `label_join(v, to, separator, from, …)` read."""
    given = call.args[3:4] if call.func.name == "label_replace" else call.args[3:]
    return [text.val for text in given if isinstance(text, StringLiteral) and text.val]


def _missing_in_matching(modifier: BinModifier, left: Shape, right: Shape) -> Iterator[str]:
    both = Shape(left.labels | right.labels, known=left.known and right.known)
    if modifier.matching and modifier.matching.type == LabelModifierType.Include:
        yield from _missing("The left side of on", modifier.matching.labels, left)
        yield from _missing("The right side of on", modifier.matching.labels, right)
    elif modifier.matching:
        yield from _missing("The clause ignoring", modifier.matching.labels, both)
    one = right if modifier.card == VectorMatchCardinality.ManyToOne else left
    yield from _missing("The clause group_left or group_right", modifier.group_labels or [], one)


def _clause(modifier: AggModifier) -> str:
    return "by" if modifier.type == AggModifierType.By else "without"


def _listed(shape: Shape, only: str = "") -> str:
    labels = ", ".join(sorted(shape.labels - {NAME}))
    return only + labels if labels else "no label"
