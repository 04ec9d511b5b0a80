"""What the demo company tells of its security, its accounts, its pages and its jobs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from statistics import median, quantiles
from typing import Any

import psycopg
import pytest

from warehouse.contract import TABLES
from warehouse.demo.calendar import Day
from warehouse.demo.engineering import jobs, page_loads, security, users
from warehouse.demo.engineering.plan import Plan
from warehouse.demo.engineering.record import Record
from warehouse.demo.engineering.writer import Domain, records, write
from warehouse.demo.people import Company

Records = Callable[[Plan, Day], Iterable[Record]]

START, LAST = date(2026, 7, 4), date(2026, 11, 1)
DOMAINS = (
    Domain("jobs", jobs.records, 1),
    Domain("page_loads", page_loads.records, 1),
    Domain("security", security.records, security.DAYS_OF_CHANGE),
    Domain("users", users.records, users.DAYS_OF_CHANGE),
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(Company(7, 1, START, LAST))


@pytest.fixture(scope="module")
def born(plan: Plan) -> dict[str, list[Record]]:
    """All records of 130 days, by table: the company goes on for a while after its last day."""
    found: dict[str, list[Record]] = {}
    for domain in DOMAINS:
        for day in plan.company.days(START, LAST + timedelta(days=10)):
            for record in domain.records(plan, day):
                assert day.midnight <= record.born < day.midnight + timedelta(days=1)
                assert record.moments[-1] < day.midnight + timedelta(days=domain.days_of_change + 1)
                found.setdefault(record.table, []).append(record)
    return found


def at_the_end(found: Iterable[Record]) -> Iterator[dict[str, Any]]:
    return (dict(record.at(datetime(2027, 6, 1, tzinfo=record.born.tzinfo))) for record in found)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: str(domain.name))
def test_a_day_is_the_same_each_time(domain: Domain) -> None:
    def once() -> list[dict[str, Any]]:
        again = Plan(Company(7, 1, START, LAST))
        return [dict(record.at(record.moments[-1])) for record in domain.records(again, again.company.day(START))]

    assert once() == once()


def test_all_rows_of_a_table_have_the_columns_that_it_needs(born: dict[str, list[Record]]) -> None:
    for table, found in born.items():
        [names] = {tuple(record.values) for record in found}
        assert {c.name for c in TABLES[table].columns if not c.nullable} <= {*names, "id"}


def test_rows_are_as_many_as_the_budget_allows(born: dict[str, list[Record]]) -> None:
    assert len(born["page_loads"]) == pytest.approx(130 * 100, rel=0.1)
    assert len(born["jobs"]) == pytest.approx(130 * 150, rel=0.1)
    assert all(len(found) < 20_000 for found in born.values())


def test_pages_load_well_but_slowly_while_the_catalogue_is_not_well(plan: Plan, born: dict[str, list[Record]]) -> None:
    slow: list[float] = []
    quick: list[float] = []
    for row in at_the_end(born["page_loads"]):
        (slow if plan.outage_of("catalog", row["recorded_at"]) else quick).append(row["load_time_ms"])
    assert quantiles(quick, n=4)[2] < 2000
    assert median(slow) > 2.5 * median(quick)


def test_jobs_wait_run_and_end_and_queues_drain(born: dict[str, list[Record]]) -> None:
    job = born["jobs"][0]
    enqueued, started, finished = job.moments
    assert [job.at(moment)["status"] for moment in (enqueued, started)] == ["queued", "running"]
    assert job.at(started)["finished_at"] is None
    assert job.at(finished)["status"] == "succeeded"
    rows = list(at_the_end(born["jobs"]))
    assert max(row["started_at"] - row["enqueued_at"] for row in rows) < timedelta(minutes=15)
    results = Counter(row["status"] for row in rows)
    assert 0.005 < results["failed"] / len(rows) < 0.03


def test_most_vulnerabilities_are_fixed_in_time_and_none_is_overdue_in_the_last_days(
    born: dict[str, list[Record]],
) -> None:
    rows = list(at_the_end(born["vulnerabilities"]))
    assert {row["source"] for row in rows} == {"scan", "bounty", "pentest"}
    late = [row for row in rows if row["fixed_at"] and row["fixed_at"] > row["patch_due_at"]]
    assert 0 < len(late) < 0.1 * len(rows)
    assert all(row["fixed_at"].date() < LAST - timedelta(days=3) for row in late)
    assert all(row["fixed_at"] or row["accepted_at"] for row in rows)


def test_an_incident_of_security_is_noticed_late_and_over_within_a_day(born: dict[str, list[Record]]) -> None:
    rows = list(at_the_end(born["incidents"]))
    assert len(rows) == 5
    for row in rows:
        assert row["incident_id"].startswith("SEC-")
        assert row["started_at"] < row["detected_at"] < row["acknowledged_at"] < row["resolved_at"]
        assert row["resolved_at"].date() < LAST


def test_in_the_last_days_reviews_are_done_backups_succeed_and_no_control_begins_to_fail(
    born: dict[str, list[Record]],
) -> None:
    healthy = LAST - timedelta(days=3)
    reviews = list(at_the_end(born["access_reviews"]))
    assert all(r["completed_at"] <= r["due_at"] for r in reviews if r["due_at"].date() >= healthy)
    checks = list(at_the_end(born["recurring_checks"]))
    assert any(not check["success"] for check in checks)
    assert all(check["success"] for check in checks if check["finished_at"].date() >= healthy)
    passed = set()
    for control in at_the_end(born["compliance_controls"]):
        name = control["framework"], control["control_id"]
        assert control["status"] != "failing" or name not in passed
        passed |= {name} if control["status"] == "passing" else set()


def test_the_accounts_are_the_people_of_the_company(plan: Plan, born: dict[str, list[Record]]) -> None:
    people = plan.company.people(plan.company.day(LAST + timedelta(days=10)))
    assert [row["user_id"] for row in at_the_end(born["users"])] == [person.id for person in people]


def test_writing_on_gives_what_writing_at_once_gives(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.demo.engineering.writer.DOMAINS", DOMAINS)
    plan = Plan(Company(7, 0.05, START, LAST))
    start, until = (plan.company.day(START + timedelta(days=days)).midnight for days in (0, 40))
    halfway = plan.company.day(START + timedelta(days=21)).midnight + timedelta(hours=12)
    tables = sorted({record.table for record in records(plan, start, until)})

    def contents() -> dict[str, list[Any]]:
        rows = {}
        for table in tables:
            columns = ", ".join(column.name for column in TABLES[table].columns if column.name != "id")
            rows[table] = connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3, 4".encode()).fetchall()
        return rows

    write(connection, plan, start, halfway)
    write(connection, plan, halfway, until)
    in_two = contents()
    connection.execute(f"TRUNCATE {', '.join(tables)}".encode())
    write(connection, plan, start, until)
    assert contents() == in_two
