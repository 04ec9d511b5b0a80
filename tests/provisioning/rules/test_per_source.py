"""Rules keep sources apart, though nobody writes their labels."""

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.scope import Scope
from metrics import COUNT, RATIO, SECONDS, Counter, Gauge, Histogram, Recorded, external
from provisioning.rules.per_source import per_source

CALLS = Counter("kpi_calls_total", "Calls.", unit=COUNT, labels=("service", "status"), owner="web")
OPEN = Gauge("kpi_open_orders", "Orders.", unit=COUNT, labels=("service",), owner="web")
FAILED = Recorded("kpi_failed_ratio", "Failed.", unit=RATIO, labels=("service",), owner="web")
WAIT = Histogram("kpi_wait_duration_seconds", "Wait.", unit=SECONDS, owner="web", buckets=(1,))
NODES = external.gauge("node_load1", "Load.", unit=COUNT)
SCOPE = Scope((CALLS, OPEN, FAILED, WAIT, NODES), source_labels=("tenant",))


@pytest.mark.parametrize(
    ("written", "built"),
    [
        ("kpi_open_orders > 3", "kpi_open_orders > 3"),
        ("sum(kpi_open_orders)", "sum by (tenant) (kpi_open_orders)"),
        ("sum by (service) (kpi_open_orders)", "sum by (tenant, service) (kpi_open_orders)"),
        ("sum by () (kpi_open_orders)", "sum by (tenant) (kpi_open_orders)"),
        ("sum by(tenant) (kpi_open_orders)", "sum by (tenant) (kpi_open_orders)"),
        ("sum(kpi_open_orders) by (service) > 1", "sum by (tenant, service) (kpi_open_orders) > 1"),
        ("sum without (status) (kpi_calls_total)", "sum without (status) (kpi_calls_total)"),
        ("sum(kpi_calls_total) without (status) / 2", "sum without (status) (kpi_calls_total) / 2"),
        ("max(sum by (service) (kpi_open_orders))", "max by (tenant) (sum by (tenant, service) (kpi_open_orders))"),
        ("sum by (instance) (node_load1)", "sum by (instance) (node_load1)"),
        ("count(node_load1)", "count (node_load1)"),
        ('count(kpi_open_orders{service="by (x)"})', 'count by (tenant) (kpi_open_orders{service="by (x)"})'),
        ("topk(5, kpi_open_orders)", "topk by (tenant) (5, kpi_open_orders)"),
        ("kpi_open_orders / on (service) kpi_failed_ratio", "kpi_open_orders / on (tenant, service) kpi_failed_ratio"),
        ("kpi_open_orders and on () node_load1", "kpi_open_orders and on () node_load1"),
        (
            "kpi_open_orders / ignoring (service) kpi_open_orders",
            "kpi_open_orders / ignoring (service) kpi_open_orders",
        ),
        (
            "histogram_quantile(0.9, sum by (le) (rate(kpi_wait_duration_seconds_bucket[5m])))",
            "histogram_quantile(0.9, sum by (tenant, le) (rate(kpi_wait_duration_seconds_bucket[5m])))",
        ),
    ],
)
def test_groupings_of_series_with_a_source_keep_its_labels(written: str, built: str) -> None:
    assert per_source(written, SCOPE) == built
    promql_parser.parse(built)


def test_without_labels_of_sources_nothing_changes() -> None:
    expr = "sum by (service) (kpi_open_orders)"
    assert per_source(expr, Scope((OPEN,), source_labels=())) == expr


LEAVES = st.sampled_from(["kpi_open_orders", "kpi_failed_ratio", "node_load1", "rate(kpi_calls_total[5m])", "3"])
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("sum by (service) ({})".format, inner.filter(lambda text: text != "3")),
        st.builds("max ( {} ) by (service)".format, inner.filter(lambda text: text != "3")),
        st.builds("({} + {})".format, inner, inner),
        st.builds("abs({})".format, inner.filter(lambda text: text != "3")),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS.filter(lambda text: "_" in text))
def test_what_parses_still_parses_and_a_second_pass_changes_nothing(expr: str) -> None:
    try:
        promql_parser.parse(expr)
    except ValueError:
        return
    built = per_source(expr, SCOPE)
    promql_parser.parse(built)
    assert per_source(built, SCOPE) == built
