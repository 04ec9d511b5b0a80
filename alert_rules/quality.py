"""When tests, bugs or the code itself say that quality drops. Nobody is woken: each of these can wait for the day."""

from alert_rules import Alert, Group, fires, silent
from alert_rules.quality_runbooks import COVERAGE, CRITICAL_BUG, CRITICAL_FINDING, ESCAPED_BUGS, FAILING_TESTS
from alert_rules.teams import DEVELOPMENT, QA
from metrics import COUNT, RATIO, SECONDS, matches
from metrics.bugs import BUG_LEAK_RATIO, BUGS_REPORTED, OLDEST_OPEN_BUG_AGE
from metrics.code_quality import STATIC_ANALYSIS_ISSUES, TEST_COVERAGE
from metrics.testing import TEST_EXECUTIONS, TEST_PASS_RATIO

_TWO_DAYS = 2 * 86400

# A night with a run or two says nothing about a suite, and a few bugs nothing about a project.
_SEVERAL_RAN = f"sum by (suite) (increase({TEST_EXECUTIONS(result=matches('passed|failed'))}[1d])) >= 20"
_SEVERAL_FOUND = f"sum by (project) ({BUGS_REPORTED(window='30d')}) >= 20"

_SHOP = {"component": "all", "project": "shop", "source": "ci"}
_COVERAGE = TEST_COVERAGE(component="all", project="shop", source="ci")
_PASSED = TEST_PASS_RATIO(suite="unit", window="1d")
_RAN = TEST_EXECUTIONS(suite="unit", result="passed")
_CRITICAL_AGE = OLDEST_OPEN_BUG_AGE(project="shop", severity="critical")
_LEAK = BUG_LEAK_RATIO(project="shop", window="30d")
_LOW, _HIGH = (BUGS_REPORTED(project="shop", severity=severity, window="30d") for severity in ("low", "high"))
_CRITICAL = STATIC_ANALYSIS_ISSUES(repo="shop", severity="critical")

TEST_COVERAGE_DROP = Alert(
    "TestCoverageDrop",
    f"{TEST_COVERAGE(component='all', source='ci')} < {TEST_COVERAGE.warning}",
    for_="0s",
    ignore={"K602": "The number is that of a report, which does not change from scrape to scrape."},
    severity="warning",
    team=QA,
    unit=RATIO,
    summary="Tests cover less than 80 % of a project.",
    description="Test coverage of {{ $labels.project }} has dropped to VALUE.",
    board="code-quality",
    runbook=COVERAGE,
    cases=(
        fires(
            "just below",
            {_COVERAGE: "0.85x5 0.799x10"},
            at="6m",
            value="79.9%",
            description="Test coverage of shop has dropped to 79.9%.",
            **_SHOP,
        ),
        silent("exactly 80 %", {_COVERAGE: "0.8x10"}, at="5m"),
        silent(
            "one component, or one suite, covers little",
            {
                _COVERAGE: "0.85x10",
                TEST_COVERAGE(component="web", project="shop", source="ci"): "0.5x10",
                TEST_COVERAGE(component="all", project="unknown", source="test_run"): "0.5x10",
            },
            at="5m",
        ),
    ),
)

TESTS_FAILING = Alert(
    "TestsFailing",
    f"{TEST_PASS_RATIO(window='1d')} < {TEST_PASS_RATIO.warning} and on (suite) {_SEVERAL_RAN}",
    for_="15m",
    severity="warning",
    team=QA,
    unit=RATIO,
    summary="More than one in five tests of a suite fails.",
    description="Only VALUE of the tests of {{ $labels.suite }} passed within a day.",
    board="test-metrics",
    runbook=FAILING_TESTS,
    cases=(
        fires(
            "three in four pass",
            {_PASSED: "0.75x60", _RAN: "0+1x60"},
            at="60m",
            suite="unit",
            window="1d",
            value="75%",
            description="Only 75% of the tests of unit passed within a day.",
        ),
        silent("exactly four in five pass", {_PASSED: "0.8x60", _RAN: "0+1x60"}, at="60m"),
        silent("few tests were executed", {_PASSED: "0.5x60", _RAN: "0+1x15 15x45"}, at="60m"),
        silent(
            "many tests were skipped, and few executed",
            {_PASSED: "0.5x60", _RAN: "5x60", TEST_EXECUTIONS(suite="unit", result="skipped"): "0+1x60"},
            at="60m",
        ),
        silent("for a few minutes", {_PASSED: "0.9x50 0.75x10", _RAN: "0+1x60"}, at="60m"),
    ),
)

CRITICAL_BUG_OPEN = Alert(
    "CriticalBugOpen",
    f"{OLDEST_OPEN_BUG_AGE(severity='critical')} > {_TWO_DAYS}",
    for_="15m",
    severity="warning",
    team=QA,
    unit=SECONDS,
    summary="A critical bug has been open for more than two days.",
    description="The oldest critical bug of {{ $labels.project }} has been open for VALUE.",
    board="bug-metrics",
    runbook=CRITICAL_BUG,
    cases=(
        fires(
            "for an hour more than two days",
            {_CRITICAL_AGE: f"{_TWO_DAYS}+60x80"},
            at="60m",
            project="shop",
            value="2d 1h 0m 0s",
            description="The oldest critical bug of shop has been open for 2d 1h 0m 0s.",
        ),
        silent("for exactly two days", {_CRITICAL_AGE: f"{_TWO_DAYS}x80"}, at="60m"),
        silent("another one is older", {OLDEST_OPEN_BUG_AGE(project="shop", severity="high"): "9e5x80"}, at="60m"),
        silent("it was resolved", {_CRITICAL_AGE: f"{_TWO_DAYS}+60x30 _x50"}, at="60m"),
    ),
)

BUGS_ESCAPE = Alert(
    "BugsEscape",
    f"{BUG_LEAK_RATIO(window='30d')} > 0.4 and on (project) {_SEVERAL_FOUND}",
    for_="1h",
    severity="info",
    team=QA,
    unit=RATIO,
    summary="Users find more than two in five bugs first.",
    description="VALUE of the bugs of {{ $labels.project }} in 30 days were found by users.",
    board="bug-metrics",
    runbook=ESCAPED_BUGS,
    cases=(
        fires(
            "a half of twenty bugs",
            {_LEAK: "0.5x80", _LOW: "18x80", _HIGH: "2x80"},
            at="70m",
            project="shop",
            window="30d",
            value="50%",
            description="50% of the bugs of shop in 30 days were found by users.",
        ),
        silent("exactly two in five", {_LEAK: "0.4x80", _LOW: "18x80", _HIGH: "2x80"}, at="70m"),
        silent("of nineteen bugs", {_LEAK: "0.5x80", _LOW: "17x80", _HIGH: "2x80"}, at="70m"),
        silent("for less than an hour", {_LEAK: "0.3x50 0.5x30", _LOW: "18x80", _HIGH: "2x80"}, at="70m"),
    ),
)

CRITICAL_FINDINGS = Alert(
    "CriticalFindings",
    f"{STATIC_ANALYSIS_ISSUES(severity='critical')} > 0",
    for_="5m",
    severity="warning",
    team=DEVELOPMENT,
    unit=COUNT,
    summary="Static analysis found something critical.",
    description="The latest scan of {{ $labels.repo }} has VALUE critical findings.",
    board="code-quality",
    runbook=CRITICAL_FINDING,
    cases=(
        fires(
            "two of them",
            {_CRITICAL: "2x20"},
            at="10m",
            repo="shop",
            value="2",
            description="The latest scan of shop has 2 critical findings.",
        ),
        silent("none", {_CRITICAL: "0x20"}, at="10m"),
        silent("findings of high severity", {STATIC_ANALYSIS_ISSUES(repo="shop", severity="high"): "9x20"}, at="10m"),
        silent("gone with the next scan", {_CRITICAL: "2x5 0x30"}, at="20m"),
    ),
)

GROUP = Group("quality", (TEST_COVERAGE_DROP, TESTS_FAILING, CRITICAL_BUG_OPEN, BUGS_ESCAPE, CRITICAL_FINDINGS))
