"""Bugs, the tests of each commit that is deployed, and what nightly tools say about the code.

Each service is a component of its project, and has a repository of its own name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sin

from warehouse.demo.calendar import Day
from warehouse.demo.dice import Dice
from warehouse.demo.engineering.plan import OWNED, Deployment, Outage, Plan, Service
from warehouse.demo.engineering.record import Record, Steps

LONGEST_RESOLUTION = timedelta(days=13)
_SHARES = {"Critical": 5, "High": 20, "Medium": 45, "Low": 30}
_HOURS = {"Critical": (5, 30), "High": (18, 90), "Medium": (30, 200), "Low": (56, 290)}
"""Hours until a bug of each severity is resolved: the median, and the most."""


@dataclass(frozen=True)
class Code:
    """What tools find in a service's code on the first day; all of it moves slowly from there."""

    coverage: float
    lines: int
    debt: float
    complexity: float
    documented: float
    score: float
    findings: tuple[float, float, float]


_CODE = {
    "catalog": Code(88.4, 42_000, 0.062, 4.8, 71.0, 84.0, (1.2, 3.4, 5.1)),
    "auctions": Code(86.1, 31_000, 0.071, 5.6, 64.0, 78.0, (2.1, 4.2, 6.3)),
    "accounts": Code(91.2, 18_000, 0.038, 3.9, 80.0, 91.0, (0.0, 1.4, 3.2)),
    "payments": Code(90.3, 24_000, 0.029, 4.1, 83.0, 96.0, (0.0, 0.0, 0.0)),
    "mobile-app": Code(83.6, 56_000, 0.084, 6.2, 58.0, 74.0, (1.4, 5.3, 8.2)),
}


@dataclass(frozen=True)
class Suite:
    """A suite: its tests at the usual size of the company, the median seconds of each, and what a run covers."""

    name: str
    tests: int
    seconds: float
    coverage: float
    flaky: tuple[str, ...] = ()


_SUITES = (
    Suite("unit", 14, 4, 84.5),
    Suite("integration", 8, 70, 71.2, ("test_auction_closes_on_time",)),
    Suite("end-to-end", 5, 260, 55.8, ("test_checkout_with_slow_bank", "test_chat_reconnects")),
)


def bugs(plan: Plan, day: Day) -> Iterator[Record]:
    """The bugs that are found on the day. They change when they are resolved, within LONGEST_RESOLUTION."""
    rng = plan.dice("bugs", day)
    number = max(1, round(4 * plan.company.scale))
    for position in range(number if plan.is_working_day(day) else number // 2):
        service = rng.choice((*OWNED, *OWNED[:2]))
        severity = rng.choices(list(_SHARES), list(_SHARES.values()))[0]
        created = plan.working_moment(rng, day)
        median, most = _HOURS[severity]
        hours = min(most, median * rng.lognormvariate(0, 0.8))
        released = None
        if escaped := rng.random() < 0.16:
            released = _released(plan, service, created)
        resolved = _at_work(created + timedelta(hours=hours))
        yield _bug(f"BUG-{day.date:%Y%m%d}-{position}", service, severity, created, resolved, escaped, released)
    for outage in plan.outages(day.date):
        if outage.caused_by:
            yield _bug_behind(outage)


def _released(plan: Plan, service: Service, moment: datetime) -> str | None:
    """The last release of the service on that day."""
    done = (d for d in plan.deployments(moment.date()) if d.service is service and d.environment == "production")
    return next((d.number for d in reversed(list(done)) if d.finished <= moment), None)


def _bug_behind(outage: Outage) -> Record:
    """The bug that a bad deployment brought. It is mended for good on the day after the outage."""
    service = next(service for service in OWNED if service.name == outage.service)
    resolved = _at_work(outage.resolved + timedelta(hours=3))
    number = outage.number.replace("INC", "BUG")
    return _bug(number, service, outage.severity.title(), outage.detected, resolved, True, outage.caused_by)


def _at_work(moment: datetime) -> datetime:
    """The same moment, or one on the next morning when it lies in the night."""
    if 8 <= moment.hour < 18:
        return moment
    return moment + timedelta(hours=(8 - moment.hour) % 24)


def _bug(
    number: str,
    service: Service,
    severity: str,
    created: datetime,
    resolved: datetime,
    escaped: bool,
    released: str | None,
) -> Record:
    hours = round((resolved - created).total_seconds() / 3600, 2)
    return Record(
        "bug_metrics",
        created,
        {
            "bug_id": number,
            "project": service.project,
            "component": service.name,
            "severity": severity,
            "status": Steps(("open", created), ("resolved", resolved)),
            "found_in_production": escaped,
            "introduced_release": released,
            "created_at": created,
            "resolved_at": resolved,
            "resolution_time_hours": Steps((None, created), (hours, resolved)),
        },
    )


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """The test runs of the day, and what nightly tools measure. None of it changes."""
    yield from _test_runs(plan, day)
    for position, service in enumerate(OWNED):
        at = day.midnight + timedelta(hours=2, minutes=30 + 7 * position)
        yield from _measures(plan.dice(f"code/{service.name}", day), service, day, at)
        yield from _scan(plan.dice(f"scan/{service.name}", day), service, day, at)


def _test_runs(plan: Plan, day: Day) -> Iterator[Record]:
    """All suites at night, and before each deployment."""
    rng = plan.dice("tests", day)
    released = [d for d in plan.deployments(day.date) if d.environment == "production"]
    runs = [(f"{rng.getrandbits(160):040x}", day.midnight + timedelta(hours=3)), *map(_before, released)]
    for position, (commit, moment) in enumerate(runs):
        for suite in _SUITES:
            size = max(4, round(suite.tests * plan.company.scale))
            fails = (day.number + position) % 4 == 0
            yield from _run(rng, suite, size, commit, max(moment, day.midnight), fails)


def _before(deployment: Deployment) -> tuple[str, datetime]:
    return deployment.commit, deployment.started - timedelta(hours=2)


def _run(rng: Dice, suite: Suite, size: int, commit: str, moment: datetime, flaky_fail: bool) -> Iterator[Record]:
    """The tests of one run, in parallel. A flaky test that fails is tried again at once, and passes."""
    steady = [f"test_{suite.name.replace('-', '_')}_{number:03}" for number in range(size - len(suite.flaky))]
    results: list[tuple[str, bool | None]] = [(name, _result(rng)) for name in steady]
    for name in suite.flaky:
        results += [(name, False), (name, True)] if flaky_fail else [(name, True)]
    executed = [passed for _, passed in results if passed is not None]
    rate = round(100 * sum(executed) / max(1, len(executed)), 3)
    coverage = round(suite.coverage + rng.uniform(-0.4, 0.4), 3)
    for position, (name, passed) in enumerate(results):
        yield Record(
            "test_execution_metrics",
            at := moment + timedelta(minutes=40 * position / len(results)),
            {
                "suite": suite.name,
                "test_name": name,
                "commit_sha": commit,
                "passed": passed,
                "pass_rate": rate,
                "coverage_percentage": coverage,
                "execution_time_seconds": round(suite.seconds * rng.lognormvariate(0, 0.7), 3),
                "execution_date": at,
            },
        )


def _result(rng: Dice) -> bool | None:
    chance = rng.random()
    return None if chance < 0.02 else chance > 0.045


def _measures(rng: Dice, service: Service, day: Day, at: datetime) -> Iterator[Record]:
    """Coverage, debt, complexity from 0 to 10, and documentation coverage in percent, as `metric_value`."""
    code = _CODE[service.name]
    slow = sin(day.number / 17 + len(service.name))
    lines = round(code.lines * (1 + day.number / 1500))
    debt = round(lines * code.debt * (1 + 0.08 * slow))
    coverage = round(code.coverage + slow + rng.uniform(-0.2, 0.2), 3)
    for metric_type, value in (
        ("technical_debt", debt),
        ("technical_debt_hours", round(debt * 0.0115, 1)),
        ("total_lines", lines),
        ("complexity", round(code.complexity + 0.2 * slow, 2)),
        ("documentation_coverage", round(code.documented + 2 * slow + day.number / 60, 2)),
    ):
        yield _measure(service.project, service.name, metric_type, None, value, at)
    yield _measure(service.project, service.name, "test_coverage", coverage, lines, at)
    yield _measure(service.repo, None, "static_analysis_score", None, round(code.score + 1.5 * slow, 1), at)


def _measure(
    project: str, component: str | None, metric_type: str, coverage: float | None, value: float, at: datetime
) -> Record:
    return Record(
        "code_metrics",
        at,
        {
            "project": project,
            "component": component,
            "metric_type": metric_type,
            "coverage_percentage": coverage,
            "metric_value": value,
            "timestamp": at,
        },
    )


def _scan(rng: Dice, service: Service, day: Day, at: datetime) -> Iterator[Record]:
    """The findings of a nightly scan; one row without a rule says that there were none."""
    slow = 1 + 0.3 * sin(day.number / 11 + len(service.name))
    usual = zip(("high", "medium", "low"), _CODE[service.name].findings, strict=True)
    found = [severity for severity, number in usual for _ in range(round(number * slow))]
    for severity in found or ["none"]:
        yield Record(
            "static_analysis_metrics",
            at,
            {
                "repo": service.repo,
                "tool": "semgrep",
                "rule_id": f"{severity}-{rng.randrange(40):02}" if found else None,
                "severity": severity,
                "scan_date": day.text,
            },
        )
