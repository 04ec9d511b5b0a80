"""The age of the newest rows, against small tables whose answers are known."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from collectors import Run
from collectors.freshness import COLLECTOR, statement
from metrics.freshness import CADENCE, NO_CADENCE
from warehouse.contract import TABLES

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def newest(connection: psycopg.Connection[Any]) -> Callable[..., dict[str, datetime]]:
    """`newest()` gives the time of the newest row by table, as seen at noon of 1 November 2026."""

    def read(as_of: datetime = NOON) -> dict[str, datetime]:
        connection.execute("SET timezone TO 'UTC'")
        readings = COLLECTOR.collect(Run(as_of=as_of, connection=connection))
        return {reading.labels[0]: datetime.fromtimestamp(float(str(reading.value)), UTC) for reading in readings}

    return read


def test_every_contract_table_has_a_cadence_or_a_reason_for_none() -> None:
    assert sorted([*CADENCE, *NO_CADENCE]) == sorted(TABLES)


def test_empty_tables_give_nothing(newest: Callable[..., dict[str, datetime]]) -> None:
    assert newest() == {}


def test_a_database_without_any_table_gives_nothing(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        assert list(COLLECTOR.collect(Run(as_of=NOON, connection=connection))) == []


def test_rows_after_the_moment_do_not_count(
    insert: Callable[[str, str], None], newest: Callable[..., dict[str, datetime]]
) -> None:
    insert(
        "api_metrics",
        """
        time                | service | response_time_ms
        2026-11-01 11:58    | shop    | 10
        2026-11-01 11:59:30 | shop    | 10
        2026-11-01 12:00:01 | shop    | 10
    """,
    )
    assert newest() == {"api_metrics": datetime(2026, 11, 1, 11, 59, 30, tzinfo=UTC)}


def test_a_day_counts_from_its_end_and_today_from_now(
    insert: Callable[[str, str], None], newest: Callable[..., dict[str, datetime]]
) -> None:
    insert("story_view_metrics", "story_id | user_id | view_date\ns1 | u1 | 2026-10-30")
    assert newest() == {"story_view_metrics": datetime(2026, 10, 31, tzinfo=UTC)}
    insert("story_view_metrics", "story_id | user_id | view_date\ns1 | u1 | 2026-11-01\ns1 | u1 | 2026-11-02")
    assert newest() == {"story_view_metrics": NOON}


def test_an_activity_counts_from_its_moment_and_without_one_from_its_day(
    insert: Callable[[str, str], None], newest: Callable[..., dict[str, datetime]]
) -> None:
    insert(
        "user_activity_metrics",
        "user_id | activity_type | activity_date | occurred_at\nu1 | app_open | 2026-11-01 | -",
    )
    assert newest() == {"user_activity_metrics": NOON}
    insert(
        "user_activity_metrics",
        "user_id | activity_type | activity_date | occurred_at\nu1 | app_open | 2026-11-01 | 2026-11-01 09:00",
    )
    assert newest() == {"user_activity_metrics": datetime(2026, 11, 1, 9, tzinfo=UTC)}


def test_a_table_that_is_absent_leaves_the_others_alone(
    connection: psycopg.Connection[Any],
    insert: Callable[[str, str], None],
    newest: Callable[..., dict[str, datetime]],
) -> None:
    connection.execute("DROP TABLE crash_reports")
    insert("payment_metrics", "user_id | payment_amount | status | payment_date\nu1 | 1 | completed | 2026-11-01 08:00")
    assert newest() == {"payment_metrics": datetime(2026, 11, 1, 8, tzinfo=UTC)}


def test_a_table_that_may_not_be_read_leaves_the_others_alone(
    connection: psycopg.Connection[Any],
    insert: Callable[[str, str], None],
    newest: Callable[..., dict[str, datetime]],
) -> None:
    insert("payment_metrics", "user_id | payment_amount | status | payment_date\nu1 | 1 | completed | 2026-11-01 08:00")
    connection.execute("CREATE ROLE reads_payments; GRANT SELECT ON payment_metrics TO reads_payments")
    try:
        connection.execute("SET ROLE reads_payments")
        assert newest() == {"payment_metrics": datetime(2026, 11, 1, 8, tzinfo=UTC)}
    finally:
        connection.execute("RESET ROLE; DROP OWNED BY reads_payments; DROP ROLE reads_payments")


def test_all_tables_of_the_demo_company_are_fresh_and_read_without_going_through_their_rows(demo_database: str) -> None:
    with psycopg.connect(demo_database) as connection:
        connection.execute("SET timezone TO 'UTC'")
        found = {
            reading.labels[0]: reading.value for reading in COLLECTOR.collect(Run(as_of=NOON, connection=connection))
        }
        assert found.keys() == TABLES.keys()
        for table, cadence in CADENCE.items():
            assert NOON.timestamp() - float(str(found[table])) < cadence.total_seconds()
        connection.execute("SET enable_seqscan TO off")  # a table of one page is read as a whole, index or not
        with psycopg.ClientCursor(connection) as cursor:
            text = cursor.mogrify(statement(TABLES), {"as_of": NOON})
        plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {text}"))
    assert "Seq Scan" not in plan
