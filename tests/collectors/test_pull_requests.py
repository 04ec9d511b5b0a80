"""The queries of pull requests against small tables whose answers are worked out by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from metrics import HistogramState
from metrics import pull_requests as m
from metrics.catalogue import domains

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

HOUR = 3600


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["pull_requests"]) == 5
    assert all(read(metric) == {} for metric in domains()["pull_requests"])


class TestNumbers:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Around noon and a day before; of the last two of `web` nobody knows when they were closed."""
        insert(
            "pull_request_metrics",
            """
            repo | pr_author | state  | created_at       | merged_at        | closed_at        | changes_requested
            api  | ann       | open   | 2026-11-01 12:00 | -                | -                | 9
            api  | ann       | Open   | 2026-10-31 12:00 | -                | -                | 9
            api  | bob       | merged | 2026-10-31 12:01 | 2026-11-01 12:00 | 2026-11-01 12:00 | 2
            api  | bob       | merged | 2026-10-20       | 2026-11-01 12:01 | 2026-11-01 12:01 | 9
            api  | bob       | merged | 2026-10-20       | 2026-10-31 12:00 | 2026-10-31 12:00 | 1
            api  | bob       | closed | 2026-10-20       | -                | 2026-11-01 11:00 | 3
            api  | bob       | open   | 2026-11-01 12:01 | -                | -                | 9
            web  | ann       | merged | 2026-10-20       | 2026-11-01 12:01 | -                | 0
            web  | ann       | merged | 2026-10-20       | 2026-10-30       | -                | 0
            web  | ann       | closed | 2026-10-20       | -                | -                | 0
            doc  | ann       | merged | 2026-09-01       | 2026-09-02       | 2026-09-02       | 0
            old  | ann       | merged | 2026-07-01       | 2026-08-03 12:00 | 2026-08-03 12:00 | 0
        """,
        )

    def test_open_ones_are_those_that_were_open_then(self, read: Read) -> None:
        assert read(m.PULL_REQUESTS_OPEN) == {"api": 3, "web": 1, "doc": 0}

    def test_opened_and_merged_by_window(self, read: Read) -> None:
        assert read(m.PULL_REQUESTS_OPENED) == {
            "api 1d": 2,
            "api 7d": 3,
            "api 30d": 6,
            "web 1d": 0,
            "web 7d": 0,
            "web 30d": 3,
            **{f"doc {window}": 0 for window in ("1d", "7d", "30d")},
        }
        assert read(m.PULL_REQUESTS_MERGED) == {
            "api 1d": 1,
            "api 7d": 2,
            "api 30d": 2,
            "web 1d": 0,
            "web 7d": 1,
            "web 30d": 1,
            **{f"doc {window}": 0 for window in ("1d", "7d", "30d")},
        }

    def test_changes_are_averaged_over_those_whose_reviews_are_over(self, read: Read) -> None:
        """Of `web` one was merged without a request for changes; when it was closed nobody knows."""
        assert read(m.PULL_REQUEST_CHANGES_REQUESTED_MEAN) == {
            "api 1d": 2.5,
            "api 7d": 2,
            "api 30d": 2,
            "web 7d": 0,
            "web 30d": 0,
        }


def test_changes_count_by_the_merge_where_nobody_tells_when_it_was_closed(insert: Insert, read: Read) -> None:
    """Four and none, on average two; one that was closed after its merge counts when it was closed."""
    insert(
        "pull_request_metrics",
        """
        repo | pr_author | state  | created_at | merged_at        | closed_at        | changes_requested
        api  | ann       | merged | 2026-10-20 | 2026-10-31       | -                | 4
        api  | ann       | merged | 2026-10-20 | 2026-10-31       | 2026-10-31       | 0
        api  | ann       | merged | 2026-10-20 | 2026-10-31       | 2026-11-01 12:01 | 9
        api  | ann       | merged | 2026-09-01 | 2026-10-02 12:00 | -                | 9
        api  | ann       | merged | 2026-10-20 | 2026-11-01 12:01 | -                | 9
        api  | ann       | closed | 2026-10-20 | -                | -                | 9
    """,
    )
    assert read(m.PULL_REQUEST_CHANGES_REQUESTED_MEAN) == {"api 7d": 2, "api 30d": 2}


def test_a_pile_that_nobody_touches_has_merged_none(insert: Insert, read: Read) -> None:
    """Twelve wait since June; the second one of `doc` is closed after noon, and that of `web` merged."""
    waiting = "api | ann | open | 2026-06-01 | - | -\n"
    insert(
        "pull_request_metrics",
        "repo | pr_author | state | created_at | merged_at | closed_at\n"
        + 12 * waiting
        + "doc | ann | closed | 2026-06-01 | - | 2026-06-02\n"
        + "doc | ann | closed | 2026-06-01 | - | 2026-11-01 12:01\n"
        + "web | ann | merged | 2026-06-01 | 2026-11-01 12:01 | -\n"
        + "old | ann | closed | 2026-06-01 | - | -",
    )
    none = {f"{repo} {window}": 0 for repo in ("api", "doc", "web") for window in ("1d", "7d", "30d")}
    assert read(m.PULL_REQUESTS_OPEN) == {"api": 12, "doc": 1, "web": 1}
    assert read(m.PULL_REQUESTS_MERGED) == none
    assert read(m.PULL_REQUESTS_OPENED) == none


class TestReviewTime:
    def test_it_ends_with_the_approval_or_a_merge_without_one(self, insert: Insert, read: Read) -> None:
        """Those of `api` take 1 h, 4 h, 30 h (as computed by the source) and 200 h; read until an hour before noon."""
        insert(
            "pull_request_metrics",
            """
            repo | pr_author | state  | created_at       | approved_at      | merged_at        | review_time_hours
            api  | ann       | merged | 2026-10-30 08:00 | 2026-10-30 09:00 | 2026-10-31       | 99
            api  | ann       | merged | 2026-11-01 07:00 | 2026-11-05       | 2026-11-01 11:00 | -
            api  | ann       | merged | 2026-10-20       | -                | 2026-10-30       | 30
            api  | ann       | merged | 2026-10-20       | -                | 2026-10-28 08:00 | -
            api  | ann       | open   | 2026-10-30       | -                | -                | 3
            api  | ann       | open   | 2026-10-30 12:00 | 2026-10-30 11:00 | -                | -
            api  | ann       | merged | 2026-11-01 07:00 | 2026-11-01 11:01 | -                | -
            web  | ann       | merged | 2026-10-01       | -                | 2026-10-02 11:00 | -
        """,
        )
        assert read(m.PULL_REQUEST_REVIEW_TIME) == {"api": HistogramState((1, 2, 2, 2, 3, 3, 4), 235 * HOUR)}

    def test_an_approval_after_the_merge_is_no_second_review(self, insert: Insert, read: Read) -> None:
        """The merge tells when; whether the approval has come by then makes no difference."""
        insert(
            "pull_request_metrics",
            """
            repo | pr_author | state  | created_at | approved_at | merged_at
            api  | ann       | merged | 2026-10-20 | -           | 2026-10-21
            web  | ann       | merged | 2026-10-20 | 2026-10-22  | 2026-10-21
        """,
        )
        day = HistogramState((0, 0, 0, 1, 1, 1, 1), 24 * HOUR)
        assert read(m.PULL_REQUEST_REVIEW_TIME) == {"api": day, "web": day}
