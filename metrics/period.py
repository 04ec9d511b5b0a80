"""The periods for which people give values: days, ISO weeks, months, quarters and years, and how they are written."""

import re
from datetime import date, timedelta
from typing import Literal, NamedTuple, Self

Every = Literal["day", "week", "month", "quarter", "year"]

EXAMPLES: dict[Every, str] = {
    "day": "2026-10-31",
    "week": "2026-W44",
    "month": "2026-10",
    "quarter": "2026-Q4",
    "year": "2026",
}
"""How a period of each length is written."""

_FORMS: dict[Every, re.Pattern[str]] = {
    "day": re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII),
    "week": re.compile(r"(\d{4})-W(\d\d)", re.ASCII),
    "month": re.compile(r"(\d{4})-(\d\d)", re.ASCII),
    "quarter": re.compile(r"(\d{4})-Q(\d)", re.ASCII),
    "year": re.compile(r"(\d{4})", re.ASCII),
}
_MONTHS: dict[Every, int] = {"month": 1, "quarter": 3, "year": 12}
_YEARS = range(1970, 2200)


class Period(NamedTuple):
    """One day, week, month, quarter or year. Those of one length are numbered: the next one has the next number."""

    every: Every
    number: int

    @classmethod
    def of(cls, every: Every, day: date) -> Self:
        """The period of this length in which the day lies."""
        if every == "day":
            return cls(every, day.toordinal())
        if every == "week":
            return cls(every, (day.toordinal() - 1) // 7)  # day 1 was a Monday
        return cls(every, (day.year * 12 + day.month - 1) // _MONTHS[every])

    @classmethod
    def parse(cls, text: str) -> Self:
        """The period that is written so, as in `EXAMPLES`. Raises ValueError with a sentence."""
        for every, form in _FORMS.items():
            if match := form.fullmatch(text.upper()):
                numbers = [int(number) for number in match.groups()]
                if numbers[0] not in _YEARS:
                    raise ValueError(f"the year of {text} must be {_YEARS[0]} to {_YEARS[-1]}")
                try:
                    return cls.of(every, _first_day(every, *numbers))
                except ValueError:
                    raise ValueError(f"there is no {every} {text}") from None
        raise ValueError(f"expected a period such as {', '.join(EXAMPLES.values())}, got {text!r}")

    @property
    def start(self) -> date:
        """The first day."""
        if self.every == "day":
            return date.fromordinal(self.number)
        if self.every == "week":
            return date.fromordinal(self.number * 7 + 1)
        year, month = divmod(self.number * _MONTHS[self.every], 12)
        return date(year, month + 1, 1)

    @property
    def end(self) -> date:
        """The last day."""
        return self.shifted(1).start - timedelta(days=1)

    def shifted(self, number: int) -> "Period":
        """The period so many later, or earlier below 0."""
        return Period(self.every, self.number + number)

    def __str__(self) -> str:
        start = self.start
        if self.every == "week":
            year, week, _ = start.isocalendar()
            return f"{year}-W{week:02}"
        quarter = (start.month + 2) // 3
        return {
            "day": start.isoformat(),
            "month": f"{start:%Y-%m}",
            "quarter": f"{start.year}-Q{quarter}",
            "year": str(start.year),
        }[self.every]


def _first_day(every: Every, year: int, number: int = 1, day: int = 1) -> date:
    """Raises ValueError when there is no such day."""
    if every == "week":
        return date.fromisocalendar(year, number, 1)
    return date(year, number * 3 - 2 if every == "quarter" else number, day)
