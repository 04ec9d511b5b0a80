"""Reading PromQL: Grafana's variables filled in, the syntax tree walked, windows recognised."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import promql_parser
from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    Matcher,
    MatchOp,
    MatrixSelector,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)

NAME = "__name__"
_VARIABLE = (
    r"\$(?P<plain>[A-Za-z_]\w*)"
    r"|\$\{(?P<braced>[A-Za-z_]\w*)(?:[.:][^}]*)?\}"
    r"|\[\[(?P<old>[A-Za-z_]\w*)(?::[^\]]*)?\]\]"
)
_VARIABLES = re.compile(_VARIABLE)
_STRINGS_AND_VARIABLES = re.compile(rf"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|{_VARIABLE}""")
_DURATION_FOLLOWS = re.compile(r"(?:\[|:|\boffset\s*-?)\s*\Z")
# The odd milliseconds tell these windows from those that somebody wrote by hand.
_WINDOWS = {"__rate_interval": "5m1ms", "__interval": "1m1ms", "__range": "1h1ms"}
_ANY_DURATION = "1h2ms"
_BUILT_IN = {
    **_WINDOWS,
    "__interval_ms": "60000",
    "__range_s": "3600",
    "__range_ms": "3600000",
    "__from": "1700000000000",
    "__to": "1700003600000",
}
_NAMES_OF_WINDOWS = {promql_parser.parse_duration(text): f"${name}" for name, text in _WINDOWS.items()}


class PromqlError(ValueError):
    """An expression that Prometheus would refuse."""


@dataclass(frozen=True)
class Selector:
    """A selector and the expressions around it, outermost first, without parentheses.

    `name` is None where the selector names no metric, or several by a pattern.
    """

    node: VectorSelector
    enclosing: tuple[Expr, ...]
    name: str | None
    matchers: tuple[Matcher, ...]
    """All matchers but those of the name."""


def substitute(expr: str, variables: Mapping[str, str] | None = None) -> str:
    """`expr` with Grafana's variables filled in: `$name`, `${name}`, `${name:format}`, `[[name]]`.

    Those that `variables` does not give take a plausible value, 1 or a duration, so that the text parses; one that
    stands for the name of a label or a metric must be given.
    """
    return _VARIABLES.sub(lambda found: _value(found, variables or {}), expr)


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    name = _name(found)
    if (value := variables.get(name, _BUILT_IN.get(name))) is not None:
        return value
    return _ANY_DURATION if _DURATION_FOLLOWS.search(found.string, 0, found.start()) else "1"


def _name(found: re.Match[str]) -> str:
    return str(found["plain"] or found["braced"] or found["old"])


@lru_cache(maxsize=4096)
def parse(expr: str) -> Expr:
    """The syntax tree of `expr`, the same one however often it is asked for.

    In texts, variables stay recognisable as `$name`; elsewhere they are filled in. Raises PromqlError, a full
    sentence.
    """
    try:
        root = promql_parser.parse(_STRINGS_AND_VARIABLES.sub(_marked, expr))
    except ValueError as error:
        raise PromqlError(f"could not parse {expr!r}: {error}") from error
    if isinstance(unwrap(root), MatrixSelector | SubqueryExpr | StringLiteral):
        raise PromqlError(f"could not draw {expr!r}: the result must be a number or an instant vector.")
    return root


def _marked(found: re.Match[str]) -> str:
    if text := found["string"]:
        return _VARIABLES.sub(lambda variable: f"${_name(variable)}", text)
    return _value(found, {})


def unwrap(expr: Expr) -> Expr:
    """`expr` without the parentheses around it."""
    while isinstance(expr, ParenExpr):
        expr = expr.expr
    return expr


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside of `expr`, without parentheses around them."""
    match expr:
        case AggregateExpr():
            inside = (expr.expr,) if expr.param is None else (expr.param, expr.expr)
        case BinaryExpr():
            inside = (expr.lhs, expr.rhs)
        case Call():
            inside = tuple(expr.args)
        case UnaryExpr() | SubqueryExpr() | ParenExpr():
            inside = (expr.expr,)
        case MatrixSelector():
            inside = (expr.vector_selector,)
        case _:
            return ()
    return tuple(unwrap(child) for child in inside)


def walk(expr: Expr, enclosing: tuple[Expr, ...] = ()) -> Iterator[tuple[Expr, tuple[Expr, ...]]]:
    """Each expression in `expr` with those around it, outermost first; parentheses are left out."""
    expr = unwrap(expr)
    yield expr, enclosing
    for child in children(expr):
        yield from walk(child, (*enclosing, expr))


def selectors(expr: Expr) -> Iterator[Selector]:
    """Each selector in `expr`."""
    for node, enclosing in walk(expr):
        if isinstance(node, VectorSelector):
            yield selector(node, enclosing)


def selector(node: VectorSelector, enclosing: tuple[Expr, ...] = ()) -> Selector:
    """`node` with its name, whichever way it is written."""
    every = node.matchers.matchers
    named = next((one.value for one in every if one.name == NAME and one.op == MatchOp.Equal), None)
    return Selector(node, enclosing, node.name or named, tuple(one for one in every if one.name != NAME))


def grafana_window(span: timedelta | None) -> str:
    """`$__rate_interval`, `$__interval` or `$__range` where `span` stands for it, otherwise an empty text."""
    return _NAMES_OF_WINDOWS.get(span, "") if span else ""


def shown(expr: Expr) -> str:
    """`expr` as text for people, with Grafana's windows by their names."""
    text = expr.prettify()
    for name, written in _WINDOWS.items():
        text = text.replace(written, f"${name}")
    return " ".join(text.split())
