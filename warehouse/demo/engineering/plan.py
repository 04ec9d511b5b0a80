"""Who builds what in the demo company, when it is deployed, and when it is down. All domains tell of the same plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from warehouse.demo.calendar import Day
from warehouse.demo.dice import Dice
from warehouse.demo.incidents import CRASH_SPIKE, FAILED_PAYMENTS, INCIDENTS, SLOW_API
from warehouse.demo.people import Company


@dataclass(frozen=True)
class Service:
    """A service, with its repository, the project it is part of, and the team that owns it."""

    name: str
    project: str
    team: str

    @property
    def repo(self) -> str:
        return self.name


SERVICES = (
    Service("catalog", "marketplace", "discovery"),
    Service("auctions", "marketplace", "trading"),
    Service("accounts", "platform", "identity"),
    Service("payments", "platform", "checkout"),
)
APP = Service("mobile-app", "apps", "mobile")
OWNED = (*SERVICES, APP)
_SMALL = 0.1
TEAMS = tuple(service.team for service in OWNED)


@dataclass(frozen=True)
class Outage:
    """A time when a service is not well. `shows` is whether requests and probes fail; it may be noticed only later."""

    number: str
    service: str
    severity: str
    started: datetime
    detected: datetime
    acknowledged: datetime
    resolved: datetime
    caused_by: str | None
    escalations: int
    fails: float


@dataclass(frozen=True)
class Deployment:
    """A deployment to production or staging; `outage` is the number of the outage that it causes."""

    number: str
    service: Service
    environment: str
    commit: str
    oldest_commit: datetime
    started: datetime
    finished: datetime
    result: str
    outage: str | None = None
    ended: datetime | None = None


class Plan:
    """The plan of a company; the same company has the same plan, and a day of it depends on that day alone.

    Series of measurements are dense in the last three days before `today`, which is the last day of the company unless
    it is given, and from then on.
    """

    def __init__(self, company: Company, today: date | None = None) -> None:
        self.company = company
        self._today = today or company.last_day
        self.deployments = cache(self._deployments)
        self.outages = cache(self._outages)

    def dice(self, topic: str, day: Day) -> Dice:
        return self.company.dice(f"engineering/{topic}", day)

    def is_working_day(self, day: Day) -> bool:
        return day.date.weekday() < 5

    def working_moment(self, rng: Dice, day: Day) -> datetime:
        """A moment of the day when people are at work, 8 to 18 h."""
        return day.midnight + timedelta(hours=8 + 10 * rng.random())

    def minutes_between_measurements(self, day: Day) -> int:
        """On the last days and later they are close enough for the boards of a few hours, where a small company saves.

        Queries take what was measured within an hour for present.
        """
        if day.date <= self._today - timedelta(days=3):
            return 60
        return 15 if self.company.scale < _SMALL else 5

    def outages_around(self, day: Day) -> list[Outage]:
        """Those that begin on the day or up to two days before."""
        days = self.company.days(day.date - timedelta(days=2), day.date)
        return [outage for each in days for outage in self.outages(each.date)]

    def outage_of(self, service: str, moment: datetime) -> Outage | None:
        """The outage of a service at a moment."""
        found = (o for o in self.outages_around(self.company.day(moment.date())) if o.service == service)
        return next((outage for outage in found if outage.started <= moment < outage.resolved), None)

    def _deployments(self, on: date) -> tuple[Deployment, ...]:
        day = self.company.day(on)
        return tuple(sorted(self._made(day), key=lambda deployment: deployment.started))

    def _made(self, day: Day) -> Iterator[Deployment]:
        rng = self.dice("deployments", day)
        for service in OWNED:
            for outage in self.outages(day.date):
                if outage.caused_by and outage.service == service.name:
                    yield self._bad(rng, service, outage)
            if not self.is_working_day(day):
                continue
            for number in range(rng.choice((0, 1, 1, 1, 2) if service is not APP else (0, 0, 0, 0, 1))):
                started = self.working_moment(rng, day)
                if self.outage_of(service.name, started):
                    continue
                name = f"{service.name}-{day.date:%Y%m%d}-{number}"
                commit = f"{rng.getrandbits(160):040x}"
                oldest = started - timedelta(hours=min(72.0, rng.lognormvariate(2.2, 0.9)))
                staged = started - timedelta(minutes=20 + 60 * rng.random())
                took = timedelta(minutes=2 + 5 * rng.random())
                yield Deployment(f"{name}-s", service, "staging", commit, oldest, staged, staged + took / 2, "success")
                result = "failure" if rng.random() < 0.02 and not self.is_last(day) else "success"
                yield Deployment(name, service, "production", commit, oldest, started, started + took, result)

    def _bad(self, rng: Dice, service: Service, outage: Outage) -> Deployment:
        finished = outage.started
        return Deployment(
            outage.caused_by or "",
            service,
            "production",
            f"{rng.getrandbits(160):040x}",
            finished - timedelta(hours=20),
            finished - timedelta(minutes=6),
            finished,
            "success",
            outage.number,
            outage.resolved,
        )

    def _outages(self, on: date) -> tuple[Outage, ...]:
        day = self.company.day(on)
        return *self._known(day), *self._small(day)

    def _known(self, day: Day) -> Iterator[Outage]:
        """Those that the numbers of the business show."""
        services = {CRASH_SPIKE: "mobile-app", FAILED_PAYMENTS: "payments", SLOW_API: "catalog"}
        for incident in INCIDENTS:
            started, ended = incident.span(self.company.last_day)
            if started.date() != day.date:
                continue
            bad = None if incident is FAILED_PAYMENTS else f"{services[incident]}-{day.date:%Y%m%d}-bad"
            detected = started + timedelta(minutes=9)
            yield Outage(
                f"INC-{day.date:%Y%m%d}-{services[incident]}",
                services[incident],
                "critical",
                started,
                detected,
                detected + timedelta(minutes=4),
                ended,
                bad,
                1,
                0.08 if incident is SLOW_API else 0.0,
            )

    def _small(self, day: Day) -> Iterator[Outage]:
        """About one a week until two days before the last: what happens from then on is healthy."""
        rng = self.dice("outages", day)
        if self.is_last(day) or rng.random() > 0.14:
            return
        service = rng.choice(SERVICES)
        started = self.working_moment(rng, day)
        detected = started + timedelta(minutes=1 + 6 * rng.random())
        acknowledged = detected + timedelta(minutes=1 + 8 * rng.random())
        resolved = acknowledged + timedelta(minutes=min(90.0, rng.lognormvariate(2.7, 0.7)))
        number = f"INC-{day.date:%Y%m%d}-{service.name}-small"
        bad = f"{service.name}-{day.date:%Y%m%d}-bad" if rng.random() < 0.6 else None
        severity = rng.choice(("low", "medium", "medium", "high"))
        yield Outage(
            number, service.name, severity, started, detected, acknowledged, resolved, bad, severity == "high", 0.5
        )

    def is_last(self, day: Day) -> bool:
        """Whether it is one of the last days, or later: all is well then."""
        return day.date > self.company.last_day - timedelta(days=3)
