"""Trouble on purpose: something goes wrong in the demo company now, until it is mended."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from warehouse.contract import TABLES
from warehouse.demo import app, commerce, engagement
from warehouse.demo.dice import Dice
from warehouse.demo.engagement import Row
from warehouse.demo.history import open_company, write_rows
from warehouse.demo.people import Company, Visit

_SERVICE = "payments"
_LEAD = timedelta(seconds=3)


class Written(NamedTuple):
    """How many payments or requests were written, and how many of them failed."""

    all: int
    failed: int


class Trouble(ABC):
    """What goes wrong in the company of a database from `begin` to `end`.

    Counters read events only once their rows are complete, and never again. So the rows are of the time that they have
    yet to read: they count within seconds, as if the trouble had begun a while ago. Raises psycopg.Error, and DemoError
    when the database holds no demo company.
    """

    counted_after: timedelta
    """How old an event is when counters read it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def begin(self, now: datetime) -> Written:
        """Write so much trouble that it outweighs what else happened of late."""
        with psycopg.connect(self._dsn) as connection:
            connection.execute("SET timezone TO 'UTC'")
            company, _ = open_company(connection)
            return self._begin(connection, company, now.astimezone(UTC))

    def end(self, now: datetime) -> int:
        """Mend it, and what a killed process left; returns how many rows that changed or added."""
        with psycopg.connect(self._dsn) as connection:
            connection.execute("SET timezone TO 'UTC'")
            company, _ = open_company(connection)
            return self._end(connection, company, now.astimezone(UTC))

    def _uncounted(self, now: datetime) -> datetime:
        """The first moment that counters have yet to read when these rows are there."""
        return now - self.counted_after + _LEAD

    @abstractmethod
    def _begin(self, connection: psycopg.Connection[Any], company: Company, now: datetime) -> Written: ...

    @abstractmethod
    def _end(self, connection: psycopg.Connection[Any], company: Company, now: datetime) -> int: ...


class FailingPayments(Trouble):
    """Banks time out, and payments fail. At the end the banks answer, and those payments are completed."""

    counted_after = timedelta(minutes=5)

    _fewest = 90
    _failing = 0.6
    _recent = "SELECT count(*) FROM payment_metrics WHERE payment_date > %s::timestamptz - interval '2 hours'"
    _settle = """
        UPDATE payment_metrics SET status = 'completed', failure_code = NULL
         WHERE payment_id LIKE 'payment-trouble-%' AND status = 'failed'
    """

    _forget = "DELETE FROM payment_metrics WHERE payment_id LIKE 'payment-trouble-%'"
    """Of former times, or each time would have to outweigh them all."""

    def _begin(self, connection: psycopg.Connection[Any], company: Company, now: datetime) -> Written:
        connection.execute(self._forget)
        [(recent,)] = connection.execute(self._recent, (now,)).fetchall()
        rows = [row for number in range(max(self._fewest, recent)) for row in self._sale(company, now, number)]
        write_rows(connection, rows)
        status = [_value(row, "status") for row in rows if row[0] == "payment_metrics"]
        return Written(len(status), status.count("failed"))

    def _sale(self, company: Company, now: datetime, number: int) -> Iterator[Row]:
        """A visit that ends with a payment. Most are of the first seconds that counters have yet to read."""
        rng = Dice(f"trouble/{now}/{number}")
        first = self._uncounted(now)
        moment = first + (now - first) * rng.random() ** 3
        day = company.day(moment.date())
        somebody = rng.choice(company.people(day))
        visit = Visit(somebody, day, day.second_of(moment), f"trouble-{now:%Y%m%d%H%M%S%f}-{number}", live=True)
        yield from engagement.rows(rng, visit, 2)
        failing = rng.random() < self._failing
        for row in commerce.rows(rng, visit, certain=True):
            if failing and row[0] == "payment_metrics":
                yield _changed(row, status="failed", failure_code="bank_timeout")
            else:
                yield row

    def _end(self, connection: psycopg.Connection[Any], company: Company, now: datetime) -> int:  # noqa: ARG002
        return connection.execute(self._settle).rowcount


class FailingRequests(Trouble):
    """One service answers with 503. At the end it answers all that have waited."""

    counted_after = timedelta(minutes=1)

    _fewest = 300
    _failing = 0.25
    _good_per_failed = 25
    _seconds_to_fail = 15.0  # longer than between two scrapes: no rate sees how a new series comes to its first value
    _seconds_to_answer = 3.0
    _recent = """
        SELECT count(*), count(*) FILTER (WHERE status_code >= 500) FROM api_metrics
         WHERE service = %s AND "time" > %s::timestamptz - interval '6 minutes'
    """

    def _begin(self, connection: psycopg.Connection[Any], company: Company, now: datetime) -> Written:
        recent, _ = self._counted(connection, now)
        number = max(self._fewest, recent)
        failed = round(number * self._failing)
        answers = ["503"] * failed + ["201"] * (number - failed)
        self._write(connection, company, now, answers, self._seconds_to_fail)
        return Written(number, failed)

    def _end(self, connection: psycopg.Connection[Any], company: Company, now: datetime) -> int:
        recent, failed = self._counted(connection, now)
        good = max(0, failed * self._good_per_failed - recent)
        self._write(connection, company, now, ["201"] * good, self._seconds_to_answer)
        return good

    def _counted(self, connection: psycopg.Connection[Any], now: datetime) -> tuple[int, int]:
        [(recent, failed)] = connection.execute(self._recent, (_SERVICE, now)).fetchall()
        return recent, failed

    def _write(
        self, connection: psycopg.Connection[Any], company: Company, now: datetime, answers: list[str], seconds: float
    ) -> None:
        rng = Dice(f"trouble/{now}")
        moment = self._uncounted(now)
        day = company.day(moment.date())
        first = day.second_of(moment)
        payment = {"service": _SERVICE, "route": "/payments", "method": "POST"}
        rows = (app.request(rng, day, first + seconds * rng.random(), "app") for _ in answers)
        write_rows(
            connection,
            [_changed(row, **payment, status_code=status) for row, status in zip(rows, answers, strict=True)],
        )


TROUBLES: dict[str, type[Trouble]] = {"payments": FailingPayments, "api": FailingRequests}


def _columns(table: str) -> list[str]:
    return [column.name for column in TABLES[table].columns if column.name != "id"]


def _value(row: Row, column: str) -> str:
    table, _, values = row
    return values[_columns(table).index(column)]


def _changed(row: Row, **changes: str) -> Row:
    table, second, values = row
    return (
        table,
        second,
        tuple(changes.get(column, value) for column, value in zip(_columns(table), values, strict=True)),
    )
