"""Metrics whose values people give: when these are due, how long they are shown, and how many are missing."""

from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import date, timedelta
from math import inf
from typing import Literal, get_args

from metrics.declaration import Gauge
from metrics.period import Every, Period
from metrics.unit import COUNT, Unit


@dataclass(frozen=True, eq=False)
class Input(Gauge):
    """A value that people give for each period (`kpi input`), because no system knows it.

    It is due `due_days` after the end of a period: a `day`, `week`, `month`, `quarter` or `year`. A value lies between
    `least` and `most`; without `most` a ratio ends at 1, and all else has no end. What is counted is `whole`.
    """

    _: KW_ONLY
    every: Every = "month"
    due_days: int = 10
    least: float = 0
    most: float | None = None
    whole: bool = False
    sparse: str = "Somebody has to give it: kpi input set."
    origin: Literal["collected", "recorded", "external", "input"] = "input"

    @property
    def highest(self) -> float:
        """The highest value that it may have."""
        if self.most is None:
            return 1 if self.unit is Unit.RATIO else inf
        return self.most

    def _faults(self) -> Iterator[str]:
        yield from super()._faults()
        if self.every not in get_args(Every):
            yield f"'every' must be one of {', '.join(get_args(Every))}, got {self.every!r}."
        if self.due_days < 0:
            yield f"'due_days' must be 0 or more, got {self.due_days}."
        if not self.least < self.highest:
            yield f"'most' must be above 'least', got {self.highest:g} and {self.least:g}."


MANUAL_VALUES_STALE = Gauge(
    "kpi_manual_values_stale",
    "Series of a metric that people give (kpi input) without a value for the newest period that is due. A metric that "
    "nobody has ever given has none.",
    unit=COUNT,
    labels=("metric",),
    owner="platform",
    better="lower",
    target=0,
    sparse="Of a metric that nobody has ever given nothing is missing.",
)

KEPT_PERIODS = 3
"""A value is shown until so many later periods are overdue. A series so far behind the others of its metric has ended,
such as that of a team that is no more."""


def newest_ended(metric: Input, today: date) -> Period:
    """The newest period that is over."""
    return Period.of(metric.every, today).shifted(-1)


def newest_due(metric: Input, today: date) -> Period:
    """The newest period whose value had to be there by yesterday, `due_days` after its end."""
    return Period.of(metric.every, today - timedelta(days=metric.due_days)).shifted(-1)


def oldest_shown(metric: Input, today: date) -> Period:
    """The oldest period whose value still says something of today: fewer than `KEPT_PERIODS` later ones are overdue."""
    return newest_due(metric, today).shifted(1 - KEPT_PERIODS)


def is_shown(metric: Input, end: date, today: date) -> bool:
    """Whether the value of the period with this last day, the newest of its series, still says something of today."""
    return Period.of(metric.every, end).number >= oldest_shown(metric, today).number


def stale(metric: Input, ends: Iterable[date], today: date) -> int:
    """How many series lack the value of the newest period that is due.

    `ends` are the last days of the newest period of each series; at least one. A series counts unless it lies
    `KEPT_PERIODS` or more behind the newest of them: then it has ended.
    """
    numbers = [Period.of(metric.every, end).number for end in ends]
    due, newest = newest_due(metric, today).number, max(numbers)
    return sum(newest - KEPT_PERIODS < number < due for number in numbers)
