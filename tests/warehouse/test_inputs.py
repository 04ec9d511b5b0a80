"""Values that people give, on a real server: written once, never overwritten, whoever else writes at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg

from warehouse.inputs import GivenValue, Outcome, newest, store

Connection = psycopg.Connection[Any]


def value(number: str | None, labels: dict[str, str] | None = None, note: str | None = None) -> GivenValue:
    return GivenValue(
        "kpi_x", labels or {}, date(2026, 9, 1), date(2026, 9, 30), None if number is None else Decimal(number), note
    )


def put(connection: Connection, *values: GivenValue) -> list[Outcome]:
    return store(connection, values, "csv", "ann")


def test_outcomes_come_in_the_order_of_the_values(connection: Connection) -> None:
    put(connection, value("1", {"a": "1"}), value("2", {"a": "2"}))
    assert put(connection, value("2", {"a": "2"}), value("3", {"a": "3"}), value("9", {"a": "1"})) == [
        ("unchanged", Decimal(2)),
        ("new", None),
        ("corrected", Decimal(1)),
    ]


def test_nothing_to_write_is_no_fault(connection: Connection) -> None:
    assert put(connection) == []


def test_labels_are_the_same_in_any_order_and_with_any_letters(connection: Connection) -> None:
    put(connection, value("1", {"a": 'Zür"ich\\', "b": "{}"}))
    assert put(connection, value("1", {"b": "{}", "a": 'Zür"ich\\'})) == [("unchanged", Decimal(1))]


def test_a_value_has_eight_decimals(connection: Connection) -> None:
    put(connection, value("0.123456781"))
    assert put(connection, value("0.12345678")) == [("unchanged", Decimal("0.12345678"))]


def test_another_length_with_the_same_first_day_is_a_correction(connection: Connection) -> None:
    put(connection, value("1"))
    quarter = GivenValue("kpi_x", {}, date(2026, 9, 1), date(2026, 11, 30), Decimal(1))
    assert put(connection, quarter) == [("corrected", Decimal(1))]


def test_a_correction_of_a_correction_keeps_the_whole_story(connection: Connection) -> None:
    for number in ("1", "2", "1"):
        put(connection, value(number))
    rows = connection.execute(
        "SELECT value::int, (SELECT n.value::int FROM manual_metric_values n WHERE n.id = v.superseded_by)"
        " FROM manual_metric_values v ORDER BY id"
    ).fetchall()
    assert rows == [(1, 2), (2, 1), (1, None)]


def test_a_failed_transaction_leaves_nothing(database: str, connection: Connection) -> None:
    put(connection, value("1"))
    with psycopg.connect(database) as other:
        put(other, value("2"), value("3", {"a": "b"}))
        other.rollback()
    assert [one.value for one in newest(connection, ["kpi_x"], datetime.now(UTC))] == [1]


def test_many_who_write_the_same_at_once_wait_for_each_other(database: str, connection: Connection) -> None:
    def write(number: int) -> None:
        with psycopg.connect(database) as own:
            put(own, value(str(number)), value(str(number), {"a": "b"}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(16)))
    current = connection.execute("SELECT labels FROM manual_metric_values WHERE superseded_by IS NULL").fetchall()
    assert sorted(map(str, current)) == ["({'a': 'b'},)", "({},)"]
    assert connection.execute("SELECT count(*) FROM manual_metric_values WHERE superseded_by = id").fetchone() == (0,)


def test_a_withdrawn_value_is_not_known_from_then_on_and_still_was_before(connection: Connection) -> None:
    put(connection, value("1"))
    known = connection.execute("SELECT clock_timestamp()").fetchone()
    assert known
    assert put(connection, value(None, note="wrong month")) == [("withdrawn", Decimal(1))]
    assert newest(connection, ["kpi_x"], datetime.now(UTC)) == []
    assert [one.value for one in newest(connection, ["kpi_x"], known[0])] == [1]
    rows = connection.execute("SELECT value::int, note, superseded_by IS NULL FROM manual_metric_values ORDER BY id")
    assert rows.fetchall() == [(1, None, False), (None, "wrong month", True)]


def test_what_is_not_there_cannot_be_withdrawn(connection: Connection) -> None:
    assert put(connection, value(None), value("1", {"a": "b"})) == [("unchanged", None), ("new", None)]
    put(connection, value(None, {"a": "b"}))
    assert put(connection, value(None, {"a": "b"}, "once more")) == [("unchanged", None)]
    assert connection.execute("SELECT count(*) FROM manual_metric_values").fetchone() == (2,)


def test_a_withdrawn_value_may_be_given_again(connection: Connection) -> None:
    for number in ("1", None):
        put(connection, value(number))
    assert put(connection, value("1")) == [("new", None)]
    assert [one.value for one in newest(connection, ["kpi_x"], datetime.now(UTC))] == [1]
    assert connection.execute("SELECT count(*) FROM manual_metric_values WHERE superseded_by IS NULL").fetchone() == (
        1,
    )


def test_without_its_newest_value_a_series_has_the_one_before(connection: Connection) -> None:
    august = GivenValue("kpi_x", {}, date(2026, 8, 1), date(2026, 8, 31), Decimal(8))
    put(connection, august, value("9"))
    put(connection, value(None))
    assert [one.value for one in newest(connection, ["kpi_x"], datetime.now(UTC))] == [8]
