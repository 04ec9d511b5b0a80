"""Test runs: how many tests pass, how long they take, and which ones cannot be trusted."""

from metrics import COUNT, RATIO, SECONDS, Counter, Gauge, Histogram

TEST_EXECUTIONS = Counter(
    "kpi_test_executions_total",
    "Tests that a run came to, by result: passed, failed or skipped.",
    unit=COUNT,
    labels=("suite", "result"),
    owner="qa",
)

TEST_EXECUTION_DURATION = Histogram(
    "kpi_test_execution_duration_seconds",
    "How long a test took. The bounds of 1, 5 and 15 minutes belong to the shorter side.",
    unit=SECONDS,
    labels=("suite",),
    owner="qa",
    better="lower",
    buckets=(60, 300, 900),
)

TEST_PASS_RATIO = Gauge(
    "kpi_test_pass_ratio",
    "Tests that passed ÷ tests that passed or failed, in the window: each test weighs the same, whatever the size of "
    "its run. Skipped tests do not count.",
    unit=RATIO,
    labels=("suite", "window"),
    owner="qa",
    better="higher",
    warning=0.80,
    sparse="No test executed in the window, no ratio.",
)

TEST_FAILURE_RATIO = Gauge(
    "kpi_test_failure_ratio",
    "Failures ÷ executions of the worst tests of 7 days: those above 0.10, and of them the 20 with the highest ratio. "
    "The parameters of a test, in brackets, are cut off.",
    unit=RATIO,
    labels=("suite", "test_name", "window"),
    owner="qa",
    better="lower",
    sparse="Where all tests mostly pass, there is no worst one.",
)

FLAKY_TESTS = Gauge(
    "kpi_flaky_tests",
    "Tests that both passed and failed on the same commit in the window, 0 for a suite that ran in 30 days. Runs "
    "without a known commit tell nothing.",
    unit=COUNT,
    labels=("suite", "window"),
    owner="qa",
    better="lower",
    sparse="A suite that did not run in 30 days has none.",
)
