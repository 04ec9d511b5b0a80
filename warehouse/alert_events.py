"""What came of alerts, in the table `alert_events`: one row for each time that one began to fire.

Deliveries may come twice, late and in any order; the table says the same in the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

_LATE = timedelta(minutes=10)
"""A firing that is told within this time after the end is a late delivery; one after it means that it fires on."""

_RECORD = """
    WITH recorded AS (
        INSERT INTO alert_events AS former (alert_id, fingerprint, alertname, severity, labels, state, current_value,
                                            value_text, started_at, resolved_at, last_firing_at)
        VALUES ((SELECT id FROM metric_alerts WHERE id = %(alert)s), %(fingerprint)s, %(alertname)s, %(severity)s,
                %(labels)s, CASE WHEN %(resolved)s::timestamptz IS NULL THEN 'firing' ELSE 'resolved' END, %(value)s,
                %(text)s, %(started)s, %(resolved)s, %(firing)s)
        ON CONFLICT (fingerprint, started_at) DO UPDATE
           SET current_value = CASE WHEN {newer} THEN EXCLUDED.current_value ELSE former.current_value END,
               value_text = CASE WHEN {newer} THEN EXCLUDED.value_text ELSE former.value_text END,
               last_firing_at = {firing},
               resolved_at = {resolved},
               state = CASE WHEN {resolved} IS NULL THEN 'firing' ELSE 'resolved' END
        RETURNING alert_id, started_at, xmax = 0 AS is_new
    ), counted AS (
        UPDATE metric_alerts
           SET trigger_count = trigger_count + 1, last_triggered_at = greatest(last_triggered_at, recorded.started_at)
          FROM recorded
         WHERE recorded.is_new AND id = recorded.alert_id
    )
    SELECT is_new FROM recorded
"""
_FIRING = "greatest(former.last_firing_at, EXCLUDED.last_firing_at)"
_ENDED = "greatest(former.resolved_at, EXCLUDED.resolved_at)"
_NEWER = "EXCLUDED.last_firing_at >= coalesce(former.last_firing_at, '-infinity')"
_RESOLVED = f"(CASE WHEN {_FIRING} > {_ENDED} + %(late)s THEN NULL ELSE {_ENDED} END)"


@dataclass(frozen=True)
class Delivery:
    """What Alertmanager told about one alert at the time `received`.

    `resolved` is None while it fires. `value` is None where none was told as a number.
    """

    fingerprint: str
    alertname: str
    severity: str
    labels: Mapping[str, str]
    started: datetime
    resolved: datetime | None
    received: datetime
    alert: UUID | None = None
    value: float | None = None
    text: str | None = None


@dataclass(frozen=True)
class Event:
    """A row of the table, by the names of its columns."""

    id: int
    alert_id: UUID | None
    fingerprint: str
    alertname: str
    severity: str
    labels: Mapping[str, str]
    state: str
    current_value: float | None
    value_text: str | None
    started_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True)
class OpenEvent:
    """An event whose end is not known, and when it was last told to be firing."""

    id: int
    fingerprint: str
    alertname: str
    labels: Mapping[str, str]
    started_at: datetime
    last_firing_at: datetime

    @property
    def key(self) -> tuple[str, datetime]:
        """What stands for the event in any database."""
        return self.fingerprint, self.started_at


def record(connection: Connection[Any], delivery: Delivery) -> bool:
    """Store the delivery, and count it with the alert of the user, all or nothing. True for an event that is new."""
    values = {
        "alert": delivery.alert,
        "fingerprint": delivery.fingerprint,
        "alertname": delivery.alertname,
        "severity": delivery.severity,
        "labels": Jsonb(dict(delivery.labels)),
        "value": delivery.value,
        "text": delivery.text,
        "started": delivery.started,
        "resolved": delivery.resolved,
        "firing": delivery.received if delivery.resolved is None else None,
        "late": _LATE,
    }
    statement = sql.SQL(_RECORD).format(newer=sql.SQL(_NEWER), firing=sql.SQL(_FIRING), resolved=sql.SQL(_RESOLVED))
    row = connection.execute(statement, values).fetchone()
    return bool(row and row[0])


def newest(
    connection: Connection[Any],
    *,
    limit: int = 50,
    severity: str | None = None,
    firing_only: bool = False,
    alert: UUID | None = None,
) -> list[Event]:
    """The events, newest first."""
    statement = """
        SELECT id, alert_id, fingerprint, alertname, severity, labels, state, current_value, value_text, started_at,
               resolved_at
          FROM alert_events
         WHERE (%(severity)s::text IS NULL OR severity = %(severity)s)
           AND (NOT %(firing)s OR state = 'firing')
           AND (%(alert)s::uuid IS NULL OR alert_id = %(alert)s)
         ORDER BY started_at DESC, id DESC
         LIMIT %(limit)s
    """
    with connection.cursor(row_factory=class_row(Event)) as cursor:
        values = {"limit": limit, "severity": severity, "firing": firing_only, "alert": alert}
        return cursor.execute(statement, values).fetchall()


def still_open(connection: Connection[Any]) -> list[OpenEvent]:
    """The events whose end is not known, the one that was last told to be firing at the end."""
    statement = """
        SELECT id, fingerprint, alertname, labels, started_at, coalesce(last_firing_at, started_at) AS last_firing_at
          FROM alert_events
         WHERE state = 'firing'
         ORDER BY coalesce(last_firing_at, started_at), id
    """
    with connection.cursor(row_factory=class_row(OpenEvent)) as cursor:
        return cursor.execute(statement).fetchall()


def close(connection: Connection[Any], ended: Mapping[int, datetime]) -> int:
    """End events by their ids, but for those that were told to be firing after that. Returns how many there were."""
    statement = """
        UPDATE alert_events
           SET state = 'resolved', resolved_at = greatest(started_at, %s)
         WHERE id = %s AND state = 'firing' AND coalesce(last_firing_at, started_at) <= greatest(started_at, %s)
    """
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(end, id_, end) for id_, end in ended.items()])
        return cursor.rowcount
