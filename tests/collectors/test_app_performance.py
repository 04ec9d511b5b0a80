"""The queries of app performance against small tables whose answers are worked out by hand."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from metrics import HistogramState
from metrics import app_performance as m
from metrics.apdex import apdex
from metrics.catalogue import domains

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["app_performance"]) == 9
    assert all(read(metric) == {} for metric in domains()["app_performance"])


class TestRequests:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Requests around the last instant that is read, a minute before noon, and around the first."""
        insert(
            "api_metrics",
            """
            time                 | service | route        | method | status_code | response_time_ms | client_class
            2026-11-01 11:59     | shop    | /offers/{id} | GET    | 200         | 500              | app
            2026-11-01 11:50     | shop    | /offers/{id} | GET    | 200         | 750              | app
            2026-11-01 11:50     | shop    | /offers/{id} | GET    | 429         | 2000             | partner
            2026-11-01 11:50     | shop    | /find?q=a@b  | GET    | 500         | 12000            | -
            2026-11-01 11:50     | auth    | -            | -      | -           | 0                | web
            2026-11-01 11:59:01  | shop    | /offers/{id} | GET    | 200         | 200              | app
            2026-10-31 11:59     | shop    | /offers/{id} | GET    | 200         | 200              | app
        """,
        )

    def test_requests_are_counted_by_route_and_status_without_parameters(self, read: Read) -> None:
        assert read(m.HTTP_REQUESTS) == {
            "shop GET /offers/{id} 200": 2,
            "shop GET /offers/{id} 429": 1,
            "shop GET /find 500": 1,
            "auth unknown unknown unknown": 1,
        }

    def test_durations_are_seconds_in_buckets_with_inclusive_bounds(self, read: Read) -> None:
        assert list(m.HTTP_REQUEST_DURATION.buckets) == [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
        assert read(m.HTTP_REQUEST_DURATION) == {
            "shop GET /offers/{id}": HistogramState((0, 0, 0, 1, 2, 3, 3, 3, 3), 3.25),
            "shop GET /find": HistogramState((0, 0, 0, 0, 0, 0, 0, 0, 1), 12),
            "auth unknown unknown": HistogramState((1, 1, 1, 1, 1, 1, 1, 1, 1), 0),
        }

    def test_throttled_requests_are_counted_from_0_for_each_class_of_client(self, read: Read) -> None:
        assert read(m.HTTP_REQUESTS_THROTTLED) == {"shop app": 0, "shop partner": 1, "shop unknown": 0, "auth web": 0}


class TestApdex:
    def test_it_scores_the_last_five_minutes_with_both_bounds_included(self, insert: Insert, read: Read) -> None:
        insert(
            "api_metrics",
            """
            time                    | service | status_code | response_time_ms
            2026-11-01 12:00        | shop    | 200         | 500
            2026-11-01 11:55:00.001 | shop    | 404         | 500.001
            2026-11-01 11:58        | shop    | -           | 2000
            2026-11-01 11:58        | shop    | 200         | 2000.001
            2026-11-01 11:58        | shop    | 500         | 10
            2026-11-01 12:00:00.001 | shop    | 200         | 10
            2026-11-01 11:55        | auth    | 200         | 10
        """,
        )
        assert read(m.APDEX) == {"shop": 0.4}  # (1 + 0.5 + 0.5 + 0 + 0) ÷ 5
        assert read(m.PERFORMANCE) == {"shop": 40}

    def test_it_agrees_with_the_formula_on_random_rows(self, connection: psycopg.Connection[Any], read: Read) -> None:
        chance = random.Random(7)
        rows = [
            (
                NOON - timedelta(seconds=chance.randrange(300)),
                chance.choice([200, 404, 499, 500, 503, None]),
                chance.choice([500, 2000, round(chance.expovariate(1 / 900), 3)]),
            )
            for _ in range(500)
        ]
        connection.cursor().executemany(
            """INSERT INTO api_metrics ("time", service, status_code, response_time_ms) VALUES (%s, 'shop', %s, %s)""",
            rows,
        )
        expected = apdex((ms / 1000, status is not None and status >= 500) for _, status, ms in rows)
        assert read(m.APDEX) == pytest.approx({"shop": expected})


class TestApp:
    def test_startup_durations_are_read_from_startups_alone(self, insert: Insert, read: Read) -> None:
        insert(
            "mobile_metrics",
            """
            metric_name  | device_id | device_os | app_version | startup_time_ms | recorded_at
            app_startup  | d1        | iOS       | 3.1         | 250             | 2026-11-01 11:59
            app_startup  | d1        | iOS       | 3.1         | 11000           | 2026-11-01 11:50
            app_startup  | d2        | -         | -           | 1800            | 2026-11-01 11:50
            app_startup  | d1        | tvOS      | 3.1         | -               | 2026-11-01 11:50
            memory_usage | d1        | iOS       | 3.1         | 700             | 2026-11-01 11:50
            app_startup  | d1        | iOS       | 3.1         | 700             | 2026-11-01 12:00
        """,
        )
        assert read(m.APP_STARTUP_DURATION) == {
            "iOS 3.1": HistogramState((1, 1, 1, 1, 1, 1, 1, 1, 2), 11.25),
            "unknown unknown": HistogramState((0, 0, 0, 0, 1, 1, 1, 1, 1), 1.8),
        }

    def test_memory_is_the_mean_and_the_95th_percentile_of_five_minutes_in_bytes(
        self, insert: Insert, read: Read
    ) -> None:
        insert(
            "mobile_metrics",
            """
            metric_name  | device_id | device_os | memory_usage_mb | recorded_at
            memory_usage | d1        | iOS       | 100             | 2026-11-01 12:00
            memory_usage | d2        | iOS       | 200             | 2026-11-01 11:55:01
            memory_usage | d3        | iOS       | -               | 2026-11-01 11:58
            memory_usage | d4        | iOS       | 900             | 2026-11-01 11:55
            memory_usage | d5        | iOS       | 900             | 2026-11-01 12:00:01
            app_startup  | d6        | iOS       | 900             | 2026-11-01 11:58
            memory_usage | d7        | -         | 50              | 2026-11-01 11:58
            memory_usage | d8        | Android   | -               | 2026-11-01 11:58
        """,
        )
        assert read(m.APP_MEMORY_USAGE) == pytest.approx(
            {
                "iOS mean": 150 * 1048576,
                "iOS p95": 195 * 1048576,  # 95 % of the way from 100 to 200
                "unknown mean": 50 * 1048576,
                "unknown p95": 50 * 1048576,
            }
        )

    def test_crash_reports_are_counted_by_version_and_outcome(self, insert: Insert, read: Read) -> None:
        insert(
            "crash_reports",
            """
            device_id | device_os | app_version | is_fatal | created_at
            d1        | iOS       | 3.1         | true     | 2026-11-01 11:59
            d1        | iOS       | 3.1         | true     | 2026-11-01 11:00
            d1        | iOS       | 3.1         | false    | 2026-11-01 11:00
            d2        | -         | -           | true     | 2026-11-01 11:00
            d1        | iOS       | 3.1         | true     | 2026-11-01 11:59:30
        """,
        )
        assert read(m.APP_CRASHES) == {"iOS 3.1 true": 2, "iOS 3.1 false": 1, "unknown unknown true": 1}

    def test_three_crashes_on_200_devices_are_15_per_1000(
        self, connection: psycopg.Connection[Any], insert: Insert, read: Read
    ) -> None:
        connection.execute("""
            INSERT INTO mobile_metrics (metric_name, device_id, device_os, recorded_at)
            SELECT 'app_startup', 'd' || number % 200, 'iOS', timestamptz '2026-11-01 09:00+00'
              FROM generate_series(1, 600) AS number
        """)
        insert(
            "crash_reports",
            """
            device_id | device_os | created_at
            d1        | iOS       | 2026-11-01 12:00
            d1        | iOS       | 2026-10-31 12:00:00.1
            d2        | iOS       | 2026-11-01 09:00
            d3        | iOS       | 2026-10-31 12:00
            d4        | iOS       | 2026-11-01 12:00:00.1
        """,
        )
        assert read(m.CRASHES_PER_1000_DEVICES) == {"iOS 1d": 15}

    def test_a_device_that_only_crashed_was_active_and_none_crashed_is_0(self, insert: Insert, read: Read) -> None:
        insert(
            "mobile_metrics",
            """
            metric_name | device_id | device_os | recorded_at
            app_startup | d1        | iOS       | 2026-11-01 12:00
            app_startup | d2        | iOS       | 2026-10-31 12:00
            app_startup | d3        | Android   | 2026-11-01 09:00
            app_startup | d4        | -         | 2026-11-01 09:00
        """,
        )
        insert(
            "crash_reports",
            """
            device_id | device_os | created_at
            d5        | iOS       | 2026-11-01 09:00
            d4        | -         | 2026-11-01 09:00
            d4        | -         | 2026-11-01 09:00
        """,
        )
        assert read(m.CRASHES_PER_1000_DEVICES) == {"iOS 1d": 500, "Android 1d": 0, "unknown 1d": 2000}

    def test_the_rate_keeps_its_fraction(self, insert: Insert, read: Read) -> None:
        insert(
            "crash_reports",
            """
            device_id | device_os | created_at
            d1        | iOS       | 2026-11-01 09:00
            d2        | iOS       | 2026-11-01 09:00
            d3        | iOS       | 2026-11-01 09:00
            d3        | iOS       | 2026-11-01 09:00
        """,
        )
        assert read(m.CRASHES_PER_1000_DEVICES) == pytest.approx({"iOS 1d": 4000 / 3})
