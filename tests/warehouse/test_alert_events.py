"""What came of alerts: the table says the same, however often and in which order it was told."""

import random
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import alert_events, alerts
from warehouse.alert_events import Delivery, close, newest, record, still_open
from warehouse.alerts import Definition

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Connection = psycopg.Connection[Any]


def firing(minutes: float = 0, *, started: datetime = START, value: float | None = 0.01, **more: Any) -> Delivery:
    """Told `minutes` after the start."""
    received = started + minutes * MINUTE
    text = None if value is None else f"{100 * value:g}%"
    known = {"fingerprint": "f1", "alertname": "Low", "severity": "warning", "labels": {"alertname": "Low"}}
    return Delivery(
        **{**known, "started": started, "resolved": None, "received": received, "value": value, "text": text, **more}
    )


def resolved(minutes: float, *, told: float | None = None, **more: Any) -> Delivery:
    """Over `minutes` after the start, and told then, or later."""
    delivery = firing(minutes if told is None else told, **more)
    return replace(delivery, resolved=delivery.started + minutes * MINUTE)


@pytest.fixture
def alert(connection: Connection) -> uuid.UUID:
    return alerts.add(connection, Definition("kpi_conversion_ratio", "threshold", "<", 0.02)).id


def triggered(connection: Connection) -> tuple[int, datetime | None]:
    (stored,) = alerts.list_all(connection)
    return stored.trigger_count, stored.last_triggered_at


def test_a_firing_and_its_end_are_one_event(connection: Connection) -> None:
    assert record(connection, firing())
    (event,) = newest(connection)
    assert (event.state, event.started_at, event.resolved_at) == ("firing", START, None)
    assert (event.current_value, event.value_text) == (0.01, "1%")
    assert not record(connection, resolved(7))
    (event,) = newest(connection)
    assert (event.state, event.resolved_at) == ("resolved", START + 7 * MINUTE)


def test_a_repeated_firing_brings_the_newest_value_and_counts_once(connection: Connection, alert: uuid.UUID) -> None:
    for minutes, value in ((0, 0.01), (240, 0.005), (120, 0.007), (240, 0.005)):
        record(connection, firing(minutes, value=value, alert=alert))
    (event,) = newest(connection)
    assert (event.current_value, event.value_text, event.alert_id) == (0.005, "0.5%", alert)
    assert triggered(connection) == (1, START)


def test_each_time_that_it_begins_to_fire_is_counted(connection: Connection, alert: uuid.UUID) -> None:
    later = START + timedelta(days=1)
    for delivery in (firing(alert=alert), resolved(5, alert=alert), firing(started=later, alert=alert)):
        record(connection, delivery)
    assert [event.state for event in newest(connection)] == ["firing", "resolved"]
    assert triggered(connection) == (2, later)


def test_an_end_that_comes_before_the_beginning_is_not_undone_by_it(connection: Connection, alert: uuid.UUID) -> None:
    record(connection, resolved(5, alert=alert))
    record(connection, firing(alert=alert))
    record(connection, firing(6, alert=alert))
    (event,) = newest(connection)
    assert (event.state, event.resolved_at) == ("resolved", START + 5 * MINUTE)
    assert triggered(connection) == (1, START)


def test_what_fires_long_after_its_end_fires_on(connection: Connection, alert: uuid.UUID) -> None:
    """Alertmanager ends an alert that it hears nothing of, and begins again with the same start when it does."""
    for delivery in (firing(alert=alert), resolved(5, alert=alert), firing(30, alert=alert), resolved(5, told=31)):
        record(connection, delivery)
    (event,) = newest(connection)
    assert (event.state, event.resolved_at) == ("firing", None)
    record(connection, resolved(40))
    (event,) = newest(connection)
    assert (event.state, event.resolved_at) == ("resolved", START + 40 * MINUTE)
    assert triggered(connection) == (1, START)


def test_an_event_whose_end_nobody_told_is_closed_and_what_is_told_later_still_counts(connection: Connection) -> None:
    record(connection, firing(20))
    (found,) = still_open(connection)
    assert (found.key, found.last_firing_at) == (("f1", START), START + 20 * MINUTE)
    assert close(connection, {found.id: START + 10 * MINUTE}) == 0  # it was told to be firing after that
    assert close(connection, {found.id: START + 30 * MINUTE}) == 1
    assert close(connection, {found.id: START + 40 * MINUTE}) == 0
    assert still_open(connection) == []
    for told in (resolved(31, told=60), resolved(31, told=60), resolved(25, told=61)):
        assert not record(connection, told)
        (event,) = newest(connection)
        assert (event.state, event.resolved_at) == ("resolved", START + 31 * MINUTE)
    record(connection, firing(90))
    assert [event.last_firing_at for event in still_open(connection)] == [START + 90 * MINUTE]


def test_an_event_never_ends_before_it_began(connection: Connection) -> None:
    record(connection, firing())
    (event,) = still_open(connection)
    assert close(connection, {event.id: START - MINUTE}) == 1
    (closed,) = newest(connection)
    assert closed.resolved_at == START


def test_an_event_of_an_alert_that_is_not_there_or_no_longer_is_kept(connection: Connection, alert: uuid.UUID) -> None:
    record(connection, firing(alert=alert))
    record(connection, firing(fingerprint="f2", alert=uuid.uuid4()))
    alerts.remove(connection, alert)
    assert [event.alert_id for event in newest(connection)] == [None, None]
    record(connection, resolved(3, alert=alert))
    assert [event.state for event in newest(connection)] == ["firing", "resolved"]


def test_events_are_chosen_by_severity_state_and_alert(connection: Connection, alert: uuid.UUID) -> None:
    record(connection, firing(alert=alert))
    record(connection, firing(fingerprint="f2", severity="critical", started=START + MINUTE))
    record(connection, resolved(3, fingerprint="f3", started=START + 2 * MINUTE))

    def found(**chosen: Any) -> list[str]:
        return [event.fingerprint for event in newest(connection, **chosen)]

    assert found() == ["f3", "f2", "f1"]
    assert found(limit=1) == ["f3"]
    assert found(severity="critical") == ["f2"]
    assert found(firing_only=True) == ["f2", "f1"]
    assert found(alert=alert) == ["f1"]


def deliveries() -> st.SearchStrategy[list[Delivery]]:
    """What two Alertmanagers tell about three alerts of which each fires twice."""
    one = st.builds(
        lambda minutes, ends, name, hour: (
            resolved(minutes, fingerprint=name, started=START + hour * 60 * MINUTE)
            if ends
            else firing(minutes, value=minutes / 100, fingerprint=name, started=START + hour * 60 * MINUTE)
        ),
        st.integers(0, 40), st.booleans(), st.sampled_from(["f1", "f2", "f3"]), st.sampled_from([0, 1]),
    )  # fmt: skip
    return st.lists(one, min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=deliveries(), seed=st.integers(0, 2**32))
def test_the_order_and_the_number_of_deliveries_make_no_difference(
    connection: Connection, alert: uuid.UUID, told: list[Delivery], seed: int
) -> None:
    told = [replace(delivery, alert=alert) for delivery in told]
    mixed = [*told, *told]
    random.Random(seed).shuffle(mixed)
    outcomes = []
    for sequence in (told, mixed):
        connection.execute("TRUNCATE alert_events")
        connection.execute("UPDATE metric_alerts SET trigger_count = 0, last_triggered_at = NULL")
        new = sum(record(connection, delivery) for delivery in sequence)
        events = [replace(event, id=0) for event in newest(connection)]
        outcomes.append(
            (new, triggered(connection), sorted(events, key=lambda event: (event.fingerprint, event.started_at)))
        )
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == outcomes[0][1][0] == len({(one.fingerprint, one.started) for one in told})


def test_two_writers_at_once_make_one_event(database: str, connection: Connection, alert: uuid.UUID) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def write(number: int) -> bool:
        with psycopg.connect(database) as own:
            return alert_events.record(own, firing(number, alert=alert))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(write, range(24))) == 1
    assert triggered(connection) == (1, START)
    assert len(newest(connection)) == 1
