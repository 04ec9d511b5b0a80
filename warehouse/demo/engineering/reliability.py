"""Incidents with the alerts that told of them, probes from outside, and what each service promises."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from warehouse.demo.calendar import Day
from warehouse.demo.dice import Dice
from warehouse.demo.engineering.plan import SERVICES, Outage, Plan
from warehouse.demo.engineering.record import Record, Steps

_PROBES = ("frankfurt", "virginia")
_TARGETS = (  # kind, objective, seconds that are fast enough
    ("availability", 0.999, None),
    ("latency", 0.9, 0.2),
    ("error_rate", 0.999, None),
)
_ALERTS = (("ErrorRateWarning", "warning"), ("HighErrorRate", "critical"))
_SLOW_BY_NATURE = {"payments": 0.6}  # banks are asked while the customer waits


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """What was promised on the first day, the incidents of a day, and its alerts."""
    if day.number == 0:
        yield from _targets(day.midnight)
    for outage in plan.outages(day.date):
        yield _incident(outage)
        name, severity = _ALERTS[outage.severity in ("critical", "high")]
        yield _alert(name, severity, outage.service, outage.detected, outage.resolved, is_false=False)
    yield from _small_alerts(plan, day)


def probes(plan: Plan, day: Day) -> Iterator[Record]:
    """A probe of each service, again and again."""
    rng = plan.dice("probes", day)
    minutes = plan.minutes_between_measurements(day)
    outages = plan.outages_around(day)
    for number, service in enumerate(SERVICES):
        fails = [outage for outage in outages if outage.service == service.name]
        for slot in range(0, 24 * 60, minutes):
            at = day.midnight + timedelta(minutes=slot, seconds=7 + 11 * number)
            outage = next((each for each in fails if each.started <= at < each.resolved), None)
            success = rng.random() >= (outage.fails if outage else 0)
            latency = rng.lognormvariate(4.3, 0.25) * (4 if outage else 1)
            yield Record(
                "uptime_probes",
                at,
                {
                    "service": service.name,
                    "probed_at": at,
                    "success": success,
                    "latency_ms": round(latency, 3) if success else None,
                    "probe": _PROBES[slot // minutes % 2],
                },
            )


def _targets(agreed: datetime) -> Iterator[Record]:
    for service in SERVICES:
        for kind, objective, seconds in _TARGETS:
            yield Record(
                "slo_targets",
                agreed,
                {
                    "slo_id": f"{service.name}-{kind}",
                    "service": service.name,
                    "sli": kind,
                    "objective": objective,
                    "threshold_seconds": _SLOW_BY_NATURE.get(service.name, seconds) if seconds else None,
                    "window_days": 30,
                    "agreed_at": agreed,
                },
            )


def _incident(outage: Outage) -> Record:
    escalated = outage.acknowledged + (outage.resolved - outage.acknowledged) / 3 if outage.escalations else None
    return Record(
        "incidents",
        outage.detected,
        {
            "incident_id": outage.number,
            "service": outage.service,
            "severity": outage.severity,
            "kind": "reliability",
            "started_at": outage.started,
            "detected_at": outage.detected,
            "acknowledged_at": outage.acknowledged,
            "resolved_at": outage.resolved,
            "escalation_level": Steps((0, outage.detected), (int(outage.escalations), escalated)),
            "escalated_at": escalated,
        },
    )


def _small_alerts(plan: Plan, day: Day) -> Iterator[Record]:
    """Warnings that went away by themselves; some were for nothing."""
    rng = plan.dice("alerts", day)
    if plan.is_last(day) or rng.random() < 0.5:
        return
    started = plan.working_moment(rng, day)
    ended = started + timedelta(minutes=6 + 20 * rng.random())
    yield _alert(
        "ResponseTimeWarning", "warning", rng.choice(SERVICES).name, started, ended, is_false=rng.random() < 0.25
    )


def _alert(name: str, severity: str, service: str, started: datetime, ended: datetime, *, is_false: bool) -> Record:
    return Record(
        "alert_events",
        ended,
        {
            "fingerprint": f"{Dice(f'{name}/{service}').getrandbits(64):016x}",
            "alertname": name,
            "severity": severity,
            "labels": f'{{"alertname": "{name}", "service": "{service}", "severity": "{severity}"}}',
            "state": "resolved",
            "started_at": started,
            "resolved_at": ended,
            "last_firing_at": ended,
            "acknowledged_by": "on-call" if severity == "critical" else None,
            "is_false_positive": is_false,
        },
    )
