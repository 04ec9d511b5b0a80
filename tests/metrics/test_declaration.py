"""Each rule for declarations has a case with its whole sentence, and a good declaration gives names and selectors."""

from typing import Any

import pytest

from metrics import (
    BYTES,
    COUNT,
    CURRENCY,
    MONTHS,
    RATIO,
    SCORE,
    SECONDS,
    TIMESTAMP,
    Counter,
    DeclarationError,
    Gauge,
    Histogram,
    HistogramState,
    Metric,
    Reading,
    Unit,
)

GOOD: dict[str, Any] = {"help": "Open tickets.", "unit": COUNT, "owner": "support"}
BUCKETS = {"buckets": (1, 2)}
INFINITY, NAN = float("inf"), float("nan")
SNAKE = "must be snake_case and begin with 'kpi_'."
NOT_RISING = "The bucket bounds must be finite numbers that rise strictly; '+Inf' is added by itself."
BEYOND = "The critical level must lie beyond the warning level, in the direction that is not better."
NOT_THERE = "'other' names the label 'queue', which the metric does not have."
NOT_FOLDED = "'other' must not fold the labels window and currency: their values cannot be added up."


def faults(kind: type[Metric], name: str, **fields: Any) -> list[str]:
    with pytest.raises(DeclarationError) as refused:
        kind(name, **{**GOOD, **fields})
    assert str(refused.value) == f"could not declare {name}: " + " ".join(refused.value.faults)
    assert refused.value.name == name
    return refused.value.faults


@pytest.mark.parametrize(
    ("kind", "name", "fields", "sentence"),
    [
        (Gauge, "tickets", {}, f"The name 'tickets' {SNAKE}"),
        (Gauge, "kpi_Tickets", {}, f"The name 'kpi_Tickets' {SNAKE}"),
        (Gauge, "kpi__tickets", {}, f"The name 'kpi__tickets' {SNAKE}"),
        (Gauge, "kpi_", {}, f"The name 'kpi_' {SNAKE}"),
        (Gauge, "kpi_open:tickets", {}, f"The name 'kpi_open:tickets' {SNAKE}"),
        (Gauge, "kpi_tickets\n", {}, f"The name 'kpi_tickets\\n' {SNAKE}"),
        (
            Gauge,
            "kpi_exporter_tickets",
            {},
            "The prefix 'kpi_exporter_' is kept for what the exporter says about itself.",
        ),
        (Gauge, "kpi_tickets", {"help": " "}, "The help text must say what the value means."),
        (Gauge, "kpi_tickets", {"owner": ""}, "The owner must name the team that answers for the number."),
        (
            Gauge,
            "kpi_tickets",
            {"unit": "count"},
            "The unit must be one of metrics.Unit, such as metrics.COUNT, got 'count'.",
        ),
        (Gauge, "kpi_wait", {"unit": SECONDS}, "The name of a metric in seconds must end in '_seconds'."),
        (Gauge, "kpi_size", {"unit": BYTES}, "The name of a metric in bytes must end in '_bytes'."),
        (Gauge, "kpi_share", {"unit": RATIO}, "The name of a metric in ratio must end in '_ratio'."),
        (Gauge, "kpi_nps", {"unit": SCORE}, "The name of a metric in score must end in '_score'."),
        (Gauge, "kpi_runway", {"unit": MONTHS}, "The name of a metric in months must end in '_months'."),
        (
            Gauge,
            "kpi_revenue",
            {"unit": CURRENCY, "labels": ("currency",)},
            "The name of a metric in currency must end in '_amount'.",
        ),
        (
            Gauge,
            "kpi_last_deploy_seconds",
            {"unit": TIMESTAMP},
            "The name of a metric in timestamp must end in '_timestamp_seconds'.",
        ),
        (Counter, "kpi_bytes_sent_total", {"unit": BYTES}, "The name of a metric in bytes must end in '_bytes'."),
        (
            Gauge,
            "kpi_deploy_timestamp_seconds",
            {"unit": SECONDS},
            "A name that ends in '_timestamp_seconds' must have the unit timestamp.",
        ),
        (
            Gauge,
            "kpi_deploy_timestamp_seconds",
            {},
            "A name that ends in '_timestamp_seconds' must have the unit timestamp.",
        ),
        (Gauge, "kpi_wait_seconds", {}, "A name that ends in '_seconds' must have the unit seconds."),
        (Counter, "kpi_paid_amount_total", {}, "A name that ends in '_amount' must have the unit currency."),
        (
            Gauge,
            "kpi_wait_milliseconds",
            {},
            "A name must not end in '_milliseconds': measure in seconds, and let it end in '_seconds'.",
        ),
        (Gauge, "kpi_size_mb", {}, "A name must not end in '_mb': measure in bytes, and let it end in '_bytes'."),
        (
            Gauge,
            "kpi_share_percent",
            {},
            "A name must not end in '_percent': measure in ratio, and let it end in '_ratio'.",
        ),
        (
            Counter,
            "kpi_paid_cents_total",
            {},
            "A name must not end in '_cents': measure in currency, and let it end in '_amount'.",
        ),
        (Gauge, "kpi_tickets", {"labels": ("le",)}, "The label 'le' is not allowed: histograms add it themselves."),
        (
            Gauge,
            "kpi_tickets",
            {"labels": ("quantile",)},
            "The label 'quantile' is not allowed: summaries use it; declare a histogram instead.",
        ),
        (Gauge, "kpi_tickets", {"labels": ("job",)}, "The label 'job' is not allowed: Prometheus adds it."),
        (Gauge, "kpi_tickets", {"labels": ("instance",)}, "The label 'instance' is not allowed: Prometheus adds it."),
        (
            Gauge,
            "kpi_tickets",
            {"labels": ("tenant",)},
            "The label 'tenant' is not allowed: a tenant is a source, and its series carry the labels of the source.",
        ),
        (Gauge, "kpi_tickets", {"labels": ("Queue",)}, "The label 'Queue' must be snake_case."),
        (Gauge, "kpi_tickets", {"labels": ("__name__",)}, "The label '__name__' must be snake_case."),
        (
            Gauge,
            "kpi_tickets",
            {"labels": ("kpi_x",)},
            "The label 'kpi_x' must not begin with 'kpi_', which marks values.",
        ),
        (Gauge, "kpi_tickets", {"labels": ("queue", "queue")}, "Each label must be named once."),
        (
            Gauge,
            "kpi_tickets",
            {"labels": "queue"},
            "'labels' must be a tuple such as ('queue',), got the text 'queue'.",
        ),
        (
            Gauge,
            "kpi_tickets",
            {"labels": ("queue",), "other": "queue"},
            "'other' must be a tuple such as ('queue',), got the text 'queue'.",
        ),
        (Gauge, "kpi_revenue_amount", {"unit": CURRENCY}, "A metric in currency must carry the label 'currency'."),
        (Gauge, "kpi_tickets", {"other": ("queue",)}, NOT_THERE),
        (
            Gauge,
            "kpi_share_ratio",
            {"unit": RATIO, "labels": ("queue",), "other": ("queue",)},
            "'other' adds series up, which has no meaning for a metric in ratio.",
        ),
        (
            Gauge,
            "kpi_nps_score",
            {"unit": SCORE, "labels": ("queue",), "other": ("queue",)},
            "'other' adds series up, which has no meaning for a metric in score.",
        ),
        (
            Gauge,
            "kpi_deploy_timestamp_seconds",
            {"unit": TIMESTAMP, "labels": ("queue",), "other": ("queue",)},
            "'other' adds series up, which has no meaning for a metric in timestamp.",
        ),
        (Gauge, "kpi_tickets", {"labels": ("window",), "other": ("window",)}, NOT_FOLDED),
        (Gauge, "kpi_tickets", {"labels": ("currency",), "other": ("currency",)}, NOT_FOLDED),
        (Gauge, "kpi_tickets", {"cap": 0}, "The cap must be at least 1 series, got 0."),
        (Gauge, "kpi_tickets", {"better": "up"}, "'better' must be higher, lower or none, got 'up'."),
        (Gauge, "kpi_tickets", {"target": NAN}, "'target' must be a finite number, got nan."),
        (Gauge, "kpi_tickets", {"warning": INFINITY}, "'warning' must be a finite number, got inf."),
        (Gauge, "kpi_tickets", {"critical": -INFINITY}, "'critical' must be a finite number, got -inf."),
        (Gauge, "kpi_tickets", {"better": "lower", "warning": 10, "critical": 5}, BEYOND),
        (Gauge, "kpi_tickets", {"better": "higher", "warning": 5, "critical": 10}, BEYOND),
        (Gauge, "kpi_tickets_total", {}, "The name of a gauge must not end in '_total'."),
        (Gauge, "kpi_tickets_count", {}, "The name of a gauge must not end in '_count'."),
        (Gauge, "kpi_tickets_sum", {}, "The name of a gauge must not end in '_sum'."),
        (Gauge, "kpi_tickets_bucket", {}, "The name of a gauge must not end in '_bucket'."),
        (Counter, "kpi_tickets", {}, "The name of a counter must end in '_total'."),
        (Histogram, "kpi_tickets_total", BUCKETS, "The name of a histogram must not end in '_total'."),
        (Histogram, "kpi_tickets_bucket", BUCKETS, "The name of a histogram must not end in '_bucket'."),
        (Histogram, "kpi_tickets", {"buckets": ()}, "A histogram needs at least one bucket bound."),
        (Histogram, "kpi_tickets", {"buckets": (1, 1)}, NOT_RISING),
        (Histogram, "kpi_tickets", {"buckets": (2, 1)}, NOT_RISING),
        (Histogram, "kpi_tickets", {"buckets": (1, INFINITY)}, NOT_RISING),
        (Histogram, "kpi_tickets", {"buckets": (NAN,)}, NOT_RISING),
    ],
)
def test_a_broken_rule_is_told_in_one_sentence(
    kind: type[Metric], name: str, fields: dict[str, Any], sentence: str
) -> None:
    assert faults(kind, name, **fields) == [sentence]


def test_all_faults_come_at_once() -> None:
    assert faults(Gauge, "tickets", help="", labels=("le", "Queue"), cap=0) == [
        "The name 'tickets' must be snake_case and begin with 'kpi_'.",
        "The help text must say what the value means.",
        "The label 'le' is not allowed: histograms add it themselves.",
        "The label 'Queue' must be snake_case.",
        "The cap must be at least 1 series, got 0.",
    ]


@pytest.mark.parametrize("unit", [unit for unit in Unit if unit is not COUNT])
def test_each_unit_has_a_suffix_that_satisfies_it(unit: Unit) -> None:
    labels = ("currency",) if unit is CURRENCY else ()
    assert Gauge(f"kpi_x{unit.suffix}", "A value.", unit=unit, labels=labels, owner="team").unit is unit


@pytest.mark.parametrize(("better", "warning", "critical"), [("lower", 5, 10), ("higher", 10, 5), ("none", 5, 1)])
def test_levels_in_the_right_order_are_accepted(better: Any, warning: float, critical: float) -> None:
    assert Gauge("kpi_x", **GOOD, better=better, warning=warning, critical=critical).critical == critical


def test_the_family_of_a_counter_goes_without_total() -> None:
    assert Counter("kpi_paid_amount_total", "Paid.", unit=CURRENCY, labels=("currency",), owner="finance").family == (
        "kpi_paid_amount"
    )
    assert Gauge("kpi_tickets", **GOOD).family == "kpi_tickets"
    assert Histogram("kpi_wait_seconds", "Wait.", unit=SECONDS, owner="team", buckets=(1,)).family == "kpi_wait_seconds"


@pytest.mark.parametrize(
    ("unit", "word"),
    [
        (SECONDS, "seconds"),
        (BYTES, "bytes"),
        (RATIO, "ratio"),
        (COUNT, ""),
        (CURRENCY, ""),
        (TIMESTAMP, ""),
        (SCORE, ""),
        (MONTHS, ""),
    ],
)
def test_openmetrics_hears_of_a_unit_only_where_the_name_ends_in_it(unit: Unit, word: str) -> None:
    assert unit.open_metrics == word


def test_a_metric_is_its_name_and_gives_selectors() -> None:
    metric = Gauge("kpi_tickets", **GOOD, labels=("queue",))
    assert f"sum({metric})" == "sum(kpi_tickets)"
    assert metric(queue="post") == 'kpi_tickets{queue="post"}'
    assert metric() == "kpi_tickets"


def test_the_observations_of_a_histogram_add_up_whatever_their_unit() -> None:
    shift = Histogram(
        "kpi_shift_score", "Shift.", unit=SCORE, labels=("page",), other=("page",), owner="web", buckets=(0.1,)
    )
    assert shift.other == ("page",)


def test_a_histogram_names_its_three_kinds_of_series() -> None:
    metric = Histogram("kpi_wait_seconds", "Wait.", unit=SECONDS, labels=("queue",), owner="team", buckets=(1, 2))
    assert metric.bucket(queue="post", le="1.0") == 'kpi_wait_seconds_bucket{queue="post", le="1.0"}'
    assert str(metric.sum) == "kpi_wait_seconds_sum"
    assert metric.count(queue="post") == 'kpi_wait_seconds_count{queue="post"}'
    with pytest.raises(ValueError, match=r"^kpi_wait_seconds_sum has no label 'le'; its labels are: queue\.$"):
        metric.sum(le="1.0")


def test_a_reading_holds_its_labels_in_the_order_of_the_declaration() -> None:
    metric = Gauge("kpi_tickets", **GOOD, labels=("queue", "state"))
    assert metric.reading(3, state="open", queue="post") == Reading(metric, ("post", "open"), 3)


def test_labels_may_be_called_like_the_arguments_of_python() -> None:
    metric = Gauge("kpi_tickets", **GOOD, labels=("self", "value", "name"))
    assert metric.reading(1, self="a", value="b", name="c").labels == ("a", "b", "c")
    assert metric(self="a") == 'kpi_tickets{self="a"}'


@pytest.mark.parametrize(
    ("labels", "got"),
    [({}, "none"), ({"queue": "post"}, "queue"), ({"queue": "a", "state": "b", "x": "c"}, "queue, state, x")],
)
def test_a_reading_with_other_labels_than_declared_is_refused(labels: dict[str, str], got: str) -> None:
    metric = Gauge("kpi_tickets", **GOOD, labels=("queue", "state"))
    with pytest.raises(ValueError, match=rf"^kpi_tickets takes the labels: queue, state; got: {got}\.$"):
        metric.reading(1, **labels)


def test_a_metric_without_labels_says_so_when_it_is_given_one() -> None:
    with pytest.raises(ValueError, match=r"^kpi_tickets takes the labels: none; got: queue\.$"):
        Gauge("kpi_tickets", **GOOD).reading(1, queue="post")


def test_two_declarations_with_the_same_words_are_two_metrics() -> None:
    assert Gauge("kpi_tickets", **GOOD) != Gauge("kpi_tickets", **GOOD)


def test_a_histogram_reading_counts_its_observations() -> None:
    metric = Histogram("kpi_wait_seconds", "Wait.", unit=SECONDS, owner="team", buckets=(1, 2))
    reading = metric.reading(HistogramState((1, 2, 5), 12.5))
    assert isinstance(reading.value, HistogramState)
    assert reading.value.observations == 5


@pytest.mark.parametrize(
    ("metric", "title"),
    [
        (Gauge("kpi_open_tickets", **GOOD), "Open tickets"),
        (Gauge("kpi_conversion_ratio", **{**GOOD, "unit": RATIO}), "Conversion"),
        (Gauge("kpi_mrr_amount", **{**GOOD, "unit": CURRENCY}, labels=("currency",)), "MRR"),
        (Counter("kpi_http_requests_total", **GOOD), "HTTP requests"),
        (Histogram("kpi_api_wait_seconds", **{**GOOD, "unit": SECONDS}, buckets=(1,)), "API wait"),
    ],
    ids=str,
)
def test_the_title_is_the_name_in_words(metric: Metric, title: str) -> None:
    assert metric.title == title


def test_series_are_the_names_that_a_metric_exposes() -> None:
    gauge = Gauge("kpi_tickets", **GOOD, labels=("queue",))
    assert [(series.name, series.labels) for series in gauge.series] == [("kpi_tickets", ("queue",))]
    histogram = Histogram("kpi_wait_seconds", **{**GOOD, "unit": SECONDS}, labels=("queue",), buckets=(1,))
    assert [(series.name, series.labels) for series in histogram.series] == [
        ("kpi_wait_seconds_bucket", ("queue", "le")),
        ("kpi_wait_seconds_sum", ("queue",)),
        ("kpi_wait_seconds_count", ("queue",)),
    ]


def test_an_external_metric_is_declared_as_it_comes() -> None:
    up = Gauge("up", "Whether it answers.", unit=COUNT, owner="platform", labels=("job",), origin="external")
    assert up(job="db") == 'up{job="db"}'
    refused = faults(Gauge, "no-name", origin="external", help="")
    assert refused == ["'no-name' is no name that a series can have.", "The help text must say what the value means."]


@pytest.mark.parametrize(
    ("metric", "addable"),
    [
        (Gauge("kpi_users", **GOOD, labels=("team", "window")), {"team"}),
        (Gauge("kpi_users", **GOOD, labels=("team", "plan"), adds_over=("plan",)), {"plan"}),
        (Gauge("kpi_sessions_per_user", **GOOD, labels=("team",), adds_over=()), set()),
        (Gauge("kpi_wins_ratio", **{**GOOD, "unit": RATIO}, labels=("team",)), set()),
        (Gauge("kpi_wins_ratio", **{**GOOD, "unit": RATIO}, labels=("team",), adds_over=("team",)), {"team"}),
        (Gauge("kpi_wait_mean_seconds", **{**GOOD, "unit": SECONDS}, labels=("team",)), set()),
        (Counter("kpi_busy_seconds_total", **{**GOOD, "unit": SECONDS}, labels=("team",)), {"team"}),
        (Counter("kpi_sales_amount_total", **{**GOOD, "unit": CURRENCY}, labels=("currency", "shop")), {"shop"}),
    ],
    ids=str,
)
def test_a_declaration_says_over_which_labels_its_values_add_up(metric: Metric, addable: set[str]) -> None:
    assert metric.addable == addable


def test_values_add_up_over_labels_that_there_are_and_never_over_windows() -> None:
    refused = faults(Gauge, "kpi_users", labels=("team", "window"), adds_over=("window", "plan"))
    assert refused == [
        "'adds_over' names the label 'plan', which the metric does not have.",
        "'adds_over' must not name the labels window and currency: their values cannot be added up.",
    ]


@pytest.mark.parametrize("name", ["kpi_clicks_per_visit", "kpi_average_basket_items", "kpi_items_mean", "kpi_load_p95"])
def test_a_mean_must_say_over_which_labels_it_adds_up(name: str) -> None:
    refused = faults(Gauge, name, labels=("team", "window"))
    assert refused == [
        "A mean or a number per something cannot be added up: say adds_over=(), or the labels where it can."
    ]
    assert Gauge(name, **GOOD, labels=("team",), adds_over=()).addable == set()
    assert Gauge(name, **GOOD, labels=("window",)).addable == set()
