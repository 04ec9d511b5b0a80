"""Writes the demo company into a database: its whole past with `load`, what is missing since then with `catch_up`."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from warehouse.contract import TABLES
from warehouse.demo import app, commerce, engagement
from warehouse.demo.calendar import Day
from warehouse.demo.engagement import Row
from warehouse.demo.engineering import writer as engineering
from warehouse.demo.engineering.plan import Plan
from warehouse.demo.people import Company, Person, Visit
from warehouse.demo.summaries import count_summaries, refresh_summaries

Progress = Callable[[str, int, int], None]

EVENT_TABLES = (
    "story_view_metrics",
    "offer_metrics",
    "auction_participation_metrics",
    "payment_metrics",
    "user_activity_metrics",
    "user_session_metrics",
    "feature_usage_metrics",
    "api_metrics",
    "mobile_metrics",
    "crash_reports",
)
_DAYS_PER_COPY = 6
_VIEWS = (0, 1, 1, 1, 2, 2, 3, 4)
_NOTEBOOK = """
    CREATE TABLE demo_company (
        seed          integer NOT NULL,    -- seed of the dice
        scale         float8 NOT NULL,     -- size of the company, 1 is the usual one
        start_date    date NOT NULL,       -- first day
        last_date     date NOT NULL,       -- day from which the incidents count back
        written_until timestamptz NOT NULL -- moment up to which the rows are complete
    )
"""


class DemoError(RuntimeError):
    """The demo company could not be written or continued."""


def load(
    dsn: str, *, seed: int = 7, scale: float = 1.0, until: datetime, days: int = 120, progress: Progress | None = None
) -> dict[str, int]:
    """Fill the empty contract tables with `days` days up to `until`; returns the number of rows per table.

    The same arguments give the same rows. All or nothing is written. `progress` is called with what is being done,
    the steps done and their number. Raises DemoError when the tables hold rows, ValueError for a size that is not
    positive or a moment without time zone.
    """
    if until.tzinfo is None:
        raise ValueError(f"could not load the demo company: the moment {until} must have a time zone")
    if scale <= 0 or days < 1:
        raise ValueError(f"could not load the demo company: scale and days must be positive, got {scale} and {days}")
    until = until.astimezone(UTC)
    company = Company(seed, scale, until.date() - timedelta(days=days), until.date())
    since = company.day(company.start).midnight
    with psycopg.connect(dsn) as connection:
        connection.execute("SET timezone TO 'UTC'")
        if connection.execute("SELECT 1 FROM api_metrics UNION ALL SELECT 1 FROM payment_metrics LIMIT 1").fetchone():
            raise DemoError("could not load the demo company: the tables already hold rows")
        connection.execute(_NOTEBOOK)
        connection.execute(
            "INSERT INTO demo_company VALUES (%s, %s, %s, %s, %s)", (seed, scale, company.start, until.date(), until)
        )
        counted = write_history(connection, company, since, until, progress)
        last_rows = list(_last_minutes(company, until))
        write_rows(connection, last_rows)
        for table, _, _ in last_rows:
            counted[table] += 1
        refresh_summaries(connection, since.date(), until)
        counted |= count_summaries(connection)
        counted |= engineering.write(connection, Plan(company), since - timedelta(microseconds=1), until)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")  # index-only scans need the visibility map
    return {table: counted.get(table, 0) for table in TABLES}


def open_company(connection: psycopg.Connection[Any]) -> tuple[Company, datetime]:
    """The company in a database, and the moment up to which it is written; other writers wait until the transaction
    ends. Raises DemoError when there is none."""
    if connection.execute("SELECT to_regclass('demo_company')").fetchone() == (None,):
        raise DemoError("could not continue the demo company: the database does not hold one; load it first")
    [(seed, scale, start, last_day, written_until)] = connection.execute(
        "SELECT seed, scale, start_date, last_date, written_until FROM demo_company FOR UPDATE"
    ).fetchall()
    return Company(seed, scale, start, last_day), written_until


def write_history(
    connection: psycopg.Connection[Any], company: Company, since: datetime, until: datetime, progress: Progress | None
) -> dict[str, int]:
    """Write all rows after `since` up to `until`; returns their number per table."""
    counted = dict.fromkeys(EVENT_TABLES, 0)
    days = list(company.days(since.date() - timedelta(days=1), until.date()))  # a payment may follow past midnight
    with ThreadPoolExecutor(1) as copier:  # the server stores one chunk while the next one is made
        copying: Future[None] | None = None
        for first in range(0, len(days), _DAYS_PER_COPY):
            chunk = days[first : first + _DAYS_PER_COPY]
            lines: dict[str, list[str]] = {table: [] for table in EVENT_TABLES}
            for day in chunk:
                earliest, latest = day.second_of(since), day.second_of(until)
                for table, second, values in day_rows(company, day):
                    if earliest < second <= latest:
                        lines[table].append("\t".join(values))
            if copying is not None:
                copying.result()
            copying = copier.submit(_copy, connection, lines)
            for table, block in lines.items():
                counted[table] += len(block)
            if progress is not None:
                progress("writing days", first + len(chunk), len(days))
        if copying is not None:
            copying.result()
    return counted


def write_rows(connection: psycopg.Connection[Any], rows: Iterable[Row]) -> None:
    """Write rows of any event tables."""
    lines: dict[str, list[str]] = {}
    for table, _, values in rows:
        lines.setdefault(table, []).append("\t".join(values))
    _copy(connection, lines)


def day_rows(company: Company, day: Day) -> Iterator[Row]:
    """All rows that begin on a day."""
    rng = company.dice("rows", day)
    for visit in company.visits(day):
        views = _VIEWS[int(rng.random() * len(_VIEWS))]
        yield from engagement.rows(rng, visit, views)
        if views:
            yield from commerce.rows(rng, visit)
        yield from app.rows(rng, visit)
    yield from app.requests_of_partners(rng, day, company.scale)


def _last_minutes(company: Company, until: datetime) -> Iterator[Row]:
    """One visit per platform within the last four minutes: the shortest windows hold something at any hour."""
    moment = until - timedelta(minutes=2)
    day = company.day(moment.date())
    rng = company.dice("last minutes", day)
    for number, platform in enumerate(("ios", "android", "web")):
        person = _somebody(company.people(day), platform)
        visit = Visit(person, day, day.second_of(moment) - 40 * number, f"{moment:%Y%m%d}-last{number}", live=True)
        yield from engagement.rows(rng, visit, 2)
        yield from commerce.rows(rng, visit, certain=True)
        yield from app.rows(rng, visit)


def _somebody(people: list[Person], platform: str) -> Person:
    return next((person for person in reversed(people) if person.platform == platform), people[-1])


def _copy(connection: psycopg.Connection[Any], lines: dict[str, list[str]]) -> None:
    for table, block in lines.items():
        if block:
            columns = ", ".join(f'"{column.name}"' for column in TABLES[table].columns if column.name != "id")
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                copy.write("\n".join(block) + "\n")
