"""What was given of each metric, and what is due."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from metrics import Input
from metrics.inputs import KEPT_PERIODS, newest_due, newest_ended
from metrics.period import Period
from warehouse.inputs import StoredValue

State = Literal["given", "due", "overdue", "never", "ended"]


@dataclass(frozen=True)
class Standing:
    """A series with its newest value, or a metric of which there is none. `period` is the one that is wanted next, and
    its value is `due` on that day at the latest.
    """

    metric: Input
    newest: StoredValue | None
    state: State
    period: Period
    due: date

    @property
    def is_missing(self) -> bool:
        return self.state in ("due", "overdue", "never")


def standing(metrics: Iterable[Input], values: Sequence[StoredValue], today: date) -> Iterator[Standing]:
    """A row for each series that was ever given, and one for each metric that never was; in the order of the metrics.

    A series that lies far behind the others of its metric has ended.
    """
    for metric in metrics:
        given = [value for value in values if value.metric == metric.name]
        if not given:
            period = newest_ended(metric, today)
            yield Standing(metric, None, "never", period, _due(metric, period))
            continue
        newest = max(_period(metric, value).number for value in given)
        for value in sorted(given, key=lambda value: tuple(value.labels[label] for label in metric.labels)):
            yield _standing(metric, value, newest, today)


def _standing(metric: Input, value: StoredValue, newest: int, today: date) -> Standing:
    period = _period(metric, value)
    wanted = period.shifted(1)
    due = newest_due(metric, today)
    state: State = "given"
    if newest - period.number >= KEPT_PERIODS:
        state = "ended"
    elif period.number < due.number:
        state, wanted = "overdue", due
    elif period.number < newest_ended(metric, today).number:
        state = "due"
    return Standing(metric, value, state, wanted, _due(metric, wanted))


def _period(metric: Input, value: StoredValue) -> Period:
    return Period.of(metric.every, value.period_end)


def _due(metric: Input, period: Period) -> date:
    return period.end + timedelta(days=metric.due_days)
