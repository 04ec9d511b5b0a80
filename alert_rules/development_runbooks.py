"""What a team reads when work piles up, reviews take long, or sprints hold more than it finishes."""

from alert_rules.alert import Runbook
from metrics.development import SPRINT_VELOCITY_CHANGE, STORIES_IN_PROGRESS, STORY_CYCLE_TIME
from metrics.pull_requests import PULL_REQUESTS_MERGED, PULL_REQUESTS_OPEN

_OLDEST_STORIES = """Which stories are in progress, and since when?

    SELECT story_id, status, started_at, in_review_at, in_qa_at
      FROM story_metrics
     WHERE team = 'TEAM' AND lower(status) IN ('in development', 'in review', 'in qa')
       AND started_at <= now() AND done_at IS NULL AND cancelled_at IS NULL
     ORDER BY started_at;"""
_OLDEST_PULL_REQUESTS = """Which pull requests wait, and for what?

    SELECT pr_id, created_at, first_review_at, approved_at, changes_requested
      FROM pull_request_metrics
     WHERE repo = 'REPO' AND closed_at IS NULL AND merged_at IS NULL
     ORDER BY created_at;"""
_UNPLANNED = """Was the plan too large, or did other work come?

    SELECT sprint_number, story_points_planned, story_points_completed, story_points_added
      FROM sprint_metrics
     WHERE team = 'TEAM' AND ends_on < current_date
     ORDER BY sprint_number DESC
     LIMIT 6;"""

WORK_IN_PROGRESS = Runbook(
    means="For three days there was no moment when all columns of the team's board were within their limits.",
    impact="Nothing breaks. Work that is begun and not finished ages, and each story takes longer.",
    check=(
        f"Which column is too full? `{STORIES_IN_PROGRESS}` on the board *Team velocity* against `wip_limits`.",
        _OLDEST_STORIES,
        f"Do stories take longer already? `{STORY_CYCLE_TIME}` on the same board.",
    ),
    mend=(
        "Finish before anything new is begun: the oldest story first, from right to left on the board.",
        "A story that waits for somebody else goes back to the backlog, with the reason.",
        "If the team is fine with it, the limit is wrong: change it, so that it means something.",
    ),
)
REVIEWS = Runbook(
    means="Half of the pull requests that were approved or merged within the last week waited longer than two days "
    "for it. There were at least ten.",
    impact="Finished code does not reach the users, and the branches grow apart: merging becomes harder.",
    check=(
        _OLDEST_PULL_REQUESTS,
        "Do they wait for the first review, or for answers to it? The first is a matter of people, the second of size.",
        "Is somebody away who alone may approve?",
    ),
    mend=(
        "Agree on a time of the day for reviews, and let the oldest come first.",
        "Split large pull requests; give those of one area to several reviewers.",
    ),
)
PILE = Runbook(
    means="A repository has at least ten open pull requests, and more than the team merges in two weeks. That has "
    "been so for a day.",
    impact="The later ones are out of date before anybody looks at them.",
    check=(
        _OLDEST_PULL_REQUESTS,
        f"Did more come, or are fewer merged? `{PULL_REQUESTS_OPEN}` and `{PULL_REQUESTS_MERGED}` over the last weeks.",
        "Are they of a robot that updates dependencies? Then its limit is too high.",
    ),
    mend=(
        "Close what nobody will merge, with a word of thanks.",
        "Stop opening new ones until half of the old ones are merged.",
    ),
)
PREDICTABILITY = Runbook(
    means="Over its last closed sprints, three to six that had a plan, the team finished less than 60 % of what it had "
    "planned when they began, on average over the sprints.",
    impact="Nobody can rely on what is promised for a sprint.",
    check=(
        _UNPLANNED,
        f"Does the team finish less than before? `{SPRINT_VELOCITY_CHANGE}` on the board *Team velocity*.",
        "Are stories carried over again and again? Then they are too large.",
    ),
    mend=(
        "Plan what was finished in the last three sprints, on average, and no more.",
        "Keep room for work that cannot be planned, as much as there was of it.",
    ),
)
