"""Who the users are, when they sign up, and who comes back on which day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, sqrt
from random import Random

from warehouse.demo.calendar import Day, second_of_day
from warehouse.demo.dice import Dice

_USERS_BEFORE_THE_FIRST_DAY = 2600
_VISITS_PER_ACTIVE_DAY = (1, 1, 1, 1, 2, 2, 3)


@dataclass(slots=True)
class Person:
    """One user. `sign_up_day` counts as `Day.number` does; `loyalty` and `spending` vary around 0.7 and 1."""

    id: str
    user_type: str
    segment: str
    platform: str
    source: str
    currency: str
    sign_up_day: int
    loyalty: float
    spending: float
    days_until_update: int

    @property
    def device_id(self) -> str:
        return "device" + self.id.removeprefix("user")


@dataclass(slots=True)
class Visit:
    """One session of a person. `number` is unique. A live visit happens in one moment, others take minutes."""

    person: Person
    day: Day
    second: float
    number: str
    signs_up: bool = False
    live: bool = False


class Company:
    """The company from `start` on; incidents count back from `last_day`. The same arguments give the same company.
    What happens on a day depends on nothing but these and the day."""

    def __init__(self, seed: int, scale: float, start: date, last_day: date) -> None:
        self.seed = seed
        self.scale = scale
        self.start = start
        self.last_day = last_day
        rng = Random(f"{seed}/people/before")
        self._people = [
            _person(rng, number, -int(1 + rng.random() * 400))
            for number in range(round(_USERS_BEFORE_THE_FIRST_DAY * scale))
        ]
        self._days_known = 0

    @property
    def key(self) -> tuple[int, float, date, date]:
        """Equal for equal companies."""
        return self.seed, self.scale, self.start, self.last_day

    def day(self, day: date) -> Day:
        return Day(day, (day - self.start).days, self.last_day)

    def days(self, first: date, last: date) -> Iterator[Day]:
        """The days from `first` to `last`, both included, but none before the company's start."""
        first = max(first, self.start)
        return (self.day(first + timedelta(days=number)) for number in range((last - first).days + 1))

    def dice(self, topic: str, day: Day) -> Dice:
        """The dice for a topic on a day: they fall the same way whatever its date is."""
        return Dice(f"{self.seed}/{topic}/{day.number}")

    def visits(self, day: Day) -> list[Visit]:
        """All visits of a day, sign-ups among them."""
        rng = self.dice("visits", day)
        found: list[Visit] = []
        for person in self.people(day):
            age = day.number - person.sign_up_day
            if age and rng.random() >= person.loyalty * day.rhythm * _returning(age):
                continue
            for number in range(_VISITS_PER_ACTIVE_DAY[int(rng.random() * len(_VISITS_PER_ACTIVE_DAY))]):
                second = second_of_day(rng)
                found.append(Visit(person, day, second, f"{day.date:%Y%m%d}-{len(found):05}", not (age or number)))
        return found

    def people(self, day: Day) -> list[Person]:
        """Everybody who has signed up by the end of the day, in order of sign-up."""
        for number in range(self._days_known, day.number + 1):
            today = self.day(self.start + timedelta(days=number))
            rng = self.dice("people", today)
            expected = self.scale * (18 + 0.25 * number) * today.rhythm
            arrivals = max(0, round(rng.gauss(expected, sqrt(expected))))
            first = len(self._people)
            self._people += [_person(rng, first + n, number) for n in range(arrivals)]
        self._days_known = max(self._days_known, day.number + 1)
        return [person for person in self._people if person.sign_up_day <= day.number]


def _person(rng: Random, number: int, sign_up_day: int) -> Person:
    return Person(
        id=f"user-{number + 1:06}",
        user_type="creator" if rng.random() < 0.12 else "viewer",
        segment=rng.choices(("free", "plus", "business"), (70, 22, 8))[0],
        platform=rng.choices(("ios", "android", "web"), (38, 34, 28))[0],
        source=rng.choices(("organic", "search", "social", "email", "referral"), (34, 26, 20, 12, 8))[0],
        currency=rng.choices(("USD", "EUR", "GBP"), (72, 18, 10))[0],
        sign_up_day=sign_up_day,
        loyalty=0.2 + rng.random(),
        spending=3 * rng.random() ** 2,
        days_until_update=int(rng.random() * 20),
    )


def _returning(age: int) -> float:
    """The probability that a loyal user is active so many days after the sign-up: a steep fall, then a long tail."""
    return 0.11 + 0.50 * exp(-age / 4) + 0.12 * exp(-age / 25)
