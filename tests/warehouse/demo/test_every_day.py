"""The demo company is the same whenever it is made, but for the rhythm of the week: no alert depends on the date."""

from datetime import date, timedelta

import pytest

from tests.uncounted import uncounted
from warehouse.demo.history import day_rows
from warehouse.demo.incidents import FAILED_PAYMENTS
from warehouse.demo.people import Company

LAST = date(2026, 11, 1)
_HOUR = 3600


def company(last_day: date) -> Company:
    return Company(7, 1, last_day - timedelta(days=120), last_day)


def test_it_is_the_same_a_week_and_a_year_of_weeks_later_and_another_one_a_day_later() -> None:
    def seconds(last_day: date) -> list[tuple[str, float]]:
        made = company(last_day)
        return [(table, second) for table, second, _ in day_rows(made, made.day(made.start + timedelta(days=9)))]

    assert len(seconds(LAST)) > 1000
    assert seconds(LAST) == seconds(LAST + timedelta(weeks=1)) == seconds(LAST + timedelta(weeks=52))
    assert seconds(LAST) != seconds(LAST + timedelta(days=1))


@pytest.mark.parametrize("day", range(7))
def test_on_each_day_of_the_week_five_payments_of_one_provider_fail_within_two_hours_soon(day: int) -> None:
    """What PaymentProcessingIssues needs, so early that somebody is told within three hours."""
    made = company(LAST + timedelta(days=day))
    start, _ = FAILED_PAYMENTS.span(made.last_day)
    on = made.day(start.date())
    begin = on.second_of(start)
    with uncounted():
        paid = [(second, row) for table, second, row in day_rows(made, on) if table == "payment_metrics"]
    failed = sorted(second for second, row in paid if row[7] == "failed" and row[10] == "stripe" and second >= begin)
    told = [fifth for first, fifth in zip(failed, failed[4:], strict=False) if fifth - first <= 2 * _HOUR]
    assert told[0] - begin < 2.5 * _HOUR
