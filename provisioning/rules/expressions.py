"""Reads the expressions of rules: what they select, and which values an alert watches."""

from collections.abc import Mapping
from functools import lru_cache
from textwrap import dedent
from typing import NamedTuple

import promql_parser
from promql_parser import BinaryExpr, Expr, MatchOp, NumberLiteral, ParenExpr, UnaryExpr, VectorSelector

_NAME = "__name__"
_COMPARISONS = frozenset(("==", "!=", ">", "<", ">=", "<="))
_CONDITIONS = frozenset(("and", "unless"))


class Selected(NamedTuple):
    """A selector: the name of its series, and the labels that it pins to one value."""

    name: str
    pinned: Mapping[str, str]


def watched(expr: str) -> str:
    """The expression without its outermost comparison, and without the conditions that `and` and `unless` add.

    `x / y > 0.05 and z > 20` watches `x / y`. An expression that compares nothing, or does not parse, stays as it is.
    """
    try:
        root = promql_parser.parse(expr)
    except ValueError:
        return expr
    sides = _sides(root)
    return expr if sides == [root] else "\nor\n".join(dict.fromkeys(map(_pretty, sides)))


def pretty(expr: str) -> str:
    """The expression on lines of its own where it is long; as it is when it does not parse."""
    try:
        return _pretty(promql_parser.parse(expr))
    except ValueError:
        return expr


def canonical(expr: str) -> str:
    """The expression in one spelling: Prometheus tells rules in one of its own."""
    try:
        return " ".join(promql_parser.parse(expr).prettify().split())
    except ValueError:
        return " ".join(expr.split())


@lru_cache(maxsize=4096)
def selected(expr: str) -> tuple[Selected, ...]:
    """The selectors of the expression, in order; none when it does not parse."""
    found: list[Selected] = []

    def note(node: Expr) -> None:
        if isinstance(node, VectorSelector):
            pinned = {one.name: one.value for one in node.matchers.matchers if one.op == MatchOp.Equal}
            found.append(Selected(node.name or pinned.get(_NAME, ""), pinned))

    try:
        promql_parser.walk(promql_parser.parse(expr), note)
    except ValueError:
        return ()
    return tuple(found)


def _pretty(expr: Expr) -> str:
    return dedent(expr.prettify()).strip("\n")


def _sides(expr: Expr) -> list[Expr]:
    """The expressions whose values are compared; several where `or` joins several comparisons."""
    inner = expr
    while isinstance(inner, ParenExpr):
        inner = inner.expr
    if not isinstance(inner, BinaryExpr):
        return [expr]
    operator = str(inner.op)
    if operator in _CONDITIONS:
        return _sides(inner.lhs)
    if operator == "or":
        return [*_sides(inner.lhs), *_sides(inner.rhs)]
    if operator in _COMPARISONS:
        return [inner.rhs if _is_number(inner.lhs) else inner.lhs]
    return [expr]


def _is_number(expr: Expr) -> bool:
    while isinstance(expr, ParenExpr | UnaryExpr):
        expr = expr.expr
    return isinstance(expr, NumberLiteral)
