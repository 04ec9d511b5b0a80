"""The demo company's sprints, stories, pull requests and features."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from warehouse.demo.engineering import features, writer
from warehouse.demo.engineering.plan import TEAMS, Plan
from warehouse.demo.engineering.record import Record
from warehouse.demo.people import Company

START, LAST = date(2026, 7, 5), date(2026, 11, 1)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
KEYS = {
    "sprint_metrics": ("project", "team", "sprint_number"),
    "story_metrics": ("story_id",),
    "wip_limits": ("team", "column_name", "set_at"),
    "pull_request_metrics": ("pr_id",),
    "features": ("feature_id",),
}
DOMAINS = tuple(domain for domain in writer.DOMAINS if domain.name in ("development", "pull_requests", "features"))


def company() -> Plan:
    return Plan(Company(7, 0.05, START, LAST))


@pytest.fixture(scope="module")
def born() -> list[Record]:
    """All records, two weeks into the time after the last day."""
    plan = company()
    days = list(plan.company.days(START, LAST + timedelta(days=14)))
    return [record for domain in DOMAINS for day in days for record in domain.records(plan, day)]


def rows(born: list[Record], table: str, at: datetime = NOON) -> list[dict[str, Any]]:
    return [dict(record.at(at)) for record in born if record.table == table and record.born <= at]


def test_the_same_company_has_the_same_records() -> None:
    day = company().company.day(LAST - timedelta(days=3))
    for domain in DOMAINS:
        once, again = ([record.at(NOON) for record in domain.records(company(), day)] for _ in range(2))
        assert once == again


def test_keys_are_unique_and_the_rows_of_a_table_alike(born: list[Record]) -> None:
    for table, key in KEYS.items():
        found = [record.values for record in born if record.table == table]
        assert len({tuple(str(values[name]) for name in key) for values in found}) == len(found)
        assert len({tuple(values) for values in found}) == 1


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_a_record_is_born_on_its_day_and_changes_no_longer_than_it_may(domain: writer.Domain) -> None:
    plan = company()
    for day in plan.company.days(START, LAST + timedelta(days=14)):
        for record in domain.records(plan, day):
            assert record.born.date() == day.date
            assert (record.moments[-1].date() - day.date).days <= domain.days_of_change


def test_stories_go_from_state_to_state(born: list[Record]) -> None:
    for record in born:
        if record.table != "story_metrics" or record.values["done_at"] is None:
            continue
        moments = [record.values[f"{name}_at"] for name in ("created", "started", "in_review", "in_qa", "done")]
        assert moments == sorted(moments)  # type: ignore[type-var]
        states = ("Backlog", "In Development", "In Review", "In QA", "Done")
        for moment, state in zip(moments, states, strict=True):
            if isinstance(moment, datetime) and moment >= record.born:
                assert record.at(moment)["status"] == state


def test_what_sprints_say_is_what_their_stories_say(born: list[Record]) -> None:
    """Points by the sprint that a story was in when it was done; those that are carried over are in the next."""
    done: Counter[str] = Counter()
    for row in rows(born, "story_metrics"):
        if row["status"] == "Done":
            done[row["sprint_id"]] += int(row["story_size"])
    sprints = [row for row in rows(born, "sprint_metrics") if date.fromisoformat(row["starts_on"]) > START]
    assert {row["sprint_id"]: row["story_points_completed"] for row in sprints} == {
        row["sprint_id"]: done[row["sprint_id"]] for row in sprints
    }


def test_teams_finish_most_of_what_they_plan_and_carry_a_little_over(born: list[Record]) -> None:
    closed = [row for row in rows(born, "sprint_metrics") if row["ends_on"] < LAST.isoformat()]
    assert Counter(row["team"] for row in closed) == dict.fromkeys(TEAMS, len(closed) // len(TEAMS))
    assert len(closed) >= 13 * len(TEAMS)
    planned, completed = (sum(row[f"story_points_{name}"] for row in closed) for name in ("planned", "completed"))
    assert 0.8 < completed / planned < 1
    sprints = defaultdict(set)
    for record in born:
        if record.table == "story_metrics":
            sprints[record.values["story_id"]] = {record.at(at)["sprint_id"] for at in record.moments} - {None}
    assert 0.02 < sum(len(each) == 2 for each in sprints.values()) / len(sprints) < 0.3


def test_pull_requests_are_reviewed_before_they_are_merged(born: list[Record]) -> None:
    for row in rows(born, "pull_request_metrics", NOON + timedelta(days=14)):
        if row["state"] == "merged":
            assert row["first_commit_at"] < row["created_at"] < row["first_review_at"] <= row["approved_at"]
            assert row["approved_at"] < row["merged_at"] == row["closed_at"]
        assert (row["state"] == "open") == (row["closed_at"] is None)


def test_features_come_with_a_deployment_of_their_service(born: list[Record]) -> None:
    plan = company()
    released = [row for row in rows(born, "features") if row["released_at"]]
    deployments = {
        one.number: one.finished
        for day in range(-features.LONGEST, 121)
        for one in plan.deployments(START + timedelta(days=day))
        if one.environment == "production"
    }
    assert {row["deployment_id"]: row["released_at"] for row in released}.items() <= deployments.items()
    assert sum(row["released_at"] > NOON - timedelta(days=30) for row in released) >= 2
    waiting = {row["pipeline_stage"] for row in rows(born, "features") if not row["released_at"]}
    assert waiting == {"idea", "discovery", "development", "beta"}


def test_what_is_continued_equals_what_is_written_in_one_go(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "DOMAINS", DOMAINS)
    before = datetime(2026, 7, 4, tzinfo=UTC)
    steps = [before, *(datetime(2026, 7, 5, tzinfo=UTC) + timedelta(days=9.7 * number) for number in range(7))]
    contents = []
    for moments in ([before, steps[-1]], steps):
        plan = company()
        for since, until in pairwise(moments):
            writer.write(connection, plan, since, until)
        contents.append([connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in KEYS])
        connection.execute(f"TRUNCATE {', '.join(KEYS)}")
    assert contents[0] == contents[1]
    assert all(contents[0])


def test_the_volume_is_small(born: list[Record]) -> None:
    assert 1000 < len(born) < 5000
    assert {record.table for record in born} == KEYS.keys()
