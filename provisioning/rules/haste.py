"""Rules in haste: the same conditions, told after a fraction of the time, for a demonstration or a rehearsal."""

import math
from collections.abc import Iterable
from dataclasses import replace

from alert_rules import Alert, Group
from alert_rules.group import Rule
from collectors.durations import parse_duration


def hastened(groups: Iterable[Group], factor: float) -> tuple[Group, ...]:
    """The groups, whose alerts wait for a `factor`th of what they declare before they fire and before they are over, at
    least a second unless it is none.

    Expressions, and so thresholds and the time that a rate looks over, stay as they are, and so do the intervals of
    groups: objectives count events by them.
    """
    return tuple(replace(group, rules=tuple(_in_haste(rule, factor) for rule in group.rules)) for group in groups)


def _in_haste(rule: Rule, factor: float) -> Rule:
    if not isinstance(rule, Alert):
        return rule
    keeps = _shorter(rule.keep_firing_for, factor)
    return replace(rule, for_=_shorter(rule.for_, factor), keep_firing_for=keeps)


def _shorter(duration: str, factor: float) -> str:
    return duration if duration == "0s" else f"{math.ceil(parse_duration(duration) / factor)}s"
