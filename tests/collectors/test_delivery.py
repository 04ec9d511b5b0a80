"""The queries of delivery against small tables whose answers are worked out by hand."""

import random
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import psycopg
import pytest

from metrics import HistogramState
from metrics import delivery as m
from metrics.catalogue import domains
from metrics.dora import Deployment, change_failure_ratio, deployment_frequency, lead_times, restore_times

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["delivery"]) == 17
    assert all(read(metric) == {} for metric in domains()["delivery"])


class TestDeployments:
    def test_each_counts_once_with_the_result_of_its_end(self, insert: Insert, read: Read) -> None:
        insert(
            "deployments",
            """
            service | environment | started_at       | finished_at         | result      | rolled_back_at
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:59    | success     | -
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | rolled_back | 2026-11-01 11:30
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | rolled_back | 2026-11-01 11:00
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | rolled_back | -
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | failure     | -
            shop    | staging     | 2026-11-01 10:00 | 2026-11-01 11:00    | success     | -
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:59:01 | success     | -
            shop    | production  | 2026-10-02 11:00 | 2026-10-02 11:59    | success     | -
            shop    | production  | 2026-11-01 11:00 | -                   | running     | -
        """,
        )
        assert read(m.DEPLOYMENTS) == {
            "shop production success": 2,  # the newest that has settled, and the one that was rolled back later
            "shop production rolled_back": 2,
            "shop production failure": 1,
            "shop staging success": 1,
            "shop staging rolled_back": 0,  # there before the first one, so that its growth can be seen
            "shop staging failure": 0,
        }

    def test_durations_reach_from_start_to_end(self, insert: Insert, read: Read) -> None:
        insert(
            "deployments",
            """
            service | environment | started_at       | finished_at         | result
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 10:01    | success
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 10:04:42 | failure
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 10:00    | success
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 09:59    | success
            shop    | staging     | 2026-11-01 08:00 | 2026-11-01 10:00    | rolled_back
        """,
        )
        assert list(m.DEPLOYMENT_DURATION.buckets) == [30, 60, 120, 300, 600, 900, 1800, 3600]
        assert read(m.DEPLOYMENT_DURATION) == {
            "shop production": HistogramState((1, 2, 2, 3, 3, 3, 3, 3, 3), 342),
            "shop staging": HistogramState((0, 0, 0, 0, 0, 0, 0, 0, 1), 7200),
        }

    def test_success_is_without_a_rollback_so_far(self, insert: Insert, read: Read) -> None:
        insert(
            "deployments",
            """
            service | environment | started_at       | finished_at         | result      | rolled_back_at
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 12:00    | success     | -
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | rolled_back | 2026-11-01 12:00
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | rolled_back | 2026-11-01 12:01
            shop    | production  | 2026-10-31 10:00 | 2026-10-31 12:00    | failure     | -
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 12:00:01 | failure     | -
            shop    | staging     | 2026-11-01 10:00 | 2026-11-01 11:00    | rolled_back | -
            shop    | production  | 2026-11-01 11:00 | -                   | running     | -
        """,
        )
        assert read(m.DEPLOYMENT_SUCCESS) == pytest.approx(
            {
                "shop production 1d": 2 / 3,
                "shop production 7d": 2 / 4,
                "shop production 30d": 2 / 4,
                "shop staging 1d": 0,
                "shop staging 7d": 0,
                "shop staging 30d": 0,
            }
        )

    def test_automation_is_of_what_is_known(self, insert: Insert, read: Read) -> None:
        insert(
            "deployments",
            """
            service | environment | started_at       | finished_at         | result  | is_automated
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 12:00    | success | true
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | failure | true
            auth    | production  | 2026-10-02 10:00 | 2026-10-02 12:00:01 | success | false
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | success | -
            shop    | production  | 2026-10-02 10:00 | 2026-10-02 12:00    | success | false
            shop    | staging     | 2026-11-01 10:00 | 2026-11-01 11:00    | success | false
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 12:00:01 | success | false
        """,
        )
        assert read(m.PROCESS_AUTOMATION) == pytest.approx({"deployment": 2 / 3})
        assert read(m.PROCESS_AUTOMATION, at=NOON + 90 * DAY) == {}


class TestFrequency:
    def test_it_counts_what_reached_users_in_production(self, insert: Insert, read: Read) -> None:
        insert(
            "deployments",
            """
            service | environment | started_at       | finished_at         | result
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 12:00    | success
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | rolled_back
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | failure
            shop    | staging     | 2026-11-01 10:00 | 2026-11-01 11:00    | success
            shop    | production  | 2026-10-31 10:00 | 2026-10-31 12:00    | success
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 12:00:01 | success
            auth    | production  | 2026-08-03 12:00 | 2026-08-03 12:00:01 | failure
            gone    | production  | 2026-08-03 10:00 | 2026-08-03 12:00    | success
        """,
        )
        assert read(m.DEPLOYMENTS_PER_DAY) == pytest.approx(
            {
                "shop production 1d": 2,
                "shop production 7d": 3 / 7,
                "shop production 30d": 3 / 30,
                "auth production 1d": 0,
                "auth production 7d": 0,
                "auth production 30d": 0,
            }
        )

    YEARS = """
        service | environment | started_at       | finished_at         | result
        shop    | production  | 2026-11-01 10:00 | 2026-11-01 12:00    | success
        shop    | production  | 2026-10-01 10:00 | 2026-10-01 11:00    | rolled_back
        auth    | production  | 2025-11-01 10:00 | 2025-11-01 12:00:01 | success
        auth    | production  | 2025-11-01 10:00 | 2025-11-01 12:00    | success
        auth    | production  | 2024-11-01 10:00 | 2024-11-01 12:00:01 | success
        auth    | production  | 2025-06-01 10:00 | 2025-06-01 12:00    | failure
        auth    | staging     | 2025-06-01 10:00 | 2025-06-01 12:00    | success
        auth    | staging     | 2024-06-01 10:00 | 2024-06-01 12:00    | success
        auth    | production  | 2026-11-01 10:00 | 2026-11-01 12:00:01 | success
    """

    def test_growth_compares_two_years_to_the_second(self, insert: Insert, read: Read) -> None:
        insert("deployments", self.YEARS + "    auth | production | 2024-11-01 10:00 | 2024-11-01 12:00 | success")
        assert read(m.DEPLOYMENTS_YEAR_GROWTH) == {"production": 0.5}  # (3 − 2) ÷ 2

    def test_there_is_no_growth_before_two_years_are_known(self, insert: Insert, read: Read) -> None:
        insert("deployments", self.YEARS)
        assert read(m.DEPLOYMENTS_YEAR_GROWTH) == {}

    def test_there_is_no_growth_from_nothing(self, insert: Insert, read: Read) -> None:
        insert(
            "deployments",
            """
            service | environment | started_at       | finished_at      | result
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00 | success
            shop    | production  | 2020-11-01 10:00 | 2020-11-01 11:00 | success
        """,
        )
        assert read(m.DEPLOYMENTS_YEAR_GROWTH) == {}


class TestLeadTime:
    def test_it_begins_with_the_oldest_commit_and_a_commit_counts_once(self, insert: Insert, read: Read) -> None:
        insert(
            "deployments",
            """
            service | environment | commit_sha | oldest_commit_at | started_at       | finished_at      | result
            shop    | production  | a          | 2026-11-01 04:00 | 2026-11-01 07:00 | 2026-11-01 08:00 | failure
            shop    | staging     | a          | 2026-11-01 04:00 | 2026-11-01 07:00 | 2026-11-01 08:00 | success
            shop    | production  | a          | 2026-11-01 04:00 | 2026-11-01 07:00 | 2026-11-01 09:00 | rolled_back
            shop    | production  | a          | 2026-11-01 04:00 | 2026-11-01 07:00 | 2026-11-01 11:00 | success
            auth    | production  | a          | 2026-11-01 04:00 | 2026-11-01 07:00 | 2026-11-01 11:00 | success
            shop    | production  | -          | 2026-11-01 10:00 | 2026-11-01 10:59 | 2026-11-01 11:00 | success
            shop    | production  | -          | 2026-11-01 10:00 | 2026-11-01 10:59 | 2026-11-01 11:00 | success
            shop    | production  | b          | -                | 2026-11-01 10:59 | 2026-11-01 11:00 | success
            shop    | production  | c          | 2026-11-01 11:01 | 2026-11-01 10:59 | 2026-11-01 11:00 | success
        """,
        )
        assert read(m.LEAD_TIME_FOR_CHANGES) == {
            # 5 h, and 1 h twice, because nobody can tell whether what has no commit is the same
            "shop": HistogramState((2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3), 7 * 3600),
            "auth": HistogramState((0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1), 7 * 3600),
        }


class TestChangeFailures:
    ROWS = """
        service | environment | started_at | finished_at      | result      | rolled_back_at   | caused_incident_id
        shop    | production  | 2026-10-01 | 2026-11-01 12:00 | success     | -                | -
        shop    | production  | 2026-10-01 | 2026-11-01 11:00 | failure     | -                | -
        shop    | production  | 2026-10-01 | 2026-11-01 11:00 | rolled_back | 2026-11-01 12:00 | -
        shop    | production  | 2026-10-01 | 2026-11-01 11:00 | success     | -                | INC-1
        shop    | production  | 2026-10-01 | 2026-11-01 11:00 | success     | -                | -
        shop    | staging     | 2026-10-01 | 2026-11-01 11:00 | rolled_back | -                | -
        shop    | production  | 2026-10-01 | 2026-10-31 12:00 | rolled_back | -                | INC-1
        auth    | production  | 2026-10-01 | 2026-11-01 11:00 | success     | -                | INC-9
        auth    | production  | 2026-10-01 | 2026-11-01 11:00 | success     | -                | -
        gone    | production  | 2026-10-01 | 2026-10-02 12:00 | rolled_back | -                | -
    """

    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """One deployment is rolled back at noon; the incident of another is noticed a minute before."""
        insert("deployments", self.ROWS)
        insert(
            "incidents",
            """
            incident_id | service | severity | started_at       | detected_at
            INC-1       | shop    | high     | 2026-11-01 11:00 | 2026-11-01 11:59
            INC-2       | shop    | high     | 2026-11-01 11:00 | 2026-11-01 11:59
        """,
        )

    def test_it_divides_deployments_that_broke_by_all_of_them(self, read: Read) -> None:
        """Incidents are not what is counted: one that two deployments caused makes two fail, one of none makes none."""
        assert read(m.CHANGE_FAILURE) == pytest.approx(
            {
                "shop 1d": 2 / 5,
                "shop 7d": 3 / 6,
                "shop 30d": 3 / 6,
                "auth 1d": 1 / 2,  # the incident is not in the table, but was named
                "auth 7d": 1 / 2,
                "auth 30d": 1 / 2,
            }
        )

    def test_a_past_moment_knows_nothing_of_what_came_later(self, read: Read) -> None:
        assert read(m.CHANGE_FAILURE, at=datetime(2026, 11, 1, 11, 58, tzinfo=UTC))["shop 1d"] == 1 / 5
        assert read(m.CHANGE_FAILURE, at=datetime(2026, 11, 1, 11, 59, tzinfo=UTC))["shop 1d"] == 2 / 5


class TestRestoring:
    def test_an_incident_counts_once_when_a_deployment_to_production_caused_it(
        self, insert: Insert, read: Read
    ) -> None:
        insert(
            "deployments",
            """
            service | environment | started_at       | finished_at      | result      | caused_incident_id
            shop    | production  | 2026-10-29 10:00 | 2026-10-29 11:00 | success     | INC-1
            shop    | production  | 2026-10-29 10:00 | 2026-10-29 11:00 | rolled_back | INC-1
            shop    | production  | 2026-10-29 10:00 | 2026-10-29 11:00 | success     | INC-2
            shop    | production  | 2026-10-29 10:00 | 2026-10-29 11:00 | success     | INC-3
            shop    | production  | 2026-10-29 10:00 | 2026-10-29 11:00 | success     | INC-4
            shop    | production  | 2026-10-29 10:00 | 2026-10-29 11:00 | success     | INC-7
            shop    | staging     | 2026-10-29 10:00 | 2026-10-29 11:00 | success     | INC-5
        """,
        )
        insert(
            "incidents",
            """
            incident_id | service | severity | started_at       | resolved_at
            INC-1       | shop    | HIGH     | 2026-10-29 11:00 | 2026-10-29 11:12
            INC-2       | -       | low      | 2026-10-29 09:30 | 2026-10-29 12:00
            INC-3       | shop    | high     | 2026-10-29 11:00 | -
            INC-4       | shop    | high     | 2026-10-29 11:00 | 2026-10-29 10:00
            INC-5       | shop    | high     | 2026-10-29 11:00 | 2026-10-29 11:12
            INC-6       | shop    | high     | 2026-10-29 11:00 | 2026-10-29 11:12
            INC-7       | shop    | high     | 2026-10-29 11:00 | 2026-10-29 12:00:01
        """,
        )
        # INC-7 ended less than three days ago: a post-mortem may still find what caused it.
        assert read(m.TIME_TO_RESTORE_SERVICE) == {
            "shop high": HistogramState((0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), 720),
            "unknown low": HistogramState((0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1), 9000),
        }


class TestLastMoments:
    def test_the_newest_deployment_to_production_is_told_by_its_end(self, insert: Insert, read: Read) -> None:
        insert(
            "deployments",
            """
            service | environment | started_at       | finished_at         | result
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 12:00    | failure
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 11:00    | success
            shop    | production  | 2026-11-01 10:00 | 2026-11-01 12:00:01 | success
            auth    | staging     | 2026-11-01 10:00 | 2026-11-01 11:00    | success
            auth    | production  | 2026-08-03 10:00 | 2026-08-03 12:00    | success
        """,
        )
        assert read(m.LAST_DEPLOYMENT) == {"shop": NOON.timestamp()}

    def test_the_newest_incident_is_told_by_its_start(self, insert: Insert, read: Read) -> None:
        insert(
            "incidents",
            """
            incident_id | service | severity | started_at          | resolved_at
            INC-1       | shop    | High     | 2026-11-01 12:00    | -
            INC-2       | shop    | high     | 2026-11-01 11:00    | 2026-11-01 11:30
            INC-3       | -       | low      | 2026-08-03 12:00:01 | -
            INC-4       | shop    | medium   | 2026-08-03 12:00    | -
            INC-5       | shop    | high     | 2026-11-01 12:00:01 | -
        """,
        )
        assert read(m.LAST_INCIDENT) == {
            "shop high": NOON.timestamp(),
            "unknown low": datetime(2026, 8, 3, 12, 0, 1, tzinfo=UTC).timestamp(),
        }

    def test_a_past_moment_does_not_know_what_was_noticed_later(self, insert: Insert, read: Read) -> None:
        insert(
            "incidents",
            """
            service | severity | started_at       | detected_at
            shop    | high     | 2026-11-01 10:00 | 2026-11-01 10:00
            shop    | high     | 2026-11-01 11:00 | 2026-11-01 12:00:01
        """,
        )
        assert read(m.LAST_INCIDENT) == {"shop high": datetime(2026, 11, 1, 10, tzinfo=UTC).timestamp()}
        assert read(m.LAST_INCIDENT, NOON + HOUR) == {"shop high": datetime(2026, 11, 1, 11, tzinfo=UTC).timestamp()}


class TestBuilds:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """A build with its stages, and builds around the edges."""
        insert(
            "ci_builds",
            """
            repo | branch      | workflow | stage         | status    | started_at       | finished_at
            shop | main        | ci       | build         | failure   | 2026-11-01 10:00 | 2026-11-01 10:10
            shop | main        | ci       | test          | failure   | 2026-11-01 10:00 | 2026-11-01 10:09
            shop | main        | ci       | security_scan | success   | 2026-11-01 10:00 | 2026-11-01 10:20
            shop | main        | ci       | build         | success   | 2026-11-01 11:00 | 2026-11-01 11:05
            shop | main        | ci       | build         | cancelled | 2026-11-01 11:30 | 2026-11-01 11:31
            shop | main        | ci       | build         | running   | 2026-11-01 11:40 | -
            shop | feature/one | ci       | build         | success   | 2026-11-01 11:00 | 2026-11-01 11:59
            shop | feature/two | ci       | build         | failure   | 2026-11-01 11:00 | 2026-11-01 11:10
            shop | release/1.9 | ci       | build         | failure   | 2026-10-31 11:00 | 2026-10-31 12:00
            shop | release/0.1 | ci       | build         | failure   | 2026-10-02 11:00 | 2026-10-02 12:00
            auth | master      | -        | build         | success   | 2026-11-01 11:00 | 2026-11-01 10:59
            auth | master      | -        | build         | failure   | 2026-11-01 11:50 | 2026-11-01 12:00
            auth | master      | -        | build         | success   | 2026-11-01 11:50 | 2026-11-01 12:00:01
        """,
        )

    def test_a_build_counts_once_whatever_its_stages(self, read: Read) -> None:
        assert read(m.CI_BUILDS) == {
            "shop main ci failure": 1,
            "shop main ci success": 1,
            "shop main ci cancelled": 1,
            "shop other ci success": 1,
            "shop other ci failure": 1,
            "shop other ci cancelled": 0,  # there before the first one, so that its growth can be seen
            "shop release/1.9 ci success": 0,
            "shop release/1.9 ci failure": 1,
            "shop release/1.9 ci cancelled": 0,
            "auth master unknown success": 1,
            "auth master unknown failure": 0,
            "auth master unknown cancelled": 0,
        }

    def test_the_newest_build_with_a_result_speaks_for_the_branch(self, read: Read) -> None:
        assert read(m.CI_BUILD_LAST_SUCCESS) == {
            "shop main ci": 1,
            "shop release/1.9 ci": 0,
            "auth master unknown": 0,
        }

    def test_a_release_branch_is_forgotten_after_a_week_and_main_after_a_month(
        self, insert: Insert, read: Read
    ) -> None:
        insert(
            "ci_builds",
            """
            repo | branch      | workflow | stage | status  | started_at       | finished_at
            web  | main        | ci       | build | failure | 2026-10-02 11:00 | 2026-10-02 12:00:01
            web  | master      | ci       | build | failure | 2026-10-02 11:00 | 2026-10-02 12:00
            web  | release/1.8 | ci       | build | failure | 2026-10-25 11:00 | 2026-10-25 12:00
            web  | release/1.9 | ci       | build | failure | 2026-10-25 11:00 | 2026-10-25 12:00:01
        """,
        )
        told = read(m.CI_BUILD_LAST_SUCCESS)
        assert {key for key in told if key.startswith("web")} == {"web main ci", "web release/1.9 ci"}

    def test_a_build_lasts_from_its_start_to_its_end(self, read: Read) -> None:
        assert list(m.CI_BUILD_DURATION.buckets) == [60, 120, 300, 600, 900, 1200, 1800, 3600]
        assert read(m.CI_BUILD_DURATION) == {
            "shop ci": HistogramState((0, 0, 1, 3, 3, 3, 3, 5, 5), 5040 + 3600),
            "auth unknown": HistogramState((0,) * 9, 0),  # it ended before it began
        }

    def test_success_leaves_out_what_was_cancelled(self, read: Read) -> None:
        assert read(m.CI_BUILD_SUCCESS) == pytest.approx(
            {
                "shop ci 1d": 2 / 4,
                "shop ci 7d": 2 / 5,
                "shop ci 30d": 2 / 5,
                "auth unknown 1d": 1 / 2,
                "auth unknown 7d": 1 / 2,
                "auth unknown 30d": 1 / 2,
            }
        )


def test_scans_and_performance_tests_pass_or_fail_by_themselves(insert: Insert, read: Read) -> None:
    insert(
        "ci_builds",
        """
        repo | branch | stage            | status    | started_at       | finished_at
        shop | main   | security_scan    | success   | 2026-11-01 10:00 | 2026-11-01 12:00
        shop | other  | security_scan    | failure   | 2026-11-01 10:00 | 2026-11-01 11:00
        shop | main   | security_scan    | success   | 2026-11-01 10:00 | 2026-11-01 11:00
        shop | main   | security_scan    | cancelled | 2026-11-01 10:00 | 2026-11-01 11:00
        shop | main   | security_scan    | failure   | 2026-10-31 10:00 | 2026-10-31 12:00
        shop | main   | build            | failure   | 2026-11-01 10:00 | 2026-11-01 11:00
        auth | main   | performance_test | failure   | 2026-11-01 10:00 | 2026-11-01 11:00
        auth | main   | performance_test | success   | 2026-11-01 10:00 | 2026-11-01 12:00:01
        auth | main   | security_scan    | queued    | 2026-11-01 10:00 | -
    """,
    )
    assert read(m.SECURITY_SCAN_PASS) == pytest.approx({"shop 1d": 2 / 3, "shop 7d": 2 / 4, "shop 30d": 2 / 4})
    assert read(m.PERFORMANCE_TEST_PASS) == {"auth 1d": 0, "auth 7d": 0, "auth 30d": 0}


class TestAgainstTheFormulas:
    """The four keys on the same random rows in SQL and in Python."""

    SERVICES = ("shop", "auth")

    @pytest.fixture
    def incidents(self, connection: psycopg.Connection[Any]) -> dict[str, tuple[datetime, datetime | None]]:
        chance = random.Random(11)
        found: dict[str, tuple[datetime, datetime | None]] = {}
        for number in range(40):
            started = NOON - chance.random() * 20 * DAY
            found[f"INC-{number}"] = started, chance.choice([None, started + (chance.random() - 0.1) * 2 * DAY])
        connection.cursor().executemany(
            "INSERT INTO incidents (incident_id, service, severity, started_at, resolved_at) VALUES (%s, 'x', 'low', "
            "%s, %s)",
            [(number, started, resolved) for number, (started, resolved) in found.items()],
        )
        return found

    @pytest.fixture
    def deployments(
        self, connection: psycopg.Connection[Any], incidents: dict[str, tuple[datetime, datetime | None]]
    ) -> list[Deployment]:
        chance = random.Random(12)
        found = [self._deployment(chance, number, incidents) for number in range(400)]
        connection.cursor().executemany(
            """
            INSERT INTO deployments (deployment_id, service, environment, commit_sha, oldest_commit_at, started_at,
                                     finished_at, result, rolled_back_at, caused_incident_id)
            VALUES (%(number)s, %(service)s, %(environment)s, %(commit)s, %(oldest_commit)s, %(finished)s,
                    %(finished)s, %(result)s, %(rolled_back)s, %(incident)s)
            """,
            [asdict(each) for each in found],
        )
        return found

    def _deployment(
        self, chance: random.Random, number: int, incidents: dict[str, tuple[datetime, datetime | None]]
    ) -> Deployment:
        finished = chance.choice([NOON - chance.random() * 40 * DAY, NOON - 7 * DAY, NOON, NOON + HOUR])
        result: Literal["success", "failure", "rolled_back"] = chance.choice(
            ("success", "success", "failure", "rolled_back")
        )
        incident = chance.choice([None, None, chance.choice(list(incidents))])
        return Deployment(
            f"{number:03}",
            chance.choice(self.SERVICES),
            chance.choice(("production", "production", "staging")),
            chance.choice([None, f"{chance.randrange(150)}"]),
            chance.choice([None, finished - (chance.random() - 0.1) * 5 * DAY]),
            finished,
            result,
            chance.choice([None, finished + chance.random() * DAY]) if result == "rolled_back" else None,
            incident,
            incidents[incident][0] if incident else None,
        )

    def _of(self, deployments: list[Deployment], service: str) -> list[Deployment]:
        return [each for each in deployments if each.service == service]

    def test_frequency_agrees(self, deployments: list[Deployment], read: Read) -> None:
        expected = {
            f"{service} production {days}d": deployment_frequency(self._of(deployments, service), NOON, days * DAY)
            for service in self.SERVICES
            for days in (1, 7, 30)
        }
        assert read(m.DEPLOYMENTS_PER_DAY) == pytest.approx(expected)

    def test_change_failures_agree(self, deployments: list[Deployment], read: Read) -> None:
        expected = {
            f"{service} {days}d": change_failure_ratio(self._of(deployments, service), NOON, days * DAY)
            for service in self.SERVICES
            for days in (1, 7, 30)
        }
        assert read(m.CHANGE_FAILURE) == pytest.approx(expected)

    def test_lead_times_agree(self, deployments: list[Deployment], read: Read) -> None:
        """At first the query reads thirty days; what came before decides what is a new change."""
        settled = NOON - timedelta(minutes=1)
        for service in self.SERVICES:
            mine = self._of(deployments, service)
            before = lead_times(each for each in mine if each.finished <= settled - 30 * DAY)
            until = lead_times(each for each in mine if each.finished <= settled)
            found = read(m.LEAD_TIME_FOR_CHANGES)[service]
            assert found.buckets[-1] == len(until) - len(before)
            assert found.sum == pytest.approx(sum(until) - sum(before))

    def test_times_to_restore_agree(
        self, deployments: list[Deployment], incidents: dict[str, tuple[datetime, datetime | None]], read: Read
    ) -> None:
        settled = NOON - timedelta(days=3)
        ended = {number: span for number, span in incidents.items() if span[1] is None or span[1] <= settled}
        expected = restore_times(ended, deployments)
        found = read(m.TIME_TO_RESTORE_SERVICE)["x low"]
        assert found.buckets[-1] == len(expected)
        assert found.sum == pytest.approx(sum(expected))
