"""Whether tests pass, how long they take, and which of them cannot be trusted."""

from pathlib import Path

from dashboards import Board, Column, bars, dial, distribution, row, section, sql, stat, table, trend
from metrics import COUNT, RATIO
from metrics.code_quality import TEST_COVERAGE
from metrics.testing import (
    FLAKY_TESTS,
    TEST_EXECUTION_DURATION,
    TEST_EXECUTIONS,
    TEST_FAILURE_RATIO,
    TEST_PASS_RATIO,
)

_SQL = Path(__file__).parent / "sql" / "testing"
_RUNS = {"project": "unknown", "source": "test_run"}
_NONE_FAILS = "No test fails more than once in ten executions."

BOARD = Board(
    uid="test-metrics",
    area="Quality",
    name="Tests",
    description="How many tests pass, what they cover, how long they take, and which ones are flaky.",
    questions=("Can a red run be trusted?", "Which tests fail, and are they flaky?", "Do tests become slow?"),
    time="30d",
    content=[
        row(
            stat(TEST_EXECUTIONS, by="result", span="1d", title="Tests (1 d)"),
            stat(FLAKY_TESTS, by=(), window="7d"),
            stat(TEST_COVERAGE, by="component", where=_RUNS, title="Coverage of the last run"),
        ),
        row(
            dial(TEST_PASS_RATIO, by="suite", window="7d", maximum=1, width=3, height=8),
            trend(TEST_COVERAGE, by="component", where=_RUNS, title="Test coverage by suite", width=5),
            distribution(TEST_EXECUTION_DURATION, span="7d", title="Test execution time (7 d)", width=4),
        ),
        row(
            table(
                sql(_SQL / "failing_tests.sql"),
                title="Failing and flaky tests",
                description="Tests that failed more than once in ten executions of the chosen time. A flaky one both "
                "passed and failed on the same commit.",
                may_be_empty=_NONE_FAILS,
                time="7d",
                columns=(
                    Column("Test", width=320),
                    Column("Executions", unit=COUNT),
                    Column("Failures", unit=COUNT),
                    Column("Failure ratio", unit=RATIO, decimals=1, bar=True),
                    Column("Last failure", unit="dateTimeFromNow"),
                ),
            )
        ),
        section(
            "Runs",
            row(
                bars(TEST_EXECUTIONS, by="result", span="1d", title="Tests by result"),
                trend(TEST_PASS_RATIO, by="suite", window="1d"),
                trend(FLAKY_TESTS, by="suite", window="7d"),
            ),
            row(
                table(
                    TEST_FAILURE_RATIO,
                    by=("suite", "test_name"),
                    window="7d",
                    title="Worst tests (7 d)",
                    may_be_empty=_NONE_FAILS,
                    columns=(Column("Test name", width=240),),
                ),
                trend(TEST_EXECUTION_DURATION, by="suite", span="1d", quantiles=(0.95,)),
            ),
        ),
    ],
)
