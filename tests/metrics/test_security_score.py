"""The composite security score against cases worked out by hand, and its properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.security_score import security_score

PART = st.none() | st.floats(0, 1)


def test_it_is_the_mean_of_its_parts_in_percent() -> None:
    assert security_score(0.9, 0.8, 1.0, 0.5) == pytest.approx(80)


def test_a_part_without_data_is_left_out_and_not_0() -> None:
    assert security_score(0.9, None, None, 0.5) == pytest.approx(70)
    assert security_score(None, 0.0, None, None) == 0


def test_without_any_part_there_is_no_score() -> None:
    assert security_score(None, None, None, None) is None


@given(PART, PART, PART, PART)
def test_it_lies_between_the_worst_and_the_best_part(
    patches: float | None, scans: float | None, trainings: float | None, reviews: float | None
) -> None:
    parts = [100 * part for part in (patches, scans, trainings, reviews) if part is not None]
    score = security_score(patches, scans, trainings, reviews)
    assert (score is None) == (not parts)
    assert score is None or min(parts) - 1e-9 <= score <= max(parts) + 1e-9
