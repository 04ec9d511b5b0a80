"""Mean time between failures against cases worked out by hand, and its properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.time_between_failures import mean_time_between_failures

WINDOW = 1000.0
MOMENT = st.integers(-2000, 500).map(float)
FAILURES = st.lists(st.tuples(MOMENT, st.none() | MOMENT))


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        ([], None),
        ([(-500, -400)], 900),
        ([(-500, -400), (-200, -100)], 400),
        ([(-500, -400), (-450, -350)], 425),  # 150 seconds in failure, not 200
        ([(-500, -300), (-450, -400)], 400),  # one within the other
        ([(-500, -400), (-400, -300)], 400),
        ([(-100, None)], 900),  # not over
        ([(-100, 300)], 900),  # over later
        ([(-1500, -900), (-500, -400)], 800),  # the first began before the window: time, but no failure of it
        ([(-1000, -900)], None),  # exactly at the far end is before the window
        ([(-999, -900)], 901),
        ([(-1500, -1000), (-500, -400)], 900),
        ([(0, None)], 1000),
        ([(1, None)], None),
        ([(-100, -200)], 1000),  # ended before it began: a failure of no time
    ],
)
def test_operating_time_is_divided_by_the_failures(
    failures: list[tuple[float, float | None]], expected: float | None
) -> None:
    assert mean_time_between_failures(failures, WINDOW) == expected


@given(FAILURES)
def test_it_lies_between_0_and_the_window(failures: list[tuple[float, float | None]]) -> None:
    found = mean_time_between_failures(failures, WINDOW)
    assert found is None or 0 <= found <= WINDOW


@given(FAILURES, st.randoms())
def test_the_order_in_which_failures_are_written_is_no_matter(
    failures: list[tuple[float, float | None]], chance: object
) -> None:
    mixed = list(failures)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert mean_time_between_failures(mixed, WINDOW) == mean_time_between_failures(failures, WINDOW)
