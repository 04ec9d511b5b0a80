"""The choices of a board reach every selector whose series carries the label, and nothing else of an expression."""

import re
from collections.abc import Sequence
from pathlib import Path

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import area, promql, section, stat, table, text, trend
from dashboards.panel import Panel, Promql, Sql
from dashboards.scope import Scope
from metrics import COUNT, Gauge, Metric
from metrics.exporter import ALERTS, UP
from tests.dashboards.support import (
    BACKUP,
    METRICS,
    ORDERS,
    QUEUE,
    SALES,
    SCOPE,
    USERS,
    WAIT,
    WINS,
    asked,
    board,
    legends,
)

TENANT = 'tenant=~"$tenant"'
BY_SERVICE = 'service=~"$service"'


@pytest.mark.parametrize(
    ("expr", "narrowed"),
    [
        ("kpi_queue_length", f"kpi_queue_length{{{TENANT}}}"),
        ("kpi_queue_length{}", f"kpi_queue_length{{{TENANT}}}"),
        ("kpi_queue_length{ }", f"kpi_queue_length{{{TENANT}}}"),
        ('kpi_users{plan="a"}', f'kpi_users{{{TENANT}, plan="a"}}'),
        ('kpi_users {plan="a",}', f'kpi_users{{{TENANT}, plan="a"}}'),
        ('kpi_users\n{\n  plan="a"\n}', f'kpi_users{{{TENANT}, plan="a"}}'),
        ('kpi_users\t{plan="a"}', f'kpi_users{{{TENANT}, plan="a"}}'),
        ('kpi_users{plan="/a{id}", tenant="x"} / 2', 'kpi_users{plan="/a{id}", tenant="x"} / 2'),
        ("sum by (up, kpi_users) (kpi_users)", f"sum by (up, kpi_users) (kpi_users{{{TENANT}}})"),
        ("kpi_users * on (up) group_left (up) up", f"kpi_users{{{TENANT}}} * on (up) group_left (up) up"),
        ('kpi_users{plan="a" # of one plan\n}', f'kpi_users{{{TENANT}, plan="a"}}'),
        ("kpi_users # people's\n+ kpi_users", f"kpi_users{{{TENANT}}} # people's\n+ kpi_users{{{TENANT}}}"),
        ("sum (kpi_queue_length)", f"sum (kpi_queue_length{{{TENANT}}})"),
        ("-kpi_queue_length*2", f"-kpi_queue_length{{{TENANT}}}*2"),
        ("rate(kpi_orders_total[5m])", f"rate(kpi_orders_total{{{TENANT}}}[5m])"),
        ("rate(kpi_orders_total[$__rate_interval])", f"rate(kpi_orders_total{{{TENANT}}}[$__rate_interval])"),
        ("kpi_queue_length offset 7d", f"kpi_queue_length{{{TENANT}}} offset 7d"),
        ("max_over_time(kpi_queue_length[1h:5m])", f"max_over_time(kpi_queue_length{{{TENANT}}}[1h:5m])"),
        ("kpi_queue_length @ end()", f"kpi_queue_length{{{TENANT}}} @ end()"),
        (
            "sum by (le, service) (rate(kpi_wait_seconds_bucket[1h]))",
            f"sum by (le, service) (rate(kpi_wait_seconds_bucket{{{TENANT}, {BY_SERVICE}}}[1h]))",
        ),
        (
            "kpi_wait_seconds_sum / kpi_wait_seconds_count",
            f"kpi_wait_seconds_sum{{{TENANT}, {BY_SERVICE}}} / kpi_wait_seconds_count{{{TENANT}, {BY_SERVICE}}}",
        ),
        (
            "kpi_queue_length or kpi_backup_timestamp_seconds and on () kpi_users unless kpi_memory_bytes",
            f"kpi_queue_length{{{TENANT}}} or kpi_backup_timestamp_seconds{{{TENANT}}} and on () "
            f"kpi_users{{{TENANT}}} unless kpi_memory_bytes{{{TENANT}}}",
        ),
    ],
)
def test_every_selector_gets_the_choices_that_its_series_carries(expr: str, narrowed: str) -> None:
    assert SCOPE.narrow(expr, ("tenant", "service")) == narrowed


@pytest.mark.parametrize("operator", ["=", "=~", "!=", "!~", " = "])
def test_a_label_that_the_author_pinned_is_left_alone(operator: str) -> None:
    expr = f'kpi_wait_seconds_count{{service{operator}"a", region="service"}}'

    assert SCOPE.narrow(expr, ("service",)) == expr
    assert SCOPE.narrow(expr, ("tenant", "service")) == (
        f'kpi_wait_seconds_count{{{TENANT}, service{operator}"a", region="service"}}'
    )


@pytest.mark.parametrize("region", [r'"service=\"a\""', """'service="a"'""", "`service='a'`"])
def test_text_in_quotes_pins_nothing(region: str) -> None:
    expr = f"kpi_wait_seconds_count{{region={region}}}"

    assert SCOPE.narrow(expr, ("service",)) == f"kpi_wait_seconds_count{{{BY_SERVICE}, region={region}}}"


@pytest.mark.parametrize(
    "expr",
    [
        'label_replace(x, "a", "kpi_queue_length", "b", "kpi_users{}")',
        r'x{a="say \"kpi_users\" kpi_users"}',
        "x{a='kpi_users', b=`kpi_users{`}",
        "kpi_wait_seconds",  # a histogram has no series of its own name
        "kpi_users_more + more_kpi_users + job:kpi_users:sum + kpi_users:rate5m",
        "up + sum(ALERTS)",
        "vector(1) + time()",
        "histogram_quantile(0.9, x)",
        "1e3 + 0x1f + Inf + NaN",
    ],
)
def test_what_is_no_series_of_ours_is_left_alone(expr: str) -> None:
    assert SCOPE.narrow(expr, ("tenant", "service", "plan")) == expr


def test_nothing_is_added_where_nothing_can_be_chosen() -> None:
    assert SCOPE.narrow("kpi_users + kpi_wait_seconds_sum", ()) == "kpi_users + kpi_wait_seconds_sum"
    assert SCOPE.narrow("kpi_users", ("currency",)) == "kpi_users"


def test_external_series_have_their_own_labels_but_none_of_a_source() -> None:
    assert SCOPE.narrow("up", ("tenant", "job")) == 'up{job=~"$job"}'


# Random expressions: what was PromQL stays PromQL, asks the same, and is narrowed once


NAMES = ("kpi_queue_length", "kpi_users", "kpi_orders_total", "kpi_wait_seconds_bucket", "up_to", "job:kpi_users:sum")
MATCHERS = st.builds(
    "{0}{1}{2}".format,
    st.sampled_from(("plan", "tenant", "service", "window", "region")),
    st.sampled_from(("=", "!=", "=~", "!~")),
    st.sampled_from(('"a"', '"kpi_users"', r'"\"a\""', "'b'", '".*"')),
)
SELECTORS = st.builds(
    lambda name, blank, inside, comma: f"{name}{blank}{{{', '.join(inside)}{comma if inside else ''}}}",
    st.sampled_from(NAMES),
    st.sampled_from(("", " ", "\n")),
    st.lists(MATCHERS, max_size=3),
    st.sampled_from(("", ",")),
) | st.sampled_from(NAMES)
SHIFTED = st.builds("{0}{1}".format, SELECTORS, st.sampled_from(("", " offset 7d", " @ end()")))
EXPRESSIONS = st.recursive(
    SHIFTED | st.sampled_from(("1", "vector(0)", "time()")),
    lambda inner: st.one_of(
        st.builds("rate({0}[5m])".format, SELECTORS),
        st.builds("max_over_time({0}[1h:5m])".format, SHIFTED),
        st.builds("sum by (plan, tenant) ({0})".format, inner.filter(lambda text: not re.match(r"1|time", text))),
        st.builds("({0}) {1} ({2})".format, inner, st.sampled_from(("+", "/ on (plan)", "or", "> bool")), inner),
        st.builds('label_replace({0}, "plan", "kpi_users", "plan", "kpi_users{{}}")'.format, SHIFTED),
    ),
    max_leaves=6,
)


def parses(expr: str) -> bool:
    try:
        promql_parser.parse(expr)
    except ValueError:
        return False
    return True


@given(EXPRESSIONS.filter(parses))
def test_what_was_promql_stays_promql(expr: str) -> None:
    narrowed = SCOPE.narrow(expr, ("tenant", "service", "plan"))

    assert parses(narrowed), narrowed


@given(EXPRESSIONS.filter(parses))
def test_an_expression_is_narrowed_once(expr: str) -> None:
    narrowed = SCOPE.narrow(expr, ("tenant", "service", "plan"))

    assert SCOPE.narrow(narrowed, ("tenant", "service", "plan")) == narrowed


@given(EXPRESSIONS.filter(parses))
def test_without_the_added_matchers_the_expression_is_the_authors(expr: str) -> None:
    narrowed = SCOPE.narrow(expr, ("tenant", "service", "plan"))
    without = re.sub(r'(tenant|service|plan)=~"\$\1"(, )?', "", narrowed)

    def bare(text: str) -> str:
        return re.sub(r",(?=\})", "", re.sub(r"\s", "", text)).replace("{}", "")

    assert bare(without) == bare(expr)


# Variables


@pytest.mark.parametrize(
    ("metrics", "own", "variables"),
    [
        ((QUEUE,), (), ("tenant",)),
        ((UP,), (), ()),
        ((SALES,), (), ("tenant", "currency")),
        ((WAIT, SALES), (), ("tenant", "currency", "service")),
        ((WINS,), (), ("tenant", "team")),
        ((WINS, USERS), ("plan", "colour"), ("tenant", "team", "plan")),
        ((UP,), ("job",), ("job",)),
        ((QUEUE,), ("service",), ("tenant",)),
    ],
)
def test_a_board_offers_the_choices_that_its_series_carry(
    metrics: Sequence[Metric], own: tuple[str, ...], variables: tuple[str, ...]
) -> None:
    panels = [stat(promql(str(metric), of=metric)) for metric in metrics]

    assert SCOPE.variables(board(*panels, variables=own)) == variables


def test_metrics_in_folded_sections_count_and_texts_offer_nothing() -> None:
    folded = section("More", board(trend(SALES)).sections[0].rows[0], folded=True)

    assert SCOPE.variables(board(text("x", title="T"), folded)) == ("tenant", "currency")
    assert SCOPE.variables(board(text("x", title="T"))) == ()


def test_a_metric_that_does_not_exist_here_offers_nothing() -> None:
    elsewhere = Gauge("kpi_elsewhere", "Not here.", unit=COUNT, labels=("team",), owner="tests")

    assert SCOPE.variables(board(stat(elsewhere))) == ()


def test_sources_bring_their_own_labels_in_their_order() -> None:
    scope = Scope(METRICS, source_labels=("region", "shop"))

    assert scope.variables(board(stat(SALES, window="1d", by="currency"))) == ("region", "shop", "currency")
    assert scope.narrow("kpi_queue_length", ("region", "shop")) == (
        'kpi_queue_length{region=~"$region", shop=~"$shop"}'
    )  # fmt: skip


# Legends and intervals


@pytest.mark.parametrize(
    ("panel", "legend"),
    [
        (trend(WINS, window="7d"), "{{team}} {{tenant}}"),
        (stat(QUEUE), "Queue length {{tenant}}"),
        (area(USERS, by=(), window="1d"), "Users"),
        (trend(ORDERS, by="status"), "{{status}}"),
        (trend(promql("up", of=UP, legend="{{job}}")), "{{job}}"),
        (stat(UP), "{{job}} {{instance}}"),
        (stat(BACKUP, before="7d"), "Backup {{tenant}}"),
        (table(QUEUE), "Queue length"),
    ],
)
def test_legends_name_the_source_where_each_has_a_series_of_its_own(panel: Panel, legend: str) -> None:
    assert legends(SCOPE.fit(panel, ()))[0] == legend


def test_without_source_labels_legends_stay_as_they_are() -> None:
    assert legends(Scope(METRICS, source_labels=()).fit(stat(QUEUE), ())) == ["Queue length"]


def test_several_labels_of_sources_stand_behind_each_other() -> None:
    scope = Scope(METRICS, source_labels=("tenant", "country"))

    assert legends(scope.fit(stat(QUEUE), ())) == ["Queue length {{tenant}} {{country}}"]


def test_the_period_before_is_narrowed_as_the_present_is() -> None:
    found = SCOPE.fit(stat(QUEUE, before="7d"), ("tenant",))

    assert asked(found)[0] == f"kpi_queue_length{{{TENANT}}}"
    assert f"kpi_queue_length{{{TENANT}}} offset 7d" in asked(found)[1]


def test_statements_and_all_else_of_a_panel_stay_as_they_are(tmp_path: Path) -> None:
    statement = Sql("SELECT kpi_users", tmp_path)
    panel = table(statement, title="Rows", description="All rows.", width=3)

    found = SCOPE.fit(panel, ("tenant",))

    assert found.targets == (statement,)
    assert (found.kind, found.title, found.width) == (panel.kind, panel.title, panel.width)


@pytest.mark.parametrize(
    ("seconds", "interval"),
    [
        ({}, ""),
        ({"kpi_queue_length": 60}, ""),
        ({"kpi_queue_length": 89}, "2m"),
        ({"kpi_queue_length": 150}, "3m"),
        ({"kpi_queue_length": 300}, "5m"),
    ],
)
def test_the_least_step_is_the_interval_of_collecting(seconds: dict[str, float], interval: str) -> None:
    assert Scope(METRICS, intervals=seconds).fit(stat(QUEUE), ()).interval == interval


def test_the_slowest_metric_of_a_panel_decides_and_an_author_before_it() -> None:
    scope = Scope(METRICS, intervals={"kpi_queue_length": 300, "kpi_users": 3600})

    assert scope.fit(table(QUEUE, USERS), ()).interval == "60m"
    assert scope.fit(stat(QUEUE, interval="10s"), ()).interval == "10s"


def test_alerts_are_known_but_belong_to_no_source() -> None:
    assert SCOPE.labels[ALERTS.name] == {"alertname", "alertstate", "severity", "team"}
    assert SCOPE.labels["kpi_wait_seconds_bucket"] == {"region", "service", "le", "tenant"}
    assert "kpi_wait_seconds" not in SCOPE.labels


def test_fitting_leaves_the_panel_of_the_board_untouched() -> None:
    panel = stat(QUEUE)
    SCOPE.fit(panel, ("tenant",))

    assert panel.targets == (Promql("kpi_queue_length", "Queue length", QUEUE, per_source=True),)


def test_what_changes_less_than_hourly_is_rated_over_two_changes() -> None:
    daily = Scope(SCOPE.metrics, intervals={"kpi_orders_total": 86_400})
    panel = daily.fit(trend(ORDERS), ())
    (query,) = panel.targets
    assert isinstance(query, Promql)
    assert (query.expr, panel.interval) == ("sum (rate(kpi_orders_total[48h]))", "")


def test_what_is_shared_by_all_sources_is_chosen_by_none() -> None:
    shared = Gauge("kpi_messages", "Messages.", unit=COUNT, owner="tests", origin="recorded", shared=True)

    assert Scope(metrics=(shared,)).narrow("kpi_messages", ("tenant",)) == "kpi_messages"
