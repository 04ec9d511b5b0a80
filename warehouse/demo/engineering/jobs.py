"""Jobs in the background: three queues that drain."""

from collections.abc import Iterator
from datetime import timedelta

from warehouse.demo.calendar import Day, second_of_day
from warehouse.demo.engineering.plan import Plan
from warehouse.demo.engineering.record import Record, Steps, Value

_PER_DAY = 150
_JOBS = (  # queue, kind of job, share of the jobs, seconds that it waits and takes
    ("mail", "receipt", 40, 2.0, 0.8),
    ("mail", "welcome", 15, 2.0, 1.1),
    ("media", "thumbnail", 30, 6.0, 9.0),
    ("reports", "daily_digest", 9, 20.0, 75.0),
    ("reports", "export", 6, 25.0, 240.0),
)


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """The jobs that are asked for on the day."""
    rng = plan.dice("jobs", day)
    for number in range(max(len(_JOBS), round(_PER_DAY * plan.company.scale * day.rhythm))):
        # The first of a day are one of each kind: a small company has them all, too.
        [(queue, kind, _, waits, takes)] = (
            [_JOBS[number]] if number < len(_JOBS) else rng.choices(_JOBS, [share for _, _, share, _, _ in _JOBS])
        )
        enqueued = day.midnight + timedelta(seconds=second_of_day(rng))
        started = enqueued + timedelta(seconds=waits * rng.lognormvariate(0.0, 0.7))
        finished = started + timedelta(seconds=takes * rng.lognormvariate(0.0, 0.5))
        result = "failed" if rng.random() < 0.015 else "succeeded"
        values: dict[str, Value | Steps] = {
            "job_id": f"job-{day.date:%Y%m%d}-{number:05}",
            "queue": queue,
            "job_type": kind,
            "status": Steps(("queued", enqueued), ("running", started), (result, finished)),
            "enqueued_at": enqueued,
            "started_at": started,
            "finished_at": finished,
        }
        yield Record("jobs", enqueued, values)
