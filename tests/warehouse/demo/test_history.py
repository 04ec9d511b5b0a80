"""The demo company as a whole: its rows fit together, and look like those of a real company."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.uncounted import uncounted
from warehouse.contract import TABLES
from warehouse.demo import INCIDENTS, DemoError, load
from warehouse.demo.history import EVENT_TABLES
from warehouse.demo.incidents import CRASH_SPIKE, FAILED_PAYMENTS, SLOW_API
from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import migrate

pytestmark = [pytest.mark.xdist_group("company"), pytest.mark.timeout(300)]
UNTIL = datetime(2026, 11, 1, 12, tzinfo=UTC)
AGREED = {"wip_limits", "slo_targets"}
"""What people agreed on, whatever the dice say."""
FEW_BY_NATURE = {
    "wip_limits": 5 * 2,  # teams, columns of their boards
    "slo_targets": 4 * 3,  # services, objectives of each
    "incidents": 15,  # about one a week
    "access_reviews": 15,  # a few systems, each reviewed again after some weeks
}


def ask(connection: psycopg.Connection[Any], query: str, **values: object) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode(), values).fetchall()


def contents(dsn: str) -> dict[str, bytes]:
    """Every table of the contract as COPY writes it, in the order of its rows on disk."""
    with psycopg.connect(dsn) as connected:
        found = {}
        for table in TABLES:
            with connected.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT".encode()) as copy:
                found[table] = b"".join(bytes(block) for block in copy)
    return found


@pytest.fixture(scope="module")
def company(postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection[Any]]:
    """The company at its usual size, read only."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as administrator:
        administrator.execute("CREATE DATABASE demo_company_whole")
        migrate(postgres.dsn("demo_company_whole"))
        with uncounted():
            load(postgres.dsn("demo_company_whole"), until=UNTIL)
        with psycopg.connect(postgres.dsn("demo_company_whole"), autocommit=True) as connected:
            connected.read_only = True
            yield connected
        administrator.execute("DROP DATABASE demo_company_whole WITH (FORCE)")


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_rows(company: psycopg.Connection[Any], table: str) -> None:
    [(rows,)] = ask(company, f"SELECT count(*) FROM {table}")
    assert rows >= FEW_BY_NATURE.get(table, 51)


def test_rows_lie_in_the_days_asked_for(company: psycopg.Connection[Any]) -> None:
    for table in EVENT_TABLES:
        moments = [c for c in TABLES[table].columns if c.type in ("timestamptz", "date") and not c.nullable]
        column = moments[-1]
        [(first, last)] = ask(company, f'SELECT min("{column.name}"), max("{column.name}") FROM {table}')
        if column.type == "date":
            assert first >= UNTIL.date() - timedelta(days=120)
            assert last == UNTIL.date()
        else:
            assert first >= (UNTIL - timedelta(days=120)).replace(hour=0)
            assert last <= UNTIL


def test_who_pays_has_joined_an_auction_offered_and_viewed_on_that_way(company: psycopg.Connection[Any]) -> None:
    for later, earlier in [
        (
            "SELECT user_id, payment_date AS t FROM payment_metrics",
            "SELECT user_id, created_at AS t FROM auction_participation_metrics",
        ),
        (
            "SELECT user_id, created_at AS t FROM auction_participation_metrics",
            "SELECT user_id, created_at AS t FROM offer_metrics",
        ),
        (
            "SELECT user_id, created_at AS t FROM offer_metrics",
            "SELECT user_id, view_date::timestamptz AS t FROM story_view_metrics",
        ),
        (
            "SELECT user_id, view_date::timestamptz + interval '1 day' AS t FROM story_view_metrics",
            "SELECT user_id, session_date::timestamptz AS t FROM user_session_metrics",
        ),
    ]:
        strangers = ask(
            company,
            f"""
            SELECT count(*) FROM ({later}) AS later
             WHERE NOT EXISTS (SELECT FROM ({earlier}) AS earlier
                                WHERE earlier.user_id = later.user_id AND earlier.t <= later.t)
        """,
        )
        assert strangers == [(0,)], later


@pytest.mark.parametrize("days", [1, 7, 30])
def test_funnel_narrows_in_every_window_with_believable_rates(company: psycopg.Connection[Any], days: int) -> None:
    first = UNTIL.date() - timedelta(days=days)
    [(viewers, offering, bidding, paying)] = ask(
        company,
        """
        SELECT (SELECT count(DISTINCT user_id) FROM story_view_metrics WHERE view_date >= %(first)s),
               (SELECT count(DISTINCT user_id) FROM offer_metrics WHERE created_at >= %(first)s),
               (SELECT count(DISTINCT user_id) FROM auction_participation_metrics WHERE created_at >= %(first)s),
               (SELECT count(DISTINCT user_id) FROM payment_metrics
                 WHERE payment_date >= %(first)s AND status = 'completed')
    """,
        first=first,
    )
    stages = (viewers, offering, bidding, paying)
    assert all(earlier > 1.15 * later > 0 for earlier, later in pairwise(stages))
    assert 0.02 < paying / viewers < 0.4


def test_each_order_is_paid_at_most_once_and_tried_again_only_after_a_failure(company: psycopg.Connection[Any]) -> None:
    assert (
        ask(
            company,
            """
        SELECT order_id FROM payment_metrics GROUP BY order_id
        HAVING count(*) FILTER (WHERE status <> 'failed') > 1 OR count(*) > 4 OR count(DISTINCT user_id) > 1
    """,
        )
        == []
    )
    odd = ask(company, "SELECT count(*) FROM payment_metrics WHERE (status = 'failed') <> (failure_code IS NOT NULL)")
    assert odd == [(0,)]


def test_payments_have_several_currencies_providers_categories_and_statuses(company: psycopg.Connection[Any]) -> None:
    last_day = UNTIL - timedelta(days=1)
    assert ask(
        company,
        """
        SELECT count(DISTINCT currency), count(DISTINCT provider), count(DISTINCT category), count(DISTINCT status)
          FROM payment_metrics
    """,
    ) == [(3, 2, 4, 4)]
    [(rows, completed)] = ask(
        company,
        "SELECT count(*), count(*) FILTER (WHERE status = 'completed') FROM payment_metrics"
        " WHERE payment_date > %(last_day)s",
        last_day=last_day,
    )
    assert rows > completed > 20


def test_auctions_are_complete_once_their_hour_has_come(company: psycopg.Connection[Any]) -> None:
    [(running, ended, late, odd)] = ask(
        company,
        """
        SELECT count(*) FILTER (WHERE auction_completed_at IS NULL),
               count(*) FILTER (WHERE auction_completed_at > created_at),
               count(*) FILTER (WHERE auction_completed_at > %(until)s),
               count(*) FILTER (WHERE auction_completed_at <= created_at)
          FROM auction_participation_metrics
    """,
        until=UNTIL,
    )
    assert (late, odd) == (0, 0)
    assert 0 < running < 50 < ended


def test_weekends_are_busier_and_the_company_grows(company: psycopg.Connection[Any]) -> None:
    active = dict(
        ask(
            company,
            """
        SELECT activity_date, count(DISTINCT user_id) FROM user_activity_metrics
         WHERE activity_type = 'app_open' AND activity_date < %(today)s GROUP BY 1
    """,
            today=UNTIL.date(),
        )
    )
    assert len(active) == 120
    saturdays = mean(users for day, users in active.items() if day.weekday() == 5)
    tuesdays = mean(users for day, users in active.items() if day.weekday() == 1)
    assert 1.2 < saturdays / tuesdays < 1.6
    by_age = [active[day] for day in sorted(active)]
    assert mean(by_age[-28:]) > 1.3 * mean(by_age[:28])


def test_evenings_are_busier_than_nights(company: psycopg.Connection[Any]) -> None:
    by_hour = dict(
        ask(
            company,
            """
        SELECT extract(hour FROM occurred_at)::int, count(*) FROM user_activity_metrics GROUP BY 1
    """,
        )
    )
    assert min(by_hour[hour] for hour in (19, 20, 21)) > 8 * max(by_hour[hour] for hour in (2, 3, 4))


def test_retention_is_computed_from_the_rows_and_falls_with_age(company: psycopg.Connection[Any]) -> None:
    actions = "SELECT user_id, activity_date FROM user_activity_metrics WHERE activity_type = %(kind)s"
    signed_up = dict(ask(company, actions, kind="sign_up"))
    opened = set(ask(company, actions, kind="app_open"))
    stored = ask(company, "SELECT * FROM user_retention_metrics ORDER BY cohort_date")
    assert len(stored) == 120
    for cohort_date, size, *percents in stored:
        cohort = [user for user, day in signed_up.items() if day == cohort_date]
        assert size == len(cohort)
        for age, percent in zip((1, 7, 30), percents, strict=True):
            day = cohort_date + timedelta(days=age)
            if day >= UNTIL.date():
                assert percent is None
            else:
                back = sum((user, day) in opened for user in cohort)
                assert float(percent) == pytest.approx(100 * back / size, abs=0.001)
    [means] = ask(
        company, "SELECT avg(retention_day_1), avg(retention_day_7), avg(retention_day_30) FROM user_retention_metrics"
    )
    assert 50 > means[0] > 30 > means[1] > 13 > means[2] > 5


def test_conversion_rows_equal_the_events_of_their_days(company: psycopg.Connection[Any]) -> None:
    assert (
        ask(
            company,
            """
        SELECT event_date FROM conversion_metrics
         WHERE story_views <> (SELECT count(*) FROM story_view_metrics WHERE view_date = event_date)
            OR offers_submitted <> (SELECT count(*) FROM offer_metrics
                                     WHERE (created_at AT TIME ZONE 'UTC')::date = event_date)
            OR payments_completed <> (SELECT count(*) FROM payment_metrics WHERE status = 'completed'
                                         AND (payment_date AT TIME ZONE 'UTC')::date = event_date)
    """,
        )
        == []
    )
    assert ask(company, "SELECT count(*) FROM conversion_metrics") == [(121,)]


def test_incidents_lie_in_the_past_but_not_in_the_last_ten_days() -> None:
    for incident in INCIDENTS:
        start, end = incident.span(UNTIL.date())
        assert UNTIL - timedelta(days=90) < start < end < UNTIL - timedelta(days=10)


def test_crash_spike_shows_in_its_window_and_nowhere_else(company: psycopg.Connection[Any]) -> None:
    start, end = CRASH_SPIKE.span(UNTIL.date())
    rates = {
        inside: crashes / starts
        for inside, crashes, starts in ask(
            company,
            """
            SELECT inside, (SELECT count(*) FROM crash_reports
                             WHERE device_os = 'Android'
                               AND (created_at >= %(start)s AND created_at < %(end)s) = inside),
                   (SELECT count(*) FROM mobile_metrics WHERE metric_name = 'app_startup' AND device_os = 'Android'
                       AND (recorded_at >= %(start)s AND recorded_at < %(end)s) = inside)
              FROM (VALUES (true), (false)) AS v(inside)
        """,
            start=start,
            end=end,
        )
    }
    assert rates[True] > 0.04
    assert rates[False] < 0.005


def test_crash_rate_is_critical_only_in_the_crash_spike(company: psycopg.Connection[Any]) -> None:
    start, end = CRASH_SPIKE.span(UNTIL.date())
    by_day = ask(
        company,
        """
        SELECT day, 1000.0 * (SELECT count(*) FROM crash_reports WHERE (created_at AT TIME ZONE 'UTC')::date = day)
                    / count(DISTINCT device_id)
          FROM (SELECT (recorded_at AT TIME ZONE 'UTC')::date AS day, device_id FROM mobile_metrics) AS m GROUP BY day
    """,
    )
    spike = {start.date(), end.date()}
    assert min(rate for day, rate in by_day if day == start.date()) > 20
    assert mean(float(rate) for day, rate in by_day if day not in spike) < 6


def test_failed_payments_show_in_their_window_and_nowhere_else(company: psycopg.Connection[Any]) -> None:
    start, end = FAILED_PAYMENTS.span(UNTIL.date())
    shares = dict(
        ask(
            company,
            """
        SELECT payment_date >= %(start)s AND payment_date < %(end)s, avg((status = 'failed')::int)
          FROM payment_metrics GROUP BY 1
    """,
            start=start,
            end=end,
        )
    )
    assert 0.85 < shares[True] < 0.95
    assert 0.02 < shares[False] < 0.06
    assert ask(
        company,
        """
        SELECT count(*) FROM payment_metrics
         WHERE failure_code = 'bank_timeout' AND NOT (payment_date >= %(start)s AND payment_date < %(end)s)
    """,
        start=start,
        end=end,
    ) == [(0,)]


def test_slow_evening_shows_in_its_window_and_nowhere_else(company: psycopg.Connection[Any]) -> None:
    start, end = SLOW_API.span(UNTIL.date())
    found = {
        inside: (float(p95), float(errors))
        for inside, p95, errors in ask(
            company,
            """
        SELECT "time" >= %(start)s AND "time" < %(end)s,
               percentile_cont(0.95) WITHIN GROUP (ORDER BY response_time_ms), avg((status_code >= 500)::int)
          FROM api_metrics GROUP BY 1
    """,
            start=start,
            end=end,
        )
    }
    assert found[True][0] > 5 * found[False][0]
    assert found[True][1] > 0.05
    assert found[False][0] < 500
    assert found[False][1] < 0.005


def test_api_rows_have_few_labels(company: psycopg.Connection[Any]) -> None:
    [(series,)] = ask(company, "SELECT count(DISTINCT (service, route, method, status_code)) FROM api_metrics")
    assert 10 < series < 60


def test_shortest_windows_hold_something_at_a_quiet_hour(database: str) -> None:
    until = datetime(2026, 11, 1, 3, 7, tzinfo=UTC)
    load(database, until=until, scale=0.02, days=8)
    with psycopg.connect(database) as connected:
        moments = {"since": until - timedelta(minutes=5), "until": until}
        for query in (
            "SELECT count(DISTINCT device_os) > 1 FROM mobile_metrics WHERE recorded_at > %(since)s",
            'SELECT count(*) > 0 FROM api_metrics WHERE "time" > %(since)s',
            "SELECT count(*) > 0 FROM payment_metrics WHERE payment_date > %(since)s AND status = 'completed'",
            "SELECT count(*) > 0 FROM user_activity_metrics WHERE occurred_at > %(since)s AND occurred_at <= %(until)s",
        ):
            assert ask(connected, query, **moments) == [(True,)], query


@pytest.mark.no_cover
def test_same_arguments_give_the_same_bytes_and_another_seed_other_ones(
    demo_database: str, database: str, empty_database: str
) -> None:
    load(database, seed=7, scale=0.05, until=UNTIL)
    assert contents(database) == contents(demo_database)
    migrate(empty_database)
    load(empty_database, seed=8, scale=0.05, until=UNTIL)
    different = contents(empty_database)
    assert {table for table, rows in contents(database).items() if rows == different[table]} == AGREED


@pytest.mark.no_cover
def test_scale_multiplies_the_rows(database: str, empty_database: str) -> None:
    migrate(empty_database)
    small = load(database, scale=0.05, until=UNTIL, days=30)
    large = load(empty_database, scale=0.2, until=UNTIL, days=30)
    for table in ("payment_metrics", "user_session_metrics", "api_metrics", "mobile_metrics"):
        assert 3 < large[table] / small[table] < 5.5


def test_counts_that_are_returned_are_those_in_the_tables(database: str) -> None:
    counted = load(database, scale=0.02, until=UNTIL, days=10)
    with psycopg.connect(database) as connected:
        assert counted == {table: ask(connected, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def test_company_goes_into_the_schema_of_the_connection_whatever_its_time_zone(empty_database: str) -> None:
    migrate(empty_database, schema="acme")
    dsn = make_conninfo(empty_database, options="-c search_path=acme -c timezone=Asia/Tokyo")
    load(dsn, scale=0.02, until=UNTIL, days=10)
    with psycopg.connect(dsn) as connected:
        days = ask(connected, "SELECT min(event_date), max(event_date) FROM acme.conversion_metrics")
        views = ask(connected, "SELECT count(*) FROM story_view_metrics")
        counted = ask(connected, "SELECT sum(story_views)::int FROM conversion_metrics")
    assert days == [(UNTIL.date() - timedelta(days=10), UNTIL.date())]
    assert views == counted


def test_progress_is_told_up_to_the_end(database: str) -> None:
    told: list[tuple[str, int, int]] = []
    load(database, scale=0.02, until=UNTIL, days=20, progress=lambda *step: told.append(step))
    assert [step for step in told if step[0] == "writing days"][-1] == ("writing days", 21, 21)
    assert [done for step, done, _ in told if step == "writing days"] == [6, 12, 18, 21]


def test_tables_that_hold_rows_are_refused_and_left_alone(demo_database: str) -> None:
    before = contents(demo_database)
    with pytest.raises(DemoError, match="the tables already hold rows"):
        load(demo_database, scale=0.02, until=UNTIL)
    assert contents(demo_database) == before


def test_interrupted_load_leaves_the_tables_empty(database: str) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(database, scale=0.02, until=UNTIL, days=20, progress=interrupt)
    assert set(contents(database).values()) == {b""}
    load(database, scale=0.02, until=UNTIL, days=2)


@pytest.mark.parametrize(
    ("until", "scale", "days", "fault"),
    [
        (UNTIL.replace(tzinfo=None), 1.0, 10, "must have a time zone"),
        (UNTIL, 0.0, 10, "must be positive, got 0.0 and 10"),
        (UNTIL, 1.0, 0, "must be positive, got 1.0 and 0"),
    ],
)
def test_impossible_size_or_moment_is_refused(
    database: str, until: datetime, scale: float, days: int, fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        load(database, until=until, scale=scale, days=days)
