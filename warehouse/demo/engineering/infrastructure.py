"""What the servers, databases, the Redis and the CDN of the demo company report: busy by day, strained in an outage."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import cos, pi

from warehouse.demo.calendar import Day
from warehouse.demo.dice import Dice
from warehouse.demo.engineering.plan import SERVICES, Plan
from warehouse.demo.engineering.record import Record, Steps, Value

_DATABASES = {"orders-db": ("auctions", "payments"), "catalog-db": ("catalog", "accounts")}
_REGIONS = {"eu-central": (24.0, 9000), "us-east": (41.0, 3200), "ap-southeast": (73.0, 800)}
_CONNECTIONS = 200
_LOOKUPS_PER_DAY = 400_000
_FULL_MINUTES = 60 * 24

Values = dict[str, Value | Steps]


def records(plan: Plan, day: Day) -> Iterator[Record]:
    """A report of each, again and again."""
    rng = plan.dice("infrastructure", day)
    step = plan.minutes_between_measurements(day)
    ratios = list(_hit_ratios(plan, day))
    outages = plan.outages_around(day)
    for minute in range(0, _FULL_MINUTES, step):
        moment = day.midnight + timedelta(minutes=minute)
        down = {outage.service for outage in outages if outage.started <= moment < outage.resolved}
        busy = _busy(minute) * day.rhythm
        yield from _servers(plan, day, rng, moment, busy, down)
        yield from _databases(rng, moment, busy, down, step)
        yield _redis(ratios, day, rng, moment)
        yield from _cdn(plan, rng, moment, busy, down, step)


def _busy(minute: int) -> float:
    """How busy it is at that minute of the day: least at 4 h, most at 16 h, 0 to 1."""
    return 0.5 - 0.5 * cos(2 * pi * (minute / _FULL_MINUTES - 4 / 24))


def _servers(plan: Plan, day: Day, rng: Dice, moment: datetime, busy: float, down: set[str]) -> Iterator[Record]:
    disk = 0.44 + min(day.number, 200) * 0.001
    for place, service in enumerate(SERVICES):
        strained = service.name in down
        for number in range(max(1, round(plan.company.scale))):
            response = (60 + 25 * place + 45 * busy + 12 * rng.random()) * (6 if strained else 1)
            values: Values = {
                "time": moment,
                "server": f"{service.name}-{number + 1}",
                "service": service.name,
                "avg_response_time": round(response, 3),
                "cpu_ratio": round(0.14 + 0.34 * busy + 0.06 * rng.random() + (0.36 if strained else 0), 5),
                "memory_ratio": round(0.52 + 0.02 * day.date.weekday() + 0.05 * busy + 0.02 * rng.random(), 5),
                "disk_ratio": round(disk + 0.02 * place + 0.001 * rng.random(), 5),
                "mount": "/",
            }
            yield Record("server_metrics", moment, values)


def _databases(rng: Dice, moment: datetime, busy: float, down: set[str], step: int) -> Iterator[Record]:
    for name, services in _DATABASES.items():
        strained = not down.isdisjoint(services)
        values: Values = {
            "recorded_at": moment,
            "instance": name,
            "active_connections": round(24 + 58 * busy + 10 * rng.random() + (70 if strained else 0)),
            "max_connections": _CONNECTIONS,
            "slow_queries": int(rng.random() * (2 + busy) * step / 12) + (4 * step if strained else 0),
        }
        yield Record("database_metrics", moment, values)


def _hit_ratios(plan: Plan, day: Day) -> Iterator[float]:
    """The hit ratio of each day since Redis was started, which is each Monday at midnight."""
    for past in plan.company.days(day.date - timedelta(days=day.date.weekday()), day.date):
        yield 0.93 + 0.03 * plan.dice("cache", past).random()


def _redis(ratios: list[float], day: Day, rng: Dice, moment: datetime) -> Record:
    share = day.second_of(moment) / 86_400
    hits = _LOOKUPS_PER_DAY * (sum(ratios[:-1]) + share * ratios[-1])
    misses = _LOOKUPS_PER_DAY * (len(ratios) - 1 + share) - hits
    filled = day.date.weekday() + share
    values: Values = {
        "time": moment,
        "instance": "sessions",
        "used_memory_mb": round(180 + 46 * filled + 6 * rng.random(), 3),
        "keyspace_hits": int(hits),
        "keyspace_misses": int(misses),
    }
    return Record("redis_metrics", moment, values)


def _cdn(plan: Plan, rng: Dice, moment: datetime, busy: float, down: set[str], step: int) -> Iterator[Record]:
    for region, (milliseconds, requests) in _REGIONS.items():
        strained = "catalog" in down
        values: Values = {
            "recorded_at": moment,
            "region": region,
            "requests": round(requests * plan.company.scale * step / 60 * (0.2 + busy) * (0.9 + 0.2 * rng.random())),
            "avg_response_time_ms": round(milliseconds * (1 + 0.3 * busy + 0.1 * rng.random()), 3),
            "cache_hit_rate": round(93.5 + 2.5 * rng.random(), 3),
            "error_rate": round(0.05 + 0.15 * rng.random() + (2.5 if strained else 0), 3),
        }
        yield Record("cdn_metrics", moment, values)
