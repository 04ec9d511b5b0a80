"""Pages as browsers load them: slow while the catalogue is not well."""

from collections.abc import Iterator
from datetime import timedelta

from warehouse.demo.calendar import Day, second_of_day
from warehouse.demo.engineering.plan import Plan
from warehouse.demo.engineering.record import Record, Steps, Value

_PER_DAY = 100
_PAGES = (  # page, share of the loads, how heavy it is
    ("home", 30, 1.0),
    ("/stories/{id}", 34, 1.15),
    ("/offers/{id}", 16, 0.95),
    ("/auctions/{id}", 12, 1.05),
    ("/checkout", 8, 0.85),
)
_HOW_MUCH_SLOWER = 3.5


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """The page loads of the day."""
    rng = plan.dice("page_loads", day)
    outages = [outage for outage in plan.outages_around(day) if outage.service == "catalog"]
    for _ in range(max(1, round(_PER_DAY * plan.company.scale * day.rhythm))):
        recorded = day.midnight + timedelta(seconds=second_of_day(rng))
        [(page, _, weight)] = rng.choices(_PAGES, [share for _, share, _ in _PAGES])
        if any(outage.started <= recorded < outage.resolved for outage in outages):
            weight *= _HOW_MUCH_SLOWER
        loaded = weight * 1000 * rng.lognormvariate(0.0, 0.38)
        reacted = weight * 85 * rng.lognormvariate(0.0, 0.5)
        values: dict[str, Value | Steps] = {
            "page": page,
            "load_time_ms": round(loaded, 1),
            "lcp_ms": round(loaded * (0.7 + 0.4 * rng.random()), 1),
            "inp_ms": round(reacted, 1) if rng.random() < 0.8 else None,  # nobody clicked
            "cls": round(min(2.0, rng.expovariate(28)), 5),
            "recorded_at": recorded,
        }
        yield Record("page_loads", recorded, values)
