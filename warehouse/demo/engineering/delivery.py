"""What is built and deployed: each merge is built, each deployment goes to staging and then to production."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from warehouse.demo.calendar import Day
from warehouse.demo.dice import Dice
from warehouse.demo.engineering.plan import APP, OWNED, SERVICES, Deployment, Outage, Plan, Service
from warehouse.demo.engineering.record import Record, Steps, Value

_DAYS_BEFORE = 735
"""For how long the company was at work before the first day: two years can be compared from then on."""
_NIGHT = 2  # o'clock


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """The deployments and builds of a day; with the first day come the deployments of the years before."""
    if day.number == 0:
        yield from _years_before(plan, day)
    rng = plan.dice("delivery", day)
    deployments = plan.deployments(day.date)
    for deployment in deployments:
        yield _deployment(plan, rng, deployment)
        if deployment.result == "failure":
            yield _again(rng, deployment)
    for service in OWNED:
        released = [each for each in deployments if each.service is service and each.environment == "production"]
        yield from _builds(plan, day, service, released)


def _deployment(plan: Plan, rng: Dice, deployment: Deployment) -> Record:
    """One that causes an outage is rolled back at its end, but for the app, which users have already installed."""
    outage = next((o for o in plan.outages(deployment.finished.date()) if o.number == deployment.outage), None)
    result, rolled_back = deployment.result, None
    if outage and deployment.service is not APP:
        rolled_back = outage.resolved
    elif result == "success" and rng.random() < 0.004:
        result, rolled_back = "rolled_back", deployment.finished  # the first instances did not come up
    return _row(
        deployment,
        result=Steps(("running", deployment.started), (result, deployment.finished), ("rolled_back", rolled_back)),
        is_automated=deployment.service is not APP and rng.random() < 0.95,
        caused_incident_id=Steps((None, deployment.started), (outage.number, outage.detected)) if outage else None,
        rolled_back_at=rolled_back,
        restored_at=outage.resolved if outage else None,
    )


def _again(rng: Dice, failed: Deployment) -> Record:
    """The same commit once more, after what stood in its way is gone."""
    later = timedelta(minutes=15 + 30 * rng.random())
    again = Deployment(
        f"{failed.number}-again",
        failed.service,
        failed.environment,
        failed.commit,
        failed.oldest_commit,
        failed.started + later,
        failed.finished + later,
        "success",
    )
    return _row(again, result=Steps(("running", again.started), ("success", again.finished)), is_automated=False)


def _years_before(plan: Plan, first: Day) -> Iterator[Record]:
    """Ever more deployments; nobody wrote down how they were done."""
    rng = plan.dice("years before", first)
    for number in range(_DAYS_BEFORE, 0, -1):
        midnight = first.midnight - timedelta(days=number)
        for service in SERVICES if midnight.weekday() < 5 else ():
            if rng.random() > 0.95 * 0.998**number:
                continue
            started = midnight + timedelta(hours=8 + 10 * rng.random())
            finished = started + timedelta(minutes=4 + 8 * rng.random())
            commit, oldest = f"{rng.getrandbits(160):040x}", started - timedelta(hours=6 + 40 * rng.random())
            name = f"{service.name}-{midnight:%Y%m%d}"
            old = Deployment(name, service, "production", commit, oldest, started, finished, "success")
            yield _row(old, born=first.midnight, result="success")


def _row(deployment: Deployment, born: datetime | None = None, **values: Value | Steps) -> Record:
    usual: dict[str, Value | Steps] = {
        "deployment_id": deployment.number,
        "service": deployment.service.name,
        "environment": deployment.environment,
        "commit_sha": deployment.commit,
        "oldest_commit_at": deployment.oldest_commit,
        "started_at": deployment.started,
        "finished_at": deployment.finished,
        **dict.fromkeys(("result", "is_automated", "caused_incident_id", "rolled_back_at", "restored_at")),
    }
    return Record("deployments", born or deployment.started, usual | values)


def _builds(plan: Plan, day: Day, service: Service, released: list[Deployment]) -> Iterator[Record]:
    """A build of main at night and before each deployment, those of branches on working days, a release on Mondays."""
    rng = plan.dice(f"builds/{service.name}", day)
    night = day.midnight + timedelta(hours=_NIGHT, minutes=50 * rng.random())
    yield from _build(rng, service, "main", night, ("test", "security_scan", "performance_test"))
    for deployment in released:
        before = deployment.started - timedelta(minutes=100 + 20 * rng.random())
        yield from _build(rng, service, "main", before, ("test", "security_scan"))
    for outage in plan.outages(day.date):
        if outage.service == service.name and outage.severity == "critical":
            yield from _hasty_fix(rng, service, outage)
    if not plan.is_working_day(day):
        return
    for _ in range(max(1, round(5 * plan.company.scale))):
        branch = f"{rng.choice(('feature', 'fix'))}/{rng.randrange(100, 999)}"
        yield from _build(rng, service, branch, plan.working_moment(rng, day), ("test",))
    if service is APP and day.date.weekday() == 0:
        moment = plan.working_moment(rng, day)
        yield from _build(rng, service, f"release/{_week(day.date)}", moment, ("test", "security_scan"))


def _build(rng: Dice, service: Service, branch: str, started: datetime, stages: tuple[str, ...]) -> Iterator[Record]:
    """A build with its stages. What is merged has built on its branch, so that main and releases do not fail."""
    number, took = f"{service.name}-{started:%Y%m%d}-{rng.getrandbits(32):08x}", _duration(rng)
    luck = 1.0 if branch == "main" or branch.startswith("release") else rng.random()
    result = "failure" if luck < 0.12 else "cancelled" if luck < 0.15 else "success"
    yield _stage(service, branch, number, "build", result, started, took)
    for stage in stages:
        passes = {"test": result == "success", "security_scan": rng.random() > 0.019}.get(stage, rng.random() > 0.1)
        if result != "cancelled":
            yield _stage(service, branch, number, stage, "success" if passes else "failure", started, took * 0.8)


def _hasty_fix(rng: Dice, service: Service, outage: Outage) -> Iterator[Record]:
    """The one build of main that fails: people hurry while users wait. The next one is good."""
    number, started, took = f"{outage.number}-fix", outage.acknowledged + timedelta(minutes=20), _duration(rng)
    mended = started + took + timedelta(minutes=10 + 30 * rng.random())
    yield _stage(service, "main", number, "build", "failure", started, took)
    yield _stage(service, "main", number, "test", "failure", started, took * 0.8)
    yield _stage(service, "main", f"{number}-again", "build", "success", mended, took)
    yield _stage(service, "main", f"{number}-again", "test", "success", mended, took * 0.8)


def _duration(rng: Dice) -> timedelta:
    return timedelta(minutes=min(40.0, rng.lognormvariate(2.0, 0.35)))


def _stage(
    service: Service, branch: str, number: str, stage: str, result: str, started: datetime, took: timedelta
) -> Record:
    return Record(
        "ci_builds",
        started,
        {
            "build_id": number if stage == "build" else f"{number}/{stage}",
            "repo": service.repo,
            "branch": branch,
            "workflow": "ci",
            "stage": stage,
            "status": Steps(("running", started), (result, started + took)),
            "queued_at": started - timedelta(seconds=20),
            "started_at": started,
            "finished_at": started + took,
        },
    )


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}.{week:02}"
