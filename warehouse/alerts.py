"""The alerts that users define, in the table `metric_alerts`. Which metrics there are is not known here."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Any, Literal, get_args
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

AlertType = Literal["threshold", "change", "trend"]
Comparison = Literal[">", ">=", "<", "<=", "=", "!=", "change_%"]
Severity = Literal["critical", "warning", "info"]
Channel = Literal["email", "slack", "webhook"]
_LONGEST_TEXT = 1000
_LONGEST_SECONDS = 366 * 86_400
_MOST_RECIPIENTS = 50
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`|~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_PART_OF_ID = re.compile(r"[0-9a-f-]{4,36}")
_COLUMNS = sql.SQL(
    "id, metric_name, alert_type, comparison, threshold_value::float8 AS threshold_value, label_matchers,"
    " window_seconds, for_seconds, severity, message_template, notification_channels, recipients, is_active,"
    " last_triggered_at, trigger_count, created_by, created_at, updated_at"
)


class AlertError(ValueError):
    """A definition cannot be stored, or there is no such alert. `faults` lists each reason as a sentence."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Definition:
    """What a user watches: the series of a metric whose labels have the values in `matchers`.

    A threshold compares the value, of a counter its rate per second over the window. A change compares the percent by
    which it differs from the value one window ago; `change_%` takes the difference in either direction. A trend
    compares the slope per hour over the window. All durations are in seconds.
    """

    metric_name: str
    alert_type: AlertType
    comparison: Comparison
    threshold_value: float
    matchers: Mapping[str, str] = field(default_factory=dict)
    window_seconds: int = 300
    for_seconds: int = 300
    severity: Severity = "warning"
    message_template: str | None = None
    channels: tuple[Channel, ...] = ()
    recipients: tuple[str, ...] = ()

    def faults(self) -> Iterator[str]:
        """What is wrong with it by itself."""
        for name, value, known in (
            ("type", self.alert_type, AlertType),
            ("comparison", self.comparison, Comparison),
            ("severity", self.severity, Severity),
        ):
            if value not in get_args(known):
                yield f"The {name} must be one of {', '.join(get_args(known))}, got {value!r}."
        if not isfinite(self.threshold_value):
            yield f"The value to compare with must be a finite number, got {self.threshold_value}."
        elif self.comparison == "change_%" and self.threshold_value <= 0:
            yield f"A change in either direction is compared with a percentage above 0, got {self.threshold_value:g}."
        if self.comparison == "change_%" and self.alert_type != "change":
            yield f"The comparison change_% belongs to a change, and this is a {self.alert_type}."
        for name, seconds, least in (("window", self.window_seconds, 1), ("'for'", self.for_seconds, 0)):
            if not least <= seconds <= _LONGEST_SECONDS:
                yield f"The {name} must be from {least} s to 366 d, got {seconds} s."
        yield from self._faults_of_texts()
        yield from self._faults_of_channels()

    def _faults_of_texts(self) -> Iterator[str]:
        texts = {f"The value of the label {label}": value for label, value in self.matchers.items()}
        for name, text in {**texts, "The message": self.message_template or ""}.items():
            if len(text) > _LONGEST_TEXT:
                yield f"{name} has {len(text)} characters; at most {_LONGEST_TEXT} are allowed."
            if not _is_printable(text):
                yield f"{name} holds control characters, or others that no text has: {text!r}."
        if self.message_template is not None and not self.message_template.strip():
            yield "The message is empty; leave it out for the default sentence."

    def _faults_of_channels(self) -> Iterator[str]:
        for channel in self.channels:
            if channel not in get_args(Channel):
                yield f"A channel must be one of {', '.join(get_args(Channel))}, got {channel!r}."
        for address in self.recipients:
            if not _ADDRESS.fullmatch(address) or len(address) > 254:
                yield f"A recipient must be a mail address such as on-call@example.com, got {address!r}."
        if len(self.recipients) > _MOST_RECIPIENTS:
            yield f"There are {len(self.recipients)} recipients; at most {_MOST_RECIPIENTS} are allowed."
        if self.recipients and "email" not in self.channels:
            yield "Recipients are told by mail, and email is not among the channels."
        if "email" in self.channels and not self.recipients:
            yield "The channel email needs a recipient."


@dataclass(frozen=True)
class StoredAlert:
    """A definition in the table, with what came of it."""

    id: UUID
    definition: Definition
    is_active: bool
    last_triggered_at: datetime | None
    trigger_count: int
    created_by: str | None
    created_at: datetime
    updated_at: datetime


def add(connection: Connection[Any], definition: Definition, created_by: str | None = None) -> StoredAlert:
    """Store an active alert. Raises AlertError with all faults, and then nothing is stored."""
    if faults := list(definition.faults()):
        raise AlertError(faults)
    values = {
        "metric_name": definition.metric_name,
        "alert_type": definition.alert_type,
        "comparison": definition.comparison,
        "threshold_value": definition.threshold_value,
        "label_matchers": Jsonb(dict(definition.matchers)),
        "window_seconds": definition.window_seconds,
        "for_seconds": definition.for_seconds,
        "severity": definition.severity,
        "message_template": definition.message_template,
        "notification_channels": Jsonb(sorted(set(definition.channels))),
        "recipients": Jsonb(list(dict.fromkeys(definition.recipients))),
        "created_by": created_by,
    }
    statement = sql.SQL("INSERT INTO metric_alerts ({names}) VALUES ({values}) RETURNING {columns}").format(
        names=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(map(sql.Placeholder, values)),
        columns=_COLUMNS,
    )
    return _one(connection, statement, values)


def find(connection: Connection[Any], beginning: str) -> StoredAlert:
    """The alert whose id begins so, with at least four letters. Raises AlertError when there is none, or several."""
    if not _PART_OF_ID.fullmatch(beginning.lower()):
        raise AlertError([f"An id has 4 or more of the letters 0-9 and a-f, got {beginning!r}."])
    statement = sql.SQL("SELECT {} FROM metric_alerts WHERE starts_with(id::text, %(beginning)s) LIMIT 2")
    found = list(_each(connection, statement.format(_COLUMNS), {"beginning": beginning.lower()}))
    if len(found) != 1:
        number = "Several alerts have" if found else "No alert has"
        raise AlertError([f"{number} an id that begins with {beginning}."])
    return found[0]


def list_all(connection: Connection[Any], *, active_only: bool = False) -> list[StoredAlert]:
    """The alerts, oldest first."""
    statement = sql.SQL("SELECT {} FROM metric_alerts WHERE is_active OR NOT %(active)s ORDER BY created_at, id")
    return list(_each(connection, statement.format(_COLUMNS), {"active": active_only}))


def set_active(connection: Connection[Any], alert: UUID, active: bool) -> StoredAlert:
    """Let the alert be evaluated, or no longer. Raises AlertError when there is none."""
    statement = sql.SQL(
        "UPDATE metric_alerts SET is_active = %(active)s, updated_at = now() WHERE id = %(id)s RETURNING {}"
    )
    return _one(connection, statement.format(_COLUMNS), {"id": alert, "active": active})


def remove(connection: Connection[Any], alert: UUID) -> StoredAlert:
    """Delete the alert; its events stay. Raises AlertError when there is none."""
    statement = sql.SQL("DELETE FROM metric_alerts WHERE id = %(id)s RETURNING {}")
    return _one(connection, statement.format(_COLUMNS), {"id": alert})


def _one(connection: Connection[Any], statement: sql.Composed, values: Mapping[str, Any]) -> StoredAlert:
    found = list(_each(connection, statement, values))
    if not found:
        raise AlertError([f"There is no alert {values['id']}."])
    return found[0]


def _each(connection: Connection[Any], statement: sql.Composed, values: Mapping[str, Any]) -> Iterator[StoredAlert]:
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(statement, values):
            yield _stored(row)


def _stored(row: dict[str, Any]) -> StoredAlert:
    definition = Definition(
        metric_name=row.pop("metric_name"),
        alert_type=row.pop("alert_type"),
        comparison=row.pop("comparison"),
        threshold_value=row.pop("threshold_value"),
        matchers=row.pop("label_matchers"),
        window_seconds=row.pop("window_seconds"),
        for_seconds=row.pop("for_seconds"),
        severity=row.pop("severity"),
        message_template=row.pop("message_template"),
        channels=tuple(row.pop("notification_channels")),
        recipients=tuple(row.pop("recipients")),
    )
    return StoredAlert(definition=definition, **row)


def _is_printable(text: str) -> bool:
    """Whether rules, mails and the database can hold the text. Prometheus takes U+FFFD for a broken character."""
    unfit = ("Cc", "Cs")
    return all((unicodedata.category(letter) not in unfit or letter == "\n") and letter != "\ufffd" for letter in text)
