"""The demo company's incidents, alerts, probes and promises."""

from datetime import UTC, date, datetime, timedelta

import pytest

from warehouse.demo.engineering import reliability
from warehouse.demo.engineering.plan import SERVICES, Plan
from warehouse.demo.engineering.record import Record
from warehouse.demo.people import Company

START, LAST = date(2026, 7, 5), date(2026, 11, 1)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HEALTHY = timedelta(days=3)
KEYS = {
    "incidents": ("incident_id",),
    "uptime_probes": ("service", "probed_at"),
    "slo_targets": ("slo_id",),
    "alert_events": ("fingerprint", "started_at"),
}


def company() -> Plan:
    return Plan(Company(7, 0.1, START, LAST))


def born(plan: Plan, first: date = START, last: date = LAST) -> list[Record]:
    days = list(plan.company.days(first, last))
    return [record for day in days for make in (reliability.records, reliability.probes) for record in make(plan, day)]


@pytest.fixture(scope="module")
def usual() -> list[Record]:
    return born(company())


def of(table: str, records: list[Record]) -> list[Record]:
    return [record for record in records if record.table == table]


def test_the_same_company_has_the_same_records(usual: list[Record]) -> None:
    assert [record.at(NOON) for record in born(company())] == [record.at(NOON) for record in usual]


def test_the_tables_are_filled_with_equal_columns_and_a_bounded_number_of_rows(usual: list[Record]) -> None:
    assert {record.table for record in usual} == KEYS.keys()
    for table in KEYS:
        assert len({tuple(record.values) for record in of(table, usual)}) == 1
    assert len(usual) < 40_000


def test_no_key_stands_twice(usual: list[Record]) -> None:
    for table, key in KEYS.items():
        keys = [tuple(record.values[column] for column in key) for record in of(table, usual)]
        assert len(set(keys)) == len(keys) > 0


def test_an_incident_is_written_when_it_is_noticed_and_goes_on_step_by_step(usual: list[Record]) -> None:
    escalated = 0
    for incident in of("incidents", usual):
        began, noticed, taken, over = (
            incident.values[column] for column in ("started_at", "detected_at", "acknowledged_at", "resolved_at")
        )
        assert isinstance(began, datetime)
        assert isinstance(noticed, datetime)
        assert isinstance(taken, datetime)
        assert isinstance(over, datetime)
        assert began < incident.born == noticed < taken < over
        assert over.date() - incident.born.date() <= timedelta(days=2)
        fresh, ended = incident.at(noticed), incident.at(over)
        assert (fresh["acknowledged_at"], fresh["resolved_at"], fresh["escalation_level"]) == (None, None, 0)
        assert (ended["resolved_at"], ended["escalated_at"] is not None) == (over, ended["escalation_level"] != 0)
        escalated += ended["escalation_level"] != 0
    assert escalated >= 3


def test_probes_fail_during_outages_and_the_last_days_are_healthy(usual: list[Record]) -> None:
    plan = company()
    failed = [record for record in of("uptime_probes", usual) if not record.values["success"]]
    assert failed
    for probe in failed:
        assert plan.outage_of(str(probe.values["service"]), probe.born)
    since = datetime(2026, 10, 30, tzinfo=UTC)
    assert max(record.born for record in failed) < since
    assert max(record.moments[-1] for record in of("alert_events", usual)) < since
    assert max(record.moments[-1] for record in of("incidents", usual)) < since


def test_probes_come_every_five_minutes_in_the_last_days_and_go_on_after_them() -> None:
    plan = company()
    for day, number in ((LAST - HEALTHY, 24), (LAST - HEALTHY + timedelta(days=1), 288), (LAST + HEALTHY, 288)):
        assert len(of("uptime_probes", born(plan, day, day))) == number * len(SERVICES)


def test_a_small_company_probes_less_often_in_the_last_days_and_every_hour_before() -> None:
    plan = Plan(Company(7, 0.05, START, LAST))
    for day, number in ((LAST - HEALTHY, 24), (LAST, 96)):
        assert len(of("uptime_probes", born(plan, day, day))) == number * len(SERVICES)
