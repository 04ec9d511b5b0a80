"""The queries of development against small tables whose answers are worked out by hand."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from metrics import HistogramState
from metrics import development as m
from metrics.catalogue import domains
from metrics.sprint import completion, predictability, velocity_change

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

DAY = 86400


def _alike(columns: str, values: str, rows: str) -> str:
    """The drawing with columns that say the same in every row."""
    head, *lines = rows.strip().splitlines()
    return "\n".join([f"{columns} | {head}", *(f"{values} | {line}" for line in lines)])


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["development"]) == 13
    assert all(read(metric) == {} for metric in domains()["development"])


class TestSprints:
    def test_points_and_completion_by_sprint(self, insert: Insert, read: Read) -> None:
        """Sprint 9 begins tomorrow, 10 has no day yet; blue planned nothing in 4."""
        insert(
            "sprint_metrics",
            _alike(
                "project | sprint_id",
                "shop | S",
                """
                team | sprint_number | starts_on  | ends_on    | story_points_planned | story_points_completed
                red  | 7             | 2026-10-05 | 2026-10-18 | 40                   | 30
                red  | 8             | 2026-11-01 | 2026-11-14 | 40                   | 50
                red  | 9             | 2026-11-02 | 2026-11-15 | 40                   | 0
                red  | 10            | -          | -          | 20                   | 0
                blue | 4             | 2026-10-19 | -          | 0                    | 3
            """,
            ),
        )
        assert read(m.SPRINT_VELOCITY) == {"shop red 7": 30, "shop red 8": 50, "shop blue 4": 3}
        assert read(m.SPRINT_PLANNED) == {"shop red 7": 40, "shop red 8": 40, "shop blue 4": 0}
        assert read(m.SPRINT_COMPLETION) == {"shop red 7": 0.75, "shop red 8": 1.25}

    def test_the_newest_13_sprints_of_each_team_are_told_by_number_not_by_text(
        self, connection: psycopg.Connection[Any], read: Read
    ) -> None:
        connection.execute("""
            INSERT INTO sprint_metrics (project, team, sprint_id, sprint_number, starts_on, story_points_completed)
            SELECT 'shop', team, 'S' || number, number, date '2026-11-01' - 14 * (100 - number), number
              FROM generate_series(86, 100) AS number, unnest(ARRAY['red', 'blue']) AS team
        """)
        assert read(m.SPRINT_VELOCITY) == {
            f"shop {team} {number}": number for number in range(88, 101) for team in ("red", "blue")
        }

    def test_only_sprints_that_are_over_tell_a_trend(self, insert: Insert, read: Read) -> None:
        """Red: 50 on average after 40; its sprint 7 ends today and is open. Blue has closed five only."""
        insert(
            "sprint_metrics",
            _alike(
                "project | sprint_id",
                "shop | S",
                """
                team | sprint_number | starts_on  | ends_on    | story_points_planned | story_points_completed
                red  | 1             | 2026-08-09 | 2026-08-22 | 50                   | 50
                red  | 2             | 2026-08-23 | 2026-09-05 | 60                   | 30
                red  | 3             | 2026-09-06 | 2026-09-19 | 40                   | 40
                red  | 4             | 2026-09-20 | 2026-10-03 | 100                  | 50
                red  | 5             | 2026-10-04 | 2026-10-17 | 0                    | 40
                red  | 6             | 2026-10-18 | 2026-10-31 | 50                   | 60
                red  | 7             | 2026-10-19 | 2026-11-01 | 50                   | 1
                blue | 1             | 2026-08-09 | 2026-08-22 | 50                   | 5
                blue | 2             | 2026-08-23 | 2026-09-05 | 50                   | 50
                blue | 3             | 2026-09-06 | 2026-09-19 | 50                   | 50
                blue | 4             | 2026-09-20 | 2026-10-03 | 50                   | 50
                blue | 5             | 2026-10-04 | 2026-10-17 | 50                   | 50
                blue | 6             | 2026-10-18 | -          | 50                   | 1
                grey | 1             | 2026-10-18 | 2026-10-31 | 0                    | 1
            """,
            ),
        )
        assert read(m.SPRINT_VELOCITY_CHANGE) == pytest.approx({"shop red": 0.25})
        assert read(m.SPRINT_PREDICTABILITY) == pytest.approx(
            {"shop red": (1 + 0.5 + 1 + 0.5 + 1) / 5, "shop blue": (0.1 + 4) / 5}
        )

    def test_three_closed_sprints_with_a_plan_tell_how_predictable_a_team_is(self, insert: Insert, read: Read) -> None:
        """Of red one is known to be closed; blue is between sprints, grey had one without a plan. Of the last six of
        green three had a plan, of those of white two.
        """
        green = [(1, 6), (2, 6), (3, 6), (4, 0), (5, 0), (6, 0)]
        rows = [f"green | {number} | 2026-08-0{number} | 2026-08-20 | {planned} | 3" for number, planned in green]
        rows += [row.replace("green", "white") for row in rows] + ["white | 7 | 2026-08-07 | 2026-08-20 | 0 | 3"]
        insert(
            "sprint_metrics",
            _alike(
                "project | sprint_id",
                "shop | S",
                """
                team  | sprint_number | starts_on  | ends_on    | story_points_planned | story_points_completed
                red   | 1             | 2026-09-06 | 2026-09-19 | 10                   | 2
                red   | 2             | 2026-09-20 | -          | 10                   | 2
                red   | 3             | 2026-10-04 | -          | 10                   | 2
                red   | 4             | 2026-10-18 | -          | 10                   | 2
                blue  | 1             | 2026-09-06 | 2026-09-19 | 10                   | 2
                blue  | 2             | 2026-09-20 | 2026-10-03 | 10                   | 5
                blue  | 3             | 2026-10-04 | 2026-10-17 | 10                   | 8
                grey  | 1             | 2026-09-06 | 2026-09-19 | 10                   | 2
                grey  | 2             | 2026-09-20 | 2026-10-03 | 10                   | 5
                grey  | 3             | 2026-10-04 | 2026-10-17 | 0                    | 5
            """
                + "\n".join(rows),
            ),
        )
        assert read(m.SPRINT_PREDICTABILITY) == pytest.approx({"shop blue": 0.5, "shop green": 0.5})

    def test_a_day_ends_where_the_source_is(
        self, connection: psycopg.Connection[Any], insert: Insert, read: Read
    ) -> None:
        """The clocks of Berlin go back on 25 October 2026: its day ends at 23:00 UTC."""
        insert(
            "sprint_metrics",
            """
            project | team | sprint_id | sprint_number | starts_on  | ends_on    | story_points_planned
            shop    | red  | S1        | 1             | 2026-09-14 | 2026-09-27 | 10
            shop    | red  | S2        | 2             | 2026-09-28 | 2026-10-11 | 10
            shop    | red  | S3        | 3             | 2026-10-12 | 2026-10-25 | 10
        """,
        )
        connection.execute("SET timezone TO 'Europe/Berlin'")
        assert read(m.SPRINT_PREDICTABILITY, datetime(2026, 10, 25, 22, 59, tzinfo=UTC)) == {}
        assert read(m.SPRINT_PREDICTABILITY, datetime(2026, 10, 25, 23, tzinfo=UTC)) == {"shop red": 0}

    def test_the_queries_agree_with_the_formulas_on_random_sprints(
        self, connection: psycopg.Connection[Any], read: Read
    ) -> None:
        chance = random.Random(7)
        sprints: dict[str, list[tuple[int, int]]] = {}
        for team in range(12):
            rows = [(chance.randrange(90), chance.choice((0, 30, 50, 70))) for _ in range(chance.randrange(1, 13))]
            sprints[f"shop t{team}"] = rows
            for number, (completed, planned) in enumerate(rows, 1):
                starts = date(2026, 10, 18) - timedelta(days=14 * (len(rows) - number))
                connection.execute(
                    "INSERT INTO sprint_metrics VALUES ('shop', %s, %s, %s, %s, %s, %s, %s)",
                    [f"t{team}", f"S{number}", number, starts, starts + timedelta(days=13), planned, completed],
                )
        changes = {team: velocity_change([completed for completed, _ in rows]) for team, rows in sprints.items()}
        shares = {team: predictability(rows) for team, rows in sprints.items()}
        ratios = {
            f"{team} {number}": completion(*row) for team, rows in sprints.items() for number, row in enumerate(rows, 1)
        }
        assert read(m.SPRINT_VELOCITY_CHANGE) == pytest.approx(_known(changes))
        assert read(m.SPRINT_PREDICTABILITY) == pytest.approx(_known(shares))
        assert read(m.SPRINT_COMPLETION) == pytest.approx(_known(ratios))


def _known(values: dict[str, float | None]) -> dict[str, float]:
    return {key: value for key, value in values.items() if value is not None}


class TestSizes:
    def test_stories_of_the_current_sprint_of_each_team(self, insert: Insert, read: Read) -> None:
        """Both teams call a sprint S8; red is in it, blue is in S4. Green is between sprints."""
        insert(
            "sprint_metrics",
            """
            project | team  | sprint_id | sprint_number | starts_on  | ends_on
            shop    | red   | S7        | 7             | 2026-10-18 | 2026-10-31
            shop    | red   | S8        | 8             | 2026-11-01 | 2026-11-14
            shop    | red   | S9        | 9             | 2026-11-15 | 2026-11-28
            shop    | blue  | S8        | 3             | 2026-10-05 | 2026-10-18
            shop    | blue  | S4        | 4             | 2026-10-19 | 2026-11-01
            shop    | green | S4        | 4             | 2026-10-19 | 2026-10-31
        """,
        )
        insert(
            "story_metrics",
            """
            project | team  | sprint_id | story_size | status         | created_at       | cancelled_at
            shop    | red   | S8        | 3          | Done           | 2026-10-20       | -
            shop    | red   | S8        | 3          | Backlog        | 2026-11-01 12:00 | -
            shop    | red   | S8        | M          | In Review      | 2026-10-20       | -
            shop    | red   | S8        | -          | Backlog        | 2026-10-20       | -
            shop    | red   | S8        | 8          | Cancelled      | 2026-10-20       | 2026-11-01 12:00
            shop    | red   | S8        | 8          | Backlog        | 2026-11-01 12:01 | -
            shop    | red   | S7        | 8          | Done           | 2026-10-01       | -
            shop    | red   | S9        | 8          | Backlog        | 2026-10-20       | -
            shop    | red   | -         | 8          | Backlog        | 2026-10-20       | -
            shop    | blue  | S4        | 13         | In Development | 2026-10-20       | -
            shop    | blue  | S8        | 8          | Done           | 2026-10-01       | -
            shop    | green | S4        | 8          | Done           | 2026-10-01       | -
        """,
        )
        assert read(m.STORIES_BY_SIZE) == {"shop red 3": 2, "shop red M": 1, "shop red unknown": 1, "shop blue 13": 1}

    def test_of_two_sprints_that_overlap_the_later_one_is_current(self, insert: Insert, read: Read) -> None:
        insert(
            "sprint_metrics",
            """
            project | team | sprint_id | sprint_number | starts_on  | ends_on
            shop    | red  | S8        | 8             | 2026-10-25 | 2026-11-07
            shop    | red  | S9        | 9             | 2026-11-01 | 2026-11-14
            shop    | old  | S1        | 1             | 2025-11-02 | -
        """,
        )
        insert(
            "story_metrics",
            """
            project | team | sprint_id | story_size | status  | created_at
            shop    | red  | S8        | 8          | Backlog | 2026-10-20
            shop    | red  | S9        | 9          | Backlog | 2026-10-20
            shop    | old  | S1        | 1          | Backlog | 2025-10-20
        """,
        )
        assert read(m.STORIES_BY_SIZE) == {"shop red 9": 1}


class TestStories:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Around noon, around 7 days and 30 days before; `status` is in any case."""
        insert(
            "story_metrics",
            """
            project | team | assignee | status    | cycle_time_hours | created_at | started_at       | done_at
            shop    | red  | ann      | done      | 99               | 2026-09-01 | 2026-10-31 11:00 | 2026-11-01 11:00
            shop    | red  | ann      | Done      | 48               | 2026-09-01 | -                | 2026-10-30
            shop    | red  | bob      | DONE      | -                | 2026-09-01 | 2026-10-19       | 2026-10-30
            shop    | red  | -        | Done      | -                | 2026-09-01 | 2026-11-01 11:55 | 2026-11-01 12:00
            shop    | red  | ann      | Done      | -                | 2026-09-01 | 2026-11-01       | 2026-11-01 12:01
            shop    | red  | eve      | Cancelled | -                | 2026-09-01 | 2026-10-19       | 2026-10-30
            shop    | red  | ann      | Done      | -                | 2026-10-30 | 2026-10-31       | 2026-10-30
            shop    | blue | -        | Done      | -                | 2026-09-01 | -                | 2026-10-25 12:00
            shop    | grey | ann      | Done      | 5                | 2026-09-01 | -                | 2026-10-02 12:00
            shop    | grey | ann      | Done      | 5                | 2026-09-01 | -                | 2026-10-02 11:00
        """,
        )

    def test_cycle_times_are_those_of_stories_by_the_moment_they_were_done(self, read: Read) -> None:
        """A day, two days as the source computed them, eleven days; read until an hour ago, and 30 days back."""
        assert read(m.STORY_CYCLE_TIME) == {
            "shop red": HistogramState((0, 0, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3), 14 * DAY),
            "shop grey": HistogramState((0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), 5 * 3600),
        }

    def test_completed_stories_by_window_with_0_for_teams_that_finished_some_before(self, read: Read) -> None:
        assert read(m.STORIES_COMPLETED) == {
            "shop red 7d": 5,
            "shop red 30d": 5,
            "shop blue 7d": 0,
            "shop blue 30d": 1,
            "shop grey 7d": 0,
            "shop grey 30d": 0,
        }

    def test_stories_per_developer_need_somebody_who_did_them(self, read: Read) -> None:
        assert read(m.STORIES_COMPLETED_PER_DEVELOPER) == {"red 7d": 2.5, "red 30d": 2.5}


class TestWorkInProgress:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """The status is that of today, and the same for all. Blue finished its story 90 days ago, grey just after."""
        insert(
            "story_metrics",
            _alike(
                "status | created_at",
                "In QA | 2026-07-01",
                """
        project | team | started_at       | in_review_at     | in_qa_at         | done_at          | cancelled_at
        shop    | red  | 2026-11-01 12:00 | -                | -                | -                | -
        shop    | red  | 2026-10-30       | 2026-11-01 12:01 | 2026-11-01 13:00 | -                | -
        shop    | red  | 2026-10-30       | 2026-10-31       | 2026-11-01       | 2026-11-01 12:01 | -
        shop    | red  | 2026-10-30       | 2026-11-01       | 2026-10-31       | -                | -
        ops     | red  | 2026-10-30       | 2026-10-31       | -                | -                | 2026-11-01 12:01
        shop    | red  | 2026-10-30       | 2026-10-31       | -                | -                | 2026-11-01 12:00
        shop    | red  | 2026-10-30       | 2026-10-31       | -                | 2026-11-01 12:00 | -
        shop    | red  | 2026-11-01 12:01 | -                | -                | -                | -
        shop    | red  | -                | -                | -                | -                | -
        shop    | blue | 2026-07-01       | -                | -                | 2026-08-03 12:00 | -
        shop    | grey | 2026-07-01       | -                | -                | 2026-08-03 12:01 | -
            """,
            ),
        )

    def test_stories_are_where_their_moments_say(self, read: Read) -> None:
        assert read(m.STORIES_IN_PROGRESS) == {
            "shop red In Development": 2,
            "shop red In Review": 1,
            "shop red In QA": 1,
            "ops red In Development": 0,
            "ops red In Review": 1,
            "ops red In QA": 0,
            "shop grey In Development": 0,
            "shop grey In Review": 0,
            "shop grey In QA": 0,
        }

    def test_limits_count_as_they_were_over_all_projects_of_the_team(self, insert: Insert, read: Read) -> None:
        """Red holds 2, 2 and 1. Its second limit is lowered to 1 at noon, and raised after it."""
        insert(
            "wip_limits",
            """
            team  | column_name    | limit_value | set_at
            red   | in development | 2           | 2026-01-01
            red   | In Review      | 2           | 2026-01-01
            red   | In Review      | 1           | 2026-11-01 12:00
            red   | In Review      | 9           | 2026-11-01 12:01
            red   | In QA          | 1           | 2026-01-01
            red   | Ready          | 1           | 2026-01-01
            blue  | In QA          | 1           | 2026-01-01
            grey  | In QA          | 1           | 2026-11-01 12:01
            white | Ready          | 1           | 2026-01-01
        """,
        )
        assert read(m.WIP_LIMIT_COMPLIANCE) == pytest.approx({"red": 2 / 3, "blue": 1})

    @pytest.mark.parametrize(("room", "kept"), [((2, 2, 1), 1), ((1, 1, 1), 1 / 3)])
    def test_limits_count_the_stories_of_the_moment(
        self, insert: Insert, read: Read, room: tuple[int, int, int], kept: float
    ) -> None:
        """One story more would break the first limits, one less would keep more of the second."""
        columns = zip(("In Development", "In Review", "In QA"), room, strict=True)
        rows = "\n".join(f"red | {name} | {limit} | 2026-01-01" for name, limit in columns)
        insert("wip_limits", f"team | column_name | limit_value | set_at\n{rows}")
        assert read(m.WIP_LIMIT_COMPLIANCE) == pytest.approx({"red": kept})


def test_a_story_that_went_back_to_the_backlog_or_ended_nobody_knows_when_is_not_in_progress(
    insert: Insert, read: Read
) -> None:
    """Of four that began, red has one in development. What ended after noon, as with blue, was still in progress."""
    insert(
        "story_metrics",
        _alike(
            "project | created_at",
            "shop | 2026-06-01",
            """
            team | status         | started_at | in_review_at | done_at          | cancelled_at
            red  | Backlog        | 2026-06-02 | -            | -                | -
            red  | in development | 2026-10-30 | -            | -                | -
            red  | Done           | 2026-06-02 | 2026-06-03   | -                | -
            red  | Cancelled      | 2026-06-02 | -            | -                | -
            blue | Done           | 2026-10-30 | 2026-10-31   | 2026-11-01 12:01 | -
            blue | Cancelled      | 2026-10-30 | -            | -                | 2026-11-01 12:01
        """,
        ),
    )
    insert(
        "wip_limits",
        """
        team | column_name    | limit_value | set_at
        red  | In Development | 1           | 2026-01-01
        blue | In Development | 1           | 2026-01-01
        blue | In Review      | 1           | 2026-01-01
    """,
    )
    in_progress = {labels: stories for labels, stories in read(m.STORIES_IN_PROGRESS).items() if stories}
    assert in_progress == {"shop red In Development": 1, "shop blue In Development": 1, "shop blue In Review": 1}
    assert read(m.WIP_LIMIT_COMPLIANCE) == {"red": 1, "blue": 1}


class TestCode:
    def test_the_newest_measure_within_90_days_counts(self, insert: Insert, read: Read) -> None:
        insert(
            "code_metrics",
            """
            project | component | metric_type            | metric_value | timestamp
            shop    | api       | complexity             | 7.5          | 2026-11-01 12:00
            shop    | api       | complexity             | 9            | 2026-10-31
            shop    | api       | complexity             | 3            | 2026-11-01 12:01
            shop    | api       | complexity             | -            | 2026-11-01 11:00
            shop    | -         | complexity             | 6            | 2026-08-03 12:01
            shop    | old       | complexity             | 6            | 2026-08-03 12:00
            shop    | api       | documentation_coverage | 10           | 2026-11-01
            shop    | -         | documentation_coverage | 70           | 2026-10-31
            shop    | -         | documentation_coverage | 78.9         | 2026-11-01
        """,
        )
        assert read(m.CODE_COMPLEXITY) == {"shop api": 7.5, "shop all": 6}
        assert read(m.DOCUMENTATION_COVERAGE) == pytest.approx({"shop": 0.789})

    def test_components_count_by_their_lines(self, insert: Insert, read: Read) -> None:
        """A tenth of the lines is documented to 100 %, the rest to 50 %; nobody knows how large `new` is."""
        insert(
            "code_metrics",
            """
            project | component | metric_type            | metric_value | timestamp
            shop    | api       | documentation_coverage | 100          | 2026-11-01
            shop    | web       | documentation_coverage | 50           | 2026-10-01
            shop    | new       | documentation_coverage | 10           | 2026-10-01
            shop    | api       | total_lines            | 9999         | 2026-10-30
            shop    | api       | total_lines            | 1000         | 2026-11-01
            shop    | web       | total_lines            | 9000         | 2026-10-30
            shop    | bin       | total_lines            | 7000         | 2026-10-30
            ops     | bin       | documentation_coverage | 50           | 2026-11-01
            new     | -         | documentation_coverage | 50           | 2026-11-01 12:00
            new     | -         | documentation_coverage | 60           | 2026-11-01 12:01
            new     | -         | documentation_coverage | 70           | 2026-11-01 11:00
            old     | -         | documentation_coverage | 50           | 2026-08-03 12:00
            web     | -         | documentation_coverage | 60           | 2026-10-30
            web     | -         | documentation_coverage | 101          | 2026-10-31
            web     | -         | documentation_coverage | -1           | 2026-11-01
            bank    | all       | documentation_coverage | 70           | 2026-11-01
            bank    | all       | total_lines            | 1000         | 2026-11-01
            bank    | web       | documentation_coverage | 30           | 2026-11-01
            bank    | web       | total_lines            | 1000         | 2026-11-01
        """,
        )
        assert read(m.DOCUMENTATION_COVERAGE) == pytest.approx({"shop": 0.55, "new": 0.5, "web": 0.6, "bank": 0.7})

    def test_documentation_of_a_component_that_is_newer_goes_before_that_of_the_whole(
        self, insert: Insert, read: Read
    ) -> None:
        """Of `shop` 10 % are documented by the newest report; nobody knows how large the component of `mill` is."""
        insert(
            "code_metrics",
            """
            project | component | metric_type            | metric_value | timestamp
            shop    | -         | documentation_coverage | 90           | 2026-08-10
            shop    | -         | total_lines            | 1000         | 2026-11-01
            shop    | web       | documentation_coverage | 10           | 2026-10-31
            shop    | web       | total_lines            | 100          | 2026-09-01
            mill    | -         | documentation_coverage | 90           | 2026-08-10
            mill    | web       | documentation_coverage | 10           | 2026-10-31
            bank    | -         | documentation_coverage | 70           | 2026-10-31
            bank    | web       | documentation_coverage | 30           | 2026-10-30
            bank    | web       | total_lines            | 1000         | 2026-11-01
        """,
        )
        assert read(m.DOCUMENTATION_COVERAGE) == pytest.approx({"shop": 0.1, "mill": 0.9, "bank": 0.7})

    def test_of_two_measures_of_one_moment_the_later_row_counts(self, insert: Insert, read: Read) -> None:
        insert(
            "code_metrics",
            "project | component | metric_type | metric_value | timestamp\n"
            "shop | api | complexity | 9 | 2026-11-01\nshop | api | complexity | 8 | 2026-11-01",
        )
        assert read(m.CODE_COMPLEXITY) == {"shop api": 8}
