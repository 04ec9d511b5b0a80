"""Keeps the demo company going: what happens by its plan, and some more of it, so that numbers move while one looks."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import structlog

from warehouse.demo import app, commerce, engagement
from warehouse.demo.dice import Dice
from warehouse.demo.engagement import Row
from warehouse.demo.engineering import writer as engineering
from warehouse.demo.engineering.plan import Plan
from warehouse.demo.engineering.writer import Ahead
from warehouse.demo.history import DemoError, day_rows, open_company, write_history, write_rows
from warehouse.demo.people import Company, Visit
from warehouse.demo.summaries import refresh_summaries, refresh_today

_log = structlog.get_logger(__name__)

_LONGEST_GAP = timedelta(days=120)
_SHORT_GAP = timedelta(minutes=10)
_SECONDS_PER_EXTRA_VISIT = 15.0


class LiveWriter:
    """Adds rows to a loaded demo company every `interval` seconds, in a thread between `start` and `stop`.

    The first write fills the gap since the last one, at most 120 days. `seed` is that of the extra rows.
    """

    def __init__(self, dsn: str, seed: int = 7, interval: float = 3.0) -> None:
        self._dsn = dsn
        self._interval = interval
        self._rng = Dice(f"{seed}/live")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._company: Company | None = None
        self._plans: dict[date, list[Row]] = {}
        self._visitors: tuple[date, list[Visit]] | None = None
        self._ahead: Ahead | None = None

    def start(self) -> None:
        """Write in the background from now on. A database that is away is waited for."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="live-writer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread. A write under way has two seconds to end; after that it is given up and leaves no rows."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2)
            self._thread = None

    def write_once(self, now: datetime) -> None:
        """Write what has happened up to `now`, and some rows at `now`, in one transaction.

        Raises psycopg.Error when the database does not take it, DemoError when it holds no demo company.
        """
        now = now.astimezone(UTC)
        try:
            with self._connected().transaction():
                self._write(self._connected(), now)
        except psycopg.Error:
            self._disconnect()
            raise

    def _run(self) -> None:
        failing = False
        while not self._stop.is_set():
            try:
                self.write_once(datetime.now(UTC))
                if failing:
                    _log.info("live writer goes on")
                failing = False
            except (psycopg.Error, DemoError) as error:
                if not failing:
                    _log.warning("live writer waits for the database", error=str(error).partition("\n")[0])
                failing = True
            self._stop.wait(self._interval)
        self._disconnect()

    def _write(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        company, since = open_company(connection)
        if self._company is None or self._company.key != company.key:
            self._company = company
            self._plans.clear()
            self._visitors = None
            self._ahead = None
        company = self._company
        since = max(since, now - _LONGEST_GAP)
        if now - since > _SHORT_GAP:
            write_history(connection, company, since, now, None)
        else:
            write_rows(connection, self._planned(company, since, now))
        self._write_engineering(connection, company, since, now)
        write_rows(connection, self._extra(company, now))
        if since.date() < now.date():
            refresh_summaries(connection, since.date(), now)
        else:
            refresh_today(connection, now.date(), now)
        connection.execute("UPDATE demo_company SET written_until = greatest(written_until, %s)", (now,))

    def _write_engineering(
        self, connection: psycopg.Connection[Any], company: Company, since: datetime, now: datetime
    ) -> None:
        if now - since > _SHORT_GAP:
            engineering.write(connection, Plan(company, now.date()), since, now)
            self._ahead = None
            return
        if self._ahead is None or now.date() > self._ahead.last_day:
            self._ahead = Ahead(Plan(company), since)
        self._ahead.write(connection, since, now)

    def _planned(self, company: Company, since: datetime, now: datetime) -> list[Row]:
        """The rows of a short time, out of plans that are kept for the day and the day before."""
        days = list(company.days(now.date() - timedelta(days=1), now.date()))
        self._plans = {day.date: self._plans.get(day.date) or list(day_rows(company, day)) for day in days}
        return [
            row for day in days for row in self._plans[day.date] if day.second_of(since) < row[1] <= day.second_of(now)
        ]

    def _extra(self, company: Company, now: datetime) -> list[Row]:
        """Requests and memory each time, now and then a visit of somebody who comes today anyway."""
        rng = self._rng
        day = company.day(now.date())
        second = day.second_of(now)
        if self._visitors is None or self._visitors[0] != day.date:
            self._visitors = day.date, company.visits(day)
        visits = self._visitors[1]
        rows = [app.request(rng, day, second, rng.choice(("app", "app", "web"))) for _ in range(rng.randint(2, 6))]
        for platform in ("ios", "android"):
            people = [visit.person for visit in visits if visit.person.platform == platform]
            if people:
                rows.append(app.memory(rng, day, second, rng.choice(people)))
        if visits and rng.random() < self._interval / _SECONDS_PER_EXTRA_VISIT:
            visit = Visit(rng.choice(visits).person, day, second, f"live-{now:%Y%m%d%H%M%S%f}", live=True)
            rows += engagement.rows(rng, visit, rng.randint(1, 3))
            rows += commerce.rows(rng, visit)
            rows += app.rows(rng, visit)
        return rows

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._dsn, autocommit=True, connect_timeout=5, application_name="kpi_demo_live_writer"
            )
            self._connection.execute("SET timezone TO 'UTC'")
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
