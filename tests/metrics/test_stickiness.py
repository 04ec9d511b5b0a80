"""Stickiness against cases worked out by hand, and its properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.stickiness import stickiness

DAYS = st.lists(st.frozensets(st.sampled_from("abcdef")), min_size=1, max_size=30)


def test_mean_daily_users_are_divided_by_all_users() -> None:
    assert stickiness([{"ann", "bob"}, {"ann"}, set()]) == pytest.approx(0.5)  # (2 + 1 + 0) ÷ 3 days ÷ 2 users


def test_all_users_on_every_day_give_1() -> None:
    assert stickiness([{"ann", "bob"}] * 30) == 1


def test_days_without_anybody_have_no_stickiness() -> None:
    assert stickiness([set(), set()]) is None
    assert stickiness([]) is None


@given(DAYS)
def test_stickiness_lies_between_one_visit_each_and_daily_visits(days: list[frozenset[str]]) -> None:
    value = stickiness(days)
    if value is None:
        assert not any(days)
    else:
        assert 1 / len(days) <= value + 1e-12
        assert value <= 1
