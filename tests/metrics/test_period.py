"""Periods as people write them."""

from contextlib import suppress
from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.period import EXAMPLES, Every, Period

every = st.sampled_from(get_args(Every))
days = st.dates(date(1971, 1, 1), date(2198, 12, 31))


@pytest.mark.parametrize(
    ("text", "length", "start", "end"),
    [
        ("2026-10-31", "day", date(2026, 10, 31), date(2026, 10, 31)),
        ("2028-02-29", "day", date(2028, 2, 29), date(2028, 2, 29)),
        ("2026-W44", "week", date(2026, 10, 26), date(2026, 11, 1)),
        ("2026-w01", "week", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", "week", date(2026, 12, 28), date(2027, 1, 3)),
        ("2026-10", "month", date(2026, 10, 1), date(2026, 10, 31)),
        ("2028-02", "month", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-Q4", "quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-q1", "quarter", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026", "year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_each_form_is_read(text: str, length: str, start: date, end: date) -> None:
    period = Period.parse(text)
    assert (period.every, period.start, period.end) == (length, start, end)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("2026-02-29", "there is no day 2026-02-29"),
        ("2025-W53", "there is no week 2025-W53"),
        ("2026-W00", "there is no week 2026-W00"),
        ("2026-13", "there is no month 2026-13"),
        ("2026-Q5", "there is no quarter 2026-Q5"),
        ("2026-Q0", "there is no quarter 2026-Q0"),
        ("0206-10", "the year of 0206-10 must be 1970 to 2199"),
        ("October", "expected a period such as 2026-10-31, 2026-W44, 2026-10, 2026-Q4, 2026, got 'October'"),
        ("2026-1", "expected a period"),
        ("10/2026", "expected a period"),
        ("２０２６", "expected a period"),
        ("", "expected a period"),
    ],
)
def test_what_is_no_period_is_refused_with_a_sentence(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault.replace("(", r"\(")):
        Period.parse(text)


@given(every, days)
def test_what_is_written_is_read_again(length: Every, day: date) -> None:
    period = Period.of(length, day)
    assert period.start <= day <= period.end
    assert Period.parse(str(period)) == period


@given(every, days)
def test_periods_follow_each_other_without_gap(length: Every, day: date) -> None:
    period = Period.of(length, day)
    assert period.shifted(1).start == period.end + timedelta(days=1)
    assert Period.of(length, period.end) == Period.of(length, period.start) == period


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{4}(-[0-9WQ]{2,3}){0,2}", fullmatch=True))
def test_any_text_is_a_period_or_a_fault(text: str) -> None:
    with suppress(ValueError):
        assert str(Period.parse(text)) == text.upper()


def test_the_examples_are_of_their_length() -> None:
    assert {length: Period.parse(text).every for length, text in EXAMPLES.items()} == {each: each for each in EXAMPLES}
