"""Rows that mean trouble, and that it is over. A bank's payments fail, and are completed once it answers again."""

from typing import Any

import psycopg

ALERT = "PaymentProcessingIssues"
PROVIDER = "giro"

_FAIL = """
    INSERT INTO payment_metrics (payment_id, user_id, payment_amount, status, failure_code, provider, payment_date)
    SELECT %(provider)s || n, 'user-' || n, 10,
           CASE WHEN n <= 40 THEN 'failed' ELSE 'completed' END,
           CASE WHEN n <= 40 THEN 'bank_timeout' END,
           %(provider)s, now()
      FROM generate_series(1, 50) AS n
"""
_SETTLE = "UPDATE payment_metrics SET status = 'completed', failure_code = NULL WHERE provider = %(provider)s"


def begin(database: psycopg.Connection[Any]) -> None:
    """Four payments in five of one provider fail."""
    database.execute(_FAIL, {"provider": PROVIDER})


def end(database: psycopg.Connection[Any]) -> None:
    """None of them has failed after all."""
    database.execute(_SETTLE, {"provider": PROVIDER})
