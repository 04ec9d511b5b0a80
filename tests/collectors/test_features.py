"""The queries of features against small tables whose answers are worked out by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from metrics import HistogramState
from metrics import features as m
from metrics.catalogue import domains

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

DAY = 86400


def test_empty_tables_count_nothing(read: Read) -> None:
    assert len(domains()["features"]) == 4
    assert read(m.FEATURES_RELEASED) == {"7d": 0, "30d": 0, "90d": 0}
    assert read(m.INNOVATION_PIPELINE_ITEMS) == {"idea": 0, "discovery": 0, "development": 0, "beta": 0}
    assert read(m.TIME_TO_MARKET) == {}
    assert read(m.FEATURE_RELEASES_WITH_ROLLBACK) == {}


class TestReleases:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Around noon and 7, 30 and 90 days before. d2 was rolled back after exactly a week, d3 later, d4 not yet."""
        insert(
            "features",
            """
            name | product | started_at       | released_at      | deprecated_at | deployment_id
            a    | app     | 2026-10-31 12:00 | 2026-11-01 12:00 | -             | d1
            b    | app     | 2026-10-02       | 2026-11-01 12:01 | -             | d1
            c    | app     | -                | 2026-10-25 12:00 | -             | d2
            d    | app     | 2026-10-01       | 2026-10-15       | 2026-10-20    | d3
            e    | web     | 2026-10-10       | 2026-10-02 12:00 | -             | -
            f    | web     | 2026-07-05       | 2026-10-30       | -             | d4
            g    | web     | 2026-01-01       | 2026-08-03 12:00 | -             | d5
            h    | web     | 2026-01-01       | -                | -             | d2
        """,
        )
        insert(
            "deployments",
            """
            deployment_id | service | environment | started_at | finished_at      | result      | rolled_back_at
            d1            | app     | production  | 2026-10-31 | 2026-11-01 12:00 | success     | -
            d2            | app     | production  | 2026-10-25 | 2026-10-25 12:00 | rolled_back | 2026-11-01 12:00
            d3            | app     | production  | 2026-10-14 | 2026-10-15       | rolled_back | 2026-10-22 00:01
            d4            | app     | production  | 2026-10-29 | 2026-10-30       | rolled_back | 2026-11-01 12:01
            d5            | app     | production  | 2026-08-02 | 2026-08-03       | rolled_back | -
        """,
        )

    def test_released_features_by_window(self, read: Read) -> None:
        assert read(m.FEATURES_RELEASED) == {"7d": 2, "30d": 4, "90d": 5}

    def test_time_to_market_is_that_of_features_with_a_start_before_their_release(self, read: Read) -> None:
        """14 and 117 days; the one of noon is not read yet, that of 90 days ago just is."""
        assert read(m.TIME_TO_MARKET) == {
            "app": HistogramState((0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), 14 * DAY),
            "web": HistogramState((0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2), (117 + 214.5) * DAY),
        }

    def test_a_rollback_counts_within_a_week_of_the_release(self, read: Read) -> None:
        """Released within 30 days with a known deployment: a, c, d and f, of which c was rolled back in time."""
        assert read(m.FEATURE_RELEASES_WITH_ROLLBACK) == {"30d": 0.25, "90d": 0.25}

    def test_a_rollback_without_its_moment_was_at_the_end_of_the_deployment(self, insert: Insert, read: Read) -> None:
        insert(
            "deployments",
            "deployment_id | service | environment | started_at | finished_at | result\n"
            "d6 | app | production | 2026-10-29 | 2026-10-30 | rolled_back",
        )
        insert("features", "name | released_at | deployment_id\ni | 2026-10-30 | d6")
        assert read(m.FEATURE_RELEASES_WITH_ROLLBACK) == {"30d": 0.4, "90d": 0.4}


def test_features_by_stage_until_they_are_released_or_withdrawn(insert: Insert, read: Read) -> None:
    insert(
        "features",
        """
        name | pipeline_stage | released_at | deprecated_at
        a    | Idea           | -           | -
        b    | idea           | -           | -
        c    | idea           | -           | 2026-10-01
        d    | beta           | -           | -
        e    | beta           | 2026-10-01  | -
        f    | -              | -           | -
    """,
    )
    assert read(m.INNOVATION_PIPELINE_ITEMS) == {"idea": 2, "discovery": 0, "development": 0, "beta": 1, "unknown": 1}
