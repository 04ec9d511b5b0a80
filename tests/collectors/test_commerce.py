"""The queries of commerce against small tables whose answers are worked out by hand."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from metrics import commerce as m
from metrics.catalogue import domains
from metrics.funnel import closed_funnel

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

STAGES = ("Story Views", "Offers Submitted", "Auctions Participated", "Payments Completed")


def stages(values: dict[str, float], mode: str, window: str) -> list[float]:
    """The users of the four stages, in their order."""
    return [values[f"{stage} {mode} {window}"] for stage in STAGES]


def test_empty_tables_give_zero_counts_and_no_ratios_or_means(read: Read) -> None:
    counts = [m.OFFERS_SUBMITTED, m.AUCTIONS_COMPLETED, m.AUCTION_PARTICIPANTS]
    assert all(read(metric) == {"1d": 0, "7d": 0, "30d": 0} for metric in counts)
    funnel = read(m.FUNNEL_STAGE_USERS)
    assert len(funnel) == 4 * 2 * 3
    assert set(funnel.values()) == {0}
    others = set(domains()["commerce"]) - {*counts, m.FUNNEL_STAGE_USERS}
    assert all(read(metric) == {} for metric in others)


class TestFunnel:
    def test_open_mode_counts_the_distinct_users_of_each_stage_by_itself(self, insert: Insert, read: Read) -> None:
        insert(
            "story_view_metrics",
            """
            story_id | user_id | view_date
            s1       | ann     | 2026-10-30
            s2       | ann     | 2026-10-31
            s1       | bob     | 2026-10-31
        """,
        )
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | status    | payment_date
            ann     | 10             | completed | 2026-10-31 08:00
            cat     | 10             | completed | 2026-10-31 08:00
            dan     | 10             | completed | 2026-10-31 08:00
        """,
        )
        funnel = read(m.FUNNEL_STAGE_USERS)
        assert stages(funnel, "open", "7d") == [2, 0, 0, 3]
        assert stages(funnel, "closed", "7d") == [2, 0, 0, 0]

    def test_closed_mode_follows_each_user_through_the_stages_in_order(self, insert: Insert, read: Read) -> None:
        insert(
            "story_view_metrics",
            """
            story_id | user_id | view_date
            s1       | ann     | 2026-10-27
            s1       | bob     | 2026-10-27
            s1       | cat     | 2026-10-28
            s1       | dan     | 2026-10-29
            s1       | eve     | 2026-10-27
            s1       | eve     | 2026-10-30
        """,
        )
        insert(
            "offer_metrics",
            """
            user_id | created_at
            ann     | 2026-10-28 10:00
            bob     | 2026-10-28 10:00
            cat     | 2026-10-27 10:00
            dan     | 2026-10-29 00:00
            eve     | 2026-10-27 10:00
            eve     | 2026-10-31 10:00
        """,
        )
        insert(
            "auction_participation_metrics",
            """
            auction_id | user_id | created_at
            a1         | ann     | 2026-10-29 10:00
            a1         | bob     | 2026-10-28 09:59
            a1         | cat     | 2026-10-29 10:00
            a1         | dan     | 2026-10-29 00:00
            a1         | eve     | 2026-10-28 10:00
            a1         | eve     | 2026-10-31 10:00
        """,
        )
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | status    | payment_date
            ann     | 10             | completed | 2026-10-29 11:00
            bob     | 10             | completed | 2026-10-29 11:00
            cat     | 10             | completed | 2026-10-29 11:00
            eve     | 10             | completed | 2026-10-29 11:00
        """,
        )
        # ann passes all; bob bids before the offer; cat offers before the view; dan does all in one instant but does
        # not pay; eve pays before coming a second time.
        funnel = read(m.FUNNEL_STAGE_USERS)
        assert stages(funnel, "closed", "7d") == [5, 4, 3, 2]
        assert stages(funnel, "open", "7d") == [5, 5, 5, 4]

    def test_payments_that_are_not_completed_do_not_count(self, insert: Insert, read: Read) -> None:
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | status    | payment_date
            ann     | 10             | failed    | 2026-10-31 08:00
            bob     | 10             | pending   | 2026-10-31 08:00
            cat     | 10             | refunded  | 2026-10-31 08:00
            dan     | 10             | completed | 2026-10-31 08:00
        """,
        )
        assert stages(read(m.FUNNEL_STAGE_USERS), "open", "7d") == [0, 0, 0, 1]

    def test_all_stages_cover_the_same_complete_days(self, insert: Insert, read: Read) -> None:
        insert(
            "story_view_metrics",
            """
            story_id | user_id | view_date
            s1       | ann     | 2026-10-24
            s1       | bob     | 2026-10-25
            s1       | cat     | 2026-10-31
            s1       | dan     | 2026-11-01
        """,
        )
        insert(
            "offer_metrics",
            """
            user_id | created_at
            ann     | 2026-10-24 23:59:59.999
            bob     | 2026-10-25 00:00
            cat     | 2026-10-31 23:59:59.999
            dan     | 2026-11-01 00:00
        """,
        )
        insert(
            "auction_participation_metrics",
            """
            auction_id | user_id | created_at
            a1         | ann     | 2026-10-24 23:59:59.999
            a1         | bob     | 2026-10-25 00:00
            a1         | cat     | 2026-10-31 23:59:59.999
            a1         | dan     | 2026-11-01 00:00
        """,
        )
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | status    | payment_date
            ann     | 10             | completed | 2026-10-24 23:59:59.999
            bob     | 10             | completed | 2026-10-25 00:00
            cat     | 10             | completed | 2026-10-31 23:59:59.999
            dan     | 10             | completed | 2026-11-01 00:00
        """,
        )
        funnel = read(m.FUNNEL_STAGE_USERS)
        for mode in ("open", "closed"):
            assert stages(funnel, mode, "1d") == [1, 1, 1, 1]  # cat
            assert stages(funnel, mode, "7d") == [2, 2, 2, 2]  # bob and cat
            assert stages(funnel, mode, "30d") == [3, 3, 3, 3]  # ann too; dan is of today

    def test_closed_mode_agrees_with_the_formula_on_random_rows(
        self, connection: psycopg.Connection[Any], read: Read
    ) -> None:
        chance = random.Random(7)
        users = [f"u{number}" for number in range(40)]

        def moments() -> list[tuple[str, datetime]]:
            start = datetime(2026, 10, 20, tzinfo=UTC)
            return [(chance.choice(users), start + timedelta(hours=chance.randrange(24 * 14))) for _ in range(120)]

        views = [(user, moment.date()) for user, moment in moments()]
        offers, auctions, payments = moments(), moments(), moments()
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO story_view_metrics (story_id, user_id, view_date) VALUES ('s', %s, %s)", views)
        cursor.executemany(
            "INSERT INTO offer_metrics (offer_id, user_id, created_at) VALUES (gen_random_uuid(), %s, %s)", offers
        )
        cursor.executemany(
            "INSERT INTO auction_participation_metrics (auction_id, user_id, created_at) VALUES ('a', %s, %s)", auctions
        )
        cursor.executemany(
            "INSERT INTO payment_metrics (payment_id, user_id, payment_amount, status, payment_date) "
            "VALUES (gen_random_uuid(), %s, 1, 'completed', %s)",
            payments,
        )
        first, end = datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
        viewed = [(user, datetime.combine(day, time(), UTC)) for user, day in views]
        events = (viewed, offers, auctions, payments)
        inside = [[(user, moment) for user, moment in stage if first <= moment < end] for stage in events]
        expected = closed_funnel(inside)
        assert expected[0] > expected[1] > expected[2] > expected[3] > 0
        funnel = read(m.FUNNEL_STAGE_USERS)
        assert stages(funnel, "closed", "7d") == expected
        assert stages(funnel, "open", "7d") == [len({user for user, _ in stage}) for stage in inside]


class TestConversion:
    def test_daily_totals_are_added_up_before_they_are_divided(self, insert: Insert, read: Read) -> None:
        insert(
            "conversion_metrics",
            """
            event_date | story_views | offers_submitted | payments_completed
            2026-10-31 | 1000        | 100              | 10
            2026-10-30 | 10          | 10               | 10
        """,
        )
        # The mean of the days' ratios would be 0.55 for offers, and dividing integers would give 0.
        assert read(m.OFFER_CONVERSION) == pytest.approx({"1d": 0.1, "7d": 110 / 1010, "30d": 110 / 1010})
        assert read(m.PAYMENT_CONVERSION) == pytest.approx({"1d": 0.1, "7d": 20 / 110, "30d": 20 / 110})

    def test_the_day_that_is_not_over_does_not_count(self, insert: Insert, read: Read) -> None:
        insert(
            "conversion_metrics",
            """
            event_date | story_views | offers_submitted | payments_completed
            2026-11-01 | 500         | 1                | 0
            2026-10-31 | 100         | 50               | 10
            2026-10-25 | 100         | 50               | 10
            2026-10-24 | 800         | 0                | 0
        """,
        )
        assert read(m.OFFER_CONVERSION) == pytest.approx({"1d": 0.5, "7d": 0.5, "30d": 0.1})

    def test_a_day_without_views_gives_no_ratio(self, insert: Insert, read: Read) -> None:
        insert(
            "conversion_metrics",
            """
            event_date | story_views | offers_submitted | payments_completed
            2026-10-31 | 0           | 0                | 0
            2026-10-30 | 10          | 0                | 0
        """,
        )
        assert read(m.OFFER_CONVERSION) == {"7d": 0, "30d": 0}
        assert read(m.PAYMENT_CONVERSION) == {}

    def test_overall_conversion_divides_distinct_payers_by_distinct_viewers(self, insert: Insert, read: Read) -> None:
        insert(
            "story_view_metrics",
            """
            story_id | user_id | view_date
            s1       | ann     | 2026-10-31
            s2       | ann     | 2026-10-31
            s1       | bob     | 2026-10-31
            s1       | cat     | 2026-10-25
            s1       | dan     | 2026-10-25
            s1       | eve     | 2026-11-01
        """,
        )
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | status    | payment_date
            ann     | 10             | completed | 2026-10-31 00:00
            ann     | 10             | completed | 2026-10-31 00:00
            bob     | 10             | failed    | 2026-10-31 08:00
            cat     | 10             | completed | 2026-10-30 23:59:59
            eve     | 10             | completed | 2026-11-01 00:00
        """,
        )
        assert read(m.CONVERSION) == {"1d": 0.5, "7d": 0.5, "30d": 0.5}

    def test_views_without_payments_convert_at_0(self, insert: Insert, read: Read) -> None:
        insert(
            "story_view_metrics",
            """
            story_id | user_id | view_date
            s1       | ann     | 2026-10-25
        """,
        )
        assert read(m.CONVERSION) == {"7d": 0, "30d": 0}

    def test_payers_who_did_not_view_in_the_window_lift_conversion_above_1(self, insert: Insert, read: Read) -> None:
        insert(
            "story_view_metrics",
            """
            story_id | user_id | view_date
            s1       | ann     | 2026-10-31
        """,
        )
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | status    | payment_date
            ann     | 10             | completed | 2026-10-31 08:00
            bob     | 10             | completed | 2026-10-31 08:00
        """,
        )
        assert read(m.CONVERSION) == {"1d": 2, "7d": 2, "30d": 2}


class TestWindows:
    def test_a_window_holds_its_last_instant_and_not_its_first(self, insert: Insert, read: Read) -> None:
        insert(
            "offer_metrics",
            """
            user_id | created_at
            ann     | 2026-11-01 12:00:00.000001
            ann     | 2026-11-01 12:00
            ann     | 2026-10-31 12:00:00.000001
            ann     | 2026-10-31 12:00
            ann     | 2026-10-25 12:00:00.000001
            ann     | 2026-10-25 12:00
            ann     | 2026-10-02 12:00:00.000001
            ann     | 2026-10-02 12:00
        """,
        )
        assert read(m.OFFERS_SUBMITTED) == {"1d": 2, "7d": 4, "30d": 6}

    def test_a_day_in_berlin_has_25_hours_when_summer_time_ends(
        self, connection: psycopg.Connection[Any], insert: Insert, read: Read
    ) -> None:
        insert(
            "offer_metrics",
            """
            user_id | created_at
            ann     | 2026-10-24 22:00:00+00
            ann     | 2026-10-24 22:00:01+00
            ann     | 2026-10-25 23:00:00+00
            ann     | 2026-10-25 23:00:01+00
        """,
        )
        connection.execute("SET timezone = 'Europe/Berlin'")
        midnight = datetime(2026, 10, 25, 23, tzinfo=UTC)
        assert read(m.OFFERS_SUBMITTED, at=midnight) == {"1d": 2, "7d": 3, "30d": 3}

    def test_complete_days_are_those_of_the_tenant(
        self, connection: psycopg.Connection[Any], insert: Insert, read: Read
    ) -> None:
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | status    | payment_date
            ann     | 10             | completed | 2026-10-30 22:59:59+00
            bob     | 10             | completed | 2026-10-30 23:00:00+00
            cat     | 10             | completed | 2026-10-31 22:59:59+00
            dan     | 10             | completed | 2026-10-31 23:00:00+00
        """,
        )
        connection.execute("SET timezone = 'Europe/Berlin'")
        assert stages(read(m.FUNNEL_STAGE_USERS), "open", "1d")[-1] == 2  # bob and cat

    def test_the_day_before_the_first_of_march_is_the_leap_day(self, insert: Insert, read: Read) -> None:
        insert(
            "conversion_metrics",
            """
            event_date | story_views | offers_submitted | payments_completed
            2028-02-28 | 100         | 50               | 10
            2028-02-29 | 100         | 20               | 10
            2028-03-01 | 100         | 90               | 10
        """,
        )
        assert read(m.OFFER_CONVERSION, at=datetime(2028, 3, 1, tzinfo=UTC))["1d"] == 0.2


class TestAuctions:
    def test_auctions_count_once_by_completion_and_participants_once_by_joining(
        self, insert: Insert, read: Read
    ) -> None:
        insert(
            "auction_participation_metrics",
            """
            auction_id | user_id | created_at       | auction_completed_at
            a1         | ann     | 2026-10-20 10:00 | 2026-11-01 12:00
            a1         | bob     | 2026-10-31 13:00 | 2026-11-01 12:00
            a2         | ann     | 2026-10-31 13:00 | 2026-10-31 12:00
            a2         | ann     | 2026-11-01 09:00 | 2026-10-31 12:00
            a3         | cat     | 2026-10-30 10:00 | -
            a4         | dan     | 2026-11-01 12:00 | 2026-11-01 12:01
            a4         | eve     | 2026-10-31 12:00 | 2026-11-01 12:01
            a4         | fay     | 2026-11-01 12:01 | 2026-11-01 12:01
        """,
        )
        assert read(m.AUCTIONS_COMPLETED) == {"1d": 1, "7d": 2, "30d": 2}
        assert read(m.AUCTION_PARTICIPANTS) == {"1d": 3, "7d": 5, "30d": 5}


class TestPayments:
    def test_attempts_are_counted_by_status_and_provider_five_minutes_late(self, insert: Insert, read: Read) -> None:
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | currency | status    | provider | payment_date
            ann     | 10.10          | USD      | completed | stripe   | 2026-11-01 11:55
            ann     | 20.20          | USD      | completed | stripe   | 2026-10-31 11:55:00.1
            bob     | 5              | EUR      | failed    | stripe   | 2026-11-01 10:00
            bob     | 7              | EUR      | pending   | -        | 2026-11-01 10:00
            cat     | 99             | CHF      | completed | paypal   | 2026-11-01 11:55:00.1
            cat     | 99             | CHF      | completed | paypal   | 2026-10-31 11:55
        """,
        )
        assert read(m.PAYMENTS) == {"completed stripe": 2, "failed stripe": 1, "pending unknown": 1}
        assert read(m.PAYMENTS_AMOUNT) == pytest.approx({"completed USD": 30.30, "failed EUR": 5, "pending EUR": 7})

    def test_failures_are_told_apart_from_completed_payments_and_from_nothing_else(
        self, insert: Insert, read: Read
    ) -> None:
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | status    | provider | payment_date
            ann     | 10             | failed    | stripe   | 2026-11-01 12:00
            ann     | 10             | completed | stripe   | 2026-11-01 10:00
            ann     | 10             | completed | stripe   | 2026-11-01 10:00
            ann     | 10             | pending   | stripe   | 2026-11-01 10:00
            ann     | 10             | refunded  | stripe   | 2026-11-01 10:00
            ann     | 10             | completed | stripe   | 2026-10-31 12:00
            bob     | 10             | pending   | paypal   | 2026-11-01 10:00
            cat     | 10             | failed    | -        | 2026-11-01 10:00
            cat     | 10             | failed    | stripe   | 2026-11-01 12:00:01
        """,
        )
        assert read(m.PAYMENT_FAILURE) == pytest.approx(
            {
                "stripe 2h": 1,
                "stripe 1d": 1 / 3,
                "stripe 7d": 1 / 4,
                "stripe 30d": 1 / 4,
                "unknown 1d": 1,
                "unknown 7d": 1,
                "unknown 30d": 1,
            }
        )
        assert set(read(m.PAYMENTS_FAILED)) == set(read(m.PAYMENT_FAILURE))
        assert set(read(m.PAYMENTS_FAILED).values()) == {1}

    def test_order_value_is_the_mean_of_completed_payments_of_one_currency(self, insert: Insert, read: Read) -> None:
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | currency | status    | payment_date
            ann     | 10             | USD      | completed | 2026-11-01 12:00
            ann     | 21             | USD      | completed | 2026-11-01 10:00
            bob     | 1000           | JPY      | completed | 2026-10-30 10:00
            cat     | 500            | USD      | failed    | 2026-11-01 10:00
            cat     | 500            | USD      | refunded  | 2026-11-01 10:00
            cat     | 500            | USD      | completed | 2026-10-02 12:00
            dan     | 3000           | JPY      | completed | 2026-10-25 12:00
        """,
        )
        assert read(m.AVERAGE_ORDER_VALUE) == {
            "USD 1d": 15.5,
            "USD 7d": 15.5,
            "USD 30d": 15.5,
            "JPY 7d": 1000,
            "JPY 30d": 2000,
        }

    def test_revenue_is_the_sum_of_completed_payments_by_currency_and_category(
        self, insert: Insert, read: Read
    ) -> None:
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | currency | category | status    | payment_date
            ann     | 10.50          | USD      | art      | completed | 2026-11-01 12:00
            ann     | 20.25          | USD      | art      | completed | 2026-10-31 12:00
            bob     | 30             | EUR      | art      | completed | 2026-11-01 08:00
            cat     | 7              | USD      | -        | completed | 2026-10-02 12:00:00.1
            dan     | 400            | USD      | art      | refunded  | 2026-11-01 08:00
            dan     | 400            | USD      | art      | pending   | 2026-11-01 08:00
            dan     | 400            | USD      | toys     | failed    | 2026-11-01 08:00
            eve     | 400            | USD      | art      | completed | 2026-11-01 12:00:00.1
            eve     | 400            | USD      | art      | completed | 2026-10-02 12:00
        """,
        )
        assert read(m.REVENUE) == {
            "USD art 1d": 10.50,
            "USD art 7d": 30.75,
            "USD art 30d": 30.75,
            "EUR art 1d": 30,
            "EUR art 7d": 30,
            "EUR art 30d": 30,
            "USD unknown 1d": 0,
            "USD unknown 7d": 0,
            "USD unknown 30d": 7,
        }

    def test_a_refund_takes_a_payment_out_of_revenue(
        self, connection: psycopg.Connection[Any], insert: Insert, read: Read
    ) -> None:
        insert(
            "payment_metrics",
            """
            payment_id | user_id | payment_amount | category | status    | payment_date
            p1         | ann     | 10             | art      | completed | 2026-11-01 08:00
            p2         | ann     | 20             | art      | completed | 2026-11-01 08:00
        """,
        )
        assert read(m.REVENUE)["USD art 1d"] == 30
        connection.execute("UPDATE payment_metrics SET status = 'refunded' WHERE payment_id = 'p2'")
        assert read(m.REVENUE)["USD art 1d"] == 10


def test_two_tenants_in_schemas_of_one_database_never_mix(
    connection: psycopg.Connection[Any], insert: Insert, read: Read
) -> None:
    for tenant, amount, day in (("acme", 10, date(2026, 11, 1)), ("globex", 77, date(2026, 10, 20))):
        connection.execute(f"CREATE SCHEMA {tenant}")
        connection.execute(f"CREATE TABLE {tenant}.payment_metrics (LIKE public.payment_metrics INCLUDING ALL)")
        connection.execute(f"SET search_path = {tenant}, public")
        insert(
            "payment_metrics",
            f"""
            user_id | payment_amount | category | status    | payment_date
            ann     | {amount}       | art      | completed | {day}
        """,
        )
    assert read(m.REVENUE) == {"USD art 1d": 0, "USD art 7d": 0, "USD art 30d": 77}
    connection.execute("SET search_path = acme, public")
    assert read(m.REVENUE) == {"USD art 1d": 10, "USD art 7d": 10, "USD art 30d": 10}
