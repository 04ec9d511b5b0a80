"""The queries of bugs against small tables whose answers are worked out by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics import HistogramState
from metrics import bugs as m
from metrics.catalogue import domains
from metrics.defects import leak_ratio

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def seconds(**span: float) -> float:
    return timedelta(**span).total_seconds()


def counted(readings: dict[str, float]) -> dict[str, float]:
    """Those that are not 0."""
    return {labels: value for labels, value in readings.items() if value}


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["bugs"]) == 11
    assert all(read(metric) == {} for metric in domains()["bugs"])


class TestFoundAndFixed:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Bugs around both ends of the windows; severities as people write them."""
        insert(
            "bug_metrics",
            """
            project | severity | created_at              | resolved_at
            shop    | Critical | 2026-11-01 12:00        | -
            shop    | CRITICAL | 2026-10-31 12:00:00.001 | 2026-11-01 12:00
            shop    | high     | 2026-10-31 12:00        | 2026-10-31 12:00
            shop    | high     | 2026-11-01 12:00:00.001 | 2026-11-01 12:00:00.001
            -       | blocker  | 2026-10-02 12:00:00.001 | 2026-10-25 12:00:00.001
            shop    | low      | 2026-10-02 12:00        | 2026-10-03 12:00
            shop    | low      | 2026-01-01 12:00        | 2026-10-28 12:00
            old     | low      | 2026-08-03 12:00        | -
        """,
        )

    def test_bugs_count_where_they_were_reported_in_the_window(self, read: Read) -> None:
        assert counted(read(m.BUGS_REPORTED)) == {
            "shop critical 1d": 2,
            "shop critical 7d": 2,
            "shop critical 30d": 2,
            "shop high 7d": 1,  # exactly a day ago is not within a day
            "shop high 30d": 1,
            "unknown blocker 30d": 1,  # exactly 30 days ago is not within 30 days: the low one is out
        }

    def test_bugs_count_as_fixed_where_they_were_resolved_whenever_they_were_reported(self, read: Read) -> None:
        assert counted(read(m.BUGS_FIXED)) == {
            "shop critical 1d": 1,
            "shop critical 7d": 1,
            "shop critical 30d": 1,
            "shop high 7d": 1,
            "shop high 30d": 1,
            "shop low 7d": 1,
            "shop low 30d": 2,
            "unknown blocker 7d": 1,
            "unknown blocker 30d": 1,
        }

    def test_a_project_with_any_bug_in_90_days_has_a_0_for_each_severity(self, read: Read) -> None:
        found = read(m.BUGS_REPORTED)
        assert found.keys() == read(m.BUGS_FIXED).keys()
        assert len(found) == 2 * 5 * 3  # shop and unknown, the usual severities and blocker, three windows
        assert found["unknown critical 7d"] == 0
        assert not any(labels.startswith("old") for labels in found)  # its bug was reported exactly 90 days ago


def test_a_window_that_ends_at_midnight_is_the_complete_day(insert: Insert, read: Read) -> None:
    """Naive: bugs of `current_date` are those of a day that has hardly begun, and look like a drop."""
    insert(
        "bug_metrics",
        """
        project | severity | created_at
        shop    | low      | 2024-02-28 23:59
        shop    | low      | 2024-02-29 00:01
        shop    | low      | 2024-02-29 23:59
        shop    | low      | 2024-03-01 00:01
    """,
    )
    leap_day = read(m.BUGS_REPORTED, at=datetime(2024, 3, 1, tzinfo=UTC))
    assert leap_day["shop low 1d"] == 2


@pytest.mark.parametrize(
    ("midnight", "first", "last", "hours"),
    [
        ("2026-03-30 00:00+02", "2026-03-29 00:30+01", "2026-03-29 23:30+02", 23),
        ("2026-10-26 00:00+01", "2026-10-25 00:30+02", "2026-10-25 23:30+01", 25),
    ],
)
def test_a_day_of_23_or_25_hours_is_one_day(
    connection: psycopg.Connection[Any], insert: Insert, read: Read, midnight: str, first: str, last: str, hours: int
) -> None:
    connection.execute("SET timezone TO 'Europe/Berlin'")
    insert("bug_metrics", f"project | severity | created_at\nshop | low | {first}\nshop | low | {last}")
    until = datetime.fromisoformat(midnight)
    assert read(m.BUGS_REPORTED, at=until)["shop low 1d"] == 2
    before = until - timedelta(hours=hours, seconds=1)
    insert("bug_metrics", f"project | severity | created_at\nshop | low | {before.isoformat()}")
    assert read(m.BUGS_REPORTED, at=until)["shop low 1d"] == 2


class TestOpen:
    def test_the_moments_decide_and_not_the_status_of_today(self, insert: Insert, read: Read) -> None:
        insert(
            "bug_metrics",
            """
            project | severity | status | created_at              | resolved_at
            shop    | High     | open   | 2026-11-01 11:00        | -
            shop    | high     | closed | 2026-10-31 12:00        | 2026-11-01 12:00:01
            shop    | high     | open   | 2026-10-30 12:00        | 2026-11-01 12:00
            shop    | high     | closed | 2026-10-30 12:00        | 2026-10-31 12:00
            shop    | low      | open   | 2020-01-01 12:00        | -
            shop    | high     | open   | 2026-11-01 12:00:00.001 | -
            -       | medium   | -      | 2026-11-01 12:00        | -
            done    | low      | closed | 2026-10-01 12:00        | 2026-10-02 12:00
            old     | low      | closed | 2026-01-01 12:00        | 2026-08-03 12:00
            new     | high     | open   | 2026-11-01 12:00:01     | -
            new     | high     | closed | 2026-11-01 12:00:01     | 2026-11-01 12:00:02
        """,
        )
        assert counted(read(m.BUGS_OPEN)) == {"shop high": 2, "shop low": 1, "unknown medium": 1}
        assert {labels.split()[0] for labels in read(m.BUGS_OPEN)} == {"shop", "unknown", "done"}
        assert len(read(m.BUGS_OPEN)) == 3 * 4
        assert read(m.OLDEST_OPEN_BUG_AGE) == {
            "shop high": seconds(days=1),
            "shop low": (NOON - datetime(2020, 1, 1, 12, tzinfo=UTC)).total_seconds(),
            "unknown medium": 0,
        }

    def test_what_is_resolved_later_counts_where_it_belongs(self, insert: Insert, read: Read) -> None:
        insert("bug_metrics", "severity | created_at | resolved_at\nLOW | 2026-10-31 12:00 | 2026-11-01 12:00:01")
        assert counted(read(m.BUGS_OPEN)) == {"unknown low": 1}

    def test_a_past_moment_shows_what_was_open_then(self, insert: Insert, read: Read) -> None:
        insert(
            "bug_metrics",
            """
            project | severity | status | created_at       | resolved_at
            shop    | low      | closed | 2026-10-01 12:00 | 2026-10-30 12:00
        """,
        )
        assert counted(read(m.BUGS_OPEN, at=NOON - timedelta(days=7))) == {"shop low": 1}
        assert counted(read(m.BUGS_OPEN)) == {}


class TestIssues:
    """Bugs by the name that teams give them."""

    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "bug_metrics",
            """
            project | severity | status   | created_at       | resolved_at
            shop    | Critical | open     | 2026-11-01 12:00 | -
            shop    | critical | resolved | 2026-10-31 12:00 | 2026-11-01 12:01
            shop    | critical | resolved | 2026-10-31 12:01 | 2026-11-01 12:00
            shop    | critical | open     | 2026-11-01 12:01 | -
            shop    | Blocker  | resolved | 2026-10-20       | 2026-10-25 12:00
            -       | low      | resolved | 2026-06-01       | 2026-10-30
            new     | low      | open     | 2026-11-01 12:01 | -
            old     | low      | resolved | 2026-06-01       | 2026-08-03 12:00
            older   | low      | resolved | 2026-08-03 12:00 | 2026-08-03 11:00
            late    | low      | resolved | 2026-11-01 12:01 | 2026-11-01 12:01
        """,
        )

    def test_issues_opened_by_window_whatever_became_of_them(self, read: Read) -> None:
        opened = read(m.ISSUES_OPENED)
        assert len(opened) == 2 * 5 * 3
        assert opened == read(m.BUGS_REPORTED)
        assert counted(opened) == {
            "shop critical 1d": 2,
            "shop critical 7d": 3,
            "shop critical 30d": 3,
            "shop blocker 30d": 1,
        }

    def test_issues_resolved_by_window_whenever_they_were_opened(self, read: Read) -> None:
        assert read(m.ISSUES_RESOLVED) == read(m.BUGS_FIXED)
        assert counted(read(m.ISSUES_RESOLVED)) == {
            "shop critical 1d": 1,
            "shop critical 7d": 1,
            "shop critical 30d": 1,
            "shop blocker 30d": 1,
            "unknown low 7d": 1,
            "unknown low 30d": 1,
        }

    def test_issues_open_then_with_0_for_the_other_severities(self, read: Read) -> None:
        assert read(m.ISSUES_OPEN) == read(m.BUGS_OPEN)
        assert read(m.ISSUES_OPEN) == {
            "shop critical": 2,
            "shop high": 0,
            "shop medium": 0,
            "shop low": 0,
            "shop blocker": 0,
            "unknown critical": 0,
            "unknown high": 0,
            "unknown medium": 0,
            "unknown low": 0,
            "unknown blocker": 0,
        }


class TestResolutionTime:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """The last instant that is read for the histogram lies an hour before noon. 30 October is a Friday."""
        insert(
            "bug_metrics",
            """
            project | severity | created_at          | resolved_at             | resolution_time_hours
            shop    | High     | 2026-10-30 09:10    | 2026-10-30 10:10        | 99
            shop    | high     | 2026-10-30 07:50    | 2026-10-30 10:50        | 0
            shop    | high     | 2026-10-02 12:10    | 2026-10-02 12:00:00.001 | -5
            -       | low      | 2026-09-01 11:00    | 2026-11-01 11:00        | -
            shop    | high     | 2026-11-01 10:00    | -                       | -
            shop    | high     | 2026-11-01 11:00    | 2026-11-01 12:00        | 1
            shop    | high     | 2026-10-01 12:00    | 2026-10-02 12:00        | 24
            shop    | high     | 2026-11-01 11:00    | 2026-11-01 12:00:00.001 | 1
        """,
        )

    def test_it_is_counted_by_its_moments_and_never_negative(self, read: Read) -> None:
        """Naive: the hours that the source computed are wrong, or missing."""
        assert read(m.BUG_RESOLUTION_TIME) == {
            "shop high": HistogramState((1, 2, 2, 3, 3, 3, 3, 3), seconds(hours=1 + 3 + 24)),
            "unknown low": HistogramState((0, 0, 0, 0, 0, 0, 0, 1), seconds(days=61)),
        }

    def test_the_mean_stands_at_the_iso_weekday_and_hour_of_the_resolution(self, read: Read) -> None:
        """Naive: DAYOFWEEK() and HOUR() do not exist, and a Sunday is 0 with `dow`."""
        assert read(m.BUG_RESOLUTION_TIME_MEAN) == {
            "5 10": seconds(hours=2),
            "7 11": seconds(days=61),
            "7 12": seconds(hours=1),
        }  # exactly 30 days ago, a Friday at 12, is out

    def test_the_hour_is_that_of_the_time_zone_of_the_source(
        self, connection: psycopg.Connection[Any], read: Read
    ) -> None:
        connection.execute("SET timezone TO 'Pacific/Auckland'")
        assert read(m.BUG_RESOLUTION_TIME_MEAN).keys() == {"5 23", "1 0", "1 1"}


def test_a_resolution_is_read_an_hour_late(insert: Insert, read: Read) -> None:
    """A tracker that is copied every hour tells at noon of what was resolved just after eleven."""
    insert(
        "bug_metrics",
        """
        project | severity | created_at       | resolved_at
        shop    | low      | 2026-11-01 10:30 | 2026-11-01 11:00
        shop    | low      | 2026-11-01 10:30 | 2026-11-01 11:00:00.001
    """,
    )
    assert read(m.BUG_RESOLUTION_TIME)["shop low"].sum == seconds(minutes=30)
    later = read(m.BUG_RESOLUTION_TIME, at=NOON + timedelta(seconds=1))["shop low"]
    assert later.sum == pytest.approx(seconds(hours=1, milliseconds=1))


class TestLeak:
    def test_one_of_five_bugs_escaped(self, insert: Insert, read: Read) -> None:
        """Naive: 1 ÷ 5 × 100 of whole numbers is 0 in PostgreSQL, and 1 of 4 bugs would be a quarter."""
        insert(
            "bug_metrics",
            """
            project | severity | found_in_production | created_at
            shop    | low      | true                | 2026-11-01 12:00
            shop    | low      | false               | 2026-10-31 12:00
            shop    | low      | false               | 2026-10-30 12:00
            shop    | low      | false               | 2026-10-29 12:00
            shop    | low      | false               | 2026-10-25 12:00:00.001
            shop    | low      | true                | 2026-10-25 12:00
            shop    | low      | true                | 2026-11-01 12:00:00.001
            -       | low      | false               | 2026-10-29 12:00
            -       | low      | false               | 2026-10-29 12:00
            -       | low      | false               | 2026-10-29 12:00
            -       | low      | true                | 2026-10-29 12:00
            -       | low      | true                | 2026-08-03 12:00
        """,
        )
        assert read(m.BUG_LEAK_RATIO) == pytest.approx({"shop 7d": 0.2, "shop 30d": 1 / 3, "shop 90d": 1 / 3})

    @given(escaped=st.integers(0, 8), inside=st.integers(0, 8))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
    def test_it_agrees_with_the_formula(
        self, connection: psycopg.Connection[Any], read: Read, escaped: int, inside: int
    ) -> None:
        connection.execute("TRUNCATE bug_metrics")
        for number in range(escaped + inside):
            connection.execute(
                "INSERT INTO bug_metrics (bug_id, project, severity, found_in_production, created_at)"
                " VALUES (%s, 'shop', 'low', %s, %s)",
                [str(number), number < escaped, NOON - timedelta(hours=number)],
            )
        assert read(m.BUG_LEAK_RATIO).get("shop 7d") == leak_ratio(escaped, escaped + inside)


class TestDefectsPerFeature:
    def test_escaped_bugs_are_divided_by_the_features_of_the_same_window(self, insert: Insert, read: Read) -> None:
        insert(
            "bug_metrics",
            """
            severity | found_in_production | created_at
            low      | true                | 2026-11-01 12:00
            low      | true                | 2026-10-02 12:00
            low      | true                | 2026-11-01 12:00:01
            low      | false               | 2026-10-31 12:00
        """,
        )
        assert read(m.DEFECTS_PER_FEATURE_RELEASED) == {}
        insert(
            "features",
            """
            name   | released_at
            search | 2026-11-01 12:00
            chat   | 2026-10-02 12:00:01
            filter | 2026-10-02 12:00
            future | 2026-11-01 12:00:01
            idea   | -
        """,
        )
        assert read(m.DEFECTS_PER_FEATURE_RELEASED) == pytest.approx({"30d": 1 / 2, "90d": 2 / 3})

    def test_features_without_defects_have_0(self, insert: Insert, read: Read) -> None:
        insert("features", "name | released_at\nsearch | 2026-10-01 12:00")
        assert read(m.DEFECTS_PER_FEATURE_RELEASED) == {"90d": 0}
