"""A rule as the linter reads it: its expression as it will be evaluated, and where it stands."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from alert_rules import Alert, Group
from alert_rules.group import Rule
from dashboards.scope import Scope
from provisioning.lint.catalogue import Catalogue
from provisioning.lint.promql import PromqlError, parse
from provisioning.lint.query import Query
from provisioning.lint.shape import Shape
from provisioning.rules.per_source import per_source


@dataclass(frozen=True)
class RuleSurroundings:
    """What a rule may refer to: metrics, labels beside the declared ones, uids of boards; and how often Prometheus
    scrapes.
    """

    scope: Scope
    catalogue: Catalogue
    extra_labels: frozenset[str]
    boards: Collection[str]
    scrape_interval: timedelta


@dataclass(frozen=True, eq=False)
class ReadRule:
    """A rule of a group, as Prometheus will evaluate it: sources kept apart."""

    rule: Rule
    group: Group
    around: RuleSurroundings

    @property
    def name(self) -> str:
        """That of the alert, or of the recorded metric."""
        return self.rule.name if isinstance(self.rule, Alert) else self.rule.of.name

    @property
    def place(self) -> str:
        """`Rules / commerce › ConversionRateDrop`."""
        return f"{group_place(self.group)} › {self.name}"

    @cached_property
    def expr(self) -> str:
        """The expression, with the labels of sources in its groupings; as it is written where it does not parse."""
        try:
            parse(self.rule.expr)
        except PromqlError:
            return self.rule.expr
        return per_source(self.rule.expr, self.around.scope)

    @cached_property
    def query(self) -> Query | None:
        """The expression as rules see it, None where it does not parse."""
        try:
            root = parse(self.expr)
        except PromqlError:
            return None
        return Query(root, self.around.catalogue, kind="instant", extra_labels=self.around.extra_labels)

    @cached_property
    def shape(self) -> Shape:
        """The labels of the result; unknown where the expression does not parse."""
        return self.query.shapes.vector(self.query.root) if self.query else Shape(known=False)


def read_rules(groups: Sequence[Group], around: RuleSurroundings) -> Iterator[ReadRule]:
    """All rules, in the order of their evaluation."""
    return (ReadRule(rule, group, around) for group in groups for rule in group.rules)


def group_place(group: Group) -> str:
    """How findings name a group."""
    return f"Rules / {group.name}"
