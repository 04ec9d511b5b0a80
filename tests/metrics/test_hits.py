"""The hit ratio of a cache out of counters that may begin anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.hits import hit_ratio

counters = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("reports", "ratio"),
    [
        ([], None),
        ([(7, 7)], None),
        ([(7, 7), (7, 7)], None),
        ([(1000, 9000), (1080, 9020)], 0.8),
        ([(100, 100), (80, 20)], 0.8),
        ([(100, 10), (110, 5)], 110 / 115),
    ],
)
def test_known_reports(reports: list[tuple[int, int]], ratio: float | None) -> None:
    assert hit_ratio(reports) == ratio


@given(st.lists(st.tuples(counters, counters)))
def test_it_stays_within_its_range(reports: list[tuple[int, int]]) -> None:
    ratio = hit_ratio(reports)
    assert ratio is None or 0 <= ratio <= 1
