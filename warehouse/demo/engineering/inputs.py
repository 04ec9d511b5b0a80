"""The values that people give: of every declared metric, some days after the end of each period."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

from metrics import Input, Unit
from metrics.catalogue import inputs
from metrics.period import Period
from warehouse.demo.calendar import Day
from warehouse.demo.engineering.plan import OWNED, SERVICES, TEAMS, Plan
from warehouse.demo.engineering.record import Record

_LABELS = {
    "team": TEAMS,
    "service": tuple(service.name for service in SERVICES),
    "project": tuple(dict.fromkeys(service.project for service in OWNED)),
    "currency": ("USD",),
    "provider": ("aws",),
    "system": ("database", "storage"),
    "stage": ("idea", "research", "prototype"),
    "tier": ("critical", "standard"),
    "framework": ("soc2", "iso27001"),
    "segment": ("small", "enterprise"),
    "market": ("us", "eu"),
}
_DIFFERS = 0.04  # from one period to the next, at most
_LEVELS: dict[Unit, tuple[float, float]] = {
    Unit.RATIO: (0.65, 0.92),
    Unit.SCORE: (0.7, 0.88),  # of the highest
    Unit.CURRENCY: (180.0, 950.0),
    Unit.SECONDS: (3600.0, 90_000.0),
    Unit.BYTES: (2e9, 9e9),
    Unit.MONTHS: (9.0, 18.0),
    Unit.COUNT: (4.0, 14.0),
    Unit.TIMESTAMP: (1.7e9, 1.75e9),
}


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """What is given on a day: all that became known so many days after the end of its period. On the first day all that
    is known by then is given at once.
    """
    for metric in (metric for declared in inputs().values() for metric in declared):
        period = Period.of(metric.every, day.date - timedelta(days=_days_after(metric))).shifted(-1)
        if day.number == 0 or period.end + timedelta(days=_days_after(metric) + 1) == day.date:
            yield from _given(plan, day, metric, period)


def _days_after(metric: Input) -> int:
    """How many whole days lie between the end of a period and the day on which its value is given, in good time."""
    return min(2, max(0, metric.due_days - 1))


def _given(plan: Plan, day: Day, metric: Input, period: Period) -> Iterator[Record]:
    names = metric.labels
    for number, texts in enumerate(product(*(_LABELS.get(name, (f"{name} 1", f"{name} 2")) for name in names))):
        labels = dict(zip(names, texts, strict=True))
        yield Record(
            "manual_metric_values",
            _moment(day, number),
            {
                "metric_id": metric.name,
                "labels": "{" + ", ".join(f'"{name}": "{text}"' for name, text in labels.items()) + "}",
                "period_start": period.start.isoformat(),
                "period_end": period.end.isoformat(),
                "value": _value(plan, day, metric, texts),
                "source": "csv" if number else "cli",
                "entered_by": "controller",
                "entered_at": _moment(day, number),
            },
        )


def _moment(day: Day, number: int) -> datetime:
    """Just after midnight, so that nothing is due before it is there."""
    return day.midnight + timedelta(minutes=5, seconds=number)


def _value(plan: Plan, day: Day, metric: Input, texts: tuple[str, ...]) -> float:
    """Near the level of its series, which stays; on the good side of target and levels, and within the bounds."""
    topic = "/".join(("inputs", metric.name, *texts))
    low, high = _range(metric)
    level = low + (high - low) * plan.dice(topic, plan.company.day(plan.company.start)).random()
    value = level * (1 + _DIFFERS * (2 * plan.dice(topic, day).random() - 1))
    value = min(max(value, metric.least), metric.highest)
    return float(round(value)) if metric.whole else round(value, 4)


def _range(metric: Input) -> tuple[float, float]:
    """Between which levels the series of a healthy company lie."""
    good = next((level for level in (metric.target, metric.warning, metric.critical) if level is not None), None)
    if good:
        return {"higher": (1.05 * good, 1.15 * good), "lower": (0.7 * good, 0.9 * good)}.get(
            metric.better, (0.9 * good, 1.1 * good)
        )
    low, high = _LEVELS[metric.unit]
    if metric.unit is Unit.SCORE:
        return low * metric.highest, high * metric.highest
    return low, high
