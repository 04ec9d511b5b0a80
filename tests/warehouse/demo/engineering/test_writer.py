"""Whatever is written in steps equals what is written in one go, for every engineering table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import psycopg
import pytest
from psycopg import sql

from warehouse.demo.engineering.plan import Plan
from warehouse.demo.engineering.writer import DOMAINS, Ahead, records, write
from warehouse.demo.people import Company

LAST = datetime(2026, 11, 1, tzinfo=UTC)
BEGIN = LAST - timedelta(days=20)
BEFORE = BEGIN - timedelta(microseconds=1)
UNTIL = LAST + timedelta(hours=50)

_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_identity = 'NO'"


def plan() -> Plan:
    """Dense in its last two hours only: more of the same would prove no more."""
    return Plan(Company(7, 0.05, BEGIN.date(), LAST.date()), UNTIL.date() + timedelta(days=2))


@cache
def tables() -> list[str]:
    return sorted({record.table for record in records(plan(), BEFORE, UNTIL)})


def contents(connection: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table that engineering writes, without the numbers that the server gives, in order."""
    found = {}
    for table in tables():
        columns = [sql.Identifier(name) for (name,) in connection.execute(_COLUMNS, [table])]
        query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(columns), sql.Identifier(table))
        found[table] = sorted(connection.execute(query).fetchall(), key=repr)
    return found


def in_leaps(connection: psycopg.Connection[Any]) -> None:
    moment = BEFORE
    while moment < UNTIL:
        later = min(UNTIL, moment + timedelta(hours=67))
        write(connection, plan(), moment, later)
        moment = later


def in_small_steps(connection: psycopg.Connection[Any]) -> None:
    """As the live writer does, from the last day on, until it has to look further ahead."""
    write(connection, plan(), BEFORE, LAST)
    ahead = Ahead(plan(), LAST)
    moment = LAST
    while moment < UNTIL:
        later = min(UNTIL, moment + timedelta(minutes=47))
        if later.date() > ahead.last_day:
            ahead = Ahead(plan(), moment)
        ahead.write(connection, moment, later)
        moment = later


@pytest.mark.parametrize("write_it", [in_leaps, in_small_steps])
def test_steps_give_the_rows_of_one_go(
    connection: psycopg.Connection[Any], write_it: Callable[[psycopg.Connection[Any]], None]
) -> None:
    write(connection, plan(), BEFORE, UNTIL)
    at_once = contents(connection)
    connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, at_once))))
    write_it(connection)
    for table, rows in contents(connection).items():
        assert rows == at_once[table], table


def test_records_of_a_domain_are_over_when_it_says_so() -> None:
    company = plan()
    for domain in DOMAINS:
        for day in company.company.days(BEGIN.date(), LAST.date()):
            for record in domain.records(company, day):
                days = (record.moments[-1].date() - day.date).days
                assert days <= domain.days_of_change, (domain.name, record)
