"""How much teams finish, how long it takes them, and what waits: sprints, stories, pull requests, features."""

from pathlib import Path

from dashboards import (
    Board,
    Column,
    bars,
    distribution,
    funnel,
    promql,
    row,
    section,
    share,
    sql,
    stat,
    table,
    trend,
)
from metrics import COUNT, RATIO
from metrics.bugs import ISSUES_OPEN, ISSUES_OPENED, ISSUES_RESOLVED
from metrics.development import (
    CODE_COMPLEXITY,
    DEVELOPER_SATISFACTION,
    DOCUMENTATION_COVERAGE,
    INNOVATION_TIME,
    KNOWLEDGE_SHARING_EVENTS,
    SPRINT_COMPLETION,
    SPRINT_PLANNED,
    SPRINT_PREDICTABILITY,
    SPRINT_VELOCITY,
    SPRINT_VELOCITY_CHANGE,
    STORIES_BY_SIZE,
    STORIES_COMPLETED,
    STORIES_COMPLETED_PER_DEVELOPER,
    STORIES_IN_PROGRESS,
    STORY_CYCLE_TIME,
    TEAM_UTILIZATION,
    WIP_LIMIT_COMPLIANCE,
)
from metrics.features import (
    FEATURE_RELEASES_WITH_ROLLBACK,
    FEATURES_RELEASED,
    INNOVATION_PIPELINE_ITEMS,
    PERFORMANCE_IMPROVEMENTS_RELEASED,
    TIME_TO_MARKET,
)
from metrics.pull_requests import (
    PULL_REQUEST_CHANGES_REQUESTED_MEAN,
    PULL_REQUEST_REVIEW_TIME,
    PULL_REQUESTS_MERGED,
    PULL_REQUESTS_OPEN,
    PULL_REQUESTS_OPENED,
)

_SQL = Path(__file__).parent / "sql" / "team_velocity"

_HALF, _MOST = 0.5, 0.85  # of stories, by their cycle time
_NOT_GIVEN = "Nobody gave a value: kpi input set."
_NO_SPRINTS = "The chosen teams work without sprints."
_NOTHING_RELEASED = "No feature was released."

BOARD = Board(
    uid="team-velocity",
    area="Development",
    name="Team velocity",
    description="How much teams plan and finish, how long stories and reviews take, and what waits.",
    questions=(
        "Do teams finish what they plan?",
        "Where do stories wait?",
        "How long do reviews take?",
        "How long does a feature take to the users?",
    ),
    time="30d",
    content=[
        row(
            stat(STORIES_IN_PROGRESS, by="state", title="Work in progress"),
            stat(STORIES_COMPLETED, by=(), window="7d", before="7d", title="Stories completed (7 d)"),
            stat(STORY_CYCLE_TIME, span="30d", title="Cycle time p95 (30 d)"),
            stat(PULL_REQUESTS_OPEN, by=()),
        ),
        row(
            trend(
                sql(_SQL / "sprints.sql"),
                title="Sprint velocity",
                description="Story points planned when a sprint began, done in it, and added to it, by the day on "
                "which it began.",
                unit=COUNT,
                time="180d",
                may_be_empty=_NO_SPRINTS,
            ),
            trend(
                sql(_SQL / "completion.sql"),
                title="Sprint completion",
                description="Story points done ÷ points planned when the sprint began, by the day on which it began. "
                "The newest sprint is not over.",
                unit=RATIO,
                time="180d",
                may_be_empty=_NO_SPRINTS,
            ),
        ),
        row(
            share(STORIES_BY_SIZE, by="story_size", title="Stories of the sprint by size", width=4),
            trend(STORY_CYCLE_TIME, span="7d", quantiles=(_HALF, _MOST), title="Cycle time (7 d)"),
        ),
        section(
            "Sprints",
            row(
                table(
                    SPRINT_VELOCITY,
                    SPRINT_PLANNED,
                    SPRINT_COMPLETION,
                    by=("project", "team", "sprint"),
                    title="Sprints",
                    columns=(
                        Column(SPRINT_VELOCITY.title, title="Done", unit=COUNT),
                        Column(SPRINT_PLANNED.title, title="Planned", unit=COUNT),
                        Column(SPRINT_COMPLETION.title, title="Completion", unit=RATIO, decimals=1),
                    ),
                ),
            ),
            row(
                bars(SPRINT_PREDICTABILITY, by=("project", "team"), title="Predictability"),
                bars(SPRINT_VELOCITY_CHANGE, by=("project", "team"), title="Velocity trend"),
            ),
        ),
        section(
            "Flow",
            row(
                trend(STORIES_IN_PROGRESS, by="state"),
                trend(
                    promql(
                        f"avg by (team) (avg_over_time({WIP_LIMIT_COMPLIANCE}[1d]))",
                        of=WIP_LIMIT_COMPLIANCE,
                        legend="{{team}}",
                    ),
                    title="WIP limit compliance (1 d)",
                    maximum=1,
                ),
            ),
            row(
                trend(STORIES_COMPLETED, by="team", window="7d"),
                trend(STORIES_COMPLETED_PER_DEVELOPER, by="team", window="30d", title="Stories per developer (30 d)"),
            ),
        ),
        section(
            "Pull requests",
            row(
                trend(PULL_REQUESTS_OPENED, PULL_REQUESTS_MERGED, by=(), window="7d", title="Opened and merged (7 d)"),
                trend(PULL_REQUESTS_OPEN, by="repo"),
            ),
            row(
                trend(PULL_REQUEST_REVIEW_TIME, span="7d", quantiles=(_HALF, _MOST), title="Review time (7 d)"),
                distribution(PULL_REQUEST_REVIEW_TIME, span="30d", title="Review time (30 d)"),
                bars(PULL_REQUEST_CHANGES_REQUESTED_MEAN, by="repo", window="30d", title="Changes requested (30 d)"),
            ),
            row(
                table(
                    sql(_SQL / "open_pull_requests.sql"),
                    title="Open pull requests",
                    description="What waits for a review or a merge, the oldest first.",
                    may_be_empty="Every pull request is merged.",
                    ignore={"K505": "What waits now is to be seen whatever time is chosen."},
                    columns=(
                        Column("Opened", unit="dateTimeFromNow"),
                        Column("First review", unit="dateTimeFromNow"),
                        Column("Changes requested", unit=COUNT),
                    ),
                )
            ),
        ),
        section(
            "Features",
            row(
                stat(FEATURES_RELEASED, window="30d"),
                stat(FEATURE_RELEASES_WITH_ROLLBACK, window="90d", may_be_empty=_NOTHING_RELEASED),
                stat(PERFORMANCE_IMPROVEMENTS_RELEASED, may_be_empty=_NOT_GIVEN),
            ),
            row(
                funnel(INNOVATION_PIPELINE_ITEMS, by="stage", stages=("idea", "discovery", "development", "beta")),
                trend(TIME_TO_MARKET, span="30d", quantiles=(_HALF,), by="product", may_be_empty=_NOTHING_RELEASED),
                trend(FEATURES_RELEASED, window="90d"),
            ),
        ),
        section(
            "Issues",
            row(
                stat(ISSUES_OPEN, by="severity", title="Open issues"),
                trend(ISSUES_OPENED, ISSUES_RESOLVED, by=(), window="7d", title="Issues opened and resolved (7 d)"),
                trend(ISSUES_OPEN, by="project"),
            ),
        ),
        section(
            "Code and people",
            row(
                bars(CODE_COMPLEXITY, by=("project", "component"), may_be_empty="No analyser reports it."),
                bars(DOCUMENTATION_COVERAGE, by="project", may_be_empty="No tool reports it."),
            ),
            row(
                bars(TEAM_UTILIZATION, by="team", may_be_empty=_NOT_GIVEN),
                bars(INNOVATION_TIME, by="team", may_be_empty=_NOT_GIVEN),
                bars(KNOWLEDGE_SHARING_EVENTS, by="team", may_be_empty=_NOT_GIVEN),
                bars(DEVELOPER_SATISFACTION, by="team", may_be_empty=_NOT_GIVEN),
            ),
        ),
    ],
)
