from provisioning.lint.usage import metrics_in, unused
from tests.provisioning.lint.support import CATALOGUE, ORDERS, USERS, WAIT


def test_metrics_of_an_expression_are_those_whose_series_it_selects() -> None:
    expr = "sum(rate(kpi_wait_seconds_sum[$__rate_interval])) / on () kpi_users / other_metric"
    assert metrics_in(expr, CATALOGUE) == {WAIT, USERS}


def test_broken_expression_uses_no_metric() -> None:
    assert metrics_in("sum(kpi_users", CATALOGUE) == frozenset()


def test_metric_that_no_board_shows_is_noticed() -> None:
    (found,) = unused([ORDERS, USERS, WAIT], used=[USERS, WAIT])
    assert (found.code, found.place) == ("K101", "kpi_orders_total")
