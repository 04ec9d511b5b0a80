"""Lints groups of rules: every expression as on boards, each alert and recording, and all of them together."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from alert_rules import Alert, Group
from provisioning.lint import alerts, cases, conditions, rule_expressions, rule_sets
from provisioning.lint.exceptions import except_ignored, malformed_exceptions
from provisioning.lint.expressions import check
from provisioning.lint.finding import Finding
from provisioning.lint.rule_reading import ReadRule, RuleSurroundings, read_rules


def check_rules(groups: Sequence[Group], around: RuleSurroundings) -> Iterator[Finding]:
    """What is wrong with the rules, in the order of their evaluation; then which recorded metrics have none."""
    read = list(read_rules(groups, around))
    shared: defaultdict[ReadRule, list[Finding]] = defaultdict(list)
    for code, rule in rule_sets.RULES:
        for each, message in rule(read):
            shared[each].append(Finding(code, each.place, message))
    for group in groups:
        yield from rule_sets.check_interval(group)
    for each in read:
        yield from except_ignored(each.rule.ignore, each.place, [*_own(each), *shared[each]])
        yield from malformed_exceptions(each.rule.ignore, each.place)
    yield from rule_sets.unrecorded(around.scope.metrics, read)


def _own(read: ReadRule) -> Iterator[Finding]:
    around = read.around
    yield from check(read.expr, around.catalogue, read.place, kind="instant", extra_labels=around.extra_labels)
    said = [(code, message) for code, rule in rule_expressions.RULES for message in rule(read)]
    if isinstance(alert := read.rule, Alert):
        of_alerts = (*conditions.RULES, *alerts.RULES, *cases.RULES)
        said += [(code, message) for code, rule in of_alerts for message in rule(alert, read)]
    yield from (Finding(code, read.place, message) for code, message in said)
