"""What the quality team reads when coverage, tests or bugs get out of hand."""

from alert_rules.alert import Runbook
from metrics.bugs import BUGS_OPEN
from metrics.code_quality import STATIC_ANALYSIS_ISSUES, TEST_COVERAGE
from metrics.testing import FLAKY_TESTS

_WHICH_REPORTS = """Which component lost coverage, and with which report?

    SELECT component, "timestamp", coverage_percentage, metric_value AS lines
      FROM code_metrics
     WHERE metric_type = 'test_coverage' AND project = 'PROJECT' AND "timestamp" > now() - interval '14 days'
     ORDER BY "timestamp" DESC, component;"""
_WHICH_TESTS = """Which tests fail, and on how many commits?

    SELECT test_name, count(*), count(DISTINCT commit_sha), min(execution_date), max(execution_date)
      FROM test_execution_metrics
     WHERE NOT passed AND coalesce(suite, 'unknown') = 'SUITE' AND execution_date > now() - interval '1 day'
     GROUP BY 1
     ORDER BY 2 DESC;"""
_WHICH_BUGS = """Which bugs are it?

    SELECT bug_id, component, introduced_release, created_at
      FROM bug_metrics
     WHERE lower(severity) = 'critical' AND resolved_at IS NULL
     ORDER BY created_at;"""
_WHICH_ESCAPED = """Which part of the project do they come from, and which release brought them?

    SELECT component, introduced_release, count(*)
      FROM bug_metrics
     WHERE found_in_production AND project = 'PROJECT' AND created_at > now() - interval '30 days'
     GROUP BY 1, 2
     ORDER BY 3 DESC;"""
_WHICH_FINDINGS = """Which rules were broken?

    SELECT tool, rule_id, scan_date, count(*)
      FROM static_analysis_metrics
     WHERE repo = 'REPO' AND lower(severity) = 'critical' AND scan_date > current_date - 7
     GROUP BY 1, 2, 3
     ORDER BY 3 DESC, 4 DESC;"""

COVERAGE = Runbook(
    means="The newest report of CI says that tests cover less than 80 % of a project, its components weighted by "
    "their lines.",
    impact="Changes to the uncovered code break without anybody noticing before users do. Nothing is broken now.",
    check=(
        _WHICH_REPORTS,
        f"Did it fall at once or over weeks? `{TEST_COVERAGE(source='ci')}` on the board *Code quality*.",
        "At once: did a suite not run, or did its report not arrive? Then the code is as well tested as before.",
    ),
    mend=(
        "A report is missing: run the job of CI again.",
        "New code came without tests: ask for them before the next release of the component.",
        "Generated code counts: leave it out in the settings of the coverage tool.",
    ),
)
FAILING_TESTS = Runbook(
    means="More than one in five tests of a suite failed within a day. At least 20 were executed, so it is no single "
    "run.",
    impact="Nobody can tell a good change from a bad one: releases wait, or go out untested.",
    check=(
        _WHICH_TESTS,
        "Many tests on all commits: their environment is broken, such as a database, a certificate or a date.",
        "Many tests from one commit on: that commit broke them.",
        f"Few tests now and then: they are flaky; `{FLAKY_TESTS}` counts them.",
    ),
    mend=(
        "Take the commit back that broke them, or mend the environment, and run the suite again.",
        "Set a flaky test aside with a bug for it: one that may fail teaches people to ignore red runs.",
    ),
)
CRITICAL_BUG = Runbook(
    means="A critical bug was reported more than two days ago and is not resolved. Bugs of any age count.",
    impact="Users cannot do what the product is for, or lose data, until it is mended.",
    check=(
        _WHICH_BUGS,
        "Does somebody work on it? The bug has an owner, or it has none.",
        f"Is it one of many? `{BUGS_OPEN}` on the board *Bugs* shows whether work piles up.",
    ),
    mend=(
        "Give it to somebody today, and put other work aside.",
        "If a release brought it, go back to the one before.",
        "If it is not critical any more, say so in the bug: the alert follows its severity.",
    ),
)
ESCAPED_BUGS = Runbook(
    means="Of the bugs of a project that were found within 30 days, users met more than two in five first. At least "
    "20 bugs were found.",
    impact="Users test the product. Such bugs cost support and trust, and more work than those found before.",
    check=(
        _WHICH_ESCAPED,
        "One component: which tests does it have, and what do they cover? See the board *Code quality*.",
        "Were few bugs found inside? Then testing stopped, and the share rose without more bugs outside.",
    ),
    mend=(
        "Write a test for each escaped bug before it is closed.",
        "Release the component in smaller steps, to a share of the users first.",
    ),
)
CRITICAL_FINDING = Runbook(
    means="The latest scan of a repository found what its tool calls critical, such as a hole or certain data loss.",
    impact="Nothing fails yet. Whoever finds the same in the code can use it.",
    check=(
        _WHICH_FINDINGS,
        f"New, or known since a change of the tool's rules? Compare `{STATIC_ANALYSIS_ISSUES}` with last week.",
        "Can the code be reached with data from outside?",
    ),
    mend=(
        "Mend the code before the next release.",
        "A false alarm: suppress it in the code, with the reason; the next scan ends the alert.",
    ),
)
