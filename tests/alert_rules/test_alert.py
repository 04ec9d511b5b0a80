"""An alert is checked when it is declared, and tells all its faults at once."""

from collections.abc import Sequence
from typing import Any

import pytest

from alert_rules import Alert, Case, Runbook, fires, silent
from alert_rules.alert import VALUE
from alert_rules.recording import RuleError
from alert_rules.teams import INCIDENTS
from metrics import BYTES, COUNT, CURRENCY, RATIO, SECONDS, TIMESTAMP, Unit

FIRES = fires("full", {"x": "1x9"}, at="5m", value="1", description="1 of api.", service="api")
SILENT = silent("empty", {"x": "0x9"}, at="5m")


def alert(**changes: Any) -> Alert:
    """A sound alert, but for the changes."""
    fields: dict[str, Any] = {
        "name": "QueueFull",
        "expr": "x > 0",
        "for_": "5m",
        "severity": "warning",
        "team": INCIDENTS,
        "unit": COUNT,
        "summary": "The queue is full.",
        "description": "VALUE of {{ $labels.service }}.",
        "runbook": Runbook("a", "b", ("c",), ("d",)),
        "board": "queues",
        "cases": (FIRES, SILENT),
    }
    return Alert(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "queue_full"}, "A name is in CamelCase, with at most 40 letters and digits."),
        ({"name": "Queue" * 8 + "X"}, "A name is in CamelCase, with at most 40 letters and digits."),
        ({"expr": "  "}, "It has no expression."),
        ({"for_": "5 min"}, "'for_' must be a duration such as 5m, or 0s, got '5 min'."),
        ({"for_": ""}, "'for_' must be a duration such as 5m, or 0s, got ''."),
        ({"severity": "page"}, "The severity must be critical, warning, info, got 'page'."),
        ({"family": "Latency"}, "A family is in lower-case words with hyphens, got 'Latency'."),
        ({"summary": ""}, "The summary must be a fixed sentence; what differs belongs into the description."),
        ({"summary": "{{ $value }} wait."}, "The summary must be a fixed sentence; what differs belongs into the"),
        (
            {"description": "The queue is full."},
            "The description must say what is the case, with VALUE or labels in it.",
        ),
        ({"runbook": Runbook("", "b", ("c",), ("d",))}, "The runbook must say what the alert means"),
        ({"runbook": Runbook("a", "b", (), ("d",))}, "The runbook must say what the alert means"),
        ({"runbook": Runbook("a", "b", ("c",), ())}, "The runbook must say what the alert means"),
        ({"cases": (FIRES,)}, "It needs a case in which it fires, and one in which it stays silent."),
        ({"cases": (SILENT,)}, "It needs a case in which it fires, and one in which it stays silent."),
        ({"cases": ()}, "It needs a case in which it fires, and one in which it stays silent."),
    ],
)
def test_a_fault_is_a_sentence(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(RuleError) as raised:
        alert(**changes)
    assert [one for one in raised.value.faults if one.startswith(fault)] == raised.value.faults
    assert str(raised.value).startswith(f"could not declare the rule {changes.get('name', 'QueueFull')}: ")


def test_all_faults_come_at_once() -> None:
    with pytest.raises(RuleError) as raised:
        alert(name="x", expr="", for_="soon", severity="high", summary="", description="x", cases=())
    assert len(raised.value.faults) == 7


@pytest.mark.parametrize("duration", ["0s", "30s", "5m", "12h", "1d"])
def test_durations_are_those_of_prometheus(duration: str) -> None:
    assert alert(for_=duration).for_ == duration


@pytest.mark.parametrize(
    ("unit", "template"),
    [
        (RATIO, "{{ $value | humanizePercentage }}"),
        (SECONDS, "{{ $value | humanizeDuration }}"),
        (BYTES, "{{ $value | humanize1024 }}B"),
        (TIMESTAMP, "{{ $value | humanizeTimestamp }}"),
        (COUNT, "{{ $value | humanize }}"),
        (CURRENCY, "{{ $value | humanize }}"),
    ],
)
def test_the_value_is_told_in_its_unit(unit: Unit, template: str) -> None:
    made = alert(unit=unit)
    assert made.value == template
    assert made.text == f"{template} of {{{{ $labels.service }}}}."
    assert VALUE not in made.text


def test_labels_are_severity_team_and_a_family_if_there_is_one() -> None:
    assert alert().labels == {"severity": "warning", "team": "incidents"}
    assert alert(family="queues").labels == {"severity": "warning", "team": "incidents", "family": "queues"}


def test_a_case_fires_with_labels_and_words_or_not_at_all() -> None:
    (firing,) = FIRES.firing
    assert (firing.labels, firing.value, firing.description) == ({"service": "api"}, "1", "1 of api.")
    assert SILENT.firing == ()
    cases: Sequence[Case] = alert().cases
    assert [case.title for case in cases] == ["full", "empty"]
