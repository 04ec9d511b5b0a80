"""The closed funnel against cases worked out by hand, and its properties."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from metrics.funnel import closed_funnel

START = datetime(2026, 11, 1, tzinfo=UTC)
EVENTS = st.lists(st.tuples(st.sampled_from(["ann", "bob", "cat"]), st.integers(0, 9)), max_size=8)
STAGES = st.lists(EVENTS, min_size=1, max_size=4)
Events = list[tuple[str, int]]


def funnel(*stages: Events) -> list[int]:
    return closed_funnel([[(user, START + timedelta(days=day)) for user, day in events] for events in stages])


def test_a_user_who_skips_a_stage_does_not_count_in_later_ones() -> None:
    assert funnel([("ann", 1), ("bob", 1)], [("ann", 2)], [("ann", 3), ("bob", 3)]) == [2, 1, 1]


def test_a_stage_before_its_predecessor_does_not_count() -> None:
    assert funnel([("ann", 2)], [("ann", 1)]) == [1, 0]


def test_a_later_event_makes_up_for_one_that_came_too_early() -> None:
    assert funnel([("ann", 2)], [("ann", 1), ("ann", 5)], [("ann", 4), ("ann", 6)]) == [1, 1, 1]


def test_the_earliest_event_leaves_the_most_room_for_the_next_stage() -> None:
    assert funnel([("ann", 1)], [("ann", 9), ("ann", 2)], [("ann", 3)]) == [1, 1, 1]


def test_events_at_the_same_moment_are_in_order() -> None:
    assert funnel([("ann", 1)], [("ann", 1)]) == [1, 1]


def test_nobody_gives_zeros() -> None:
    assert funnel([], []) == [0, 0]


@given(STAGES)
def test_no_stage_is_larger_than_the_one_before(stages: list[Events]) -> None:
    counts = funnel(*stages)
    assert counts == sorted(counts, reverse=True)


@given(STAGES)
def test_no_stage_is_larger_than_its_own_distinct_users(stages: list[Events]) -> None:
    for count, events in zip(funnel(*stages), stages, strict=True):
        assert count <= len({user for user, _ in events})


@given(STAGES)
def test_the_order_of_events_within_a_stage_does_not_matter(stages: list[Events]) -> None:
    assert funnel(*stages) == funnel(*[events[::-1] for events in stages])
