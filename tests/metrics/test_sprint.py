"""Sprint arithmetic against cases worked out by hand, and its properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.sprint import completion, predictability, velocity_change

POINTS = st.integers(0, 200)
SPRINTS = st.lists(st.tuples(POINTS, POINTS), max_size=15)


@pytest.mark.parametrize(
    ("completed", "planned", "expected"), [(42, 50, 0.84), (0, 50, 0), (55, 50, 1.1), (5, 0, None)]
)
def test_completion_is_done_over_planned(completed: float, planned: float, expected: float | None) -> None:
    assert completion(completed, planned) == expected


def test_velocity_compares_the_last_three_sprints_with_the_three_before() -> None:
    assert velocity_change([90, 40, 40, 40, 50, 40, 60]) == pytest.approx(0.25)  # 50 on average after 40


def test_velocity_of_five_sprints_has_no_trend() -> None:
    assert velocity_change([40, 40, 50, 40, 60]) is None


def test_no_trend_leads_away_from_sprints_in_which_nothing_was_done() -> None:
    assert velocity_change([0, 0, 0, 50, 40, 60]) is None


def test_predictability_weighs_each_of_six_sprints_the_same_and_ignores_what_was_done_on_top() -> None:
    sprints = [(0, 99), (50, 50), (60, 40), (20, 40), (9, 10), (80, 100), (10, 20)]
    assert predictability(sprints) == pytest.approx((1 + 1 + 0.5 + 0.9 + 0.8 + 0.5) / 6)


def test_sprints_without_a_plan_are_left_out() -> None:
    assert predictability([(5, 0), (20, 40), (10, 40), (30, 40)]) == 0.5


def test_predictability_needs_three_sprints_with_a_plan() -> None:
    assert predictability([(5, 10), (0, 0), (5, 10)]) is None
    assert predictability([(5, 10), (5, 10), (0, 0), (5, 10)]) == 0.5
    assert predictability([]) is None


@given(SPRINTS)
def test_predictability_is_a_share(sprints: list[tuple[int, int]]) -> None:
    value = predictability(sprints)
    assert value is None or 0 <= value <= 1


@given(st.lists(POINTS, min_size=6, max_size=15), st.integers(1, 9))
def test_the_trend_knows_no_unit_and_no_sprint_before_the_last_six(points: list[int], factor: int) -> None:
    value = velocity_change(points)
    assert velocity_change(points[-6:]) == value
    assert velocity_change([point * factor for point in points]) == (value if value is None else pytest.approx(value))
