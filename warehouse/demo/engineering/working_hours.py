"""When people are at work: ten hours a day from 8 h on, Monday to Friday."""

from datetime import UTC, date, datetime, time, timedelta

HOURS = 10
_BEGIN = time(8, tzinfo=UTC)
_DAYS = 5


def at_work(monday: date, hours: float) -> datetime:
    """The moment that is so many working hours after the beginning of a week."""
    days, rest = divmod(hours, HOURS)
    weeks, weekday = divmod(int(days), _DAYS)
    return datetime.combine(monday, _BEGIN) + timedelta(days=7 * weeks + weekday, hours=rest)


def hours_of(moment: datetime) -> float:
    """The working hours of its week that are over at a moment of work."""
    return HOURS * moment.weekday() + (moment - datetime.combine(moment.date(), _BEGIN)) / timedelta(hours=1)
