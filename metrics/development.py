"""How teams work: sprints, stories, the state of their code, and what only they themselves can tell."""

from metrics import COUNT, RATIO, SCORE, SECONDS, Gauge, Histogram, Input

_HOUR, _DAY = 3600, 86400
_NO_SPRINT = "A team that works without sprints has none."

SPRINT_VELOCITY = Gauge(
    "kpi_sprint_velocity_points",
    "Story points done in the sprint so far, for the current sprint and the 12 before.",
    unit=COUNT,
    labels=("project", "team", "sprint"),
    adds_over=("project", "sprint"),
    owner="engineering",
    better="higher",
    sparse=_NO_SPRINT,
)

SPRINT_PLANNED = Gauge(
    "kpi_sprint_planned_points",
    "Story points planned when the sprint began, for the current sprint and the 12 before.",
    unit=COUNT,
    labels=("project", "team", "sprint"),
    adds_over=("project", "sprint"),
    owner="engineering",
    sparse=_NO_SPRINT,
)

SPRINT_COMPLETION = Gauge(
    "kpi_sprint_completion_ratio",
    "Story points done ÷ points planned when the sprint began, for the current sprint and the 12 before. Above 1 where "
    "more was done than planned; a sprint without a plan has none.",
    unit=RATIO,
    labels=("project", "team", "sprint"),
    owner="engineering",
    better="higher",
    sparse=_NO_SPRINT,
)

SPRINT_VELOCITY_CHANGE = Gauge(
    "kpi_sprint_velocity_change_ratio",
    "Velocity trend: (mean points of the last 3 closed sprints − mean of the 3 before) ÷ mean of the 3 before. From "
    "-1 upwards; none with fewer than 6 closed sprints within 52 weeks.",
    unit=RATIO,
    labels=("project", "team"),
    owner="engineering",
    better="higher",
    sparse="It takes six closed sprints to compare.",
)

SPRINT_PREDICTABILITY = Gauge(
    "kpi_sprint_predictability_ratio",
    "Mean over the last 6 closed sprints of min(done, planned) ÷ planned, in story points. Sprints without a plan are "
    "left out; none with fewer than 3 that have one.",
    unit=RATIO,
    labels=("project", "team"),
    owner="engineering",
    better="higher",
    sparse="It takes three closed sprints to tell.",
)

STORIES_BY_SIZE = Gauge(
    "kpi_stories_by_size",
    "Stories of the current sprint by size, finished or not; cancelled ones do not count.",
    unit=COUNT,
    labels=("project", "team", "story_size"),
    owner="engineering",
    sparse="Between sprints no story is in one.",
)

STORY_CYCLE_TIME = Histogram(
    "kpi_story_cycle_time_seconds",
    "Time from the start of work on a story until it is done, nights and weekends included.",
    unit=SECONDS,
    labels=("project", "team"),
    owner="engineering",
    better="lower",
    buckets=(4 * _HOUR, 8 * _HOUR, *(days * _DAY for days in (1, 2, 3, 4, 5, 7, 10, 14, 21, 30, 60))),
)

STORIES_IN_PROGRESS = Gauge(
    "kpi_stories_in_progress",
    "Stories that are worked on, by where they are: In Development, In Review or In QA.",
    unit=COUNT,
    labels=("project", "team", "state"),
    owner="engineering",
    better="lower",
)

WIP_LIMIT_COMPLIANCE = Gauge(
    "kpi_wip_limit_compliance_ratio",
    "Columns of the team's board that hold no more stories than their limit ÷ columns with a limit, at this moment.",
    unit=RATIO,
    labels=("team",),
    owner="engineering",
    better="higher",
    target=1,
    sparse="A team without limits keeps none.",
)

STORIES_COMPLETED = Gauge(
    "kpi_stories_completed",
    "Stories that were done in the window.",
    unit=COUNT,
    labels=("project", "team", "window"),
    owner="engineering",
    better="higher",
)

STORIES_COMPLETED_PER_DEVELOPER = Gauge(
    "kpi_stories_completed_per_developer",
    "Stories done in the window ÷ people they were assigned to. A proxy for the productivity of a team, never of a "
    "person; none where no story was assigned.",
    unit=COUNT,
    labels=("team", "window"),
    adds_over=(),
    owner="engineering",
    better="higher",
    sparse="Without a story that is done, nobody did one.",
)

TEAM_UTILIZATION = Input(
    "kpi_team_utilization_ratio",
    "Booked hours ÷ available hours of the month. An input: time tracking knows it.",
    unit=RATIO,
    labels=("team",),
    owner="engineering",
)

CODE_COMPLEXITY = Gauge(
    "kpi_code_complexity_score",
    "Average cyclomatic complexity of a function, as the analyser last reported it within 90 days: 1 is straight, up "
    "to 10 is held to be manageable. The component is all where a report covers the whole project.",
    unit=SCORE,
    labels=("project", "component"),
    owner="engineering",
    better="lower",
    sparse="No analyser reports it, or none within 90 days.",
)

DOCUMENTATION_COVERAGE = Gauge(
    "kpi_documentation_coverage_ratio",
    "Documented public symbols ÷ all public symbols, as last reported within 90 days. Where a component was reported "
    "after the whole, or alone, components are weighed by their lines of code.",
    unit=RATIO,
    labels=("project",),
    owner="engineering",
    better="higher",
    sparse="No tool reports it, or none within 90 days.",
)

DEVELOPER_SATISFACTION = Input(
    "kpi_developer_satisfaction_score",
    "Mean answer of developers on how content they are with their work, 0 to 10. An input: a survey each quarter.",
    unit=SCORE,
    labels=("team",),
    owner="engineering",
    better="higher",
    every="quarter",
    due_days=20,
    most=10,
)

KNOWLEDGE_SHARING_EVENTS = Input(
    "kpi_knowledge_sharing_events",
    "Events of the month in which the team shared what it knows. An input: count them in the calendar.",
    unit=COUNT,
    labels=("team",),
    owner="engineering",
    better="higher",
    whole=True,
)

INNOVATION_TIME = Input(
    "kpi_innovation_time_ratio",
    "Hours booked on innovation ÷ hours booked, of the month. An input: time tracking knows it.",
    unit=RATIO,
    labels=("team",),
    owner="engineering",
)
