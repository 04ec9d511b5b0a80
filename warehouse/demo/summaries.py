"""The tables that are computed from other rows: the daily funnel and the retention of cohorts; and ended auctions."""

from datetime import date, datetime
from typing import Any

import psycopg

_CONVERSION = """
    INSERT INTO conversion_metrics AS c (event_date, story_views, offers_submitted, payments_completed)
    SELECT d.day::date,
           (SELECT count(*) FROM story_view_metrics WHERE view_date = d.day),
           (SELECT count(*) FROM offer_metrics WHERE created_at >= d.day AND created_at < d.day + interval '1 day'),
           (SELECT count(*) FROM payment_metrics
             WHERE payment_date >= d.day AND payment_date < d.day + interval '1 day' AND status = 'completed')
      FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS d(day)
    ON CONFLICT (event_date) DO UPDATE
       SET story_views = excluded.story_views, offers_submitted = excluded.offers_submitted,
           payments_completed = excluded.payments_completed
"""
_RETENTION = """
    WITH cohort AS (
        SELECT user_id, activity_date AS cohort_date
          FROM user_activity_metrics
         WHERE activity_type = 'sign_up' AND activity_date < %(today)s AND activity_date >= %(first)s::date - 31
    ), returned AS (
        SELECT DISTINCT cohort.user_id, cohort.cohort_date, a.activity_date - cohort.cohort_date AS age
          FROM cohort
          JOIN user_activity_metrics a ON a.user_id = cohort.user_id AND a.activity_type = 'app_open'
           AND a.activity_date IN (cohort.cohort_date + 1, cohort.cohort_date + 7, cohort.cohort_date + 30)
    ), counted AS (
        SELECT cohort_date, count(*) FILTER (WHERE age = 1) AS day_1, count(*) FILTER (WHERE age = 7) AS day_7,
               count(*) FILTER (WHERE age = 30) AS day_30
          FROM returned
         GROUP BY cohort_date
    ), sizes AS (
        SELECT cohort_date, count(*) AS size FROM cohort GROUP BY cohort_date
    )
    INSERT INTO user_retention_metrics (cohort_date, cohort_size, retention_day_1, retention_day_7, retention_day_30)
    SELECT cohort_date, size,
           CASE WHEN cohort_date + 1 < %(today)s THEN 100.0 * coalesce(day_1, 0) / size END,
           CASE WHEN cohort_date + 7 < %(today)s THEN 100.0 * coalesce(day_7, 0) / size END,
           CASE WHEN cohort_date + 30 < %(today)s THEN 100.0 * coalesce(day_30, 0) / size END
      FROM sizes LEFT JOIN counted USING (cohort_date)
     ORDER BY cohort_date
    ON CONFLICT (cohort_date) DO UPDATE
       SET cohort_size = excluded.cohort_size, retention_day_1 = excluded.retention_day_1,
           retention_day_7 = excluded.retention_day_7, retention_day_30 = excluded.retention_day_30
"""
_STILL_RUNNING = """
    UPDATE auction_participation_metrics SET auction_completed_at = NULL WHERE auction_completed_at > %(until)s
"""
_ENDED = """
    UPDATE auction_participation_metrics
       SET auction_completed_at = to_timestamp(substr(auction_id, 9, 10), 'YYYYMMDDHH24')  -- the number says the hour
     WHERE auction_completed_at IS NULL AND to_timestamp(substr(auction_id, 9, 10), 'YYYYMMDDHH24') <= %(until)s
"""


def count_summaries(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """The number of rows per computed table."""
    return dict(
        connection.execute("""
        SELECT 'conversion_metrics', count(*) FROM conversion_metrics
         UNION ALL SELECT 'user_retention_metrics', count(*) FROM user_retention_metrics
    """)
    )


def refresh_summaries(connection: psycopg.Connection[Any], first: date, until: datetime) -> None:
    """Recompute what depends on rows from `first` on, as seen at `until`. The session must be in UTC."""
    refresh_today(connection, first, until)
    connection.execute(_RETENTION, {"first": first, "today": until.date()})


def refresh_today(connection: psycopg.Connection[Any], first: date, until: datetime) -> None:
    """Recompute the funnel of the days from `first` on, and close the auctions that have ended."""
    moments = {"first": first, "last": until.date(), "until": until}
    connection.execute(_STILL_RUNNING, moments)
    connection.execute(_ENDED, moments)
    connection.execute(_CONVERSION, moments)
