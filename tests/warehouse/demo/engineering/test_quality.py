"""The demo company's bugs, test runs and measures of its code."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import psycopg
import pytest

from metrics import Metric, bugs, code_quality, testing
from warehouse.demo.engineering import quality
from warehouse.demo.engineering.plan import Plan
from warehouse.demo.engineering.record import Record
from warehouse.demo.engineering.writer import write
from warehouse.demo.people import Company

START, LAST = date(2026, 7, 5), date(2026, 11, 1)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
TABLES = ("bug_metrics", "code_metrics", "static_analysis_metrics", "test_execution_metrics")


def company(scale: float = 0.05) -> Plan:
    return Plan(Company(7, scale, START, LAST))


def born(plan: Plan, first: date = START, last: date = LAST) -> list[Record]:
    days = list(plan.company.days(first, last))
    return [record for day in days for make in (quality.bugs, quality.records) for record in make(plan, day)]


@pytest.fixture(scope="module")
def usual() -> list[Record]:
    """All records of a company of the usual size."""
    return born(company(1))


def test_the_same_company_has_the_same_records() -> None:
    once, again = ([record.at(NOON) for record in born(company(), LAST, LAST)] for _ in range(2))
    assert once == again != []


def test_each_record_is_born_on_its_day_and_fits_its_table(usual: list[Record]) -> None:
    plan = company()
    for day in plan.company.days(LAST - timedelta(days=20), LAST + timedelta(days=3)):
        assert {record.born.date() for record in born(plan, day.date, day.date)} == {day.date}
    assert {record.table for record in usual} == set(TABLES)
    assert all(len({tuple(record.values) for record in usual if record.table == table}) == 1 for table in TABLES)
    assert len(usual) < 40_000


def test_a_bug_is_resolved_while_it_may_still_change(usual: list[Record]) -> None:
    found = [record for record in usual if record.table == "bug_metrics"]
    assert len({record.values["bug_id"] for record in found}) == len(found)
    for bug in found:
        resolved = bug.moments[-1]
        assert resolved > bug.born
        assert resolved.date() - bug.born.date() <= quality.LONGEST_RESOLUTION
        before, after = bug.at(resolved - timedelta(seconds=1)), bug.at(resolved)
        assert (before["status"], before["resolved_at"], before["resolution_time_hours"]) == ("open", None, None)
        assert (after["status"], after["resolved_at"]) == ("resolved", resolved)


def test_only_flaky_tests_have_both_results_on_one_commit(usual: list[Record]) -> None:
    results = defaultdict[Any, set[Any]](set)
    executions = [record.values for record in usual if record.table == "test_execution_metrics"]
    for row in executions:
        if row["passed"] is not None:
            results[row["test_name"], row["commit_sha"]].add(row["passed"])
    flaky = {test for (test, _), found in results.items() if len(found) == 2}
    assert flaky == {"test_auction_closes_on_time", "test_checkout_with_slow_bank", "test_chat_reconnects"}
    passed = Counter(row["passed"] for row in executions)
    assert 0.93 < passed[True] / (passed[True] + passed[False]) < 0.98
    assert 90 < len(executions) / 120 < 200


def test_what_the_queries_read_now_is_healthy(connection: psycopg.Connection[Any]) -> None:
    write(connection, company(1), datetime(2026, 9, 1, tzinfo=UTC), NOON)

    def read(metric: Metric) -> dict[str, float]:
        collectors = (import_module(f"collectors.{name}").COLLECTOR for name in ("bugs", "code_quality", "testing"))
        found = [query for collector in collectors for query in collector.queries if metric in query.metrics]
        return {
            " ".join(reading.labels): reading.value
            for query in found
            for _, reading in query.read(connection, [NOON])
            if reading.metric is metric
        }

    coverage = {labels: value for labels, value in read(code_quality.TEST_COVERAGE).items() if labels.endswith("ci")}
    assert len(coverage) == 3 + 5
    assert all(0.81 < value < 0.93 for value in coverage.values())
    assert max(read(testing.TEST_FAILURE_RATIO).values()) < 0.5
    assert sum(read(testing.FLAKY_TESTS).values()) > 0
    assert all(value > 0.85 for value in read(testing.TEST_PASS_RATIO).values())
    assert all(value < 0.4 for value in read(bugs.BUG_LEAK_RATIO).values())
    ages = read(bugs.OLDEST_OPEN_BUG_AGE)
    assert all(age < 2 * 86400 for labels, age in ages.items() if labels.endswith("critical"))
    assert sum(read(code_quality.STATIC_ANALYSIS_ISSUES).values()) > 20
    debt = sum(read(code_quality.TECHNICAL_DEBT_REMEDIATION).values()) / 3600
    assert 100 < debt < 150
