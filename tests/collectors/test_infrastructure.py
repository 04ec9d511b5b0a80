"""The queries of infrastructure, against small tables whose answers are known."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from metrics import HistogramState
from metrics import infrastructure as m
from metrics.hits import hit_ratio

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
MB = 1048576
Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]


def test_empty_tables_give_no_reading(read: Read) -> None:
    for metric in (
        m.SERVER_RESPONSE_TIME,
        m.CPU_UTILIZATION,
        m.DISK_UTILIZATION,
        m.RESOURCE_HEADROOM,
        m.DB_CONNECTIONS_ACTIVE,
        m.DB_SLOW_QUERIES,
        m.REDIS_MEMORY_USED,
        m.CACHE_HITS,
        m.CDN_ERRORS,
        m.NETWORK_ROUND_TRIP,
    ):
        assert read(metric) == {}


class TestServers:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "server_metrics",
            """
            time                  | server | service | avg_response_time | cpu_ratio | memory_ratio | disk_ratio | mount
            2026-11-01 11:50      | web-1  | shop    | 900               | 0.9       | 0.9          | 0.9        | /
            2026-11-01 12:00      | web-1  | shop    | 120.5             | 0.25      | 0.5          | 0.75       | /
            2026-11-01 12:00      | web-1  | shop    | -                 | -         | -            | 0.4        | /data
            2026-11-01 12:00:00.1 | web-1  | shop    | 900               | 0.9       | 0.9          | 0.9        | /
            2026-11-01 11:00:00.1 | web-2  | -       | 80                | 0         | -            | -          | /
            2026-11-01 11:30      | web-2  | -       | -                 | -         | -            | -          | /
            2026-11-01 11:00      | old-1  | shop    | 80                | 0.1       | 0.1          | 0.1        | /
        """,
        )

    def test_each_tells_its_newest_mean_in_seconds(self, read: Read) -> None:
        assert read(m.SERVER_RESPONSE_TIME) == {"web-1": 0.1205, "web-2": 0.08}

    def test_each_tells_its_newest_load(self, read: Read) -> None:
        assert read(m.CPU_UTILIZATION) == {"shop web-1": 0.25, "unknown web-2": 0}
        assert read(m.MEMORY_UTILIZATION) == {"shop web-1": 0.5}

    def test_each_disk_tells_its_newest_use(self, read: Read) -> None:
        assert read(m.DISK_UTILIZATION) == {"web-1 /": 0.75, "web-1 /data": 0.4}

    def test_the_past_is_told_as_it_was(self, read: Read) -> None:
        before = NOON - timedelta(minutes=5)
        assert read(m.CPU_UTILIZATION, before) == {"shop web-1": 0.9, "unknown web-2": 0, "shop old-1": 0.1}
        assert read(m.CPU_UTILIZATION, NOON - timedelta(hours=1)) == {"shop old-1": 0.1}


class TestServersThatTellInPieces:
    def test_each_number_is_the_newest_that_was_told(self, insert: Insert, read: Read) -> None:
        insert(
            "server_metrics",
            """
            time             | server | service | cpu_ratio | memory_ratio
            2026-11-01 11:58 | web-1  | shop    | 0.4       | 0.5
            2026-11-01 11:59 | web-1  | shop    | 0.5       | 0.6
            2026-11-01 12:00 | web-1  | shop    | 0.7       | -
        """,
        )
        assert read(m.CPU_UTILIZATION) == {"shop web-1": 0.7}
        assert read(m.MEMORY_UTILIZATION) == {"shop web-1": 0.6}

    def test_of_two_disks_at_one_moment_the_one_that_names_its_service_counts_then_the_first(
        self, insert: Insert, read: Read
    ) -> None:
        insert(
            "server_metrics",
            """
            time             | server | service | cpu_ratio | memory_ratio | avg_response_time | mount
            2026-11-01 12:00 | web-1  | -       | 0.1       | 0.2          | -                 | /
            2026-11-01 12:00 | web-1  | web     | 0.3       | 0.4          | -                 | /data
            2026-11-01 12:00 | web-2  | web     | 0.3       | 0.4          | 300               | /data
            2026-11-01 12:00 | web-2  | web     | 0.1       | 0.2          | 100               | /
        """,
        )
        assert read(m.CPU_UTILIZATION) == {"web web-1": 0.3, "web web-2": 0.1}
        assert read(m.MEMORY_UTILIZATION) == {"web web-1": 0.4, "web web-2": 0.2}
        assert read(m.SERVER_RESPONSE_TIME) == {"web-2": 0.1}


def test_what_is_no_share_is_passed_over(insert: Insert, read: Read) -> None:
    insert(
        "server_metrics",
        """
        time             | server | service | cpu_ratio | memory_ratio | disk_ratio
        2026-11-01 11:50 | web-1  | shop    | 0         | 1            | 0.25
        2026-11-01 12:00 | web-1  | shop    | 1.2       | -0.1         | 1.00001
        2026-11-01 12:00 | web-2  | shop    | -0.00001  | 1.2          | -1
    """,
    )
    assert read(m.CPU_UTILIZATION) == {"shop web-1": 0}
    assert read(m.MEMORY_UTILIZATION) == {"shop web-1": 1}
    assert read(m.DISK_UTILIZATION) == {"web-1 /": 0.25}
    assert read(m.RESOURCE_HEADROOM) == {"cpu web-1": 1, "memory web-1": 0, "disk web-1": 0.75}


class TestHeadroom:
    def test_it_is_what_the_busy_moments_of_seven_days_left(self, insert: Insert, read: Read) -> None:
        insert(
            "server_metrics",
            """
            time                    | server | cpu_ratio | memory_ratio | disk_ratio | mount
            2026-11-01 12:00        | web-1  | 0.2       | 0.5          | 0.3        | /
            2026-10-25 12:00:00.001 | web-1  | 0.4       | 0.5          | 0.3        | /
            2026-10-28 12:00        | web-1  | -         | -            | 0.8        | /data
            2026-10-25 12:00        | web-1  | 1         | 1            | 1          | /
            2026-11-01 12:00:01     | web-1  | 1         | 1            | 1          | /
        """,
        )
        # 95 % of the way from 0.2 to 0.4 is 0.39; of the two disks the one at 0.8 counts
        assert read(m.RESOURCE_HEADROOM) == pytest.approx({"cpu web-1": 0.61, "memory web-1": 0.5, "disk web-1": 0.2})


class TestDatabases:
    def test_each_tells_its_newest_connections(self, insert: Insert, read: Read) -> None:
        insert(
            "database_metrics",
            """
            recorded_at             | instance | active_connections | max_connections
            2026-11-01 11:59        | db-1     | 99                 | 100
            2026-11-01 12:00        | db-1     | 40                 | 100
            2026-11-01 12:00:00.001 | db-1     | 99                 | 100
            2026-11-01 11:00        | db-2     | 99                 | 100
            2026-11-01 11:30        | db-3     | 1                  | 3
        """,
        )
        assert read(m.DB_CONNECTIONS_ACTIVE) == {"db-1": 40, "db-3": 1}
        assert read(m.DB_CONNECTIONS_MAX) == {"db-1": 100, "db-3": 3}
        # In integers both would be 0.
        assert read(m.DB_CONNECTION_POOL_UTILIZATION) == pytest.approx({"db-1": 0.4, "db-3": 1 / 3})

    def test_one_that_allows_no_connection_has_no_utilization(self, insert: Insert, read: Read) -> None:
        insert(
            "database_metrics",
            """
            recorded_at      | instance | active_connections | max_connections
            2026-11-01 11:59 | db-1     | 5                  | 0
        """,
        )
        assert read(m.DB_CONNECTION_POOL_UTILIZATION) == {}
        assert read(m.DB_CONNECTIONS_MAX) == {"db-1": 0}

    def test_slow_queries_add_up_from_report_to_report(self, insert: Insert, read: Read) -> None:
        insert(
            "database_metrics",
            """
            recorded_at         | instance | active_connections | max_connections | slow_queries
            2026-11-01 11:00    | db-1     | 1                  | 9               | 3
            2026-11-01 11:59    | db-1     | 1                  | 9               | 4
            2026-11-01 11:59:30 | db-1     | 1                  | 9               | 50
            2026-11-01 11:59    | db-2     | 1                  | 9               | 0
        """,
        )
        assert read(m.DB_SLOW_QUERIES) == {"db-1": 7, "db-2": 0}  # what is younger than a minute is not settled yet


class TestRedis:
    def test_memory_is_the_newest_in_bytes(self, insert: Insert, read: Read) -> None:
        insert(
            "redis_metrics",
            """
            time                | instance | used_memory_mb
            2026-11-01 11:50    | cache-1  | 900
            2026-11-01 12:00    | cache-1  | 12.5
            2026-11-01 12:00:01 | cache-1  | 900
            2026-11-01 11:00    | cache-2  | 900
        """,
        )
        assert read(m.REDIS_MEMORY_USED) == {"cache-1": 12.5 * MB}

    def test_hits_are_what_the_counters_grew_by_in_the_last_hour(self, insert: Insert, read: Read) -> None:
        insert(
            "redis_metrics",
            """
            time                    | instance | used_memory_mb | keyspace_hits | keyspace_misses
            2026-11-01 10:30        | cache-1  | 1              | 0             | 5000
            2026-11-01 11:00        | cache-1  | 1              | 1000          | 9000
            2026-11-01 11:00:00.001 | cache-1  | 1              | 1040          | 9000
            2026-11-01 12:00        | cache-1  | 1              | 1080          | 9020
            2026-11-01 12:00:00.001 | cache-1  | 1              | 1080          | 99999
        """,
        )
        assert read(m.CACHE_HITS) == {"cache-1": 0.8}  # 80 ÷ (80 + 20); since the start it would be 0.11

    def test_counters_that_begin_anew_never_give_a_negative_number(self, insert: Insert, read: Read) -> None:
        insert(
            "redis_metrics",
            """
            time             | instance | used_memory_mb | keyspace_hits | keyspace_misses
            2026-11-01 11:00 | cache-1  | 1              | 5000          | 500
            2026-11-01 11:20 | cache-1  | 1              | 5010          | 510
            2026-11-01 11:40 | cache-1  | 1              | 20            | 600
            2026-11-01 12:00 | cache-1  | 1              | 60            | 600
        """,
        )
        # 10 + 20 + 40 hits, 10 + 600 + 0 misses: a server that was started anew counts all that it tells
        assert read(m.CACHE_HITS) == pytest.approx({"cache-1": 70 / 680})

    def test_without_lookups_or_without_a_report_before_there_is_no_ratio(self, insert: Insert, read: Read) -> None:
        insert(
            "redis_metrics",
            """
            time             | instance | used_memory_mb | keyspace_hits | keyspace_misses
            2026-11-01 11:00 | idle     | 1              | 7             | 7
            2026-11-01 12:00 | idle     | 1              | 7             | 7
            2026-11-01 12:00 | new      | 1              | 7             | 7
            2026-11-01 11:00 | silent   | 1              | -             | 7
            2026-11-01 12:00 | silent   | 1              | 7             | -
            2026-11-01 10:00 | far      | 1              | 7             | 7
            2026-11-01 12:00 | far      | 1              | 9             | 7
        """,
        )
        assert read(m.CACHE_HITS) == {}

    def test_the_query_agrees_with_the_formula_on_random_rows(
        self, connection: psycopg.Connection[Any], read: Read
    ) -> None:
        chance = random.Random(3)
        rows = [(NOON - timedelta(minutes=5 * n), chance.randrange(9999), chance.randrange(9999)) for n in range(24)]
        connection.cursor().executemany(
            """INSERT INTO redis_metrics ("time", instance, used_memory_mb, keyspace_hits, keyspace_misses)
               VALUES (%s, 'cache-1', 1, %s, %s)""",
            rows,
        )
        newest_first = [(hits, misses) for _, hits, misses in rows[:13]]
        assert read(m.CACHE_HITS) == pytest.approx({"cache-1": hit_ratio(reversed(newest_first))})


class TestCdn:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "cdn_metrics",
            """
            recorded_at             | region | requests | avg_response_time_ms | cache_hit_rate | error_rate
            2026-11-01 12:00        | eu     | 900      | 20                   | 95             | 0.1
            2026-11-01 11:00:00.001 | eu     | 100      | 120                  | 45             | 1.1
            2026-11-01 11:00        | eu     | 9000     | 900                  | 1              | 90
            2026-11-01 12:00:00.001 | eu     | 9000     | 900                  | 1              | 90
            2026-11-01 11:30        | us     | 0        | -                    | -              | -
            2026-11-01 11:30        | asia   | 10       | 50                   | -              | 0
            2026-11-01 11:40        | asia   | 30       | -                    | 80             | 4
        """,
        )

    def test_means_are_weighted_by_requests(self, read: Read) -> None:
        assert read(m.CDN_RESPONSE_TIME) == pytest.approx({"eu": 0.03, "asia": 0.05})  # not the mean of means, 0.07
        assert read(m.CDN_CACHE_HITS) == pytest.approx({"eu": 0.9, "asia": 0.8})
        assert read(m.CDN_ERRORS) == pytest.approx({"eu": 0.002, "asia": 0.03})

    def test_what_is_no_percentage_is_left_out_of_that_value_alone(self, insert: Insert, read: Read) -> None:
        insert(
            "cdn_metrics",
            """
            recorded_at      | region | requests | avg_response_time_ms | cache_hit_rate | error_rate
            2026-11-01 11:40 | au     | 100      | 10                   | 140            | 100
            2026-11-01 11:50 | au     | 300      | 30                   | 0              | -0.1
            2026-11-01 12:00 | sa     | 100      | 10                   | 140            | 140
        """,
        )
        assert read(m.CDN_RESPONSE_TIME)["au"] == 0.025
        assert read(m.CDN_CACHE_HITS) == pytest.approx({"eu": 0.9, "asia": 0.8, "au": 0})
        assert read(m.CDN_ERRORS) == pytest.approx({"eu": 0.002, "asia": 0.03, "au": 1})
        assert read(m.CDN_FAILED_REQUESTS) == {"eu": 2, "asia": 1, "au": 100}

    def test_failed_requests_are_whole_and_0_where_none_failed(self, insert: Insert, read: Read) -> None:
        insert("cdn_metrics", "recorded_at | region | requests | error_rate\n2026-11-01 12:00 | au | 100 | 0")
        assert read(m.CDN_FAILED_REQUESTS) == {"eu": 2, "asia": 1, "au": 0}  # of asia 1.2, and us reported none


class TestNetwork:
    def test_round_trips_are_those_of_answered_probes(self, insert: Insert, read: Read) -> None:
        insert(
            "uptime_probes",
            """
            service | probed_at        | success | latency_ms | probe
            shop    | 2026-11-01 11:50 | true    | 25         | frankfurt
            shop    | 2026-11-01 11:51 | true    | 3000       | frankfurt
            shop    | 2026-11-01 11:52 | false   | 10000      | frankfurt
            shop    | 2026-11-01 11:53 | true    | -          | frankfurt
            shop    | 2026-11-01 11:54 | true    | -1         | frankfurt
            shop    | 2026-11-01 11:55 | true    | 8          | -
        """,
        )
        assert read(m.NETWORK_ROUND_TRIP) == {
            "frankfurt shop": HistogramState((0, 1, 1, 1, 1, 1, 1, 1, 2), 3.025),
            "unknown shop": HistogramState((1,) * 9, 0.008),
        }
