"""Whether the code is tested and reviewed, what static analysis finds in it, and how much of it is debt."""

from pathlib import Path

from dashboards import Board, Column, bars, row, section, sql, stat, table, trend
from metrics import COUNT, SECONDS, is_not
from metrics.code_quality import (
    QUALITY_ASSURANCE_AUTOMATION,
    STATIC_ANALYSIS_ISSUES,
    STATIC_ANALYSIS_SCORE,
    TECHNICAL_DEBT_RATIO,
    TECHNICAL_DEBT_REMEDIATION,
    TEST_COVERAGE,
)
from metrics.pull_requests import (
    PULL_REQUEST_CHANGES_REQUESTED_MEAN,
    PULL_REQUEST_REVIEW_TIME,
    PULL_REQUESTS_OPENED,
)

_SQL = Path(__file__).parent / "sql" / "code_quality"
_WHOLE = {"component": "all", "source": "ci"}

BOARD = Board(
    uid="code-quality",
    area="Quality",
    name="Code quality",
    description="Test coverage, reviews, findings of static analysis and technical debt, by project and repository.",
    questions=(
        "Is new code tested and reviewed?",
        "Which repository needs care?",
        "How much debt is there, and does it grow?",
    ),
    time="90d",
    content=[
        row(
            stat(TEST_COVERAGE, by="project", where=_WHOLE, height=6),
            stat(TECHNICAL_DEBT_RATIO, by="project"),
            stat(TECHNICAL_DEBT_REMEDIATION, by="project", title="Effort to clear the debt"),
        ),
        row(
            trend(TEST_COVERAGE, by="project", where=_WHOLE, title="Test coverage by project"),
            bars(STATIC_ANALYSIS_ISSUES, by="severity", title="Static analysis issues"),
        ),
        row(trend(TECHNICAL_DEBT_RATIO, by="project"), trend(STATIC_ANALYSIS_SCORE, by="repo", maximum=100)),
        section(
            "Static analysis",
            row(
                trend(STATIC_ANALYSIS_ISSUES, by="repo", title="Findings by repository"),
                trend(STATIC_ANALYSIS_ISSUES, by="severity", title="Findings by severity"),
            ),
            row(
                table(
                    sql(_SQL / "broken_rules.sql"),
                    title="Broken rules",
                    description="What the latest scan of each repository found, the gravest first. A scan counts once "
                    "its day is over.",
                    may_be_empty="The latest scans found nothing.",
                    columns=(Column("Findings", unit=COUNT, bar=True), Column("Scan", unit="dateTimeFromNow")),
                )
            ),
        ),
        section(
            "Reviews",
            row(
                table(
                    sql(_SQL / "reviews.sql"),
                    title="Code reviews by author",
                    description="Pull requests that were opened in the last 7 days, the time from the opening to the "
                    "approval, or to the merge without one, and the reviews that asked for changes, on average.",
                    may_be_empty="Nobody opened a pull request.",
                    time="7d",
                    width=6,
                    columns=(
                        Column("Pull requests", unit=COUNT),
                        Column("Review time", unit=SECONDS),
                        Column("Changes requested", unit="none", decimals=1),
                    ),
                ),
                trend(PULL_REQUEST_REVIEW_TIME, by="repo", span="7d", quantiles=(0.5,), to="team-velocity"),
            ),
            row(
                bars(PULL_REQUESTS_OPENED, by="repo", window="7d", to="team-velocity"),
                bars(PULL_REQUEST_CHANGES_REQUESTED_MEAN, by="repo", window="7d", title="Changes requested (7 d)"),
            ),
        ),
        section(
            "Components",
            row(
                trend(
                    TEST_COVERAGE,
                    by=("project", "component"),
                    where={"source": "ci", "component": is_not("all")},
                    title="Test coverage by component",
                ),
                trend(TECHNICAL_DEBT_REMEDIATION, by="project", title="Effort to clear the debt"),
                trend(
                    QUALITY_ASSURANCE_AUTOMATION,
                    by="project",
                    title="Automated test cases",
                    may_be_empty="Nobody gave the share yet.",
                ),
            ),
        ),
    ],
)
