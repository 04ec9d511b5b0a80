"""What a selector names: metrics, labels, values."""

from collections.abc import Iterator

from promql_parser import Matcher, MatchOp

from metrics import Histogram
from metrics.number import number
from provisioning.lint.catalogue import did_you_mean
from provisioning.lint.promql import NAME, shown
from provisioning.lint.query import Query, rule

_SPECIAL = frozenset(r"\.+*?()|[]{}^$")


@rule("K102")
def unknown_metric(query: Query) -> Iterator[str]:
    """The name of a selector is declared; a pattern of names selects at least one."""
    for found in query.selectors:
        if found.name is None:
            patterns = [one for one in found.node.matchers.matchers if one.name == NAME]
            if not patterns:
                yield f"{shown(found.node)} names no metric."
            for one in patterns:
                if one.op == MatchOp.Re and not query.catalogue.exposes(one.value):
                    yield f"{shown(found.node)} selects no declared metric."
        elif query.metric(found) is None and query.catalogue.histogram(found.name) is None:
            yield f"No metric exposes {found.name}{query.catalogue.hint(found.name)}"


@rule("K103")
def bare_histogram(query: Query) -> Iterator[str]:
    """A histogram is read through one of its series."""
    for found in query.selectors:
        if found.name and (histogram := query.catalogue.histogram(found.name)):
            yield (
                f"{histogram} is a histogram and has no series of its own name; use {histogram.bucket}, "
                f"{histogram.sum} or {histogram.count}."
            )


@rule("K202")
def joined_matchers(query: Query) -> Iterator[str]:
    """Matchers are joined by commas only."""
    for found in query.selectors:
        if found.node.matchers.or_matchers:
            yield f"{shown(found.node)} joins matchers by 'or', which Prometheus does not know."


@rule("K203")
def unknown_matcher_label(query: Query) -> Iterator[str]:
    """Matchers use labels that the series carries."""
    for found in query.selectors:
        labels = query.catalogue.labels(found.name, query.extra_labels)
        for one in found.matchers if labels is not None else ():
            if labels is not None and one.name not in labels:
                yield (
                    f"{found.name} has no label {one.name!r}{did_you_mean(one.name, labels)} "
                    f"It has: {', '.join(sorted(labels))}."
                )


@rule("K206")
def unknown_bucket(query: Query) -> Iterator[str]:
    """A bucket is chosen by the text of a declared bound."""
    for found in query.selectors:
        metric = query.metric(found)
        if not isinstance(metric, Histogram):
            continue
        bounds = [*(number(float(bound)) for bound in metric.buckets), "+Inf"]
        for one in found.matchers:
            if one.name == "le" and one.op == MatchOp.Equal and "$" not in one.value and one.value not in bounds:
                yield f'{found.name} has no bucket le="{one.value}"; its bounds are written: {", ".join(bounds)}.'


@rule("K218")
def needless_pattern(query: Query) -> Iterator[str]:
    """A regular expression says more than equality could."""
    for found in query.selectors:
        for one in found.matchers:
            if (better := _equality(one)) and one.value and not _SPECIAL.intersection(one.value):
                yield f'{one} is an equality; write {one.name}{better}"{one.value}".'


def _equality(matcher: Matcher) -> str:
    if matcher.op == MatchOp.Re:
        return "="
    return "!=" if matcher.op == MatchOp.NotRe else ""
