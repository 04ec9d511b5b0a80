"""Rules for all groups together: names, conditions and metrics that rules share, and the order within a group."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from alert_rules import Alert, Group, Recording
from collectors.durations import parse_duration
from metrics import Metric
from provisioning.lint.finding import Finding
from provisioning.lint.promql import NAME, shown
from provisioning.lint.rule_reading import ReadRule, group_place
from provisioning.lint.usage import metrics_in

_Said = Iterator[tuple[ReadRule, str]]


def check_interval(group: Group) -> Iterator[Finding]:
    """Whether Prometheus can read how often the group is evaluated."""
    try:
        if group.interval:
            parse_duration(group.interval)
    except ValueError:
        message = f"'interval' must be a duration such as 30s, got {group.interval!r}."
        yield Finding("K620", group_place(group), message)


def unrecorded(metrics: Iterable[Metric], read: Iterable[ReadRule]) -> Iterator[Finding]:
    """Those of `metrics` that are declared as recorded, and that no rule records."""
    recorded = {each.rule.of.name for each in read if isinstance(each.rule, Recording)}
    for metric in metrics:
        if metric.origin == "recorded" and metric.name not in recorded:
            yield Finding("K608", metric.name, "No rule records the metric.")


def _other_labels(read: Sequence[ReadRule]) -> _Said:
    for each in read:
        if not isinstance(each.rule, Recording) or not each.shape.known or each.query is None:
            continue
        has_source = any(metric.has_source for one in each.query.selectors if (metric := each.query.metric(one)))
        declared = {*each.rule.of.labels, *(each.around.scope.source_labels if has_source else ())}
        yielded = {*each.shape.labels, *each.rule.labels} - {NAME}
        if declared != yielded:
            wanted, got = (", ".join(sorted(labels)) or "none" for labels in (declared, yielded))
            yield each, f"The labels must be: {wanted}; the rule yields: {got}."


def _recorded_twice(read: Sequence[ReadRule]) -> _Said:
    seen: dict[tuple[str, frozenset[tuple[str, str]]], ReadRule] = {}
    for each in read:
        if isinstance(each.rule, Recording):
            fixed = {**each.shape.pins, **each.rule.labels}
            first = seen.setdefault((each.name, frozenset(fixed.items())), each)
            if first is not each:
                yield each, f"{first.place} records the same series."


def _same_name(read: Sequence[ReadRule]) -> _Said:
    seen: dict[str, ReadRule] = {}
    for each in _alerts(read):
        first = seen.setdefault(each.name, each)
        if first is not each:
            yield each, f"{group_place(first.group)} has an alert of this name."


def _same_group(read: Sequence[ReadRule]) -> _Said:
    seen: dict[str, Group] = {}
    for each in read:
        first = seen.setdefault(each.group.name, each.group)
        if first is not each.group and each.rule is each.group.rules[0]:
            yield each, f"Another group is called {first.name!r}."


def _same_condition(read: Sequence[ReadRule]) -> _Said:
    seen: dict[tuple[str, str], ReadRule] = {}
    for each in _alerts(read):
        if each.query:
            first = seen.setdefault((shown(each.query.root), each.rule.labels["severity"]), each)
            if first is not each:
                yield each, f"{first.place} has the same condition and severity."


def _too_late(read: Sequence[ReadRule]) -> _Said:
    later: dict[Group, dict[str, int]] = {}
    for position, each in enumerate(read):
        if isinstance(each.rule, Recording):
            later.setdefault(each.group, {})[each.name] = position
    for position, each in enumerate(read):
        for metric in sorted(metrics_in(each.expr, each.around.catalogue), key=str):
            if later.get(each.group, {}).get(metric.name, -1) >= position:
                yield each, f"It reads {metric}, which the group records in this rule or a later one."


def _alone(read: Sequence[ReadRule]) -> _Said:
    families = Counter(each.rule.family for each in read if isinstance(each.rule, Alert))
    for each in read:
        if isinstance(each.rule, Alert) and each.rule.family and families[each.rule.family] == 1:
            yield each, f"No other alert is of the family {each.rule.family!r}."


def _alerts(read: Sequence[ReadRule]) -> Iterator[ReadRule]:
    return (each for each in read if isinstance(each.rule, Alert))


RULES: tuple[tuple[str, Callable[[Sequence[ReadRule]], _Said]], ...] = (
    ("K607", _other_labels),
    ("K609", _recorded_twice),
    ("K611", _same_name),
    ("K625", _same_group),
    ("K612", _same_condition),
    ("K616", _too_late),
    ("K618", _alone),
)
