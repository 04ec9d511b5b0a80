"""Writes the engineering tables: all that came and all that changed between two moments."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import psycopg
from psycopg import sql

from warehouse.demo.calendar import Day
from warehouse.demo.engineering import (
    delivery,
    development,
    features,
    infrastructure,
    inputs,
    jobs,
    page_loads,
    pull_requests,
    quality,
    reliability,
    security,
    users,
)
from warehouse.demo.engineering.plan import Plan
from warehouse.demo.engineering.record import Record, Value


@dataclass(frozen=True)
class Domain:
    """What a domain writes: the records that are born on a day, and for how many days these may still change."""

    name: str
    records: Callable[[Plan, Day], Iterable[Record]]
    days_of_change: int = 0


DOMAINS = (
    Domain("development", development.records, days_of_change=36),
    Domain("pull_requests", pull_requests.records, days_of_change=16),
    Domain("features", features.records, days_of_change=features.LONGEST),
    Domain("delivery", delivery.records, days_of_change=3),
    Domain("bugs", quality.bugs, days_of_change=quality.LONGEST_RESOLUTION.days),
    Domain("quality", quality.records),
    Domain("page_loads", page_loads.records, days_of_change=1),
    Domain("jobs", jobs.records, days_of_change=1),
    Domain("infrastructure", infrastructure.records),
    Domain("reliability", reliability.records, days_of_change=2),
    Domain("probes", reliability.probes),
    Domain("security", security.records, security.DAYS_OF_CHANGE),
    Domain("users", users.records, users.DAYS_OF_CHANGE),
    Domain("inputs", inputs.records),
)

_RECORDS_AT_ONCE = 20_000  # more would take memory and no less time

_KEY = """
    SELECT a.attname
      FROM pg_index AS i
      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = to_regclass(%s) AND i.indisprimary
"""


def write(connection: psycopg.Connection[Any], plan: Plan, since: datetime, until: datetime) -> dict[str, int]:
    """Write what happened after `since` up to `until`; returns how many rows came, per table."""
    counted: dict[str, int] = {}
    found = records(plan, since, until)
    while some := list(islice(found, _RECORDS_AT_ONCE)):
        for table, rows in _write(connection, some, since, until).items():
            counted[table] = counted.get(table, 0) + rows
    return counted


def _write(
    connection: psycopg.Connection[Any], found: Iterable[Record], since: datetime, until: datetime
) -> dict[str, int]:
    born: dict[str, list[dict[str, Value]]] = {}
    changed: dict[str, list[dict[str, Value]]] = {}
    for record in found:
        target = born if record.born > since else changed
        target.setdefault(record.table, []).append(record.at(until))
    for table, rows in born.items():
        _copy(connection, table, rows)
    for table, rows in changed.items():
        _update(connection, table, rows)
    return {table: len(rows) for table, rows in born.items()}


class Ahead:
    """What will happen soon, kept in memory: for a writer that asks every few seconds."""

    def __init__(self, plan: Plan, since: datetime) -> None:
        self.plan = plan
        self.last_day = since.date() + timedelta(days=1)
        until = plan.company.day(self.last_day + timedelta(days=1)).midnight
        self._records = list(records(plan, since, until))

    def write(self, connection: psycopg.Connection[Any], since: datetime, until: datetime) -> None:
        """Write what happened after `since` up to `until`, which is at most a day ahead of the beginning."""
        _write(connection, [record for record in self._records if record.moves(since, until)], since, until)


def records(plan: Plan, since: datetime, until: datetime) -> Iterator[Record]:
    """The records that come or change after `since` up to `until`."""
    for domain in DOMAINS:
        first = since.date() - timedelta(days=domain.days_of_change)
        for day in plan.company.days(first, until.date()):
            for record in domain.records(plan, day):
                if record.moves(since, until):
                    yield record


def _copy(connection: psycopg.Connection[Any], table: str, rows: list[dict[str, Value]]) -> None:
    names = list(rows[0])
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])


def _update(connection: psycopg.Connection[Any], table: str, rows: list[dict[str, Value]]) -> None:
    """Bring rows up to date by their primary key."""
    key = [name for (name,) in connection.execute(_KEY, [table])]
    others = [name for name in rows[0] if name not in key]
    statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in others),
        sql.SQL(" AND ").join(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in key),
    )
    connection.cursor().executemany(statement, rows)
