"""Trouble on purpose, on a real server: it shows at once, in what is read late, too, and it can be mended."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from warehouse.demo import DemoError
from warehouse.demo.trouble import TROUBLES, FailingPayments, FailingRequests

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def failing_payments(dsn: str) -> float:
    """The share of failed payments in the last two hours, of the provider that has the lowest."""
    query = """
        SELECT min(share)::float8
          FROM (SELECT count(*) FILTER (WHERE status = 'failed')::numeric / count(*) AS share
                  FROM payment_metrics
                 WHERE status IN ('failed', 'completed') AND payment_date > %s - interval '2 hours'
                 GROUP BY provider) AS providers
    """
    return number(dsn, query, NOW)


def failing_requests(dsn: str) -> float:
    """The share of errors in the last five minutes, of the service that is in trouble."""
    query = """
        SELECT (count(*) FILTER (WHERE status_code >= 500)::numeric / count(*))::float8
          FROM api_metrics
         WHERE service = 'payments' AND "time" > %s - interval '5 minutes'
    """
    return number(dsn, query, NOW)


def number(dsn: str, query: str, *values: object) -> float:
    with psycopg.connect(dsn) as connected:
        [(found,)] = connected.execute(query.encode(), values).fetchall()
    return float(found)


def test_most_payments_fail_until_the_banks_answer(demo_database: str) -> None:
    trouble = FailingPayments(demo_database)
    written = trouble.begin(NOW)
    assert 0.5 < written.failed / written.all < 0.7
    assert failing_payments(demo_database) > 0.4
    assert trouble.end(NOW) == written.failed
    assert failing_payments(demo_database) < 0.05
    assert trouble.end(NOW) == 0


def test_payments_fail_again_after_they_were_mended(demo_database: str) -> None:
    trouble = FailingPayments(demo_database)
    for second in range(3):
        trouble.begin(NOW + timedelta(seconds=second))
        assert failing_payments(demo_database) > 0.2
        trouble.end(NOW + timedelta(seconds=second))


def test_who_fails_to_pay_has_viewed_and_offered(demo_database: str) -> None:
    FailingPayments(demo_database).begin(NOW)
    query = """
        SELECT count(*) FROM payment_metrics AS p WHERE p.payment_id LIKE 'payment-trouble-%%' AND status = 'failed'
           AND (p.failure_code IS DISTINCT FROM 'bank_timeout'
                OR NOT EXISTS (SELECT FROM story_view_metrics AS v JOIN offer_metrics AS o USING (user_id)
                                WHERE v.user_id = p.user_id AND o.created_at = p.payment_date))
    """
    assert number(demo_database, query, *()) == 0


def test_counters_that_read_payments_late_have_yet_to_read_them_and_find_many_at_once(demo_database: str) -> None:
    written = FailingPayments(demo_database).begin(NOW)
    query = """
        SELECT count(*) FROM payment_metrics
         WHERE payment_id LIKE 'payment-trouble-%%' AND payment_date BETWEEN %s AND %s
    """
    first = NOW - FailingPayments.counted_after + timedelta(seconds=1)
    assert number(demo_database, query, first, NOW) == written.all
    assert number(demo_database, query, first, first + timedelta(seconds=20)) > written.all / 4


def test_a_service_fails_until_it_has_answered_what_waited(demo_database: str) -> None:
    trouble = FailingRequests(demo_database)
    for second in range(2):
        now = NOW + timedelta(seconds=second)
        written = trouble.begin(now)
        assert written.failed == round(written.all / 4)
        assert failing_requests(demo_database) > 0.07
        assert trouble.end(now) > written.all
        assert failing_requests(demo_database) < 0.045
    first = NOW - FailingRequests.counted_after
    query = "SELECT count(*) FROM api_metrics WHERE route = '/payments' AND \"time\" BETWEEN %s AND %s"
    assert number(demo_database, query, first + timedelta(seconds=1), first + timedelta(seconds=20)) > 2000


@pytest.mark.parametrize("kind", TROUBLES)
def test_at_midnight_trouble_begins_on_the_day_before(demo_database: str, kind: str) -> None:
    midnight = datetime(2026, 11, 2, tzinfo=UTC)
    trouble = TROUBLES[kind](demo_database)
    trouble.begin(midnight)
    trouble.end(midnight)
    tables = 'SELECT payment_date AS moment FROM payment_metrics UNION ALL SELECT "time" FROM api_metrics'
    query = f"SELECT count(*) FROM ({tables}) AS rows WHERE moment BETWEEN %s AND %s"
    assert number(demo_database, query, midnight - timedelta(minutes=5), midnight) > 80


def test_a_database_without_the_company_is_named(database: str) -> None:
    with pytest.raises(DemoError, match="load it first"):
        FailingPayments(database).begin(NOW)
