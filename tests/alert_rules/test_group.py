"""A group is small enough to be evaluated in time, and knows its alerts and recording rules."""

import pytest

from alert_rules import Group, Recording
from alert_rules.group import MOST_RULES
from alert_rules.recording import RuleError
from metrics import COUNT, Recorded
from tests.alert_rules.test_alert import alert

DEPTH = Recorded("kpi_queue_depth", "Depth.", unit=COUNT, owner="tests")


def test_alerts_and_recordings_come_in_order() -> None:
    rules = (Recording(DEPTH, "x"), alert(name="One"), alert(name="Two"))
    group = Group("queues", rules)
    assert list(group.recordings) == [rules[0]]
    assert [one.name for one in group.alerts] == ["One", "Two"]


def test_as_many_rules_as_allowed_are_fine_and_one_more_is_not() -> None:
    rules = tuple(alert(name=f"Rule{number}") for number in range(MOST_RULES + 1))
    assert len(Group("queues", rules[:-1]).rules) == 20
    with pytest.raises(
        RuleError, match=r"could not declare the rule queues: It has 21 rules; split what has more than 20."
    ):
        Group("queues", rules)


@pytest.mark.parametrize("name", ["Queues", "app_performance", "", "a--b"])
def test_a_name_is_that_of_a_file(name: str) -> None:
    with pytest.raises(RuleError, match=r"A group is named in lower-case words with hyphens."):
        Group(name, (alert(),))


def test_a_group_without_rules_is_refused() -> None:
    with pytest.raises(RuleError, match=r"It has no rules."):
        Group("queues", ())
