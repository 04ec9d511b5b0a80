"""Apdex against cases worked out by hand, and its properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.apdex import apdex

REQUESTS = st.lists(st.tuples(st.floats(0, 100), st.booleans()), min_size=1)


def test_170_satisfied_20_tolerating_and_10_frustrated_give_0_9() -> None:
    assert apdex([(0.1, False)] * 170 + [(1.0, False)] * 20 + [(3.0, False)] * 10) == pytest.approx(0.90)


@pytest.mark.parametrize(
    ("seconds", "failed", "score"),
    [(0.5, False, 1), (0.500001, False, 0.5), (2.0, False, 0.5), (2.000001, False, 0), (0.01, True, 0)],
)
def test_bounds_belong_to_the_better_side_and_a_failure_is_frustrated(
    seconds: float, failed: bool, score: float
) -> None:
    assert apdex([(seconds, failed)]) == score


def test_no_requests_have_no_apdex() -> None:
    assert apdex([]) is None


@given(REQUESTS)
def test_apdex_lies_between_0_and_1(requests: list[tuple[float, bool]]) -> None:
    score = apdex(requests)
    assert score is not None
    assert 0 <= score <= 1


@given(REQUESTS, st.floats(0.1, 10))
def test_a_more_patient_threshold_never_lowers_apdex(requests: list[tuple[float, bool]], threshold: float) -> None:
    strict, patient = apdex(requests, threshold), apdex(requests, threshold * 2)
    assert strict is not None
    assert patient is not None
    assert strict <= patient
