"""Rules in haste differ in time alone."""

from dataclasses import replace

import pytest

from alert_rules import Group
from alert_rules.app_performance import GROUP, HIGH_ERROR_RATE
from dashboards.scope import Scope
from metrics.catalogue import recorded
from provisioning.rules import Links
from provisioning.rules.haste import hastened
from provisioning.rules.to_prometheus import drawn


@pytest.mark.parametrize(
    ("declared", "hasty"), [("0s", "0s"), ("1s", "1s"), ("1m", "1s"), ("5m", "5s"), ("1h", "60s"), ("90s", "2s")]
)
def test_alerts_wait_for_a_fraction_of_their_time_but_for_a_second_at_least(declared: str, hasty: str) -> None:
    (group,) = hastened([Group("one", [replace(HIGH_ERROR_RATE, for_=declared, keep_firing_for=declared)])], 60)
    assert [(alert.for_, alert.keep_firing_for) for alert in group.alerts] == [(hasty, hasty)]


def test_a_group_keeps_its_interval_by_which_objectives_count_events() -> None:
    slow, usual = hastened([replace(GROUP, interval="2m"), GROUP], 60)
    assert (slow.interval, usual.interval) == ("2m", "")


def test_nothing_else_differs() -> None:
    scope = Scope(metrics=tuple(metric for declared in recorded().values() for metric in declared))
    (group,) = hastened([GROUP], 60)
    usual, hasty = drawn(GROUP, scope, Links()), drawn(group, scope, Links())
    for rule in (*usual["rules"], *hasty["rules"]):
        for key in ("for", "keep_firing_for"):
            rule.pop(key, None)
    assert hasty == usual
