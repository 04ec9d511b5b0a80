"""The accounts of the demo company's people. Whoever switches the second factor on, or leaves, does so within days."""

from collections.abc import Iterator
from datetime import timedelta

from warehouse.demo.calendar import Day, second_of_day
from warehouse.demo.engineering.plan import Plan
from warehouse.demo.engineering.record import Record, Steps, Value

DAYS_OF_CHANGE = 4


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """The accounts that are made on the day; those from before the first day are there on it."""
    rng = plan.dice("users", day)
    for person in plan.company.people(day):
        if person.sign_up_day != day.number and (day.number or person.sign_up_day > 0):
            continue
        created = day.midnight + timedelta(days=min(0, person.sign_up_day), seconds=second_of_day(rng))
        second_factor = rng.random() < (0.64 if person.user_type == "creator" else 0.27)
        leaves = rng.random() < 0.02
        values: dict[str, Value | Steps] = {
            "user_id": person.id,
            "user_type": person.user_type,
            "created_at": created,
            "deactivated_at": created + timedelta(days=1 + 2 * rng.random()) if leaves else None,
            "mfa_enabled_at": created + timedelta(days=3 * rng.random() ** 4) if second_factor else None,
        }
        yield Record("users", max(created, day.midnight), values)
