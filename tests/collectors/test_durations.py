"""Durations as Prometheus writes them, and the intervals that PostgreSQL makes of them."""

from datetime import timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.durations import parse_duration, sql_interval


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("90s", 90), ("15m", 900), ("1h30m", 5400), ("7d", 604_800), ("2w", 1_209_600), ("1d1s", 86_401)],
)
def test_a_duration_is_read_as_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "10", "ten", "10 s", "-1s", "1.5h", "1y", "s", "10S", "٣s", "1h\n", "9" * 5000 + "s"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected a duration such as 10s, 15m or 1h30m, got '"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0s", "0h0m"])
def test_no_time_at_all_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^expected a duration above zero, got '{text}'$"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["36500d1ms", "999999999999999w"])
def test_more_than_a_century_is_no_duration_because_no_calendar_has_room_for_it(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^expected a duration of at most 36500d, got '{text}'$"):
        parse_duration(text)
    assert parse_duration("36500d") == timedelta(days=36_500).total_seconds()


@given(
    st.lists(st.tuples(st.integers(1, 999), st.sampled_from(["ms", "s", "m", "h", "d", "w"])), min_size=1, max_size=3)
)
def test_the_seconds_of_several_steps_add_up(steps: list[tuple[int, str]]) -> None:
    words = [f"{number}{unit}" for number, unit in steps]
    assert parse_duration("".join(words)) == pytest.approx(sum(map(parse_duration, words)))


@pytest.mark.parametrize("text", ["250ms", "90s", "15m", "1h30m", "7d", "2w", "1d12h"])
def test_postgresql_reads_the_interval_as_the_same_time(empty_database: str, text: str) -> None:
    with psycopg.connect(empty_database) as connection:
        row = connection.execute(f"SELECT extract(epoch FROM {sql_interval(text)})::float8").fetchone()
    assert row == (parse_duration(text),)


def test_a_day_follows_the_calendar_and_may_have_23_hours(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("SET TimeZone = 'Europe/Berlin'")
        midnight = f"(timestamptz '2026-03-30' - {sql_interval('1d')})::text"
        assert connection.execute(f"SELECT {midnight}").fetchone() == ("2026-03-29 00:00:00+01",)


def test_what_is_no_duration_never_becomes_sql() -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        sql_interval("1d', interval '1 day')")
