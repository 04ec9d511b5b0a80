"""When background jobs wait or fail."""

from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.teams import DEVELOPMENT, DEVOPS
from metrics import RATIO, SECONDS
from metrics.jobs import (
    BACKGROUND_JOB_DURATION,
    BACKGROUND_JOB_SUCCESS,
    BACKGROUND_JOBS,
    BACKGROUND_JOBS_OLDEST_WAIT,
    BACKGROUND_JOBS_QUEUED,
)

_BOARD = "pages-and-jobs"
_FEWEST_FAILED = 5
_WAIT = BACKGROUND_JOBS_OLDEST_WAIT(queue="mail")
_WAITING = BACKGROUND_JOBS_QUEUED(queue="mail")
_SUCCESS = BACKGROUND_JOB_SUCCESS(queue="mail", window="1h")
_FAILED = BACKGROUND_JOBS(queue="mail", job_type="welcome", result="failed")

QUEUE_NOT_DRAINING = Alert(
    "QueueNotDraining",
    # A queue that is filled at night and gets shorter does drain, however long the last ones wait.
    f"{BACKGROUND_JOBS_OLDEST_WAIT} > 900 and {BACKGROUND_JOBS_QUEUED} >= {BACKGROUND_JOBS_QUEUED} offset 15m",
    for_="10m",
    severity="warning",
    team=DEVOPS,
    unit=SECONDS,
    summary="Background jobs wait, and their queue does not get shorter.",
    description="The oldest job in the queue {{ $labels.queue }} has been waiting for VALUE.",
    board=_BOARD,
    runbook=Runbook(
        means="The oldest job of a queue has waited for more than 15 minutes, and at least as many jobs wait as 15 "
        "minutes ago.",
        impact="What the jobs do comes late: mails, pictures, reports. The longer the queue, the later.",
        check=(
            "Do the workers of the queue run? Does anything finish?\n\n"
            "    SELECT queue, status, count(*), min(enqueued_at), max(started_at), max(finished_at)\n"
            "      FROM jobs\n"
            "     WHERE enqueued_at > now() - interval '1 day'\n"
            "     GROUP BY 1, 2\n"
            "     ORDER BY 1, 2;",
            "Does one kind of job hold all workers? Look for jobs that run for long.",
            f"Do jobs take longer than before? `{BACKGROUND_JOB_DURATION}` by queue on the board.",
        ),
        mend=(
            "Start the workers again, or more of them.",
            "Stop what fills the queue, or give long jobs a queue of their own.",
            "Jobs that nobody needs any more: take them out.",
        ),
    ),
    cases=(
        fires(
            "nothing starts any more",
            {_WAIT: "0x5 60+60x60", _WAITING: "0x5 1+1x60"},
            at="40m",
            queue="mail",
            value="35m 0s",
            description="The oldest job in the queue mail has been waiting for 35m 0s.",
        ),
        fires(
            "one job is never started",
            {_WAIT: "0+60x60", _WAITING: "1x60"},
            at="40m",
            queue="mail",
            value="40m 0s",
            description="The oldest job in the queue mail has been waiting for 40m 0s.",
        ),
        silent("it gets shorter", {_WAIT: "0+60x60", _WAITING: "900-10x60"}, at="40m"),
        silent("it is long, and nobody waits for long", {_WAIT: "600x60", _WAITING: "0+10x60"}, at="40m"),
        silent("it drains after minutes", {_WAIT: "0+60x20 5x40", _WAITING: "0+5x20 3x40"}, at="40m"),
    ),
)

JOBS_FAILING = Alert(
    "BackgroundJobsFailing",
    f"1 - {BACKGROUND_JOB_SUCCESS(window='1h')} > 0.2 and on (queue) "
    f"sum by (queue) (increase({BACKGROUND_JOBS(result='failed')}[1h])) >= {_FEWEST_FAILED}",
    for_="10m",
    severity="warning",
    team=DEVELOPMENT,
    unit=RATIO,
    summary="More than one background job in five fails.",
    description="VALUE of the jobs of the queue {{ $labels.queue }} failed in the last hour.",
    board=_BOARD,
    runbook=Runbook(
        means=f"More than 20 % of the jobs of a queue that ended in the last hour failed: {_FEWEST_FAILED} or more.",
        impact="What these jobs do is not done, or done twice when they are tried again.",
        check=(
            "Which kind of job, and since when?\n\n"
            "    SELECT queue, job_type, count(*), min(finished_at), max(finished_at)\n"
            "      FROM jobs\n"
            "     WHERE status = 'failed' AND finished_at > now() - interval '2 hours'\n"
            "     GROUP BY 1, 2\n"
            "     ORDER BY 3 DESC;",
            "One kind: its code, or the service that it calls. All kinds: the workers, the database, the network.",
        ),
        mend=("Roll back the release that broke it, or mend what it calls.", "Then start the failed jobs again."),
    ),
    cases=(
        fires(
            "one in two fails",
            {_SUCCESS: "0.5x80", _FAILED: "0+1x80"},
            at="60m",
            queue="mail",
            window="1h",
            value="50%",
            description="50% of the jobs of the queue mail failed in the last hour.",
        ),
        silent("exactly one in five", {_SUCCESS: "0.8x80", _FAILED: "0+1x80"}, at="60m"),
        silent("both of two", {_SUCCESS: "0x80", _FAILED: "0x30 1 2x50"}, at="60m"),
        silent(
            "the day before was bad",
            {BACKGROUND_JOB_SUCCESS(queue="mail", window="1d"): "0.5x80", _SUCCESS: "1x80", _FAILED: "9x80"},
            at="60m",
        ),
    ),
)

GROUP = Group("jobs", (QUEUE_NOT_DRAINING, JOBS_FAILING))
