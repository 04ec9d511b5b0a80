"""The queries of engagement against small tables whose answers are worked out by hand."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from metrics import HistogramState
from metrics import engagement as m
from metrics.catalogue import domains
from metrics.growth import growth
from metrics.stickiness import stickiness

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["engagement"]) == 12
    assert all(read(metric) == {} for metric in domains()["engagement"])


class TestActiveUsers:
    def test_users_who_opened_the_app_or_logged_in_count_once(self, insert: Insert, read: Read) -> None:
        insert(
            "user_activity_metrics",
            """
            user_id | user_type | activity_type | activity_date | occurred_at
            ann     | buyer     | app_open      | 2026-11-01    | 2026-11-01 12:00
            ann     | buyer     | login         | 2026-10-20    | 2026-10-20 09:00
            bob     | buyer     | login         | 2026-10-31    | 2026-10-31 12:00:00.1
            cat     | buyer     | app_open      | 2026-10-31    | 2026-10-31 12:00
            dan     | buyer     | search        | 2026-11-01    | 2026-11-01 09:00
            eve     | buyer     | app_open      | 2026-11-01    | 2026-11-01 12:00:00.1
            fay     | -         | app_open      | 2026-10-20    | 2026-10-20 09:00
        """,
        )
        assert read(m.ACTIVE_USERS) == {
            "buyer 1d": 2,
            "buyer 7d": 3,
            "buyer 30d": 3,
            "unknown 1d": 0,
            "unknown 7d": 0,
            "unknown 30d": 1,
        }

    def test_an_activity_known_by_its_date_counts_once_the_day_is_complete(self, insert: Insert, read: Read) -> None:
        insert(
            "user_activity_metrics",
            """
            user_id | user_type | activity_type | activity_date | occurred_at
            ann     | buyer     | app_open      | 2026-11-01    | -
            bob     | buyer     | app_open      | 2026-10-31    | -
            cat     | buyer     | app_open      | 2026-10-30    | -
            dan     | buyer     | app_open      | 2026-10-25    | -
            eve     | buyer     | app_open      | 2026-10-24    | -
            fay     | buyer     | app_open      | 2026-10-02    | -
            gus     | buyer     | app_open      | 2026-10-01    | -
            hal     | -         | login         | 2026-10-31    | -
        """,
        )
        assert read(m.ACTIVE_USERS) == {
            "buyer 1d": 1,
            "buyer 7d": 3,
            "buyer 30d": 5,
            "unknown 1d": 1,
            "unknown 7d": 1,
            "unknown 30d": 1,
        }

    def test_at_midnight_the_day_that_just_ended_is_the_last_one(self, insert: Insert, read: Read) -> None:
        insert(
            "user_activity_metrics",
            """
            user_id | user_type | activity_type | activity_date | occurred_at
            ann     | buyer     | app_open      | 2028-02-29    | -
            bob     | buyer     | app_open      | 2028-02-28    | -
            cat     | buyer     | app_open      | 2028-02-29    | 2028-02-29 00:00:01
            dan     | buyer     | app_open      | 2028-02-29    | 2028-02-29 00:00
        """,
        )
        assert read(m.ACTIVE_USERS, at=datetime(2028, 3, 1, tzinfo=UTC))["buyer 1d"] == 2  # ann and cat

    def test_a_date_is_a_day_of_the_tenant(
        self, connection: psycopg.Connection[Any], insert: Insert, read: Read
    ) -> None:
        insert(
            "user_activity_metrics",
            """
            user_id | user_type | activity_type | activity_date | occurred_at
            ann     | buyer     | app_open      | 2026-10-31    | -
        """,
        )
        connection.execute("SET timezone = 'America/New_York'")
        midnight = datetime(2026, 11, 1, 4, tzinfo=UTC)
        assert read(m.ACTIVE_USERS, at=midnight - timedelta(seconds=1)) == {}
        assert read(m.ACTIVE_USERS, at=midnight)["buyer 1d"] == 1
        # Summer time ends on this day in New York, which gives it 25 hours.
        assert read(m.ACTIVE_USERS, at=midnight + timedelta(hours=25, seconds=-1))["buyer 1d"] == 1
        assert read(m.ACTIVE_USERS, at=midnight + timedelta(hours=25))["buyer 1d"] == 0

    def test_growth_compares_with_the_window_before(self, insert: Insert, read: Read) -> None:
        insert(
            "user_activity_metrics",
            """
            user_id | user_type | activity_type | activity_date | occurred_at
            ann     | buyer     | app_open      | 2026-11-01    | 2026-11-01 09:00
            bob     | buyer     | app_open      | 2026-11-01    | 2026-11-01 09:00
            cat     | buyer     | app_open      | 2026-11-01    | 2026-11-01 09:00
            ann     | buyer     | app_open      | 2026-10-31    | 2026-10-31 12:00
            dan     | buyer     | app_open      | 2026-10-30    | 2026-10-30 12:00:00.1
            eve     | buyer     | app_open      | 2026-10-30    | 2026-10-30 12:00
            gus     | seller    | app_open      | 2026-10-30    | 2026-10-30 12:00:01
        """,
        )
        assert read(m.ACTIVE_USERS_GROWTH) == {"buyer 1d": 0.5, "seller 1d": -1}  # 3 after 2, and 0 after 1

    def test_counts_and_growth_agree_with_the_formula_on_random_rows(
        self, connection: psycopg.Connection[Any], read: Read
    ) -> None:
        chance = random.Random(7)
        rows: list[tuple[str, date, datetime | None]] = []
        for _ in range(400):
            moment = NOON - timedelta(minutes=chance.randrange(-600, 60 * 24 * 62))
            rows.append((f"u{chance.randrange(60)}", moment.date(), moment if chance.random() < 0.7 else None))
        connection.cursor().executemany(
            "INSERT INTO user_activity_metrics (user_id, user_type, activity_type, activity_date, occurred_at) "
            "VALUES (%s, 'buyer', 'login', %s, %s)",
            rows,
        )

        def users(since: datetime, until: datetime) -> int:
            return len(
                {
                    user
                    for user, day, moment in rows
                    if (since < moment <= until if moment else since.date() <= day < until.date())
                }
            )

        for window, days in (("1d", 1), ("7d", 7), ("30d", 30)):
            span = timedelta(days=days)
            now, before = users(NOON - span, NOON), users(NOON - 2 * span, NOON - span)
            assert read(m.ACTIVE_USERS)[f"buyer {window}"] == now > 0
            assert read(m.ACTIVE_USERS_GROWTH)[f"buyer {window}"] == pytest.approx(growth(now, before))


class TestStickiness:
    def test_mean_daily_users_of_30_complete_days_are_divided_by_all_users(self, insert: Insert, read: Read) -> None:
        insert(
            "user_activity_metrics",
            """
            user_id | user_type | activity_type | activity_date
            ann     | buyer     | app_open      | 2026-11-01
            ann     | buyer     | app_open      | 2026-10-31
            ann     | buyer     | login         | 2026-10-31
            ann     | buyer     | app_open      | 2026-10-02
            bob     | buyer     | app_open      | 2026-10-15
            cat     | buyer     | app_open      | 2026-10-01
            dan     | buyer     | search        | 2026-10-15
            eve     | -         | login         | 2026-10-15
        """,
        )
        # Buyers: 3 user-days ÷ 30 days ÷ 2 users.
        assert read(m.USER_STICKINESS) == pytest.approx({"buyer 30d": 3 / 30 / 2, "unknown 30d": 1 / 30})

    def test_it_agrees_with_the_formula_on_random_rows(self, connection: psycopg.Connection[Any], read: Read) -> None:
        chance = random.Random(11)
        days = [date(2026, 10, 2) + timedelta(days=number) for number in range(30)]
        rows = [(f"u{chance.randrange(25)}", chance.choice(days)) for _ in range(300)]
        connection.cursor().executemany(
            "INSERT INTO user_activity_metrics (user_id, user_type, activity_type, activity_date) "
            "VALUES (%s, 'buyer', 'login', %s)",
            rows,
        )
        expected = stickiness([{user for user, visited in rows if visited == day} for day in days])
        assert read(m.USER_STICKINESS) == pytest.approx({"buyer 30d": expected})


class TestSessions:
    def test_durations_fall_into_buckets_with_inclusive_bounds(self, insert: Insert, read: Read) -> None:
        insert(
            "user_session_metrics",
            """
            user_id | platform | session_date | session_duration_minutes
            ann     | ios      | 2026-10-31   | 0
            ann     | iOS      | 2026-10-31   | 1
            ann     | ios      | 2026-10-31   | 1.5
            ann     | ios      | 2026-10-31   | 15
            ann     | ios      | 2026-10-31   | 30
            ann     | ios      | 2026-10-31   | 30.5
            bob     | -        | 2026-10-31   | 5
        """,
        )
        assert read(m.SESSION_DURATION) == {
            "ios": HistogramState((2, 3, 4, 5, 6), 60 + 90 + 900 + 1800 + 1830),
            "unknown": HistogramState((0, 1, 1, 1, 1), 300),
        }

    def test_a_day_is_read_an_hour_after_its_end(self, insert: Insert, read: Read) -> None:
        insert(
            "user_session_metrics",
            """
            user_id | platform | session_date | session_duration_minutes
            ann     | web      | 2026-10-30   | 1
            ann     | web      | 2026-10-31   | 1
            ann     | web      | 2026-11-01   | 1
        """,
        )
        assert read(m.SESSION_DURATION, at=datetime(2026, 11, 1, 0, 59, tzinfo=UTC))["web"].observations == 1
        assert read(m.SESSION_DURATION, at=datetime(2026, 11, 1, 1, 0, tzinfo=UTC))["web"].observations == 2

    def test_sessions_are_divided_by_users_and_by_sessions(self, insert: Insert, read: Read) -> None:
        insert(
            "user_session_metrics",
            """
            user_id | platform | session_date | session_duration_minutes
            ann     | iOS      | 2026-10-31   | 1
            ann     | ANDROID  | 2026-10-31   | 1
            bob     | web      | 2026-10-31   | 1
            bob     | mobile   | 2026-10-25   | 1
            cat     | -        | 2026-10-25   | 1
            dan     | ios      | 2026-10-24   | 1
            eve     | ios      | 2026-11-01   | 1
        """,
        )
        assert read(m.SESSIONS_PER_USER) == pytest.approx({"1d": 3 / 2, "7d": 5 / 3, "30d": 6 / 4})
        assert read(m.MOBILE_SESSIONS) == pytest.approx({"1d": 2 / 3, "7d": 3 / 5, "30d": 4 / 6})


class TestCohorts:
    def test_only_periods_that_have_ended_are_shown_as_fractions(self, insert: Insert, read: Read) -> None:
        insert(
            "user_retention_metrics",
            """
            cohort_date | cohort_size | retention_day_1 | retention_day_7 | retention_day_30
            2026-10-31  | 10          | 40.5            | 30              | 20
            2026-10-30  | 10          | 40.5            | 30              | 20
            2026-10-24  | 10          | 50              | 30              | 20
            2026-10-01  | 10          | -               | 25              | 12.5
        """,
        )
        assert read(m.USER_RETENTION) == pytest.approx(
            {
                "2026-10-30 day 1 all": 0.405,  # day 1 was 31 October
                "2026-10-24 day 1 all": 0.5,
                "2026-10-24 day 7 all": 0.3,
                "2026-10-01 day 7 all": 0.25,
                "2026-10-01 day 30 all": 0.125,
            }
        )

    def test_a_period_ends_at_midnight(self, insert: Insert, read: Read) -> None:
        insert(
            "user_retention_metrics",
            """
            cohort_date | cohort_size | retention_day_1
            2028-02-28  | 10          | 50
        """,
        )
        midnight = datetime(2028, 3, 1, tzinfo=UTC)  # the end of day 1, which is the leap day
        assert read(m.USER_RETENTION, at=midnight) == {"2028-02-28 day 1 all": 0.5}
        assert read(m.USER_RETENTION, at=midnight - timedelta(microseconds=1)) == {}

    def test_the_cohorts_of_the_last_90_days_are_shown(self, insert: Insert, read: Read) -> None:
        insert(
            "user_retention_metrics",
            """
            cohort_date | cohort_size | retention_day_1
            2026-11-01  | 7           | -
            2026-10-31  | 8           | -
            2026-08-03  | 9           | 100
            2026-08-02  | 10          | 100
        """,
        )
        assert read(m.COHORT_USERS) == {"2026-10-31 day all": 8, "2026-08-03 day all": 9}
        assert read(m.USER_RETENTION) == {"2026-08-03 day 1 all": 1}

    def test_an_empty_cohort_has_a_size_and_no_retention(self, insert: Insert, read: Read) -> None:
        insert(
            "user_retention_metrics",
            """
            cohort_date | cohort_size | retention_day_1
            2026-10-20  | 0           | 0
        """,
        )
        assert read(m.COHORT_USERS) == {"2026-10-20 day all": 0}
        assert read(m.USER_RETENTION) == {}


class TestFeatures:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Four users active on the last complete day, eve before, gus after; zoe uses features but is never active."""
        insert(
            "user_activity_metrics",
            """
            user_id | user_type | activity_type | activity_date
            ann     | buyer     | app_open      | 2026-10-31
            ann     | buyer     | login         | 2026-10-31
            bob     | buyer     | app_open      | 2026-10-31
            cat     | seller    | login         | 2026-10-31
            dan     | seller    | app_open      | 2026-10-31
            eve     | seller    | app_open      | 2026-10-25
            fay     | seller    | search        | 2026-10-31
            gus     | seller    | app_open      | 2026-11-01
        """,
        )
        insert(
            "feature_usage_metrics",
            """
            user_id | feature_name | segment | usage_date | use_count
            ann     | chat         | pro     | 2026-10-31 | 3
            ann     | chat         | pro     | 2026-10-30 | 1
            bob     | chat         | pro     | 2026-10-31 | 1
            zoe     | chat         | pro     | 2026-10-31 | 5
            cat     | chat         | -       | 2026-10-31 | 1
            ann     | wish list    | pro     | 2026-10-25 | 2
            ann     | wish list    | pro     | 2026-11-01 | 9
            eve     | wish list    | free    | 2026-10-02 | 2
            gus     | wish list    | free    | 2026-10-20 | 2
            gus     | wish list    | free    | 2026-10-01 | 9
            zoe     | old one      | old     | 2026-10-01 | 9
        """,
        )

    def test_all_users_of_a_feature_count_in_complete_days(self, read: Read) -> None:
        assert read(m.FEATURE_USERS) == {
            "chat pro 1d": 3,
            "chat pro 7d": 3,
            "chat pro 30d": 3,
            "chat unknown 1d": 1,
            "chat unknown 7d": 1,
            "chat unknown 30d": 1,
            "wish list pro 1d": 0,
            "wish list pro 7d": 1,
            "wish list pro 30d": 1,
            "wish list free 1d": 0,
            "wish list free 7d": 0,
            "wish list free 30d": 2,
        }

    def test_adoption_counts_only_active_users_so_that_it_cannot_exceed_1(self, read: Read) -> None:
        # Active: ann, bob, cat, dan on the last day, and eve in the longer windows.
        assert read(m.FEATURE_ADOPTION) == {
            "chat pro 1d": 2 / 4,
            "chat pro 7d": 2 / 5,
            "chat pro 30d": 2 / 5,
            "chat unknown 1d": 1 / 4,
            "chat unknown 7d": 1 / 5,
            "chat unknown 30d": 1 / 5,
            "wish list pro 1d": 0,
            "wish list pro 7d": 1 / 5,
            "wish list pro 30d": 1 / 5,
            "wish list free 1d": 0,
            "wish list free 7d": 0,
            "wish list free 30d": 1 / 5,
        }

    def test_without_active_users_there_are_users_and_no_adoption(
        self, connection: psycopg.Connection[Any], read: Read
    ) -> None:
        connection.execute("TRUNCATE user_activity_metrics")
        assert read(m.FEATURE_ADOPTION) == {}
        assert read(m.FEATURE_USAGE_BREADTH) == {}
        assert read(m.FEATURE_USERS)["chat pro 1d"] == 3

    def test_depth_divides_uses_by_users(self, read: Read) -> None:
        assert read(m.FEATURE_USES_PER_USER) == pytest.approx(
            {
                "chat 1d": 10 / 4,
                "chat 7d": 11 / 4,
                "chat 30d": 11 / 4,
                "wish list 7d": 2,
                "wish list 30d": 6 / 3,
            }
        )

    def test_breadth_is_the_mean_share_of_features_that_an_active_user_of_the_segment_used(self, read: Read) -> None:
        assert read(m.FEATURE_USAGE_BREADTH) == pytest.approx(
            {
                "pro 1d": (1 + 1) / 2 / 2,  # ann and bob used chat, one of two features
                "pro 7d": (2 + 1) / 2 / 2,  # ann used both
                "pro 30d": (2 + 1) / 2 / 2,
                "unknown 1d": 1 / 2,
                "unknown 7d": 1 / 2,
                "unknown 30d": 1 / 2,  # cat
                "free 7d": 0,  # eve came, but had used the wish list weeks before
                "free 30d": 1 / 2,
            }
        )
