"""Each rule: examples that break it, each with exactly its code, and neighbours that are right."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import Counter, Histogram, Metric, Unit
from metrics.catalogue import all_metrics, external_metrics
from provisioning.lint import Catalogue, check
from tests.provisioning.lint.support import CATALOGUE, METRICS, evaluated, promtool_accepts

BUCKETS = "rate(kpi_wait_seconds_bucket[$__rate_interval])"

FAILING = [
    # metrics
    ("K102", "kpi_user", "; did you mean kpi_users?"),
    ("K102", "something_else_entirely", "No metric exposes something_else_entirely."),
    ("K102", '{__name__="kpi_user"}', "kpi_user"),
    ("K102", 'count({job="kpi"})', "names no metric"),
    ("K102", 'count({__name__=~"kpy_.+"})', "selects no declared metric"),
    (
        "K103",
        "rate(kpi_wait_seconds[5m])",
        "use kpi_wait_seconds_bucket, kpi_wait_seconds_sum or kpi_wait_seconds_count",
    ),
    # selectors
    ("K201", "sum(kpi_users", "unclosed left parenthesis"),
    ("K201", "kpi_users[5m]", "an instant vector"),
    ("K201", "rate(kpi_users)", "expected type matrix"),
    ("K202", 'kpi_users{plan="a" or plan="b"}', "joins matchers by 'or'"),
    ("K203", 'kpi_users{plann="free"}', "did you mean plan? It has: instance, job, plan, tenant, window."),
    ("K203", 'kpi_users{le="1"}', "no label 'le'"),
    ("K203", 'up{tenant="t"}', "no label 'tenant'"),
    ("K206", 'increase(kpi_wait_seconds_bucket{le="1.0"}[1h])', "its bounds are written: 0.5, 60.0, +Inf"),
    ("K206", 'increase(kpi_wait_seconds_bucket{le="60"}[1h])', 'no bucket le="60"'),
    ("K218", 'kpi_users{plan=~"free"}', 'write plan="free"'),
    ("K218", 'kpi_users{plan!~"free"}', 'write plan!="free"'),
    # labels
    ("K204", "sum by (country) (rate(kpi_orders_total[5m]))", "sum by names the label 'country'"),
    ("K204", "max without (country) (kpi_happiness_score)", "max without names the label 'country'"),
    ("K204", "max by (region) (sum by (status) (rate(kpi_orders_total[5m])))", "there is only status"),
    ("K204", "topk by (x) (1, kpi_happiness_score @ end())", "topk by names the label 'x'"),
    ("K204", "kpi_users and on (team) kpi_users", "The left side of on names the label 'team'"),
    ("K204", "kpi_users / ignoring (team) kpi_users", "The clause ignoring names the label 'team'"),
    (
        "K204",
        "kpi_users * on (plan) group_left (team) max by (plan, window) (kpi_users)",
        "The clause group_left or group_right names",
    ),
    ("K204", 'label_replace(kpi_happiness_score, "x", "$1", "tem", "(.*)")', "did you mean team?"),
    ("K204", 'label_join(kpi_happiness_score, "x", "-", "team", "town")', "'town'"),
    # counters and gauges
    ("K207", "rate(kpi_users[5m])", "rate needs a counter, and kpi_users is a gauge."),
    ("K207", "increase(kpi_users[1h:5m])", "kpi_users is a gauge"),
    ("K207", "resets(kpi_users[1h])", "kpi_users is a gauge"),
    ("K207", "increase(sum(rate(kpi_orders_total[5m]))[1h:])", "gives it an expression"),
    ("K208", "delta(kpi_orders_total[1h])", "use rate or increase"),
    ("K208", "deriv(kpi_wait_seconds_count[1h])", "kpi_wait_seconds_count is a counter"),
    ("K208", "predict_linear(kpi_orders_total[1h], 60)", "kpi_orders_total is a counter"),
    ("K208", "idelta(kpi_orders_total[1h:])", "kpi_orders_total is a counter"),
    ("K209", "kpi_orders_total", "stands bare"),
    ("K209", "sum by (status) (kpi_orders_total)", "stands bare"),
    ("K209", "kpi_orders_total - kpi_orders_total offset 1h", "stands bare"),
    ("K209", "max_over_time(kpi_orders_total[1h])", "stands bare"),
    ("K209", "kpi_wait_seconds_sum / kpi_wait_seconds_count", "kpi_wait_seconds_sum is a counter"),
    ("K209", "kpi_orders_total and on (region) rate(kpi_busy_seconds_total[5m])", "kpi_orders_total"),
    ("K210", "rate(kpi_orders_total[1m])", "less than 2 minutes"),
    ("K210", "increase(kpi_orders_total[119s])", "less than 2 minutes"),
    ("K210", "irate(kpi_orders_total[$__interval])", "looks over $__interval"),
    ("K210", "rate(kpi_orders_total[1m:10s])", "less than 2 minutes"),
    ("K219", "mad_over_time(kpi_users[1h])", "mad_over_time is experimental"),
    ("K219", "limitk(2, kpi_users)", "limitk is experimental"),
    ("K219", "limit_ratio(0.5, kpi_users)", "limit_ratio is experimental"),
    # histograms
    ("K211", f"histogram_quantile(0.9, sum({BUCKETS}))", "needs the label le"),
    ("K211", f"histogram_quantile(0.9, sum without (le) ({BUCKETS}))", "needs the label le"),
    ("K212", "histogram_quantile(0.9, sum by (le) (kpi_wait_seconds_bucket))", "rate or increase"),
    ("K212", "histogram_quantile(0.9, rate(kpi_wait_seconds_sum[5m]))", "kpi_wait_seconds_sum is none"),
    ("K212", "histogram_quantile(0.9, kpi_users)", "kpi_users is none"),
    ("K213", f"histogram_quantile(95, {BUCKETS})", "from 0 to 1, got 95"),
    ("K213", f"histogram_quantile(-0.5, {BUCKETS})", "got -0.5"),
    ("K213", "quantile by (team) (50, kpi_happiness_score)", "got 50"),
    ("K213", "quantile_over_time(1.1, kpi_happiness_score[1h])", "got 1.1"),
    # aggregations
    ("K214", "sum by (plan) (kpi_users)", "mixes windows"),
    ("K214", "max without (window) (kpi_users)", "mixes windows"),
    ("K214", "max(sum by (window) (kpi_users))", "mixes windows"),
    ("K214", 'sum(kpi_users{window=~"1d|7d"})', "mixes windows"),
    ("K214", 'sum by (window) (kpi_sales_amount{category="art"})', "mixes currencies"),
    ("K214", 'avg(kpi_sales_amount{currency!="EUR", window="1d"})', "mixes currencies"),
    ("K214", "sum(rate(kpi_takings_amount_total[5m]))", "mixes currencies"),
    ("K214", "quantile(0.5, rate(kpi_takings_amount_total[5m]))", "mixes currencies"),
    ("K215", 'avg(kpi_wins_ratio{window="1d"})', "averages kpi_wins_ratio over team"),
    ("K214", "sum(increase(kpi_wait_seconds_bucket[1h]))", "mixes buckets"),
    ("K215", "sum(kpi_works_per_user)", "adds up kpi_works_per_user over plan"),
    ("K215", "sum(kpi_happiness_score)", "adds up kpi_happiness_score over team"),
    ("K215", 'sum(kpi_wins_ratio{window="1d", team="a"})', "over tenant"),
    ("K215", "avg by (window) (100 * clamp_max(kpi_wins_ratio, 1))", "averages kpi_wins_ratio"),
    ("K215", "avg(avg_over_time(kpi_happiness_score[1d]))", "averages kpi_happiness_score"),
    ("K215", "avg(max_over_time(kpi_happiness_score[1d:1h]) > 0.5)", "averages kpi_happiness_score"),
    ("K215", "avg(bottomk(3, kpi_happiness_score))", "averages kpi_happiness_score"),
    # matching
    ("K216", "sum by (plan, window) (kpi_users) / sum by (window) (kpi_users) ", "the left has plan, window"),
    ("K216", 'kpi_users{window="1d"} / kpi_users{window="7d"}', "window is '1d' on the left and '7d' on the right"),
    ("K216", "kpi_happiness_score > vector(0)", "the right no label"),
    ("K216", "kpi_users unless ignoring (window) kpi_happiness_score", "matches nothing"),
    ("K216", 'kpi_users{plan="a"} and on (plan) kpi_users{plan="b"}', "plan is 'a' on the left"),
]

PASSING = [
    # metrics
    "kpi_users",
    "count({__name__=~'kpi_.+'})",
    "count({__name__=~'kpi_users|(?P<any>up)', job='kpi'})",
    'ALERTS{alertstate="firing", severity=~"critical|warning"}',
    "up == 0",
    # selectors
    'kpi_users{plan="free", tenant=~"$tenant", job="kpi", instance!=""}',
    'up{job="kpi"}',
    'increase(kpi_wait_seconds_bucket{le="60.0"}[$__range])',
    'increase(kpi_wait_seconds_bucket{le="+Inf"}[$__range])',
    'increase(kpi_wait_seconds_bucket{le="$bound"}[$__range])',
    'increase(kpi_wait_seconds_bucket{le!="7"}[$__range])',
    'kpi_users{plan=~"$plan"}',
    'kpi_users{plan=~"${plan:regex}", tenant=~"[[tenant]]"}',
    'kpi_users{plan=~"free|"}',
    'kpi_users{plan=~".+"}',
    'kpi_users{plan=~""}',
    # labels
    "sum by (status) (rate(kpi_orders_total[$__rate_interval]))",
    "sum by (tenant, status) (rate(kpi_orders_total[$__rate_interval]))",
    "max without (instance, job) (kpi_users)",
    "sum by (size, window) (label_replace(kpi_users, 'size', '$1', 'plan', '(.).*'))",
    "kpi_users * on (plan, window) kpi_users",
    "kpi_users / on (window) group_left () sum by (window) (kpi_users)",
    "kpi_users * on (instance) group_left (team) max by (instance, team) (kpi_happiness_score)",
    # counters and gauges
    "irate(kpi_orders_total[2m])",
    "rate(kpi_orders_total[$window])",
    "increase(kpi_orders_total[$__range])",
    "increase(kpi_orders_total[$__interval])",
    "increase(kpi_orders_total[1d])",
    "rate(kpi_orders_total[5m:1m])",
    "rate(kpi_orders_total[$__range])",
    "delta(kpi_users[1h])",
    "deriv(kpi_users[1h])",
    "absent(kpi_orders_total)",
    "count(kpi_orders_total)",
    "group by (region) (kpi_orders_total)",
    "timestamp(kpi_orders_total)",
    "count_over_time(kpi_orders_total[1h])",
    "absent_over_time(kpi_orders_total[1h])",
    "changes(kpi_orders_total[1h])",
    "resets(kpi_orders_total[1h])",
    "present_over_time(kpi_orders_total[1h])",
    "rate(kpi_busy_seconds_total[5m]) and on (region) kpi_orders_total",
    "kpi_users unless on (instance) (kpi_orders_total)",
    # histograms
    f"histogram_quantile(0.95, sum by (le) ({BUCKETS}))",
    f"histogram_quantile(0.95, sum by (le, region) ({BUCKETS}))",
    f"histogram_quantile(1, {BUCKETS})",
    f"histogram_quantile($quantile, {BUCKETS})",
    "histogram_quantile(0, sum without (region) (increase(kpi_wait_seconds_bucket[$__range])))",
    "sum(rate(kpi_wait_seconds_sum[5m])) / sum(rate(kpi_wait_seconds_count[5m]))",
    "quantile by (team) (0.5, kpi_happiness_score)",
    # aggregations
    'sum(kpi_users{window="30d"})',
    'sum(kpi_users{window="$window"})',
    "sum by (window) (kpi_users)",
    "sum by (currency, window) (kpi_sales_amount)",
    "sum(kpi_payers)",
    "max(sum by (currency) (kpi_payers) / sum by (currency) (kpi_payers))",
    "count(kpi_sales_amount)",
    "topk(3, kpi_sales_amount @ end())",
    "sum without (plan) (kpi_users)",
    'min(kpi_wins_ratio{window="1d"})',
    'avg(kpi_wins_ratio{window="1d", team="a"})',
    "avg without (instance, job) (kpi_wins_ratio)",
    "avg_over_time(kpi_wins_ratio[7d])",
    "avg_over_time(kpi_wins_ratio[7d:1d])",
    "sum(kpi_happiness_score > bool 0.5)",
    "sum(rate(kpi_busy_seconds_total[5m]))",
    "sum by (window) (kpi_wins_ratio * kpi_wins_ratio)",
    # matching
    'kpi_users{window="1d"} / ignoring (window) kpi_users{window="7d"}',
    'kpi_users{window="$window"} / kpi_users{window="$other"}',
    "kpi_users / kpi_users offset 7d",
    "sum(kpi_payers) or vector(0)",
    "kpi_users > 1",
    "kpi_users / scalar(sum(kpi_payers))",
    "kpi_happiness_score / ignoring (team) group_left () max without (team) (kpi_happiness_score)",
]


@pytest.mark.parametrize(("code", "expr", "message"), FAILING, ids=lambda value: str(value)[:60])
def test_breach_of_a_rule_is_found_and_nothing_else(code: str, expr: str, message: str) -> None:
    found = check(expr, CATALOGUE, "Board › Panel")
    assert {one.code for one in found} == {code}, found
    assert any(message in one.message for one in found), found
    assert {one.place for one in found} == {"Board › Panel"}


def test_a_window_holds_two_collections_of_what_grows() -> None:
    rare = Catalogue(METRICS, {"kpi_orders_total": 900})
    (found,) = check("sum(increase(kpi_orders_total[20m]))", rare, "Board › Panel")
    assert (found.code, "less than 30 minutes" in found.message) == ("K210", True)
    assert check("sum(increase(kpi_orders_total[30m]))", rare, "Board › Panel") == []


@pytest.mark.parametrize("expr", PASSING)
def test_right_expression_has_no_findings(expr: str) -> None:
    assert check(expr, CATALOGUE, "Board › Panel") == []


def test_prometheus_accepts_every_right_expression(program: Callable[[str], Path], tmp_path: Path) -> None:
    assert promtool_accepts(program("promtool"), tmp_path, PASSING) == ""


def test_prometheus_finds_nothing_where_the_linter_says_so(program: Callable[[str], Path], tmp_path: Path) -> None:
    says_so = ("K102", "K103", "K206", "K211", "K216")
    not_empty = ('count({job="kpi"})', "kpi_users unless ignoring (window) kpi_happiness_score")
    empty = [expr for code, expr, _ in FAILING if code in says_so and expr not in not_empty]
    answers = evaluated(program("promtool"), tmp_path, [f"absent_over_time(({expr})[1m:1m])" for expr in empty])
    assert [expr for expr, answer in zip(empty, answers, strict=True) if not answer] == []


@pytest.mark.parametrize(
    ("code", "expr", "options"),
    [
        ("K205", "sum by (plan) (kpi_users{window='1d'})", {"legend": "{{window}}"}),
        ("K205", "rate(kpi_orders_total[5m])", {"legend": "{{status}} {{ __name__ }}"}),
        ("K205", f"histogram_quantile(0.9, {BUCKETS})", {"legend": "{{region}} {{le}}"}),
        ("K205", "sum(kpi_payers)", {"legend": "{{currency}}"}),
        ("K217", "topk(3, kpi_users)", {}),
        ("K217", "bottomk(3, sum by (window) (kpi_users))", {"kind": "heatmap"}),
        ("K217", "topk(3, kpi_users) * 2", {"kind": "range"}),
        ("K203", 'kpi_users{tenant="t"}', {"extra_labels": frozenset({"job"})}),
    ],
)
def test_legend_and_kind_of_query_are_part_of_the_rules(code: str, expr: str, options: dict[str, Any]) -> None:
    assert [one.code for one in check(expr, CATALOGUE, "here", **options)] == [code]


@pytest.mark.parametrize(
    ("expr", "options"),
    [
        ("sum by (plan, window) (kpi_users)", {"legend": "{{plan}} ({{ window }})"}),
        ("kpi_users", {"legend": "{{__name__}} {{tenant}}"}),
        ("label_replace(sum(kpi_payers), 'x', 'y', '', '')", {"legend": "{{x}}"}),
        ("kpi_users", {"legend": "Users of $tenant"}),
        ("topk(3, kpi_users)", {"kind": "instant"}),
        ("bottomk(3, kpi_users)", {"kind": "table"}),
        ("count(topk(3, kpi_users))", {"kind": "range"}),
        ("scalar(topk(1, kpi_users)) * kpi_payers", {"kind": "range"}),
        ("kpi_users and topk(3, max_over_time(kpi_users[1h:] @ end()))", {"kind": "range"}),
        ('kpi_users{region="eu"}', {"extra_labels": frozenset({"region"})}),
    ],
)
def test_legend_and_kind_of_query_that_fit_have_no_findings(expr: str, options: dict[str, Any]) -> None:
    assert check(expr, CATALOGUE, "here", **options) == []


def test_labels_of_an_unknown_metric_are_not_judged() -> None:
    expr = 'sum by (any) (unknown_metric{thing="x"}) / on (any) max without (other) (unknown_metric) or unknown_metric'
    assert {one.code for one in check(expr, CATALOGUE, "here", legend="{{any}} {{thing}}")} == {"K102"}


def test_message_lists_the_labels_that_are_there() -> None:
    (found,) = check("kpi_payers", CATALOGUE, "here", legend="{{currencey}}")
    assert found.message == (
        "The legend names the label 'currencey', and there is only currency, instance, job, tenant; "
        "did you mean currency?"
    )


def test_findings_are_sorted_and_each_comes_once() -> None:
    found = check('kpi_userz + kpi_userz + kpi_users{x="", plan=~"a"}', CATALOGUE, "here")
    assert [one.code for one in found] == ["K102", "K203", "K218"]


DECLARED = [*all_metrics(), *external_metrics()]


@st.composite
def ordinary_expressions(draw: st.DrawFn) -> tuple[str, str]:
    """An expression as the boards ask it of any declared metric, and its legend."""
    metric: Metric = draw(st.sampled_from(DECLARED))
    by = draw(st.lists(st.sampled_from(metric.labels), unique=True)) if metric.labels else []
    legend = " ".join(f"{{{{{label}}}}}" for label in by)
    if isinstance(metric, Histogram):
        level = draw(st.sampled_from(["0.5", "0.95", "1"]))
        grouping = ", ".join(["le", *by])
        return f"histogram_quantile({level}, sum by ({grouping}) (rate({metric.bucket}[$__rate_interval])))", legend
    if isinstance(metric, Counter):
        by += ["currency"] * (metric.unit is Unit.CURRENCY and "currency" not in by)
        function = draw(st.sampled_from(["rate({}[$__rate_interval])", "increase({}[$__range])", "increase({}[30d])"]))
        return f"sum by ({', '.join(by)}) ({function.format(metric)})", legend
    chosen = {label: f"${label}" for label in metric.labels if label not in by}
    addable = metric.unit not in (Unit.RATIO, Unit.SCORE) and metric.adds_over != ()
    selector = metric(**chosen)
    return (f"sum by ({', '.join(by)}) ({selector})" if addable and draw(st.booleans()) else selector), legend


@given(ordinary_expressions())
def test_ordinary_expression_over_any_declared_metric_has_no_findings(expression: tuple[str, str]) -> None:
    expr, legend = expression
    assert check(expr, Catalogue(DECLARED), "here", legend=legend) == []


LEAVES = [
    "kpi_users",
    "kpi_sales_amount",
    "kpi_orders_total",
    "kpi_wait_seconds_bucket",
    "unknown",
    "2",
    "time()",
    "up",
]


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    labels = st.lists(st.sampled_from(["plan", "window", "le", "job"]), max_size=2).map(", ".join)
    operators = st.sampled_from(["+", "/", "> bool", "and on (plan)", "* ignoring (le) group_left (job)", "or", "^"])
    functions = ["rate(({})[5m:])", "abs({})", "-({})", "histogram_quantile(0.9, {})", "scalar({})", "absent({})"]
    return st.one_of(
        st.builds("({}) {} ({})".format, inner, operators, inner),
        st.builds("{} by ({}) ({})".format, st.sampled_from(["sum", "avg", "count", "max"]), labels, inner),
        st.builds("topk without ({}) (3, {})".format, labels, inner),
        st.builds(lambda function, expr: function.format(expr), st.sampled_from(functions), inner),
    )


@given(st.recursive(st.sampled_from(LEAVES), _around, max_leaves=6))
def test_any_expression_is_checked_without_failing(expr: str) -> None:
    assert all(one.message for one in check(expr, CATALOGUE, "here", legend="{{plan}}"))


def test_four_hundred_expressions_take_well_under_a_second() -> None:
    catalogue = Catalogue(DECLARED)
    selector = 'kpi_http_request_duration_seconds_bucket{tenant=~"$tenant", service=~"$service"}'
    expr = f"histogram_quantile(0.95, sum by (le, service) (rate({selector}[$__rate_interval])))"
    started = time.process_time()
    for _ in range(400):
        check(expr, catalogue, "here", legend="{{service}}")
    assert time.process_time() - started < 1
