"""The queries of page loads against small tables whose answers are worked out by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from metrics import HistogramState
from metrics import page_loads as m
from metrics.catalogue import domains

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["page_loads"]) == 4
    assert all(read(metric) == {} for metric in domains()["page_loads"])


class TestPageLoads:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Page loads around the last instant that is read, a minute before noon, and around the first."""
        insert(
            "page_loads",
            """
            recorded_at         | page          | load_time_ms | lcp_ms | inp_ms | cls
            2026-11-01 11:59    | home          | 2000         | 2500   | 200    | 0.1
            2026-11-01 11:50    | home          | 2000.001     | 2501   | 201    | 0.1001
            2026-11-01 11:50    | home          | 2000.001     | 4000   | 500    | 0.25
            2026-11-01 11:50    | home          | -5           | -5     | -1     | -0.1
            2026-11-01 11:50    | /find?q=a@b   | 12000        | -      | -      | -
            2026-11-01 11:59:01 | home          | 100          | 100    | 10     | 0
            2026-10-31 11:59    | home          | 100          | 100    | 10     | 0
        """,
        )

    def test_load_times_are_seconds_in_buckets_with_the_target_as_a_bound(self, read: Read) -> None:
        assert list(m.PAGE_LOAD_DURATION.buckets) == [0.25, 0.5, 1, 1.5, 2, 3, 5, 10]
        assert read(m.PAGE_LOAD_DURATION) == {
            "home": HistogramState((0, 0, 0, 0, 1, 3, 3, 3, 3), 6.000002),
            "/find": HistogramState((0, 0, 0, 0, 0, 0, 0, 0, 1), 12),
        }

    def test_good_and_poor_paints_are_bounds_and_what_was_not_measured_is_left_out(self, read: Read) -> None:
        assert list(m.WEB_VITALS_LCP.buckets) == [0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10]
        assert read(m.WEB_VITALS_LCP)["home"] == HistogramState((0, 0, 0, 0, 1, 2, 3, 3, 3, 3), 9.001)

    def test_good_and_poor_interactions_are_bounds(self, read: Read) -> None:
        assert list(m.WEB_VITALS_INP.buckets) == [0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2]
        assert read(m.WEB_VITALS_INP)["home"] == HistogramState((0, 0, 0, 1, 2, 3, 3, 3, 3), 0.901)

    def test_shifts_have_no_unit_and_good_and_poor_are_bounds(self, read: Read) -> None:
        assert list(m.WEB_VITALS_CLS.buckets) == [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1]
        assert read(m.WEB_VITALS_CLS)["home"] == HistogramState((0, 0, 0, 1, 2, 3, 3, 3, 3), 0.4501)

    def test_a_page_is_its_path_alone(self, insert: Insert, read: Read) -> None:
        insert(
            "page_loads",
            """
            recorded_at      | page                  | load_time_ms
            2026-11-01 11:50 | /stories#comment-ann  | 1000
            2026-11-01 11:50 | /stories?by=ann#top   | 1000
            2026-11-01 11:50 | ?by=ann               | 1000
        """,
        )
        pages = read(m.PAGE_LOAD_DURATION)
        assert pages.keys() == {"home", "/find", "/stories", "unknown"}
        assert pages["/stories"].buckets[-1] == 2

    def test_a_page_of_which_nothing_was_measured_has_no_observation(self, read: Read) -> None:
        for metric in (m.WEB_VITALS_LCP, m.WEB_VITALS_INP, m.WEB_VITALS_CLS):
            assert read(metric).get("/find", HistogramState((), 0)).sum == 0
            assert not any(read(metric).get("/find", HistogramState((), 0)).buckets)
