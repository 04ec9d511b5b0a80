"""When work of a team waits: too much begun, reviews that take long, sprints that hold too much."""

from alert_rules import Alert, Group, fires, silent
from alert_rules.development_runbooks import PILE, PREDICTABILITY, REVIEWS, WORK_IN_PROGRESS
from alert_rules.teams import DEVELOPMENT
from metrics import COUNT, RATIO, SECONDS
from metrics.development import SPRINT_PREDICTABILITY, WIP_LIMIT_COMPLIANCE
from metrics.promql import renamed
from metrics.pull_requests import PULL_REQUEST_REVIEW_TIME, PULL_REQUESTS_MERGED, PULL_REQUESTS_OPEN

_BOARD = "team-velocity"
_OF_TEAM = {"of_team": "team"}  # the label team of an alert is who is told
_MOST_KEPT = f"max_over_time({WIP_LIMIT_COMPLIANCE}[3d]) and {WIP_LIMIT_COMPLIANCE} offset 3d"
_REVIEWED = f"sum by (repo) (increase({PULL_REQUEST_REVIEW_TIME.count}[7d]))"
_BUCKETS = f"sum by (repo, le) (increase({PULL_REQUEST_REVIEW_TIME.bucket}[7d]))"
_MERGED = PULL_REQUESTS_MERGED(window="7d")

_RED = WIP_LIMIT_COMPLIANCE(team="red")
_SPRINTS_OF_RED = SPRINT_PREDICTABILITY(project="shop", team="red")
_OPEN_OF_API, _MERGED_OF_API = PULL_REQUESTS_OPEN(repo="api"), PULL_REQUESTS_MERGED(repo="api", window="7d")


def _reviews(within_two_days: int, within_five: int) -> dict[str, str]:
    """Reviews of a repository, all at minute 20."""
    bounds = ("86400.0", 0), ("172800.0", within_two_days), ("432000.0", within_five), ("+Inf", within_five)
    series = {PULL_REQUEST_REVIEW_TIME.bucket(repo="api", le=le): f"0x19 {count}x60" for le, count in bounds}
    return series | {PULL_REQUEST_REVIEW_TIME.count(repo="api"): f"0x19 {within_five}x60"}


WORK_IN_PROGRESS_OVER_LIMIT = Alert(
    "WorkInProgressOverLimit",
    # Three days, so that a weekend is not all of it; a team whose limits are younger has time.
    f"max by (of_team) ({renamed(_MOST_KEPT, **_OF_TEAM)}) < 1",
    for_="1h",
    severity="warning",
    team=DEVELOPMENT,
    unit=RATIO,
    summary="A team has had more work in progress than its limits allow for three days.",
    description="Of the limits of team {{ $labels.of_team }} at most VALUE were kept at once within three days.",
    board=_BOARD,
    runbook=WORK_IN_PROGRESS,
    cases=(
        fires(
            "one of two columns is too full for three days",
            {_RED: "0.5x4500"},
            at="4400m",
            of_team="red",
            value="50%",
            description="Of the limits of team red at most 50% were kept at once within three days.",
        ),
        silent("for two days", {_RED: "1x1500 0.5x2900"}, at="4400m"),
        silent("there was a moment without", {_RED: "0.5x2000 1 0.5x2500"}, at="4400m"),
        silent("the team has limits since yesterday", {_RED: "0.5x1500"}, at="1440m"),
        silent("all limits are kept", {_RED: "1x4500"}, at="4400m"),
    ),
)

PULL_REQUEST_REVIEWS_SLOW = Alert(
    "PullRequestReviewsSlow",
    f"histogram_quantile(0.5, {_BUCKETS}) > 2 * 86400 and {_REVIEWED} >= 10",
    for_="10m",
    severity="warning",
    team=DEVELOPMENT,
    unit=SECONDS,
    summary="Half of the pull requests wait longer than two days for their review.",
    description="Half of the pull requests of {{ $labels.repo }} waited VALUE or longer for their review, within the "
    "last 7 days.",
    board=_BOARD,
    runbook=REVIEWS,
    cases=(
        fires(
            "of twenty four took two days, the others up to five",
            _reviews(4, 20),
            at="60m",
            repo="api",
            value="3d 3h 0m 0s",
            description="Half of the pull requests of api waited 3d 3h 0m 0s or longer for their review, within the "
            "last 7 days.",
        ),
        silent("half of them took two days", _reviews(10, 20), at="60m"),
        silent("nine took longer, and there were no others", _reviews(0, 9), at="60m"),
        silent("the last ones came just now", _reviews(4, 20), at="25m"),
    ),
)

PULL_REQUESTS_PILING_UP = Alert(
    "PullRequestsPilingUp",
    f"{PULL_REQUESTS_OPEN} >= 10 and on (repo) {PULL_REQUESTS_OPEN} > on (repo) 2 * {_MERGED}",
    for_="1d",
    severity="info",
    team=DEVELOPMENT,
    unit=COUNT,
    summary="A repository has more open pull requests than are merged in two weeks.",
    description="VALUE pull requests of {{ $labels.repo }} are open, more than are merged in two weeks.",
    board=_BOARD,
    runbook=PILE,
    cases=(
        fires(
            "eleven are open, and five were merged in a week",
            {_OPEN_OF_API: "11x1500", _MERGED_OF_API: "5x1500"},
            at="1450m",
            repo="api",
            value="11",
            description="11 pull requests of api are open, more than are merged in two weeks.",
        ),
        fires(
            "exactly ten, and none was merged",
            {_OPEN_OF_API: "10x1500", _MERGED_OF_API: "0x1500"},
            at="1450m",
            repo="api",
            value="10",
            description="10 pull requests of api are open, more than are merged in two weeks.",
        ),
        silent("how many are merged is not known", {_OPEN_OF_API: "12x1500"}, at="1450m"),
        silent("as many as are merged in two weeks", {_OPEN_OF_API: "12x1500", _MERGED_OF_API: "6x1500"}, at="1450m"),
        silent("a small repository rests", {_OPEN_OF_API: "9x1500", _MERGED_OF_API: "0x1500"}, at="1450m"),
        silent("since this morning", {_OPEN_OF_API: "11x1500", _MERGED_OF_API: "6x1000 5x500"}, at="1450m"),
    ),
)

SPRINTS_OVERPLANNED = Alert(
    "SprintsOverplanned",
    f"min by (project, of_team) ({renamed(str(SPRINT_PREDICTABILITY), **_OF_TEAM)}) < 0.6",
    for_="1h",
    severity="info",
    team=DEVELOPMENT,
    unit=RATIO,
    summary="A team finishes less than 60 % of what it plans for its sprints.",
    description="Team {{ $labels.of_team }} of {{ $labels.project }} finished VALUE of what it planned, over its last "
    "sprints.",
    board=_BOARD,
    runbook=PREDICTABILITY,
    cases=(
        fires(
            "half of the plan is finished",
            {_SPRINTS_OF_RED: "0.5x90"},
            at="80m",
            project="shop",
            of_team="red",
            value="50%",
            description="Team red of shop finished 50% of what it planned, over its last sprints.",
        ),
        silent("exactly 60 % of it", {_SPRINTS_OF_RED: "0.6x90"}, at="80m"),
        silent("the plan is corrected within the hour", {_SPRINTS_OF_RED: "0.5x50 0.9x40"}, at="80m"),
    ),
)

GROUP = Group(
    "development",
    (WORK_IN_PROGRESS_OVER_LIMIT, PULL_REQUEST_REVIEWS_SLOW, PULL_REQUESTS_PILING_UP, SPRINTS_OVERPLANNED),
    interval="5m",
)
