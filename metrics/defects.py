"""What escapes and what cannot be trusted: crash rate, escaped bugs, pass rate, flaky tests."""

from collections.abc import Iterable

FEWEST_BUGS = 5
"""A share of fewer bugs says nothing."""


def crashes_per_1000_devices(crashes: int, devices: int) -> float | None:
    """1000 × crashes ÷ active devices of the same time. 0 or more, and above 1000 where devices crash repeatedly.

    None without devices. Source: the share of crashing sessions in app stores, for devices instead of users.
    """
    return 1000 * crashes / devices if devices else None


def leak_ratio(escaped: int, found: int) -> float | None:
    """Escaped bugs ÷ all bugs found in the same time, 0 to 1; None for fewer than five bugs.

    Source: defect leakage (defect removal efficiency is its complement).
    """
    return escaped / found if found >= FEWEST_BUGS else None


def pass_ratio(results: Iterable[bool | None]) -> float | None:
    """Passed ÷ (passed + failed), 0 to 1. A skipped test (None) does not count; None where no test was executed.

    Source: the executed tests of all runs together, never the mean of the ratios of runs of different size.
    """
    executed = [result for result in results if result is not None]
    return sum(executed) / len(executed) if executed else None


def flaky(executions: Iterable[tuple[str, str | None, bool | None]]) -> set[str]:
    """The tests, of executions given as (test, commit, whether it passed), that have both results for one commit.

    A skipped test has no result, and an unknown commit (None) is no common one. Source: "flaky" as CI systems use it.
    """
    seen = {(test, commit, passed) for test, commit, passed in executions if commit is not None and passed is not None}
    return {test for test, commit, passed in seen if passed and (test, commit, False) in seen}
