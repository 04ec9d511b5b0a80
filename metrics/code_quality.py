"""The state of the code: its test coverage, what static analysis finds, its technical debt."""

from metrics import COUNT, RATIO, SCORE, SECONDS, Gauge, Input

_NOT_MEASURED = "No tool may report it."

TEST_COVERAGE = Gauge(
    "kpi_test_coverage_ratio",
    "Newest coverage of the last 90 days. Source ci: reports of CI; component all is the project as reported, or its "
    "components weighted by lines, whichever is newer. Source test_run: the last run of a suite, named as component.",
    unit=RATIO,
    labels=("project", "component", "source"),
    owner="qa",
    better="higher",
    warning=0.80,
)

STATIC_ANALYSIS_ISSUES = Gauge(
    "kpi_static_analysis_issues",
    "Findings of the latest scan of each tool, at most 90 days old. A scan counts once its day is over.",
    unit=COUNT,
    labels=("repo", "severity"),
    owner="development",
    better="lower",
)

STATIC_ANALYSIS_SCORE = Gauge(
    "kpi_static_analysis_score",
    "Newest score of the whole repository in 90 days, as the tool reports it, 0 to 100.",
    unit=SCORE,
    labels=("repo",),
    owner="development",
    better="higher",
    sparse=_NOT_MEASURED,
)

TECHNICAL_DEBT_RATIO = Gauge(
    "kpi_technical_debt_ratio",
    "Lines flagged as debt ÷ all lines, by the newest measures of 90 days: of the project as a whole, or of its "
    "components that have both, whichever is newer. At most 1.",
    unit=RATIO,
    labels=("project",),
    owner="development",
    better="lower",
    sparse=_NOT_MEASURED,
)

TECHNICAL_DEBT_REMEDIATION = Gauge(
    "kpi_technical_debt_remediation_seconds",
    "Estimated effort to clear the technical debt, by the newest measures of 90 days: of the project as a whole, or "
    "the sum of its components, whichever is newer.",
    unit=SECONDS,
    labels=("project",),
    owner="development",
    better="lower",
    sparse=_NOT_MEASURED,
)

QUALITY_ASSURANCE_AUTOMATION = Input(
    "kpi_quality_assurance_automation_ratio",
    "Automated test cases ÷ all test cases, as the test-case system counts them.",
    unit=RATIO,
    labels=("project",),
    owner="qa",
    better="higher",
    every="month",
)
