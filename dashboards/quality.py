"""Quality on one screen, each number with the way to its details."""

from dashboards import Board, area, bars, row, stat, trend
from metrics.app_performance import CRASHES_PER_1000_DEVICES
from metrics.bugs import BUG_LEAK_RATIO, BUGS_FIXED, BUGS_OPEN, BUGS_REPORTED
from metrics.code_quality import STATIC_ANALYSIS_ISSUES, TECHNICAL_DEBT_RATIO, TEST_COVERAGE
from metrics.development import DEVELOPER_SATISFACTION
from metrics.testing import FLAKY_TESTS, TEST_PASS_RATIO

_WHOLE = {"component": "all", "source": "ci"}
_FEW = "No project has five bugs in the window."

BOARD = Board(
    uid="quality-metrics",
    area="Quality",
    name="Overview",
    description="Coverage, passed tests, escaped and open bugs, crashes, debt, and how content developers are, with "
    "the way to their details.",
    questions=("Is what we ship good enough?", "What got worse?"),
    time="30d",
    content=[
        row(
            stat(TEST_COVERAGE, by="project", where=_WHOLE, height=6, to="code-quality"),
            stat(TEST_PASS_RATIO, by="suite", window="7d", to="test-metrics"),
            stat(BUG_LEAK_RATIO, by="project", window="30d", to="bug-metrics", may_be_empty=_FEW),
            stat(CRASHES_PER_1000_DEVICES, by="device_os", window="1d", title="Crash rate (1 d)", to="app-performance"),
        ),
        row(
            stat(BUGS_OPEN, by="severity", to="bug-metrics", width=4),
            stat(FLAKY_TESTS, by=(), window="7d", to="test-metrics", width=2),
            stat(STATIC_ANALYSIS_ISSUES, by=(), title="Findings", to="code-quality", width=2),
            stat(TECHNICAL_DEBT_RATIO, by="project", to="code-quality", width=4, height=6),
        ),
        row(
            trend(TEST_COVERAGE, by="project", where=_WHOLE, to="code-quality"),
            trend(TEST_PASS_RATIO, by="suite", window="7d", to="test-metrics"),
        ),
        row(
            area(BUGS_OPEN, by="severity", to="bug-metrics"),
            trend(BUGS_REPORTED, BUGS_FIXED, by=(), window="7d", title="Bugs found and fixed (7 d)", to="bug-metrics"),
            trend(
                CRASHES_PER_1000_DEVICES,
                by="device_os",
                window="1d",
                title="Crash rate per 1,000 devices",
                to="app-performance",
            ),
        ),
        row(
            bars(
                DEVELOPER_SATISFACTION,
                by="team",
                maximum=10,
                may_be_empty="Nobody gave a value: kpi input set.",
                to="team-velocity",
            ),
            trend(TECHNICAL_DEBT_RATIO, by="project", to="code-quality"),
        ),
    ],
)
