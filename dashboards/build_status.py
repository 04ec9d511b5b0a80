"""Whether the branches build, how long that takes, and what was deployed."""

from pathlib import Path

from dashboards import Board, Column, bars, promql, row, sql, stat, state, table, trend
from dashboards.look import GREEN, RED
from dashboards.panel import Step
from dashboards.queries import RANGE
from metrics import COUNT, SECONDS, matches
from metrics.delivery import CI_BUILD_DURATION, CI_BUILD_LAST_SUCCESS, CI_BUILD_SUCCESS, CI_BUILDS, DEPLOYMENTS
from metrics.promql import count_of_0

_SQL = Path(__file__).parent / "sql" / "build_status"
_RESULTS = {"0": ("failed", RED), "1": ("succeeded", GREEN)}

BOARD = Board(
    uid="build-status",
    area="Engineering",
    name="Build status",
    description="Whether the newest build of each branch that is released from succeeded, how many builds do, how long "
    "they take, and what was deployed.",
    questions=("Is a branch broken?", "Do builds become slower, or fail more often?", "What was deployed lately?"),
    time="7d",
    variables=("repo",),
    up="devops",
    content=[
        row(
            stat(
                promql(count_of_0(CI_BUILD_LAST_SUCCESS), of=CI_BUILD_LAST_SUCCESS, legend="branches"),
                title="Broken branches",
                description="Branches that are released from, and whose newest build failed.",
                unit=COUNT,
                steps=(Step(None, GREEN), Step(1, RED)),
            ),
            stat(
                promql(
                    f"sum(increase({CI_BUILDS(result='success')}[{RANGE}]))"
                    f" / sum(increase({CI_BUILDS(result=matches('success|failure'))}[{RANGE}]))",
                    of=CI_BUILD_SUCCESS,
                    legend="builds",
                ),
                title="Successful builds",
            ),
            stat(CI_BUILD_DURATION, title="Build duration p95"),
            stat(CI_BUILDS, title="Builds"),
            stat(DEPLOYMENTS, where={"environment": "production"}, title="Deployments"),
        ),
        row(state(CI_BUILD_LAST_SUCCESS, values=_RESULTS, title="Newest build of each branch", height=10)),
        row(
            trend(CI_BUILD_SUCCESS, by=("repo", "workflow"), window="7d", title="Successful builds of 7 days"),
            trend(CI_BUILD_DURATION, by="repo", quantiles=(0.5,), span="1d", title="Median build duration"),
        ),
        row(
            bars(CI_BUILDS, by="result", span="1d"),
            bars(DEPLOYMENTS, by=("service",), where={"environment": "production"}, span="1d"),
        ),
        row(
            table(
                sql(_SQL / "newest_builds.sql"),
                title="Newest builds of all branches",
                description="The newest build that ended in the chosen time, for each branch: what failed comes first.",
                columns=(Column("Ended", unit="dateTimeFromNow"), Column("Duration", unit=SECONDS)),
            )
        ),
    ],
)
