"""The demo company's deployments and builds."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from metrics.dora import CHANGE_FAILURE_BANDS, DEPLOYMENTS_PER_DAY_BANDS, LEAD_TIME_BANDS, Band
from warehouse.demo.engineering import delivery
from warehouse.demo.engineering.plan import OWNED, SERVICES, Plan
from warehouse.demo.engineering.record import Record
from warehouse.demo.people import Company

START, LAST = date(2026, 7, 5), date(2026, 11, 1)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 10, 1, tzinfo=UTC)


def company(scale: float = 0.05) -> Plan:
    return Plan(Company(7, scale, START, LAST))


def born(plan: Plan, first: date = START, last: date = LAST) -> list[Record]:
    return [record for day in plan.company.days(first, last) for record in delivery.records(plan, day)]


@pytest.fixture(scope="module")
def usual() -> list[Record]:
    """All records of a company of the usual size."""
    return born(company(1))


def rows(records: list[Record], table: str, moment: datetime = NOON) -> list[dict[str, Any]]:
    return [record.at(moment) for record in records if record.table == table and record.born <= moment]


def test_the_same_company_has_the_same_records() -> None:
    once, again = ([record.at(NOON) for record in born(company(), START, START)] for _ in range(2))
    assert once == again != []


def test_each_record_is_born_on_its_day_and_has_a_key_of_its_own(usual: list[Record]) -> None:
    plan = company()
    for day in plan.company.days(START, LAST + timedelta(days=3)):
        assert {record.born.date() for record in born(plan, day.date, day.date)} <= {day.date}
    for table, key in (("deployments", "deployment_id"), ("ci_builds", "build_id")):
        keys = [record.values[key] for record in usual if record.table == table]
        assert len(keys) == len(set(keys))
    assert 5_000 < len(usual) < 40_000


def test_what_changes_does_so_within_three_days(usual: list[Record]) -> None:
    assert max(record.moments[-1].date() - record.born.date() for record in usual) <= timedelta(days=3)


def test_a_bad_deployment_is_a_success_then_causes_its_incident_and_is_rolled_back(usual: list[Record]) -> None:
    plan = company(1)
    caused = {o.number: o for day in plan.company.days(START, LAST) for o in plan.outages(day.date) if o.caused_by}
    bad = [record for record in usual if record.table == "deployments" and record.at(NOON)["caused_incident_id"]]
    assert {record.at(NOON)["caused_incident_id"] for record in bad} == set(caused)
    for record in bad:
        outage = caused[str(record.at(NOON)["caused_incident_id"])]
        at_first, noticed = record.at(outage.started), record.at(outage.detected)
        assert (at_first["result"], at_first["caused_incident_id"]) == ("success", None)
        assert (noticed["result"], noticed["caused_incident_id"]) == ("success", outage.number)
        assert record.at(outage.resolved)["restored_at"] == outage.resolved
        can_go_back = outage.service != "mobile-app"
        assert record.at(outage.resolved)["result"] == ("rolled_back" if can_go_back else "success")


def test_a_failed_deployment_comes_again_with_the_same_commit(usual: list[Record]) -> None:
    found = rows(usual, "deployments")
    failed = [row for row in found if row["result"] == "failure"]
    assert failed
    for row in failed:
        (again,) = (each for each in found if each["deployment_id"] == f"{row['deployment_id']}-again")
        assert (again["commit_sha"], again["result"]) == (row["commit_sha"], "success")
        assert again["started_at"] > row["finished_at"]


def test_the_four_keys_are_those_of_a_good_team(usual: list[Record]) -> None:
    month = [
        row
        for row in rows(usual, "deployments")
        if row["environment"] == "production" and row["started_at"] > NOON - timedelta(days=90)
    ]
    leads = sorted((row["finished_at"] - row["oldest_commit_at"]).total_seconds() for row in month)
    broken = sum(row["result"] == "rolled_back" or row["caused_incident_id"] is not None for row in month)
    assert DEPLOYMENTS_PER_DAY_BANDS.of(len(month) / 90) is Band.ELITE
    assert LEAD_TIME_BANDS.of(leads[len(leads) // 2]) is Band.ELITE
    assert LEAD_TIME_BANDS.of(leads[len(leads) * 9 // 10]) in (Band.ELITE, Band.HIGH)
    assert CHANGE_FAILURE_BANDS.of(broken / len(month)) in (Band.ELITE, Band.HIGH, Band.MEDIUM)
    assert broken > 0


def test_there_are_two_years_of_deployments_before_the_first_day(usual: list[Record]) -> None:
    old = [row for row in rows(usual, "deployments") if row["finished_at"].date() < START]
    assert min(row["finished_at"] for row in old) < NOON - timedelta(days=730)
    assert {row["service"] for row in old} == {service.name for service in SERVICES}
    assert all(row["result"] == "success" for row in old)


def test_main_and_releases_fail_only_within_the_great_incidents(usual: list[Record]) -> None:
    plan = company(1)
    outages = [o for day in plan.company.days(START, LAST) for o in plan.outages(day.date) if o.severity == "critical"]
    builds = [row for row in rows(usual, "ci_builds") if row["stage"] == "build" and row["finished_at"]]
    watched = [row for row in builds if row["branch"] == "main" or row["branch"].startswith("release/")]
    failed = [row for row in watched if row["status"] == "failure"]
    assert {row["repo"] for row in watched if row["branch"] == "main"} == {service.repo for service in OWNED}
    assert len(failed) == len(outages) == 3
    for row in failed:
        (outage,) = (o for o in outages if row["build_id"].startswith(o.number))
        again = next(each for each in watched if each["build_id"] == f"{row['build_id']}-again")
        assert (outage.service, again["status"]) == (row["repo"], "success")
        assert outage.started < row["started_at"] < again["finished_at"] < outage.resolved


def test_most_builds_and_scans_succeed(usual: list[Record]) -> None:
    found = Counter((row["stage"], row["status"]) for row in rows(usual, "ci_builds"))
    passed = {
        stage: found[stage, "success"] / (found[stage, "success"] + found[stage, "failure"])
        for stage in ("build", "security_scan", "performance_test")
    }
    assert passed == {
        "build": pytest.approx(0.92, abs=0.03),
        "security_scan": pytest.approx(0.981, abs=0.01),
        "performance_test": pytest.approx(0.9, abs=0.04),
    }
    assert found["build", "cancelled"]
