"""Features: ideas, of which most reach the users some months later, with a deployment of the plan."""

from collections.abc import Iterator
from datetime import date, timedelta

from warehouse.demo.calendar import Day
from warehouse.demo.dice import Dice
from warehouse.demo.engineering.plan import OWNED, Deployment, Plan, Service
from warehouse.demo.engineering.record import Record, Steps

LONGEST = 110
"""Days from an idea to its release, at most."""
_DAYS_PER_IDEA = 20  # of a team
_WORDS = ("Saved searches", "Bulk offers", "Story drafts", "Price hints", "Live captions", "Bid reminders", "Passkeys")


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """The features that are thought of on a day; on the first day also those on their way."""
    for back in range(LONGEST if day.number == 0 else 0, -1, -1):
        thought_of = plan.company.day(day.date - timedelta(days=back))
        for place, service in enumerate(OWNED):
            if (thought_of.date.toordinal() + place * _DAYS_PER_IDEA // len(OWNED)) % _DAYS_PER_IDEA == 0:
                yield _feature(plan, plan.dice(f"features/{service.name}", thought_of), service, thought_of, day)


def _feature(plan: Plan, rng: Dice, service: Service, thought_of: Day, day: Day) -> Record:
    idea = plan.working_moment(rng, thought_of)
    wait = timedelta(days=35 + 60 * rng.random())
    is_withdrawn = rng.random() < 0.25
    deployment = None if is_withdrawn else _deployment(plan, service, (idea + wait).date())
    released = deployment.finished if deployment else None
    started = None if is_withdrawn else idea + 0.4 * wait
    beta = None if is_withdrawn else idea + 0.85 * wait
    return Record(
        "features",
        max(idea, day.midnight),
        {
            "feature_id": f"{service.name}-{thought_of.date:%Y%m%d}",
            "name": rng.choice(_WORDS),
            "product": service.project,
            "is_advanced": rng.random() < 0.3,
            "started_at": started,
            "released_at": released,
            "deprecated_at": idea + 0.5 * wait if is_withdrawn else None,
            "pipeline_stage": Steps(
                ("idea", idea),
                ("discovery", idea + 0.2 * wait),
                ("development", started),
                ("beta", beta),
                ("released", released),
            ),
            "deployment_id": Steps((None, idea), (deployment.number if deployment else None, released)),
        },
    )


def _deployment(plan: Plan, service: Service, earliest: date) -> Deployment | None:
    """The first deployment to production from a day on."""
    days = (earliest + timedelta(days=number) for number in range(LONGEST - 95))
    found = (deployment for each in days for deployment in plan.deployments(each))
    wanted = (one for one in found if one.service == service and one.environment == "production")
    return next((one for one in wanted if one.result == "success"), None)
