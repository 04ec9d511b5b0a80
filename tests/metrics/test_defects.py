"""Crash rate, escaped bugs, pass rate and flaky tests against cases worked out by hand, and their properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.defects import crashes_per_1000_devices, flaky, leak_ratio, pass_ratio

RESULTS = st.lists(st.none() | st.booleans())
EXECUTIONS = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.sampled_from("xyz"), st.none() | st.booleans()))


def test_3_crashes_on_200_devices_are_15_per_1000() -> None:
    assert crashes_per_1000_devices(3, 200) == 15
    assert crashes_per_1000_devices(0, 200) == 0
    assert crashes_per_1000_devices(3, 0) is None


def test_one_of_five_bugs_escaped_and_four_bugs_tell_nothing() -> None:
    assert leak_ratio(1, 5) == 0.2
    assert leak_ratio(2, 8) == 0.25
    assert leak_ratio(1, 4) is None
    assert leak_ratio(0, 0) is None


def test_skipped_tests_are_not_executed() -> None:
    assert pass_ratio([True, True, True, False, None]) == 0.75
    assert pass_ratio([None]) is None
    assert pass_ratio([]) is None


@pytest.mark.parametrize(
    ("executions", "found"),
    [
        ([("login", "c1", True), ("login", "c1", False)], {"login"}),
        ([("login", "c1", False), ("login", "c2", True)], set()),
        ([("login", "c1", False), ("search", "c1", True)], set()),
        ([("login", "c1", False), ("login", "c1", None)], set()),
        ([("login", None, False), ("login", None, True)], set()),
    ],
    ids=["both results", "mended by a commit", "two tests", "skipped once", "commit unknown"],
)
def test_a_flaky_test_has_both_results_for_one_commit(
    executions: list[tuple[str, str | None, bool | None]], found: set[str]
) -> None:
    assert flaky(executions) == found


@given(RESULTS)
def test_a_pass_ratio_lies_between_0_and_1_and_failures_are_its_complement(results: list[bool | None]) -> None:
    passed = pass_ratio(results)
    failed = pass_ratio(None if result is None else not result for result in results)
    if passed is None or failed is None:
        assert passed is failed is None
    else:
        assert 0 <= passed <= 1
        assert passed + failed == pytest.approx(1)


@given(EXECUTIONS, EXECUTIONS)
def test_more_executions_never_make_a_flaky_test_steady(
    some: list[tuple[str, str | None, bool | None]], more: list[tuple[str, str | None, bool | None]]
) -> None:
    assert flaky(some) | flaky(more) <= flaky(some + more)


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_leak_ratio_lies_between_0_and_1(escaped: int, inside: int) -> None:
    ratio = leak_ratio(escaped, escaped + inside)
    assert (ratio is None) == (escaped + inside < 5)
    assert ratio is None or 0 <= ratio <= 1
