"""Security of the demo company: what is found and fixed, what is reviewed, trained, assessed, scanned and saved."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from warehouse.demo.calendar import Day
from warehouse.demo.dice import Dice
from warehouse.demo.engineering.plan import OWNED, SERVICES, Plan
from warehouse.demo.engineering.record import Record, Steps, Value

DAYS_OF_CHANGE = 30
"""Whatever changes does so within these days, and what is due late enough is done before."""

_DUE = {"critical": 7, "high": 14, "medium": 45, "low": 90}  # days until a patch is due
_SEVERITIES = (("critical", "high", "medium", "low"), (4, 20, 46, 30))
_COURSES = (("phishing", "security"), ("secure-coding", "security"), ("data-protection", "security"), ("sales", "work"))
_STAFF = 40
_FRAMEWORKS = {"ISO 27001": 24, "SOC 2": 18, "GDPR": 12}
_SYSTEMS = ("production", "source-code", "customer-data", "payroll")
_DATABASES = ("shop", "ledger", "media")
_ROUND = 28  # days from one review, training and assessment to the next


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """What is born on the day."""
    yield from _vulnerabilities(plan, day)
    yield from _incidents(plan, day)
    yield from _reviews(plan, day)
    yield from _trainings(plan, day)
    yield from _controls(plan, day)
    yield from _checks(plan, day)


def _vulnerabilities(plan: Plan, day: Day) -> Iterator[Record]:
    """The weekly scan finds some, hunters of bounties a few, and the penetration test many at once."""
    rng = plan.dice("vulnerabilities", day)
    found = [("scan", rng.randint(3, 8))] if day.date.weekday() == 0 else []
    found += [("bounty", 1)] if rng.random() < 0.08 else []
    found += [("pentest", 9)] if day.number % 45 == 20 else []
    for source, count in found:
        for number in range(count):
            severity = rng.choices(*_SEVERITIES)[0]
            discovered = plan.working_moment(rng, day)
            due = discovered + timedelta(days=_DUE[severity])
            fixed: datetime | None = discovered + timedelta(days=min(_DUE[severity], 28) * (0.05 + 0.8 * rng.random()))
            accepted = None
            if rng.random() < 0.04 and severity == "low":
                fixed, accepted = None, fixed
            elif severity in ("critical", "high") and rng.random() < 0.09:
                late = due + timedelta(minutes=1 + 9 * rng.random())
                fixed = late if _long_ago(plan, late) else fixed
            values: dict[str, Value | Steps] = {
                "vulnerability_id": f"VUL-{day.date:%Y%m%d}-{source}-{number}",
                "asset": rng.choice(OWNED).name,
                "source": source,
                "severity": severity,
                "status": Steps(("open", discovered), ("fixed", fixed), ("accepted", accepted)),
                "discovered_at": discovered,
                "fixed_at": fixed,
                "accepted_at": accepted,
                "patch_due_at": due,
            }
            yield Record("vulnerabilities", discovered, values, ("patch_due_at",))


def _incidents(plan: Plan, day: Day) -> Iterator[Record]:
    """One in a few weeks, noticed hours after it began, and over within a day."""
    if day.number % 24 != 9 or not _long_ago(plan, day.midnight):
        return
    rng = plan.dice("security incidents", day)
    detected = plan.working_moment(rng, day)
    acknowledged = detected + timedelta(minutes=2 + 20 * rng.random())
    values: dict[str, Value | Steps] = {
        "incident_id": f"SEC-{day.date:%Y%m%d}",
        "service": rng.choice(SERVICES).name,
        "severity": rng.choice(("low", "low", "medium")),
        "kind": "security",
        "started_at": detected - timedelta(hours=1 + 30 * rng.random()),
        "detected_at": detected,
        "acknowledged_at": acknowledged,
        "resolved_at": acknowledged + timedelta(hours=1 + 8 * rng.random()),
        "escalation_level": 0,
        "escalated_at": None,
    }
    yield Record("incidents", detected, values)


def _reviews(plan: Plan, day: Day) -> Iterator[Record]:
    for place, system in enumerate(_SYSTEMS):
        if (day.number + 7 * place) % _ROUND:
            continue
        rng = plan.dice(f"review/{system}", day)
        due = day.midnight + timedelta(days=20, hours=17)
        late = due + timedelta(minutes=30)
        completed = late if rng.random() < 0.1 and _long_ago(plan, late) else _before(rng, due)
        values: dict[str, Value | Steps] = {
            "review_id": f"REV-{day.date:%Y%m%d}-{system}",
            "system_name": system,
            "due_at": due,
            "completed_at": completed,
        }
        yield Record("access_reviews", day.midnight, values, ("due_at",))


def _trainings(plan: Plan, day: Day) -> Iterator[Record]:
    if day.number % _ROUND:
        return
    rng = plan.dice("trainings", day)
    course, category = _COURSES[day.number // _ROUND % len(_COURSES)]
    due = day.midnight + timedelta(days=20, hours=17)
    for number in range(_STAFF):
        draw = rng.random()
        taken = None if draw < 0.03 else due + timedelta(days=3) if draw < 0.07 else _before(rng, due)
        values: dict[str, Value | Steps] = {
            "assignment_id": f"TRN-{day.date:%Y%m%d}-{number:03}",
            "course": course,
            "category": category,
            "person_ref": f"staff-{number:03}",
            "due_at": due,
            "completed_at": taken,
        }
        yield Record("training_assignments", day.midnight, values, ("due_at",))


def _controls(plan: Plan, day: Day) -> Iterator[Record]:
    """Every control is assessed in each round. One that fails is mended in a later one; few are not yet."""
    if day.number % _ROUND:
        return
    rng = plan.dice("controls", plan.company.day(plan.company.start))
    for framework, controls in _FRAMEWORKS.items():
        for number in range(1, controls + 1):
            mended = rng.choices((0, 1, 2, 3, 99), (80, 7, 5, 4, 4))[0]
            applies = rng.random() > 0.05
            passes = day.number // _ROUND >= mended
            assessed = day.midnight + timedelta(hours=10, minutes=7 * number)
            values: dict[str, Value | Steps] = {
                "control_id": f"C-{number:02}",
                "framework": framework,
                "status": "not_applicable" if not applies else "passing" if passes else "failing",
                "last_assessed_at": assessed,
            }
            yield Record("compliance_controls", assessed, values)


def _checks(plan: Plan, day: Day) -> Iterator[Record]:
    """Each database is saved every night, and once more if that fails, each service scanned twice a week."""
    rng = plan.dice("checks", day)
    scans = [("scan", service.name, 4.0) for service in SERVICES] if day.date.weekday() in (0, 3) else []
    for kind, target, hour in [*(("backup", database, 2.0) for database in _DATABASES), *scans]:
        finished = day.midnight + timedelta(hours=hour, minutes=40 * rng.random())
        fails = rng.random() < 0.02 and _long_ago(plan, finished)
        for moment, success in [(finished, not fails), *([(finished + timedelta(hours=1), True)] if fails else [])]:
            values: dict[str, Value | Steps] = {
                "kind": kind,
                "target": target,
                "finished_at": moment,
                "success": success,
            }
            yield Record("recurring_checks", moment, values)


def _before(rng: Dice, due: datetime) -> datetime:
    """A moment in the two weeks before something is due."""
    return due - timedelta(days=0.5 + 13 * rng.random())


def _long_ago(plan: Plan, moment: datetime) -> bool:
    """Whether it lies before the last days, which are healthy."""
    return moment.date() < plan.company.last_day - timedelta(days=3)
