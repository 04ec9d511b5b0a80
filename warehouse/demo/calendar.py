"""The rhythm of days and weeks, and moments as PostgreSQL reads them. All times are UTC."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from warehouse.demo.incidents import Incident

SECONDS = 86_400

_WEEK = (0.93, 0.88, 0.90, 0.96, 1.05, 1.20, 1.08)  # Monday to Sunday; the mean is 1
_HOURS = (8, 5, 3, 2, 2, 3, 6, 12, 18, 22, 24, 26, 32, 30, 27, 26, 28, 34, 44, 54, 58, 50, 34, 18)
_HOUR_OF_DRAW = tuple(hour for hour, weight in enumerate(_HOURS) for _ in range(weight))


class Day:
    """One day of the company. `number` counts from the first day of the demo."""

    def __init__(self, day: date, number: int, last_day: date) -> None:
        self.date = day
        self.text = day.isoformat()
        self.number = number
        self.midnight = datetime.combine(day, time(), UTC)
        self.rhythm = _WEEK[day.weekday()]
        self._next = (day + timedelta(days=1)).isoformat()
        self._last_day = last_day
        self._spans: dict[str, tuple[float, float]] = {}

    def second_of(self, moment: datetime) -> float:
        """Seconds from this day's midnight to the moment; below 0 or above 86,400 for other days."""
        return (moment - self.midnight).total_seconds()

    def stamp(self, second: float) -> str:
        """The moment `second` of this day or the next one, to the millisecond."""
        text = self.text
        milliseconds = int(second * 1000)
        if milliseconds >= SECONDS * 1000:
            milliseconds -= SECONDS * 1000
            text = self._next
        whole, milliseconds = divmod(milliseconds, 1000)
        minutes, seconds = divmod(whole, 60)
        return f"{text} {minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{milliseconds:03}+00"

    def within(self, incident: Incident, second: float) -> bool:
        """Whether the incident is on at that second of this day."""
        span = self._spans.get(incident.name)
        if span is None:
            start, end = incident.span(self._last_day)
            span = self._spans[incident.name] = self.second_of(start), self.second_of(end)
        return span[0] <= second < span[1]


def second_of_day(rng: Random) -> float:
    """A moment when people are awake, most likely in the evening."""
    return (_HOUR_OF_DRAW[int(rng.random() * len(_HOUR_OF_DRAW))] + rng.random()) * 3600
