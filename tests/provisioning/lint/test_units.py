import pytest

from metrics import Unit
from provisioning.lint.promql import parse
from provisioning.lint.units import Dimension, unit_of
from tests.provisioning.lint.support import CATALOGUE

COUNT, RATIO, SECONDS, CURRENCY = (Dimension(unit) for unit in (Unit.COUNT, Unit.RATIO, Unit.SECONDS, Unit.CURRENCY))
PER_SECOND = Dimension(Unit.COUNT, per_second=True)
MOMENT = Dimension(Unit.TIMESTAMP)


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        ("kpi_users", COUNT),
        ("-(kpi_sales_amount)", CURRENCY),
        ("sum by (currency) (kpi_sales_amount)", CURRENCY),
        ("max(avg_over_time(kpi_wins_ratio[1d]))", RATIO),
        ("quantile_over_time(0.9, kpi_wins_ratio[1d])", RATIO),
        ("max_over_time(sum(kpi_users)[1d:1h])", COUNT),
        ("topk(3, kpi_wins_ratio)", RATIO),
        ("clamp_max(round(kpi_wins_ratio, 0.1), 1)", RATIO),
        ('label_replace(kpi_wins_ratio, "a", "$1", "team", "(.*)")', RATIO),
        ("count(kpi_sales_amount)", COUNT),
        ("group(kpi_sales_amount)", COUNT),
        ('count_values("v", kpi_sales_amount)', COUNT),
        ("stdvar(kpi_wins_ratio)", None),
        ("sqrt(kpi_wins_ratio)", None),
        ("day_of_month(kpi_backup_timestamp_seconds)", COUNT),
        ('label_join(kpi_wins_ratio, "both", "-", "team")', RATIO),
        ("unknown_metric", None),
        ("1", None),
        ("1 + 2 * 3 / 4", None),
    ],
)
def test_values_keep_their_unit_and_counts_have_none(expr: str, unit: Dimension | None) -> None:
    assert unit_of(parse(expr), CATALOGUE) == unit


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        ("sum(rate(kpi_orders_total[5m]))", PER_SECOND),
        ("irate(kpi_takings_amount_total[5m])", Dimension(Unit.CURRENCY, per_second=True)),
        ("increase(kpi_orders_total[1d])", COUNT),
        ("deriv(kpi_users[1h])", PER_SECOND),
        ("deriv(rate(kpi_orders_total[5m])[1h:])", None),
        ("rate(kpi_busy_seconds_total[5m])", RATIO),
        ("rate(kpi_wait_seconds_sum[5m])", RATIO),
        ("rate(kpi_wait_seconds_count[5m])", PER_SECOND),
        ("increase(kpi_wait_seconds_bucket[5m])", COUNT),
        ("increase(kpi_wait_seconds_sum[5m])", SECONDS),
        ("histogram_quantile(0.9, sum by (le) (rate(kpi_wait_seconds_bucket[5m])))", SECONDS),
        ("histogram_quantile(0.9, unknown_bucket)", None),
        ("histogram_fraction(0, 1, kpi_wait_seconds_bucket)", RATIO),
        ("resets(kpi_busy_seconds_total[1d])", COUNT),
    ],
)
def test_rates_are_per_second_and_quantiles_in_the_unit_of_their_histogram(expr: str, unit: Dimension | None) -> None:
    assert unit_of(parse(expr), CATALOGUE) == unit


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        ("kpi_sales_amount / kpi_sales_amount", RATIO),
        ("rate(kpi_orders_total[5m]) / rate(kpi_orders_total[5m])", RATIO),
        ("rate(kpi_wait_seconds_sum[5m]) / rate(kpi_wait_seconds_count[5m])", SECONDS),
        ("rate(kpi_wait_seconds_sum[5m]) / kpi_users", RATIO),
        ("increase(kpi_wait_seconds_sum[1d]) / increase(kpi_wait_seconds_count[1d])", SECONDS),
        ("sum(kpi_sales_amount) / sum(kpi_users)", CURRENCY),
        ("kpi_sales_amount / kpi_wins_ratio", CURRENCY),
        ("kpi_users / increase(kpi_busy_seconds_total[1d])", PER_SECOND),
        ("kpi_users / kpi_sales_amount", None),
        ("kpi_users / rate(kpi_orders_total[5m])", None),
        ("1 / kpi_users", None),
        ("kpi_wins_ratio * kpi_users", COUNT),
        ("kpi_users * kpi_wins_ratio", COUNT),
        ("kpi_sales_amount * on () group_left () kpi_users", CURRENCY),
        ("kpi_sales_amount * kpi_sales_amount", None),
        ("kpi_users ^ 2", None),
        ("kpi_users % 2", COUNT),
    ],
)
def test_quotients_and_products_have_the_unit_that_arithmetic_gives(expr: str, unit: Dimension | None) -> None:
    assert unit_of(parse(expr), CATALOGUE) == unit


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        ("1 - kpi_wins_ratio", RATIO),
        ("kpi_users + kpi_users", COUNT),
        ("kpi_users - kpi_sales_amount", None),
        ("time() - kpi_backup_timestamp_seconds", SECONDS),
        ("kpi_backup_timestamp_seconds - increase(kpi_busy_seconds_total[1d])", MOMENT),
        ("timestamp(kpi_users)", MOMENT),
        ("kpi_wins_ratio > 0.5", RATIO),
        ("0.5 < kpi_wins_ratio", RATIO),
        ("kpi_wins_ratio > bool 0.5", COUNT),
        ("kpi_wins_ratio and on () up", RATIO),
        ("sum(kpi_sales_amount) or vector(0)", CURRENCY),
        ("kpi_users or kpi_sales_amount", None),
        ("absent(kpi_wins_ratio)", COUNT),
        ("scalar(kpi_wins_ratio)", RATIO),
    ],
)
def test_sums_comparisons_and_sets_keep_the_unit_of_what_they_compare(expr: str, unit: Dimension | None) -> None:
    assert unit_of(parse(expr), CATALOGUE) == unit


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        ("kpi_wins_ratio * 1", RATIO),
        ("kpi_wins_ratio / 1", RATIO),
        ("kpi_wins_ratio * 100", Dimension(Unit.RATIO, scaled=True)),
        ("100 * (1 - kpi_wins_ratio)", Dimension(Unit.RATIO, scaled=True)),
        ("kpi_sales_amount / 1000", Dimension(Unit.CURRENCY, scaled=True)),
        ("kpi_backup_timestamp_seconds * 1000", Dimension(Unit.TIMESTAMP, scaled=True)),
        ("time() * 1000 - kpi_backup_timestamp_seconds * 1000", Dimension(Unit.SECONDS, scaled=True)),
        ("60 * rate(kpi_orders_total[5m])", Dimension(Unit.COUNT, per_second=True, scaled=True)),
        ("rate(kpi_busy_seconds_total[5m]) * 100", Dimension(Unit.RATIO, scaled=True)),
        ("kpi_users / (kpi_users * 2)", Dimension(Unit.RATIO, scaled=True)),
        ("kpi_sales_amount * (kpi_wins_ratio * 100)", Dimension(Unit.CURRENCY, scaled=True)),
    ],
)
def test_number_other_than_one_changes_the_scale(expr: str, unit: Dimension | None) -> None:
    assert unit_of(parse(expr), CATALOGUE) == unit
