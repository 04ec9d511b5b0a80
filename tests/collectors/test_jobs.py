"""The queries of background jobs against small tables whose answers are worked out by hand."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from metrics import HistogramState
from metrics import jobs as m
from metrics.catalogue import domains

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["jobs"]) == 5
    assert all(read(metric) == {} for metric in domains()["jobs"])


class TestFinished:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Jobs around the last instant that counters read, a minute before noon, and around the first."""
        insert(
            "jobs",
            """
            queue | job_type | status    | enqueued_at      | started_at       | finished_at
            mail  | welcome  | succeeded | 2026-11-01 11:50 | 2026-11-01 11:58 | 2026-11-01 11:59
            mail  | welcome  | failed    | 2026-11-01 11:50 | 2026-11-01 11:51 | 2026-11-01 11:52
            mail  | welcome  | succeeded | 2026-11-01 11:50 | 2026-11-01 11:55 | 2026-11-01 11:54
            mail  | digest   | succeeded | 2026-11-01 11:50 | -                | 2026-11-01 11:54
            mail  | digest   | running   | 2026-11-01 11:50 | 2026-11-01 11:51 | -
            mail  | digest   | queued    | 2026-11-01 11:50 | -                | -
            index | all      | succeeded | 2026-11-01 11:50 | 2026-11-01 11:51 | 2026-11-01 11:59:01
            index | all      | succeeded | 2026-10-31 11:50 | 2026-10-31 11:51 | 2026-10-31 11:59
        """,
        )

    def test_both_results_are_counted_from_0(self, read: Read) -> None:
        assert read(m.BACKGROUND_JOBS) == {
            "mail welcome succeeded": 2,
            "mail welcome failed": 1,
            "mail digest succeeded": 1,
            "mail digest failed": 0,
        }

    def test_a_job_that_never_started_or_ended_before_tells_no_duration(self, read: Read) -> None:
        assert list(m.BACKGROUND_JOB_DURATION.buckets) == [1, 5, 15, 60, 300, 900, 3600, 14400]
        assert read(m.BACKGROUND_JOB_DURATION) == {"mail welcome": HistogramState((0, 0, 0, 2, 2, 2, 2, 2, 2), 120)}


def test_the_success_ratio_counts_jobs_that_ended_in_the_window(insert: Insert, read: Read) -> None:
    insert(
        "jobs",
        """
        queue | job_type | status    | enqueued_at | finished_at
        mail  | welcome  | succeeded | 2026-09-01  | 2026-11-01 12:00
        mail  | welcome  | succeeded | 2026-09-01  | 2026-11-01 11:00:01
        mail  | welcome  | failed    | 2026-09-01  | 2026-11-01 11:30
        mail  | welcome  | failed    | 2026-09-01  | 2026-11-01 11:00
        mail  | welcome  | failed    | 2026-09-01  | 2026-10-31 12:00
        mail  | welcome  | failed    | 2026-09-01  | 2026-10-25 12:00
        mail  | welcome  | failed    | 2026-09-01  | 2026-10-02 12:00
        mail  | welcome  | failed    | 2026-09-01  | 2026-11-01 12:00:01
        mail  | welcome  | running   | 2026-11-01  | -
        index | all      | failed    | 2026-09-01  | 2026-10-20
        files | clean    | queued    | 2026-11-01  | -
    """,
    )
    assert read(m.BACKGROUND_JOB_SUCCESS) == pytest.approx(
        {"mail 1h": 2 / 3, "mail 1d": 2 / 4, "mail 7d": 2 / 5, "mail 30d": 2 / 6, "index 30d": 0}
    )


class TestWaiting:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "jobs",
            """
            queue | job_type | status    | enqueued_at         | started_at          | finished_at
            mail  | welcome  | queued    | 2026-11-01 12:00    | -                   | -
            mail  | welcome  | succeeded | 2026-11-01 11:50    | 2026-11-01 12:00:01 | 2026-11-01 12:10
            mail  | welcome  | running   | 2026-11-01 11:40    | 2026-11-01 12:00    | -
            mail  | welcome  | queued    | 2026-11-01 12:00:01 | -                   | -
            files | clean    | queued    | 2026-06-01 12:00    | -                   | -
            files | clean    | failed    | 2026-06-01 11:00    | -                   | 2026-06-01 13:00
            index | all      | succeeded | 2026-10-02 12:00:01 | 2026-10-02 12:10    | 2026-10-02 12:20
            old   | all      | succeeded | 2026-10-02 12:00    | 2026-10-02 12:10    | 2026-10-02 12:20
        """,
        )

    def test_jobs_wait_from_when_they_are_asked_for_until_they_start(self, read: Read) -> None:
        assert read(m.BACKGROUND_JOBS_QUEUED) == {"mail": 2, "files": 1, "index": 0}

    def test_the_past_does_not_know_what_started_later(self, read: Read) -> None:
        assert read(m.BACKGROUND_JOBS_QUEUED, datetime(2026, 11, 1, 11, 55, tzinfo=UTC))["mail"] == 2

    def test_a_job_that_waited_for_more_than_30_days_waited_though_it_has_started_since(
        self, insert: Insert, read: Read
    ) -> None:
        """`lost` ended without a start, so nothing of it waits, then or now."""
        insert(
            "jobs",
            """
            queue | job_type | status    | enqueued_at      | started_at       | finished_at
            slow  | all      | succeeded | 2026-09-01 12:00 | 2026-10-20 12:00 | 2026-10-20 12:10
            lost  | all      | failed    | 2026-09-01 12:00 | -                | 2026-09-02 12:00
        """,
        )
        then = datetime(2026, 10, 20, 11, tzinfo=UTC)
        assert read(m.BACKGROUND_JOBS_QUEUED, then) == {"slow": 1, "files": 1, "index": 0, "old": 0}
        assert read(m.BACKGROUND_JOBS_QUEUED).keys() == {"mail", "files", "index"}

    def test_the_oldest_of_them_tells_how_long_one_waits(self, read: Read) -> None:
        assert read(m.BACKGROUND_JOBS_OLDEST_WAIT) == {"mail": 600, "files": 153 * 86400, "index": 0}
