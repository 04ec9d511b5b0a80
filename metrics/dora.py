"""The four keys of DORA: how often and how fast a team delivers, and how well that holds.

Source: N. Forsgren, J. Humble, G. Kim, Accelerate (2018), and dora.dev. One deployment counts once, however many
commits it holds; only production counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

_HOUR, _DAY = 3600.0, 86_400.0
_REACHED_USERS = ("success", "rolled_back")


@dataclass(frozen=True)
class Deployment:
    """A deployment that ended. `incident` is the number of the incident that it caused, `incident_known` when that was
    noticed."""

    number: str
    service: str
    environment: str
    commit: str | None
    oldest_commit: datetime | None
    finished: datetime
    result: Literal["success", "failure", "rolled_back"]
    rolled_back: datetime | None = None
    incident: str | None = None
    incident_known: datetime | None = None

    @property
    def reached_users(self) -> bool:
        return self.environment == "production" and self.result in _REACHED_USERS

    def has_failed(self, as_of: datetime) -> bool:
        """Whether it was rolled back by then, or known to have caused an incident."""
        if self.result == "rolled_back" and (self.rolled_back or self.finished) <= as_of:
            return True
        return self.incident is not None and (self.incident_known or self.finished) <= as_of


def deployment_frequency(deployments: Iterable[Deployment], as_of: datetime, window: timedelta) -> float:
    """Deployments that reached users in production ÷ days of the window, which ends at `as_of` and includes it.

    From 0 upwards. What failed before it reached users does not count, what was rolled back afterwards does.
    """
    counted = sum(each.reached_users for each in _within(deployments, as_of, window))
    return counted / (window / timedelta(days=1))


def lead_times(deployments: Iterable[Deployment]) -> list[float]:
    """Seconds from the oldest commit to the end of each deployment that reached users in production, in their order.

    From 0 upwards: what ended before its commit has a wrong clock and is left out, as is what has no known commit time.
    A commit that had reached the same service before is no new change; without a commit nobody can tell, so it counts.
    """
    seen: set[tuple[str, str]] = set()
    found = []
    for each in sorted(deployments, key=lambda each: (each.finished, each.number)):
        if not each.reached_users:
            continue
        if each.commit is not None:
            if (each.service, each.commit) in seen:
                continue
            seen.add((each.service, each.commit))
        if each.oldest_commit is not None and each.oldest_commit <= each.finished:
            found.append((each.finished - each.oldest_commit).total_seconds())
    return found


def change_failure_ratio(deployments: Iterable[Deployment], as_of: datetime, window: timedelta) -> float | None:
    """Production deployments that were rolled back or caused an incident ÷ all that ended in the window.

    From 0 to 1; None without deployments. What failed before it reached users is in the denominator alone, unless it
    caused an incident.
    """
    ended = [each for each in _within(deployments, as_of, window) if each.environment == "production"]
    return sum(each.has_failed(as_of) for each in ended) / len(ended) if ended else None


def restore_times(
    incidents: Mapping[str, tuple[datetime, datetime | None]], deployments: Iterable[Deployment]
) -> list[float]:
    """Seconds from start to end of each incident that a production deployment caused; each counts once.

    `incidents` are the start and the end by number. From 0 upwards: open ones, and those that end before they start,
    are left out.
    """
    caused = {each.incident for each in deployments if each.environment == "production"}
    return [
        (ended - started).total_seconds()
        for number, (started, ended) in incidents.items()
        if number in caused and ended is not None and ended >= started
    ]


class Band(StrEnum):
    """How a team compares with the others of the report."""

    ELITE = "elite"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Bands:
    """The bounds of elite, high and medium; what is worse than all is low. A value at a bound is in the better band
    where `inclusive`."""

    bounds: tuple[float, float, float]
    better: Literal["higher", "lower"]
    inclusive: bool

    def of(self, value: float) -> Band:
        """The band of a value, in the unit of the bounds."""
        for bound, band in zip(self.bounds, Band, strict=False):
            is_better = value > bound if self.better == "higher" else value < bound
            if is_better or (self.inclusive and value == bound):
                return band
        return Band.LOW


# Accelerate State of DevOps Report 2023: more than once a day, a week, a month; less than a day, a week, a
# month; 5, 10, 15 %; less than an hour, a day, a week.
DEPLOYMENTS_PER_DAY_BANDS = Bands((1.0, 1 / 7, 1 / 30), "higher", inclusive=True)
LEAD_TIME_BANDS = Bands((_DAY, 7 * _DAY, 30 * _DAY), "lower", inclusive=False)
CHANGE_FAILURE_BANDS = Bands((0.05, 0.10, 0.15), "lower", inclusive=True)
TIME_TO_RESTORE_BANDS = Bands((_HOUR, _DAY, 7 * _DAY), "lower", inclusive=False)


def _within(deployments: Iterable[Deployment], as_of: datetime, window: timedelta) -> Sequence[Deployment]:
    return [each for each in deployments if as_of - window < each.finished <= as_of]
