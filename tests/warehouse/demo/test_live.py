"""The live writer on a real server: it adds rows, fills gaps, and outlives a restart of the database."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from structlog.testing import capture_logs

from warehouse.contract import TABLES
from warehouse.demo import DemoError, LiveWriter, load
from warehouse.demo.history import EVENT_TABLES
from warehouse.embedded import EmbeddedPostgres

UNTIL = datetime(2026, 11, 1, 12, tzinfo=UTC)


def rows_in(dsn: str) -> dict[str, int]:
    with psycopg.connect(dsn) as connected:
        return {table: connected.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()[0][0] for table in TABLES}


def number(dsn: str, query: str) -> int:
    with psycopg.connect(dsn) as connected:
        [(found,)] = connected.execute(query.encode()).fetchall()
    assert isinstance(found, int)
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.05)


def test_each_write_adds_rows_at_its_moment(demo_database: str) -> None:
    writer = LiveWriter(demo_database)
    for second in (3, 6, 9):
        now = UNTIL + timedelta(seconds=second)
        writer.write_once(now)
        with psycopg.connect(demo_database) as connected:
            for table, column in (("api_metrics", "time"), ("mobile_metrics", "recorded_at")):
                newest = connected.execute(f'SELECT max("{column}") FROM {table}'.encode()).fetchone()
                assert newest == (now,)


def test_in_a_few_minutes_every_event_table_but_crashes_grows(demo_database: str) -> None:
    before = rows_in(demo_database)
    writer = LiveWriter(demo_database, interval=15)
    for minute in range(90):
        writer.write_once(UNTIL + timedelta(seconds=15 * minute))
    after = rows_in(demo_database)
    assert [table for table in EVENT_TABLES if table != "crash_reports" and after[table] <= before[table]] == []
    assert after["mobile_metrics"] - before["mobile_metrics"] > 90


def test_funnel_of_today_follows_the_rows(demo_database: str) -> None:
    writer = LiveWriter(demo_database, interval=15)
    for step in range(60):
        writer.write_once(UNTIL + timedelta(seconds=15 * step))
    with psycopg.connect(demo_database) as connected:
        stored, counted = connected.execute("""
            SELECT (SELECT (story_views, offers_submitted, payments_completed)::text FROM conversion_metrics
                     WHERE event_date = '2026-11-01'),
                   ((SELECT count(*) FROM story_view_metrics WHERE view_date = '2026-11-01'),
                    (SELECT count(*) FROM offer_metrics WHERE created_at >= '2026-11-01'),
                    (SELECT count(*) FROM payment_metrics
                      WHERE payment_date >= '2026-11-01' AND status = 'completed'))::text
        """).fetchall()[0]
    assert stored == counted


def test_live_payers_have_viewed_and_offered(demo_database: str) -> None:
    writer = LiveWriter(demo_database, interval=15)
    for step in range(60):
        writer.write_once(UNTIL + timedelta(seconds=15 * step))
    assert number(demo_database, "SELECT count(*) FROM payment_metrics WHERE payment_id LIKE 'payment-live-%'") > 0
    assert (
        number(
            demo_database,
            """
        SELECT count(*) FROM payment_metrics p WHERE p.payment_id LIKE 'payment-live-%'
           AND NOT EXISTS (SELECT FROM story_view_metrics v JOIN offer_metrics o USING (user_id)
                            WHERE v.user_id = p.user_id AND v.view_date = '2026-11-01'
                              AND o.created_at = p.payment_date)
    """,
        )
        == 0
    )


def test_gap_is_filled_with_what_a_longer_history_would_hold(demo_database: str, database: str) -> None:
    now = UNTIL + timedelta(days=3, hours=5, minutes=20)
    LiveWriter(demo_database).write_once(now)
    load(database, seed=7, scale=0.05, until=now, days=123)
    for table, key in (
        ("payment_metrics", "payment_id"),
        ("offer_metrics", "offer_id"),
        ("user_session_metrics", "session_id"),
    ):
        name = key.removesuffix("_id")  # the key holds the day: compare from the day before the gap on
        query = f"""
            SELECT * FROM {table} WHERE {key} >= '{name}-20261031' AND {key} < '{name}-3' AND {key} NOT LIKE '%-last%'
             ORDER BY {key}
        """
        with psycopg.connect(demo_database) as filled, psycopg.connect(database) as whole:
            expected = whole.execute(query.encode()).fetchall()
            assert filled.execute(query.encode()).fetchall() == expected
        assert len(expected) > 10
    assert number(demo_database, "SELECT count(*) FROM conversion_metrics") == 124
    # The visits of the last minutes before the gap are those of people who have just signed up.
    query = """
        SELECT * FROM user_retention_metrics WHERE cohort_date NOT BETWEEN '2026-10-25' AND '2026-11-01'
         ORDER BY cohort_date
    """
    with psycopg.connect(demo_database) as filled, psycopg.connect(database) as whole:
        assert filled.execute(query).fetchall() == whole.execute(query).fetchall()


def test_short_gap_is_filled_as_a_long_one_is(demo_database: str, database: str) -> None:
    load(database, seed=7, scale=0.05, until=UNTIL)
    steps, leap = LiveWriter(demo_database), LiveWriter(database)
    for minute in range(9, 73, 9):
        steps.write_once(UNTIL + timedelta(minutes=minute))
    leap.write_once(UNTIL + timedelta(minutes=72))
    query = "SELECT session_id FROM user_session_metrics WHERE session_id NOT LIKE '%live%' ORDER BY 1"
    with psycopg.connect(demo_database) as one, psycopg.connect(database) as other:
        stepped, leapt = one.execute(query).fetchall(), other.execute(query).fetchall()
    assert stepped == leapt
    newly = "SELECT count(*) FROM user_session_metrics WHERE session_id LIKE 'session-live-%'"
    assert number(database, newly) <= 1


def test_auctions_that_ran_are_completed_when_their_hour_comes(demo_database: str) -> None:
    running = "SELECT count(*)::int FROM auction_participation_metrics WHERE auction_completed_at IS NULL"
    assert number(demo_database, running) > 0
    LiveWriter(demo_database).write_once(UNTIL + timedelta(days=1, hours=12))
    assert number(demo_database, f"{running} AND created_at < '2026-11-01T12:00Z'") == 0


def test_gap_is_bounded(demo_database: str) -> None:
    now = UNTIL + timedelta(days=200)
    LiveWriter(demo_database).write_once(now)
    with psycopg.connect(demo_database) as connected:
        [(first,)] = connected.execute(
            "SELECT min(payment_date) FROM payment_metrics WHERE payment_date > %s", (UNTIL,)
        ).fetchall()
    assert now - timedelta(days=120) <= first < now - timedelta(days=117)


def test_clock_set_back_adds_rows_and_keeps_the_history(demo_database: str) -> None:
    before = rows_in(demo_database)
    writer = LiveWriter(demo_database)
    writer.write_once(UNTIL - timedelta(minutes=5))
    assert 0 < rows_in(demo_database)["api_metrics"] - before["api_metrics"] < 10
    writer.write_once(UNTIL + timedelta(seconds=1))


def test_database_without_the_company_is_named(database: str) -> None:
    with pytest.raises(DemoError, match="the database does not hold one; load it first"):
        LiveWriter(database).write_once(UNTIL)


def test_thread_writes_until_it_is_stopped_and_can_be_started_again(demo_database: str) -> None:
    writer = LiveWriter(demo_database, interval=0.05)
    written = "SELECT count(*)::int FROM api_metrics WHERE \"time\" > now() - interval '1 minute'"
    for _ in range(2):
        before = number(demo_database, written)
        writer.start()
        writer.start()
        wait_until(lambda before=before: number(demo_database, written) > before)  # type: ignore[misc]
        writer.stop()
        settled = rows_in(demo_database)
        time.sleep(0.3)
        assert rows_in(demo_database) == settled


def test_writer_waits_while_the_database_is_away_and_goes_on(postgres: EmbeddedPostgres, demo_database: str) -> None:
    writer = LiveWriter(demo_database, interval=0.05)
    count = "SELECT count(*)::int FROM api_metrics"
    with capture_logs() as logs:
        writer.start()
        try:
            wait_until(
                lambda: (
                    number(
                        demo_database,
                        "SELECT count(*)::int FROM demo_company WHERE written_until > now() - interval '1 hour'",
                    )
                    == 1
                )
            )
            postgres.stop()
            wait_until(lambda: bool(logs))
            time.sleep(0.3)
            assert [line["event"] for line in logs] == ["live writer waits for the database"]
            postgres.start()
            before = number(demo_database, count)
            wait_until(lambda: number(demo_database, count) > before)
        finally:
            postgres.start()
            writer.stop()
    assert [line["event"] for line in logs] == ["live writer waits for the database", "live writer goes on"]
