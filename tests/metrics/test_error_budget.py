"""Error budgets against cases worked out by hand, and their properties."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alert_rules.slos import OBJECTIVES
from metrics.error_budget import burn_rate, compliance, consumed

SHARE = st.floats(0, 1)
OBJECTIVE = st.floats(0.5, 0.9999)


def test_300_bad_of_a_million_events_use_30_percent_of_the_budget() -> None:
    level = compliance(999_700, 1_000_000)
    assert level == 0.9997
    assert consumed(level, 0.999) == pytest.approx(0.30)  # and not 0.021, which would be of another window


def test_no_traffic_is_neither_good_nor_bad() -> None:
    assert compliance(0, 0) is None


@pytest.mark.parametrize("objective", [0, 1, 1.5, -0.1])
def test_an_objective_that_leaves_no_budget_is_refused(objective: float) -> None:
    with pytest.raises(ValueError, match="an objective lies between 0 and 1"):
        consumed(0.99, objective)


@given(st.integers(1, 10**9), SHARE, OBJECTIVE)
def test_a_level_is_a_share_and_the_budget_is_used_up_at_the_objective(valid: int, share: float, goal: float) -> None:
    level = compliance(int(share * valid), valid)
    assert level is not None
    assert 0 <= level <= 1
    assert consumed(goal, goal) == pytest.approx(1)
    assert consumed(level, goal) >= 0
    assert (consumed(level, goal) > 1) == (level < goal)


@given(SHARE, OBJECTIVE)
def test_the_burn_rate_is_what_would_be_consumed_if_it_went_on(error_ratio: float, objective: float) -> None:
    assert burn_rate(error_ratio, objective) == pytest.approx(error_ratio / (1 - objective), abs=1e-9)


@pytest.mark.parametrize("slo", OBJECTIVES, ids=lambda slo: slo.name)
def test_the_objectives_burn_by_the_same_formula(slo: object) -> None:
    assert float(slo.burn_rate(Decimal("0.02"))) == pytest.approx(burn_rate(0.02, float(slo.objective)))  # type: ignore[attr-defined]
