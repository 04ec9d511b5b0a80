"""The reports of the demo company's infrastructure: the same each time, and as its plan says."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from warehouse.demo.engineering.infrastructure import records
from warehouse.demo.engineering.plan import Plan
from warehouse.demo.engineering.record import Record
from warehouse.demo.people import Company

LAST = date(2026, 11, 1)
SLOW_API = datetime(2026, 10, 20, 19, tzinfo=UTC)
TABLES = ("server_metrics", "database_metrics", "redis_metrics", "cdn_metrics")
KEYS = {
    "server_metrics": ("time", "server", "mount"),
    "database_metrics": ("recorded_at", "instance"),
    "redis_metrics": ("time", "instance"),
    "cdn_metrics": ("recorded_at", "region"),
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(Company(7, 0.1, LAST - timedelta(days=119), LAST))


@pytest.fixture(scope="module")
def everything(plan: Plan) -> list[Record]:
    """All records of 120 days."""
    return [each for day in plan.company.days(plan.company.start, LAST) for each in records(plan, day)]


def of(records: list[Record], table: str) -> Iterator[dict[str, Any]]:
    return (dict(record.values) for record in records if record.table == table)


def test_keys_are_unique_and_there_are_not_too_many_rows(everything: list[Record]) -> None:
    keys = [(record.table, *(record.values[name] for name in KEYS[record.table])) for record in everything]
    assert len(set(keys)) == len(keys) < 40_000
    assert Counter(table for table, *_ in keys).keys() == set(TABLES)


def test_the_same_company_reports_the_same(plan: Plan) -> None:
    again = Plan(Company(7, 0.1, LAST - timedelta(days=119), LAST))
    day = LAST - timedelta(days=40)
    assert list(records(plan, plan.company.day(day))) == list(records(again, again.company.day(day)))


def test_ratios_stay_in_their_range_and_the_last_days_are_healthy(everything: list[Record]) -> None:
    for row in of(everything, "server_metrics"):
        assert 0 < row["cpu_ratio"] < 1
        assert 0 < row["memory_ratio"] < 0.85
        assert 0 < row["disk_ratio"] < 0.8
        if row["time"].date() > LAST - timedelta(days=3):
            assert row["cpu_ratio"] < 0.75
    for row in of(everything, "database_metrics"):
        assert 0 < row["active_connections"] < 0.9 * row["max_connections"]
    for row in of(everything, "cdn_metrics"):
        assert row["requests"] > 0


def test_an_outage_shows_on_the_servers_of_its_service_alone(everything: list[Record]) -> None:
    cpu = {row["service"]: row["cpu_ratio"] for row in of(everything, "server_metrics") if row["time"] == SLOW_API}
    assert cpu["catalog"] > max(load for service, load in cpu.items() if service != "catalog") + 0.2
    connections = {
        row["instance"]: row["active_connections"]
        for row in of(everything, "database_metrics")
        if row["recorded_at"] == SLOW_API
    }
    assert connections["catalog-db"] > connections["orders-db"] + 50


def test_counters_of_redis_fall_on_mondays_only(everything: list[Record]) -> None:
    rows = list(of(everything, "redis_metrics"))
    fallen = {now["time"] for then, now in pairwise(rows) if now["keyspace_hits"] < then["keyspace_hits"]}
    assert fallen
    assert all(moment.weekday() == 0 and moment.hour == 0 for moment in fallen)
