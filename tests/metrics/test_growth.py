"""Growth against cases worked out by hand, and its properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.growth import growth


@pytest.mark.parametrize(("current", "previous", "expected"), [(150, 100, 0.5), (50, 100, -0.5), (0, 4, -1), (7, 7, 0)])
def test_growth_is_the_change_over_what_was_before(current: float, previous: float, expected: float) -> None:
    assert growth(current, previous) == expected


def test_nothing_grows_from_zero() -> None:
    assert growth(5, 0) is None


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_growth_leads_from_the_previous_value_to_the_current_one(current: int, previous: int) -> None:
    rate = growth(current, previous)
    assert rate is not None
    assert rate >= -1
    assert previous * (1 + rate) == pytest.approx(current, abs=1e-3)
