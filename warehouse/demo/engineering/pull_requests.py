"""Pull requests: opened at work, reviewed within hours, merged, or now and then closed without."""

from collections.abc import Iterator
from datetime import timedelta

from warehouse.demo.calendar import Day
from warehouse.demo.dice import Dice
from warehouse.demo.engineering.development import DEVELOPERS
from warehouse.demo.engineering.plan import OWNED, Plan, Service
from warehouse.demo.engineering.record import Record, Steps
from warehouse.demo.engineering.working_hours import at_work, hours_of

_OPENED_IN_A_DAY = (0, 1, 1, 2, 2, 3, 4)
_REVIEWS_THAT_ASK_FOR_CHANGES = (0, 0, 0, 0, 1, 1, 1, 2, 3)
_LONGEST_PAUSE = 18.0  # working hours


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """The pull requests that are opened on a day."""
    if not plan.is_working_day(day):
        return
    for service in OWNED:
        rng = plan.dice(f"pull-requests/{service.name}", day)
        for number in range(rng.choice(_OPENED_IN_A_DAY)):
            yield _pull_request(plan, rng, service, day, number)


def _pull_request(plan: Plan, rng: Dice, service: Service, day: Day, number: int) -> Record:
    opened = plan.working_moment(rng, day)
    monday = day.date - timedelta(days=day.date.weekday())
    hours = hours_of(opened)
    reviews = []
    for _ in range(1 + rng.choice(_REVIEWS_THAT_ASK_FOR_CHANGES)):
        hours += min(_LONGEST_PAUSE, rng.lognormvariate(0.9, 0.9))
        reviews.append(at_work(monday, hours))
    approved = reviews[-1]
    closed = at_work(monday, hours + min(_LONGEST_PAUSE, rng.lognormvariate(-0.3, 0.9)))
    is_merged = rng.random() > 0.06
    took = round((approved - opened) / timedelta(hours=1), 2)
    return Record(
        "pull_request_metrics",
        opened,
        {
            "pr_id": f"{service.repo}-{day.date:%Y%m%d}-{number}",
            "repo": service.repo,
            "pr_author": f"{service.team}-{1 + rng.randrange(DEVELOPERS)}",
            "state": Steps(("open", opened), ("merged" if is_merged else "closed", closed)),
            "created_at": opened,
            "first_review_at": reviews[0],
            "approved_at": approved if is_merged else None,
            "merged_at": closed if is_merged else None,
            "closed_at": closed,
            "first_commit_at": opened - timedelta(hours=min(60.0, rng.lognormvariate(1.9, 0.8))),
            "review_time_hours": Steps((None, opened), (took, approved if is_merged else None)),
            "changes_requested": Steps((0, opened), *((count, at) for count, at in enumerate(reviews[:-1], 1))),
        },
    )
