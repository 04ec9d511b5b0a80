"""An expression as the rules see it, and the list of rules."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar, cast

from promql_parser import Call, Expr, MatrixSelector, SubqueryExpr, VectorSelector

from metrics import Metric
from provisioning.lint.catalogue import EXTRA_LABELS, Catalogue
from provisioning.lint.promql import Selector, children, selector, walk
from provisioning.lint.shape import Shapes

Kind = Literal["range", "instant", "heatmap", "table"]
Node = TypeVar("Node", bound=Expr)
_LEGEND_LABEL = re.compile(r"\{\{\s*(.+?)\s*\}\}")


@dataclass(frozen=True, eq=False)
class Query:
    """An expression, read once. `kind` says how the panel asks, `legend` how it names the series."""

    root: Expr
    catalogue: Catalogue
    legend: str = ""
    kind: Kind = "range"
    extra_labels: frozenset[str] = EXTRA_LABELS

    @cached_property
    def shapes(self) -> Shapes:
        """The labels of each part."""
        return Shapes(self.catalogue, self.extra_labels)

    @cached_property
    def selectors(self) -> tuple[Selector, ...]:
        """All selectors."""
        return tuple(selector(node, enclosing) for node, enclosing in self.around(VectorSelector))

    @cached_property
    def _parts(self) -> dict[type[Expr], list[tuple[Expr, tuple[Expr, ...]]]]:
        parts = defaultdict(list)
        for node, enclosing in walk(self.root):
            parts[type(node)].append((node, enclosing))
        return parts

    def around(self, kind: type[Node]) -> Sequence[tuple[Node, tuple[Expr, ...]]]:
        """All parts of this kind with what is around each, outermost first."""
        return cast("Sequence[tuple[Node, tuple[Expr, ...]]]", self._parts.get(kind, ()))

    def each(self, kind: type[Node]) -> Iterator[Node]:
        """All parts of this kind."""
        return (node for node, _ in self.around(kind))

    def calls(self, names: frozenset[str]) -> Iterator[Call]:
        """All calls of these functions."""
        return (call for call in self.each(Call) if call.func.name in names)

    def metric(self, selector: Selector) -> Metric | None:
        """The metric that the selector reads, None when nothing declares it."""
        found = self.catalogue.find(selector.name)
        return found and found[0]

    def legend_labels(self) -> list[str]:
        """The labels that the legend shows."""
        return _LEGEND_LABEL.findall(self.legend)


def window(call: Call) -> MatrixSelector | SubqueryExpr | None:
    """The argument of `call` that looks over a range of time."""
    return next((child for child in children(call) if isinstance(child, MatrixSelector | SubqueryExpr)), None)


Rule = Callable[[Query], Iterator[str]]
RULES: list[tuple[str, Rule]] = []


def rule(code: str) -> Callable[[Rule], Rule]:
    """Adds a rule: a function that yields a sentence for each breach of `code`."""

    def add(found: Rule) -> Rule:
        RULES.append((code, found))
        return found

    return add
