"""Rules for the expressions of alerts and recordings alike: what Prometheus makes of them, and over which time."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from promql_parser import MatrixSelector, SubqueryExpr

from provisioning.lint.macros import variables_in
from provisioning.lint.promql import Selector, shown
from provisioning.lint.query import window
from provisioning.lint.rule_reading import ReadRule
from provisioning.lint.rules.functions import GROWTH, SHORTEST

NEWER = frozenset({"first_over_time", "histogram_avg", "histogram_stddev", "histogram_stdvar"})
"""Functions that need no feature flag, and came after Prometheus 2.42."""
_SCRAPES = 4
_RETENTION = timedelta(days=400)  # as docker-compose.yml and the demo say


def _variables(read: ReadRule) -> Iterator[str]:
    for name in dict.fromkeys(name for name, _, _ in variables_in(read.expr)):
        yield f"Prometheus knows no variable ${name}."


def _template_in_label(read: ReadRule) -> Iterator[str]:
    for label, value in read.rule.labels.items():
        if "{{" in value:
            yield f"The label {label!r} holds the template {value!r}."


def _few_scrapes(read: ReadRule) -> Iterator[str]:
    least = _SCRAPES * read.around.scrape_interval
    for call in read.query.calls(GROWTH) if read.query else ():
        over = window(call)
        if over and over.range and SHORTEST <= over.range < least:
            yield f"{shown(call)} looks over less than {least.total_seconds():g}s, which is four scrapes."


def _beyond_retention(read: ReadRule) -> Iterator[str]:
    for found in read.query.selectors if read.query else ():
        if (reach := _reach(found)) > _RETENTION:
            yield f"{found.name} is read {reach.days} days back, and Prometheus keeps {_RETENTION.days}."


def _newer_function(read: ReadRule) -> Iterator[str]:
    for call in read.query.calls(NEWER) if read.query else ():
        yield f"{call.func.name} is not in Prometheus 2.42."


def _reach(found: Selector) -> timedelta:
    """How far back the selector reads."""
    over = [around for around in found.enclosing if isinstance(around, MatrixSelector | SubqueryExpr)]
    offsets = [found.node.offset, *(around.offset for around in over if isinstance(around, SubqueryExpr))]
    return sum((span for span in (*offsets, *(around.range for around in over)) if span), timedelta(0))


RULES: tuple[tuple[str, Callable[[ReadRule], Iterator[str]]], ...] = (
    ("K601", _variables),
    ("K604", _template_in_label),
    ("K610", _few_scrapes),
    ("K615", _beyond_retention),
    ("K619", _newer_function),
)
