"""How often and how fast the company delivers, and how well that holds: the four keys of DORA, and what is behind."""

from dataclasses import replace
from pathlib import Path

from dashboards import (
    Board,
    Column,
    Promql,
    bars,
    distribution,
    dora,
    promql,
    row,
    section,
    sql,
    stat,
    table,
    text,
    trend,
)
from dashboards.queries import RANGE, quantile
from metrics import COUNT, SECONDS, Histogram
from metrics.code_quality import TECHNICAL_DEBT_RATIO, TECHNICAL_DEBT_REMEDIATION, TEST_COVERAGE
from metrics.delivery import (
    CHANGE_FAILURE,
    CI_BUILD_DURATION,
    DEPLOYMENT_DURATION,
    DEPLOYMENT_SUCCESS,
    DEPLOYMENTS,
    DEPLOYMENTS_PER_DAY,
    DEPLOYMENTS_YEAR_GROWTH,
    LAST_DEPLOYMENT,
    LAST_INCIDENT,
    LEAD_TIME_FOR_CHANGES,
    PERFORMANCE_TEST_PASS,
    PROCESS_AUTOMATION,
    SECURITY_SCAN_PASS,
    TIME_TO_RESTORE_SERVICE,
)
from metrics.development import (
    CODE_COMPLEXITY,
    DEVELOPER_SATISFACTION,
    DOCUMENTATION_COVERAGE,
    INNOVATION_TIME,
    KNOWLEDGE_SHARING_EVENTS,
    SPRINT_PREDICTABILITY,
)
from metrics.dora import (
    CHANGE_FAILURE_BANDS,
    DEPLOYMENTS_PER_DAY_BANDS,
    LEAD_TIME_BANDS,
    TIME_TO_RESTORE_BANDS,
)
from metrics.pull_requests import PULL_REQUEST_REVIEW_TIME
from metrics.security import SECURITY_SCORE
from metrics.testing import TEST_PASS_RATIO

_SQL = Path(__file__).parent / "sql" / "devops"
_SPRINTS = Path(__file__).parent / "sql" / "team_velocity" / "sprints.sql"
_PRODUCTION = {"environment": "production"}
_MONTH = DEPLOYMENTS_PER_DAY(window="30d")
_NO_INCIDENT = "No deployment caused an incident that ended in the chosen time."
_NOT_GIVEN = "Nobody gave a value: kpi input set."
_NO_SPRINTS = "The chosen teams work without sprints."
_YOUNG = "Before two years of deployments are known, there is no year to compare with."


def _median_and_p90(metric: Histogram) -> tuple[Promql, ...]:
    return tuple(quantile(metric, level, by=(), where={}, span=RANGE) for level in (0.5, 0.9))


def _median_by_service(metric: Histogram) -> Promql:
    """The median of each service that has one in the chosen time: the others would be bars that say 'no data'."""
    median = quantile(metric, 0.5, by=("service",), where={}, span=RANGE)
    return replace(median, expr=f"{median.expr} >= 0", legend="{{service}}")


BOARD = Board(
    uid="devops",
    area="Engineering",
    name="DevOps and delivery",
    description="How often and how fast the company delivers, how often that breaks something, and how long it takes "
    "to mend it: the four keys of DORA, in the bands of its report.",
    questions=("How well do we deliver, compared with others?", "What slows us down?", "Which deployments broke?"),
    time="30d",
    content=[
        row(
            stat(
                promql(f"avg({_MONTH})", of=DEPLOYMENTS_PER_DAY, legend="deployments"),
                title="Deployments per day and service",
                steps=dora.steps(DEPLOYMENTS_PER_DAY_BANDS),
                decimals=2,
            ),
            stat(
                *_median_and_p90(LEAD_TIME_FOR_CHANGES),
                title="Lead time for changes",
                steps=dora.steps(LEAD_TIME_BANDS),
            ),
            stat(
                promql(f"max({CHANGE_FAILURE(window='30d')})", of=CHANGE_FAILURE, legend="worst service"),
                title="Change failures, worst service",
                steps=dora.steps(CHANGE_FAILURE_BANDS),
            ),
            stat(
                *_median_and_p90(TIME_TO_RESTORE_SERVICE),
                title="Time to restore service",
                steps=dora.steps(TIME_TO_RESTORE_BANDS),
                may_be_empty=_NO_INCIDENT,
            ),
        ),
        row(
            bars(
                DEPLOYMENTS_PER_DAY,
                by="service",
                window="30d",
                where=_PRODUCTION,
                title="Deployments per day",
                steps=dora.steps(DEPLOYMENTS_PER_DAY_BANDS),
            ),
            bars(
                _median_by_service(LEAD_TIME_FOR_CHANGES),
                title="Lead time, median by service",
                decimals=1,
                steps=dora.steps(LEAD_TIME_BANDS),
                may_be_empty="Nothing was deployed in the chosen time.",
            ),
            bars(
                CHANGE_FAILURE,
                by="service",
                window="30d",
                title="Change failures by service",
                steps=dora.steps(CHANGE_FAILURE_BANDS),
            ),
            bars(
                _median_by_service(TIME_TO_RESTORE_SERVICE),
                title="Time to restore, median by service",
                decimals=1,
                steps=dora.steps(TIME_TO_RESTORE_BANDS),
                may_be_empty=_NO_INCIDENT,
            ),
        ),
        row(
            trend(LEAD_TIME_FOR_CHANGES, quantiles=(0.5, 0.9), span="7d", title="Lead time, 7 days"),
            trend(CHANGE_FAILURE, by="service", window="30d"),
        ),
        row(text(dora.TABLE, title="Bands", height=6)),
        section(
            "How often",
            row(
                *(
                    stat(
                        promql(f"sum({DEPLOYMENTS_PER_DAY(window=f'{days}d')}) * {days}", of=DEPLOYMENTS_PER_DAY),
                        title=f"Deployments of {words}",
                        decimals=0,
                    )
                    for days, words in ((1, "a day"), (7, "a week"), (30, "a month"))
                ),
                stat(DEPLOYMENTS_YEAR_GROWTH, title="Year over year", may_be_empty=_YOUNG),
            ),
            row(
                bars(DEPLOYMENTS, by="service", where=_PRODUCTION, span="1d"),
                bars(DEPLOYMENTS, by="result", span="1d"),
            ),
        ),
        section(
            "How well",
            row(
                stat(DEPLOYMENT_SUCCESS, by="service", window="30d", where=_PRODUCTION, title="Successful deployments"),
                stat(PROCESS_AUTOMATION, title="Without a step by hand", width=3),
            ),
            row(
                trend(TEST_PASS_RATIO, by="suite", window="7d", to="test-metrics"),
                trend(SECURITY_SCAN_PASS, by="repo", window="7d"),
                trend(PERFORMANCE_TEST_PASS, by="repo", window="7d"),
            ),
            row(
                table(
                    sql(_SQL / "broken_deployments.sql"),
                    title="Deployments that broke something",
                    description="Deployments to production of the chosen time that failed, were rolled back or caused "
                    "an incident.",
                    may_be_empty="No deployment of the chosen time broke anything.",
                    columns=(Column("Ended", unit="dateTimeAsIso"), Column("Restored after", unit=SECONDS)),
                ),
            ),
            row(
                table(LAST_DEPLOYMENT, by="service", title="Newest deployments"),
                table(
                    LAST_INCIDENT,
                    by=("service", "severity"),
                    title="Newest incidents",
                    may_be_empty="No incident in 90 days.",
                ),
            ),
        ),
        section(
            "How fast",
            row(
                trend(DEPLOYMENT_DURATION, where=_PRODUCTION, quantiles=(0.5, 0.9), span="7d"),
                trend(CI_BUILD_DURATION, quantiles=(0.5, 0.9), span="1d", to="build-status"),
            ),
            row(distribution(LEAD_TIME_FOR_CHANGES)),
            row(distribution(TIME_TO_RESTORE_SERVICE, may_be_empty=_NO_INCIDENT)),
        ),
        section(
            "Quality",
            row(
                trend(
                    TEST_COVERAGE,
                    by="project",
                    where={"component": "all", "source": "ci"},
                    title="Test coverage by project",
                    to="code-quality",
                ),
                trend(TECHNICAL_DEBT_RATIO, by="project", to="code-quality"),
                trend(TECHNICAL_DEBT_REMEDIATION, by="project", title="Effort to clear the debt", to="code-quality"),
            ),
            row(
                bars(CODE_COMPLEXITY, by=("project", "component"), may_be_empty="No analyser reports it."),
                bars(DOCUMENTATION_COVERAGE, by="project", may_be_empty="No tool reports it."),
                trend(PULL_REQUEST_REVIEW_TIME, span="7d", title="Review time (7 d)", to="team-velocity"),
                trend(SECURITY_SCORE, by="scope", maximum=100, to="security"),
            ),
            folded=True,
        ),
        section(
            "Team",
            row(
                trend(
                    sql(_SPRINTS),
                    title="Sprint velocity",
                    description="Story points planned when a sprint began, done in it, and added to it, by the day on "
                    "which it began.",
                    unit=COUNT,
                    time="180d",
                    may_be_empty=_NO_SPRINTS,
                    to="team-velocity",
                ),
                bars(SPRINT_PREDICTABILITY, by=("project", "team"), title="Predictability", to="team-velocity"),
            ),
            row(
                bars(DEVELOPER_SATISFACTION, by="team", may_be_empty=_NOT_GIVEN),
                bars(INNOVATION_TIME, by="team", may_be_empty=_NOT_GIVEN),
                bars(KNOWLEDGE_SHARING_EVENTS, by="team", may_be_empty=_NOT_GIVEN),
            ),
            folded=True,
        ),
    ],
)
