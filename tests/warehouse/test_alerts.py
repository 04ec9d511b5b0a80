"""Alerts that users define, in a real database."""

import uuid
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from warehouse import alerts
from warehouse.alerts import AlertError, Definition

CONVERSION = Definition(
    "kpi_conversion_ratio",
    "threshold",
    "<",
    0.02,
    {"window": "7d"},
    for_seconds=900,
    message_template='It\'s {{ $value }}; 100 % "true"',
    channels=("slack", "email"),
    recipients=("a@b.example", "c@d.example"),
)
Connection = psycopg.Connection[Any]


def test_a_stored_alert_comes_back_as_it_was_defined(connection: Connection) -> None:
    stored = alerts.add(connection, CONVERSION, created_by="ann")
    assert alerts.list_all(connection) == [stored]
    assert stored.definition == replace(CONVERSION, channels=("email", "slack"))
    assert (stored.is_active, stored.trigger_count, stored.last_triggered_at) == (True, 0, None)
    assert (stored.created_by, stored.created_at) == ("ann", stored.updated_at)


@pytest.mark.parametrize("level", [1e-12, 1e12, -0.1, 0.0, 123456789.123456])
def test_the_level_keeps_all_its_digits(connection: Connection, level: float) -> None:
    assert alerts.add(connection, replace(CONVERSION, threshold_value=level)).definition.threshold_value == level


def test_an_alert_can_rest_and_be_active_again(connection: Connection) -> None:
    first, second = alerts.add(connection, CONVERSION), alerts.add(connection, CONVERSION)
    assert not alerts.set_active(connection, first.id, False).is_active
    assert [alert.id for alert in alerts.list_all(connection, active_only=True)] == [second.id]
    changed = alerts.set_active(connection, first.id, True)
    assert changed.is_active
    assert changed.updated_at > first.updated_at


def test_a_removed_alert_is_gone(connection: Connection) -> None:
    stored = alerts.add(connection, CONVERSION)
    assert alerts.remove(connection, stored.id).id == stored.id
    assert alerts.list_all(connection) == []
    with pytest.raises(AlertError, match=f"There is no alert {stored.id}"):
        alerts.remove(connection, stored.id)


def test_an_alert_is_found_by_the_first_letters_of_its_id(connection: Connection) -> None:
    stored = alerts.add(connection, CONVERSION)
    assert alerts.find(connection, str(stored.id)[:8].upper()) == stored
    assert alerts.find(connection, str(stored.id)) == stored


def test_an_id_that_fits_no_alert_or_several_is_refused(connection: Connection) -> None:
    with pytest.raises(AlertError, match="No alert has an id that begins with abcd"):
        alerts.find(connection, "abcd")
    for text in ("", "abc", "%%%%", "x' OR 1=1", str(uuid.uuid4()) + "0"):
        with pytest.raises(AlertError, match="An id has 4 or more"):
            alerts.find(connection, text)
    for number in range(2):
        stored = alerts.add(connection, CONVERSION)
        connection.execute(
            "UPDATE metric_alerts SET id = %s WHERE id = %s",
            (f"abcd0000-0000-4000-8000-00000000000{number}", stored.id),
        )
    with pytest.raises(AlertError, match="Several alerts have an id that begins with abcd"):
        alerts.find(connection, "abcd")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "type": ({"alert_type": "anomaly"}, "The type must be one of threshold, change, trend, got 'anomaly'"),
    "comparison": ({"comparison": "=="}, "The comparison must be one of .*, got '=='"),
    "severity": ({"severity": "page"}, "The severity must be one of critical, warning, info, got 'page'"),
    "no number": ({"threshold_value": float("nan")}, "must be a finite number, got nan"),
    "infinite": ({"threshold_value": float("inf")}, "must be a finite number, got inf"),
    "percent below zero": (
        {"alert_type": "change", "comparison": "change_%", "threshold_value": -5.0},
        "above 0, got -5",
    ),
    "percent of a value": ({"comparison": "change_%"}, "belongs to a change, and this is a threshold"),
    "window": ({"window_seconds": 0}, "The window must be from 1 s to 366 d, got 0 s"),
    "for": ({"for_seconds": -1}, "The 'for' must be from 0 s to 366 d, got -1 s"),
    "long message": ({"message_template": "x" * 1001}, "The message has 1001 characters; at most 1000"),
    "empty message": ({"message_template": " "}, "The message is empty"),
    "control character": ({"message_template": "a\x1b[31m"}, "The message holds control characters"),
    "zero byte": ({"matchers": {"window": "7d\0"}}, "The value of the label window holds control characters"),
    "half a letter": ({"matchers": {"window": "\ud800"}}, "The value of the label window holds control characters"),
    "broken letter": ({"matchers": {"window": "\ufffd"}}, "The value of the label window holds control characters"),
    "channel": ({"channels": ("email", "pigeon")}, "A channel must be one of email, slack, webhook, got 'pigeon'"),
    "recipient": ({"recipients": ("a@b.example\nBcc: x@y",)}, "A recipient must be a mail address"),
    "two in one": ({"recipients": ("a@b.example,c@d.example",)}, "A recipient must be a mail address"),
    "nobody": ({"recipients": ()}, "The channel email needs a recipient"),
    "no mail": ({"channels": ("slack",)}, "email is not among the channels"),
}


@pytest.mark.parametrize(("changes", "fault"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused_and_not_stored(
    connection: Connection, changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(AlertError, match=fault):
        alerts.add(connection, replace(CONVERSION, **changes))
    assert alerts.list_all(connection) == []


def test_all_faults_are_told_at_once() -> None:
    wrong = Definition("x", "trend", "change_%", -1, window_seconds=0, channels=("email",))
    assert len(list(wrong.faults())) == 4


@pytest.mark.parametrize(
    "column", ["alert_type = 'anomaly'", "comparison = '=='", "comparison = 'change_%'", "threshold_value = 'NaN'",
               "window_seconds = 0", "for_seconds = -1", "severity = 'page'", "label_matchers = '[]'",
               "recipients = '{}'"]
)  # fmt: skip
def test_the_table_refuses_what_another_program_might_write(connection: Connection, column: str) -> None:
    alerts.add(connection, CONVERSION)
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(f"UPDATE metric_alerts SET {column}".encode())


def test_hostile_text_is_kept_as_text(connection: Connection) -> None:
    text = "'; DROP TABLE metric_alerts; --\"\\\n%s {{ $value }} ü 🚨"
    stored = alerts.add(connection, replace(CONVERSION, matchers={"window": text}, message_template=text))
    assert alerts.list_all(connection) == [stored]
    assert stored.definition.matchers == {"window": text}
    assert stored.definition.message_template == text
