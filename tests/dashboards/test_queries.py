"""PromQL follows from the type of a metric: the exact expressions, and what is refused because it has no meaning."""

from typing import Any

import pytest

from dashboards.panel import PanelError, Promql
from dashboards.queries import RANGE, RATE, buckets, counter, gauge, heat, in_brief, quantile, queries
from metrics import BYTES, COUNT, TIMESTAMP, Counter, Gauge, Histogram, Metric, is_not, matches
from tests.dashboards.support import BACKUP, MEMORY, ORDERS, QUEUE, SALES, TAKINGS, USERS, WAIT, WINS

SEEN = Gauge("kpi_seen_timestamp_seconds", "Last seen.", unit=TIMESTAMP, labels=("host",), owner="tests")
DEPTH = Histogram("kpi_depth", "Depth.", unit=COUNT, owner="tests", buckets=(1, 10.5))


@pytest.mark.parametrize(
    ("metric", "asked", "expr", "legend"),
    [
        (QUEUE, {}, "kpi_queue_length", "Queue length"),
        (QUEUE, {"by": ()}, "kpi_queue_length", "Queue length"),
        (WINS, {}, "kpi_wins_ratio", "{{team}} {{window}}"),
        (WINS, {"where": {"window": "7d"}}, 'kpi_wins_ratio{window="7d"}', "{{team}}"),
        (WINS, {"where": {"window": "7d", "team": "a"}}, 'kpi_wins_ratio{window="7d", team="a"}', "Wins"),
        (USERS, {"by": (), "where": {"window": "1d"}}, 'sum (kpi_users{window="1d"})', "Users"),
        (USERS, {"by": ("plan",), "where": {"window": "1d"}}, 'kpi_users{window="1d"}', "{{plan}}"),
        (USERS, {"by": ("plan", "window"), "where": {"window": "1d"}}, 'kpi_users{window="1d"}', "{{plan}} {{window}}"),
        (USERS, {"by": ("window",)}, "sum by (window) (kpi_users)", "{{window}}"),
        (
            SALES,
            {"by": ("currency",), "where": {"window": "30d"}},
            'sum by (currency) (kpi_sales_amount{window="30d"})',
            "{{currency}}",
        ),
        (
            SALES,
            {"by": ("category",), "where": {"window": "30d", "currency": "EUR"}},
            'kpi_sales_amount{window="30d", currency="EUR"}',
            "{{category}}",
        ),
        (
            SALES,
            {"by": ("currency",), "where": {"window": "30d", "category": is_not("test")}},
            'sum by (currency) (kpi_sales_amount{window="30d", category!="test"})',
            "{{currency}}",
        ),
        (MEMORY, {"by": ()}, "sum (kpi_memory_bytes)", "Memory"),
        (BACKUP, {}, "kpi_backup_timestamp_seconds * 1000", "Backup"),
        (QUEUE, {"before": "7d"}, "kpi_queue_length offset 7d", "Queue length"),
        (
            USERS,
            {"by": (), "where": {"window": "1d"}, "before": "30d"},
            'sum (kpi_users{window="1d"} offset 30d)',
            "Users",
        ),
        (BACKUP, {"before": "1d"}, "kpi_backup_timestamp_seconds offset 1d * 1000", "Backup"),
    ],
)
def test_a_gauge_is_asked_bare_and_summed_only_over_labels_that_nobody_wants_apart(
    metric: Gauge, asked: dict[str, Any], expr: str, legend: str
) -> None:
    found = gauge(metric, **{"by": None, "where": {}, **asked})

    assert (found.expr, found.legend, found.of) == (expr, legend, metric)
    assert found.before == asked.get("before", "")


def test_series_of_each_source_stay_apart_only_while_nothing_is_added_up() -> None:
    assert gauge(USERS, by=None, where={}).per_source
    assert not gauge(USERS, by=(), where={"window": "1d"}).per_source
    assert not counter(ORDERS, by=(), where={}, span=RATE).per_source
    assert not quantile(WAIT, 0.5, by=(), where={}, span=RATE).per_source


@pytest.mark.parametrize(
    ("metric", "asked", "sentence"),
    [
        (
            WINS,
            {"by": (), "where": {"window": "7d"}},
            "kpi_wins_ratio: values cannot be added up over team; name that in 'by', or pin it in 'where'",
        ),
        (
            WINS,
            {"by": ("window",), "where": {"team": matches("a|b")}},
            "kpi_wins_ratio: values cannot be added up over team; name that in 'by', or pin it in 'where'",
        ),
        (
            USERS,
            {"by": ("plan",)},
            "kpi_users: choose one window, or keep it in 'by': values of several cannot be added",
        ),
        (
            USERS,
            {"by": ("plan",), "where": {"window": matches("1d|7d")}},
            "kpi_users: choose one window, or keep it in 'by': values of several cannot be added",
        ),
        (
            SALES,
            {"by": ("category",), "where": {"window": "1d"}},
            "kpi_sales_amount: choose one currency, or keep it in 'by': values of several cannot be added",
        ),
        (
            SALES,
            {"by": (), "where": {"window": "1d", "currency": is_not("USD")}},
            "kpi_sales_amount: choose one currency, or keep it in 'by': values of several cannot be added",
        ),
        (
            USERS,
            {"by": ("colour",)},
            "kpi_users: 'by' names the label 'colour', which it does not have; it has: plan, window",
        ),
        (QUEUE, {"by": ("colour",)}, "kpi_queue_length: 'by' names the label 'colour', which it does not have; "
         "it has: none"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_is_refused_in_a_sentence(metric: Gauge, asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PanelError) as refused:
        gauge(metric, **{"where": {}, **asked})

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("metric", "asked", "expr", "legend"),
    [
        (ORDERS, {}, "sum (rate(kpi_orders_total[$__rate_interval]))", "Orders"),
        (ORDERS, {"by": ("status",)}, "sum by (status) (rate(kpi_orders_total[$__rate_interval]))", "{{status}}"),
        (
            ORDERS,
            {"by": ("status", "region"), "span": "1h"},
            "sum by (status, region) (increase(kpi_orders_total[1h]))",
            "{{status}} {{region}}",
        ),
        (ORDERS, {"span": RANGE}, "sum (increase(kpi_orders_total[$__range]))", "Orders"),
        (
            ORDERS,
            {"where": {"status": matches("5..")}},
            'sum (rate(kpi_orders_total{status=~"5.."}[$__rate_interval]))',
            "Orders",
        ),
        (ORDERS, {"span": "1d", "before": "7d"}, "sum (increase(kpi_orders_total[1d] offset 7d))", "Orders"),
        (TAKINGS, {}, "sum by (currency) (rate(kpi_takings_amount_total[$__rate_interval]))", "{{currency}}"),
        (
            TAKINGS,
            {"by": ("status",)},
            "sum by (status, currency) (rate(kpi_takings_amount_total[$__rate_interval]))",
            "{{status}} {{currency}}",
        ),
        (
            TAKINGS,
            {"by": ("currency",)},
            "sum by (currency) (rate(kpi_takings_amount_total[$__rate_interval]))",
            "{{currency}}",
        ),
        (
            TAKINGS,
            {"where": {"currency": "EUR"}},
            'sum (rate(kpi_takings_amount_total{currency="EUR"}[$__rate_interval]))',
            "Takings",
        ),
        (
            TAKINGS,
            {"where": {"currency": is_not("EUR")}},
            'sum by (currency) (rate(kpi_takings_amount_total{currency!="EUR"}[$__rate_interval]))',
            "{{currency}}",
        ),
    ],
)
def test_a_counter_is_asked_for_its_growth_and_currencies_stay_apart(
    metric: Counter, asked: dict[str, Any], expr: str, legend: str
) -> None:
    found = counter(metric, **{"by": (), "where": {}, "span": RATE, **asked})

    assert (found.expr, found.legend, found.of) == (expr, legend, metric)


@pytest.mark.parametrize(
    ("level", "asked", "expr", "legend"),
    [
        (
            0.5,
            {},
            "histogram_quantile(0.5, sum by (le) (rate(kpi_wait_seconds_bucket[$__rate_interval])))",
            "p50",
        ),
        (
            0.999,
            {"by": ("region", "service"), "span": RANGE},
            "histogram_quantile(0.999, sum by (le, region, service) (rate(kpi_wait_seconds_bucket[$__range])))",
            "p99.9 {{region}} {{service}}",
        ),
        (
            0.57,  # × 100 is 56.99999999999999
            {"where": {"service": "a"}, "before": "1d"},
            'histogram_quantile(0.57, sum by (le) (rate(kpi_wait_seconds_bucket{service="a"}[$__rate_interval] '
            "offset 1d)))",
            "p57",
        ),
    ],
)
def test_a_histogram_is_asked_for_quantiles_over_its_buckets(
    level: float, asked: dict[str, Any], expr: str, legend: str
) -> None:
    found = quantile(WAIT, level, **{"by": (), "where": {}, "span": RATE, **asked})

    assert (found.expr, found.legend, found.of) == (expr, legend, WAIT)


def test_a_histogram_over_time_is_asked_for_what_each_bucket_gained_in_a_step() -> None:
    found = heat(WAIT, where={"service": "a"})

    assert found.expr == 'sum by (le) (increase(kpi_wait_seconds_bucket{service="a"}[$__rate_interval]))'
    assert (found.legend, found.shape, found.instant) == ("{{le}}", "heatmap", False)


def test_the_buckets_of_a_histogram_are_told_apart_in_the_words_of_people() -> None:
    found = list(buckets(WAIT, where={}, span="7d"))

    def up_to(bound: str) -> str:
        return f'sum(increase(kpi_wait_seconds_bucket{{le="{bound}"}}[7d]))'

    assert [(query.legend, query.expr) for query in found] == [
        ("≤ 500 ms", f"round({up_to('0.5')})"),
        ("500 ms–1 min", f"round({up_to('60.0')} - {up_to('0.5')})"),
        ("1–5 min", f"round({up_to('300.0')} - {up_to('60.0')})"),
        ("5–30 min", f"round({up_to('1800.0')} - {up_to('300.0')})"),
        ("> 30 min", f"round({up_to('+Inf')} - {up_to('1800.0')})"),
    ]
    assert all(query.instant for query in found)


def test_buckets_keep_to_the_labels_that_were_chosen() -> None:
    first, *_ = buckets(WAIT, where={"service": "a", "region": is_not("b")}, span=RANGE)

    assert first.expr == (
        'round(sum(increase(kpi_wait_seconds_bucket{service="a", region!="b", le="0.5"}[$__range])))'
    )  # fmt: skip


def test_a_histogram_of_counts_has_plain_numbers_for_bounds() -> None:
    assert [query.legend for query in buckets(DEPTH, where={}, span="1d")] == ["≤ 1", "1–10.5", "> 10.5"]


@pytest.mark.parametrize("query", [counter, quantile])
def test_an_unknown_label_is_refused_whatever_the_type(query: Any) -> None:
    metric, *level = (ORDERS,) if query is counter else (WAIT, 0.5)
    with pytest.raises(PanelError) as refused:
        query(metric, *level, by=("colour",), where={}, span=RATE)

    has = ", ".join(metric.labels)
    assert str(refused.value) == f"{metric}: 'by' names the label 'colour', which it does not have; it has: {has}"


@pytest.mark.parametrize(
    ("metric", "exprs"),
    [
        (QUEUE, ["kpi_queue_length"]),
        (ORDERS, ["sum (increase(kpi_orders_total[1h]))"]),
        (
            WAIT,
            [
                "histogram_quantile(0.5, sum by (le) (rate(kpi_wait_seconds_bucket[1h])))",
                "histogram_quantile(0.9, sum by (le) (rate(kpi_wait_seconds_bucket[1h])))",
            ],
        ),
    ],
)
def test_the_type_alone_decides_what_is_asked(metric: Metric, exprs: list[str]) -> None:
    found: list[Promql] = list(queries(metric, by=None, where={}, span="1h", quantiles=(0.5, 0.9)))

    assert [query.expr for query in found] == exprs


def test_the_bounds_of_a_histogram_of_bytes_are_powers_of_two_and_written_as_prometheus_does() -> None:
    size = Histogram("kpi_size_bytes", "Size.", unit=BYTES, owner="tests", buckets=(2**19, 2**20))

    found = list(buckets(size, where={}, span="1d"))

    assert [query.legend for query in found] == ["≤ 512 KiB", "512 KiB–1 MiB", "> 1 MiB"]
    # The exporter and Prometheus write an exponent from a million on.
    assert found[0].expr == 'round(sum(increase(kpi_size_bytes_bucket{le="524288.0"}[1d])))'
    assert found[1].expr.startswith('round(sum(increase(kpi_size_bytes_bucket{le="1.048576e+06"}[1d])) - ')


@pytest.mark.parametrize("level", [95, -0.1, 1.01])
def test_a_quantile_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(PanelError, match=f"kpi_wait_seconds: a quantile lies between 0 and 1, got {level:g}"):
        quantile(WAIT, level, by=(), where={}, span=RATE)


@pytest.mark.parametrize(
    ("metric", "expr", "legend"),
    [
        (MEMORY, "sum (kpi_memory_bytes)", "Memory"),
        (USERS, "sum by (window) (kpi_users)", "{{window}}"),
        (SALES, "sum by (window, currency) (kpi_sales_amount)", "{{window}} {{currency}}"),
        (WINS, "max by (window) (kpi_wins_ratio)", "greatest {{window}}"),
        (QUEUE, "kpi_queue_length", "Queue length"),
        (BACKUP, "kpi_backup_timestamp_seconds * 1000", "Backup"),
        (SEEN, "max (kpi_seen_timestamp_seconds) * 1000", "greatest"),
    ],
)
def test_a_gauge_in_brief_is_its_sum_or_the_worst_for_each_window_and_currency(
    metric: Gauge, expr: str, legend: str
) -> None:
    found = in_brief(metric)

    assert (found.expr, found.legend, found.of) == (expr, legend, metric)
