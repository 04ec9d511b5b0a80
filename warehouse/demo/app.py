"""What the apps and the servers report: starts, memory, crashes, and requests to the APIs."""

from collections.abc import Iterator
from math import exp
from random import Random

from warehouse.demo.calendar import SECONDS, Day
from warehouse.demo.commerce import NULL
from warehouse.demo.engagement import Row
from warehouse.demo.incidents import CRASH_SPIKE, SLOW_API
from warehouse.demo.people import Person, Visit

_SYSTEMS = {"ios": ("iOS", 6.95, 210.0), "android": ("Android", 7.25, 260.0)}  # name, log of median start, memory
_DAYS_PER_RELEASE = 28
_SIGNATURES = ("NullPointer in StoryPlayer", "OutOfMemory in ImageCache", "Timeout in LoginFlow")
_BAD_RELEASE = "IllegalState in StartUp"
_ROUTES = (  # service, method, route, log of the median milliseconds, weight
    ("catalog", "GET", "/stories", 4.3, 30),
    ("catalog", "GET", "/stories/{id}", 3.9, 28),
    ("catalog", "GET", "/search", 4.9, 12),
    ("auctions", "POST", "/offers", 4.5, 6),
    ("auctions", "POST", "/auctions/{id}/bids", 4.4, 7),
    ("accounts", "POST", "/sessions", 4.7, 9),
    ("accounts", "GET", "/users/{id}", 3.7, 5),
    ("payments", "POST", "/payments", 5.3, 3),
)
_ROUTE_OF_DRAW = tuple(route for route in _ROUTES for _ in range(route[4]))
_PARTNER_REQUESTS_PER_DAY = 240


def rows(rng: Random, visit: Visit) -> Iterator[Row]:
    """One visit: two requests, and on a phone a start with its memory, or a crash."""
    person, second = visit.person, visit.second
    client = "web" if person.platform == "web" else "app"
    yield request(rng, visit.day, second, client)
    yield request(rng, visit.day, second if visit.live else min(second + 4, SECONDS - 0.001), client)
    if person.platform != "web":
        yield from _phone(rng, visit)


def requests_of_partners(rng: Random, day: Day, scale: float) -> Iterator[Row]:
    """Requests that other companies' machines send, day and night."""
    for _ in range(round(_PARTNER_REQUESTS_PER_DAY * scale)):
        yield request(rng, day, rng.random() * SECONDS, "partner")


def request(rng: Random, day: Day, second: float, client: str) -> Row:
    """One request to one of the services."""
    service, method, route, median, _ = _ROUTE_OF_DRAW[int(rng.random() * 100)]
    milliseconds = exp(rng.gauss(median, 0.45))
    failing = 0.0007
    if day.within(SLOW_API, second):
        milliseconds *= 6
        failing = 0.08
    draw = rng.random()
    if draw < failing:
        status = "503" if draw < failing / 2 else "500"
    elif client == "partner" and draw > 0.97:
        status = "429"
    elif draw > 0.985:
        status = "404" if method == "GET" else "422"
    else:
        status = "200" if method == "GET" else "201"
    return (
        "api_metrics",
        second,
        (
            day.stamp(second),
            service,
            route,
            method,
            status,
            f"{milliseconds:.3f}",
            client,
        ),
    )


def memory(rng: Random, day: Day, second: float, person: Person) -> Row:
    """One measurement of the memory that the app uses on a person's phone."""
    system, _, megabytes = _SYSTEMS[person.platform]
    used = f"{max(60.0, rng.gauss(megabytes, 45)):.3f}"
    return (
        "mobile_metrics",
        second,
        (
            "memory_usage",
            person.device_id,
            person.id,
            system,
            _version(day, person),
            NULL,
            used,
            day.stamp(second),
        ),
    )


def _phone(rng: Random, visit: Visit) -> Iterator[Row]:
    person, day, second = visit.person, visit.day, visit.second
    system, median, _ = _SYSTEMS[person.platform]
    version = _version(day, person)
    milliseconds = f"{exp(rng.gauss(median, 0.4)):.3f}"
    yield (
        "mobile_metrics",
        second,
        (
            "app_startup",
            person.device_id,
            person.id,
            system,
            version,
            milliseconds,
            NULL,
            day.stamp(second),
        ),
    )
    bad_release = system == "Android" and day.within(CRASH_SPIKE, second)
    if rng.random() < (1 / 15 if bad_release else 1 / 400):
        signature = _BAD_RELEASE if bad_release else _SIGNATURES[int(rng.random() * len(_SIGNATURES))]
        fatal = "t" if bad_release or rng.random() < 0.8 else "f"
        yield (
            "crash_reports",
            second,
            (
                f"crash-{visit.number}",
                person.device_id,
                person.id,
                system,
                version,
                signature,
                fatal,
                day.stamp(second),
            ),
        )
    else:
        yield memory(rng, day, second if visit.live else min(second + 40, SECONDS - 0.001), person)


def _version(day: Day, person: Person) -> str:
    """The release on a person's phone: a new one every four weeks, installed up to three weeks later."""
    return f"4.{max(0, 1 + (day.number - person.days_until_update) // _DAYS_PER_RELEASE)}.0"
