"""Each function of the vocabulary derives query, unit, colours, title and description, and lets an author override."""

from pathlib import Path
from typing import Any

import pytest

from dashboards import (
    Column,
    area,
    bars,
    dial,
    distribution,
    funnel,
    heat,
    promql,
    share,
    sql,
    stat,
    state,
    table,
    text,
    trend,
)
from dashboards.look import GREEN, RED, YELLOW, describe
from dashboards.panel import Panel, PanelError, Promql, Sql, Step
from dashboards.queries import Where
from metrics import COUNT, CURRENCY, RATIO, SECONDS, Gauge, is_not, matches
from tests.dashboards.support import (
    BACKUP,
    BUSY,
    FAILURES,
    MEMORY,
    ORDERS,
    QUEUE,
    SALES,
    TAKINGS,
    TRAFFIC,
    USERS,
    WAIT,
    WINS,
    asked,
    legends,
)

FUNNEL = Gauge("kpi_stage_users", "Users per stage.", unit=COUNT, labels=("stage", "window"), owner="tests")
STATEMENT = Sql("SELECT 1", Path("one.sql"))
P95 = "histogram_quantile(0.95, sum by (le) (rate(kpi_wait_seconds_bucket[$__range])))"


def instants(panel: Panel) -> list[bool]:
    return [target.instant for target in panel.targets if isinstance(target, Promql)]


def shapes(panel: Panel) -> list[str]:
    return [target.shape for target in panel.targets]


# What each function asks


@pytest.mark.parametrize(
    ("panel", "exprs", "now"),
    [
        (stat(QUEUE), ["kpi_queue_length"], False),
        (stat(ORDERS), ["sum (increase(kpi_orders_total[$__range]))"], True),
        (stat(WAIT), [P95], True),
        (stat(ORDERS, span="1h"), ["sum (increase(kpi_orders_total[1h]))"], False),
        (stat(ORDERS, span="$__rate_interval"), ["sum (rate(kpi_orders_total[$__rate_interval]))"], False),
        (stat(promql("up", of=QUEUE)), ["up"], False),
        (stat(promql("increase(x[$__range])", of=QUEUE)), ["increase(x[$__range])"], True),
    ],
)
def test_a_stat_shows_the_course_of_a_gauge_and_the_growth_of_a_counter_in_the_chosen_time(
    panel: Panel, exprs: list[str], now: bool
) -> None:
    assert panel.kind == "stat"
    assert asked(panel) == exprs
    assert instants(panel) == [now]


@pytest.mark.parametrize(
    ("panel", "exprs"),
    [
        (trend(WINS, window="7d"), ['kpi_wins_ratio{window="7d"}']),
        (trend(ORDERS, by="status"), ["sum by (status) (rate(kpi_orders_total[$__rate_interval]))"]),
        (trend(ORDERS, span="1h"), ["sum (increase(kpi_orders_total[1h]))"]),
        (
            trend(WAIT),
            [
                "histogram_quantile(0.5, sum by (le) (rate(kpi_wait_seconds_bucket[$__rate_interval])))",
                "histogram_quantile(0.95, sum by (le) (rate(kpi_wait_seconds_bucket[$__rate_interval])))",
            ],
        ),
        (
            trend(WAIT, by=["region"], quantiles=[0.99], where={"service": is_not("x")}),
            [
                "histogram_quantile(0.99, sum by (le, region) "
                '(rate(kpi_wait_seconds_bucket{service!="x"}[$__rate_interval])))'
            ],
        ),
        (area(USERS, by=(), window="1d"), ['sum (kpi_users{window="1d"})']),
        (bars(ORDERS, by="status", span="1d"), ["sum by (status) (increase(kpi_orders_total[1d]))"]),
    ],
)
def test_lines_over_time_are_asked_for_every_moment(panel: Panel, exprs: list[str]) -> None:
    assert panel.kind == "trend"
    assert asked(panel) == exprs
    assert not any(instants(panel))
    assert set(shapes(panel)) == {"time_series"}


@pytest.mark.parametrize(
    ("panel", "kind", "exprs", "shape"),
    [
        (bars(MEMORY), "bars", ["sort_desc(kpi_memory_bytes)"], "time_series"),
        (
            bars(ORDERS, by="region"),
            "bars",
            ["sort_desc(sum by (region) (increase(kpi_orders_total[$__range])))"],
            "time_series",
        ),
        (bars(WAIT), "bars", [f"sort_desc({P95})"], "time_series"),
        (share(USERS, window="1d"), "share", ['kpi_users{window="1d"}'], "time_series"),
        (
            share(ORDERS, by="status"),
            "share",
            ["sum by (status) (increase(kpi_orders_total[$__range]))"],
            "time_series",
        ),
        (dial(FAILURES), "dial", ["kpi_failure_ratio"], "time_series"),
        (dial(WAIT), "dial", [P95], "time_series"),
        (
            table(USERS, QUEUE, window="1d", where={"plan": "pro"}),
            "table",
            ['kpi_users{window="1d", plan="pro"}', "kpi_queue_length"],
            "table",
        ),
        (table(ORDERS, by="region"), "table", ["sum by (region) (increase(kpi_orders_total[$__range]))"], "table"),
        (
            funnel(FUNNEL, by="stage", stages=("view", "pay"), window="7d"),
            "funnel",
            ['kpi_stage_users{window="7d", stage="view"}', 'kpi_stage_users{window="7d", stage="pay"}'],
            "time_series",
        ),
    ],
)
def test_what_shows_one_moment_asks_for_the_end_of_the_chosen_time(
    panel: Panel, kind: str, exprs: list[str], shape: str
) -> None:
    assert panel.kind == kind
    assert asked(panel) == exprs
    assert all(instants(panel))
    assert set(shapes(panel)) == {shape}


def test_a_funnel_keeps_the_order_of_its_stages() -> None:
    panel = funnel(FUNNEL, by="stage", stages=("view", "offer", "pay"), window="7d")

    assert legends(panel) == ["1 view", "2 offer", "3 pay"]


def test_a_distribution_has_a_bar_per_bucket_and_counts_what_fell_into_it() -> None:
    panel = distribution(WAIT, span="7d", where={"service": "a"})

    assert (panel.kind, panel.unit, panel.measure, panel.steps) == ("distribution", "short", COUNT, ())
    assert legends(panel) == ["≤ 500 ms", "500 ms–1 min", "1–5 min", "5–30 min", "> 30 min"]
    assert asked(panel)[0] == 'round(sum(increase(kpi_wait_seconds_bucket{service="a", le="0.5"}[7d])))'
    assert panel.metrics == (WAIT,)


def test_heat_of_a_histogram_has_the_unit_of_the_metric_on_its_axis() -> None:
    panel = heat(WAIT, where={"region": "eu"})

    assert (panel.kind, panel.unit, panel.measure, panel.steps) == ("heat", "s", SECONDS, ())
    assert asked(panel) == ['sum by (le) (increase(kpi_wait_seconds_bucket{region="eu"}[$__rate_interval]))']
    assert shapes(panel) == ["heatmap"]


def test_heat_of_a_statement_is_a_grid_of_its_rows() -> None:
    panel = heat(STATEMENT, matrix=("weekday", "hour", "users"), title="Hours", description="When.", unit=COUNT)

    assert (panel.kind, panel.matrix, panel.targets) == ("table", ("weekday", "hour", "users"), (STATEMENT,))


def test_state_names_its_states() -> None:
    values = {"0": ("down", RED), "1": ("up", GREEN)}
    panel = state(WINS, where={"window": "1d"}, values=values)

    assert (panel.kind, panel.values) == ("state", values)
    assert asked(panel) == ['kpi_wins_ratio{window="1d"}']
    assert instants(panel) == [False]


def test_text_is_markdown_under_a_title() -> None:
    panel = text("**Read me**", title="Notes")

    assert (panel.kind, panel.content, panel.title, panel.targets) == ("text", "**Read me**", "Notes", ())
    assert panel.description


def test_the_rows_of_a_statement_come_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "rows.sql"
    file.write_text("SELECT 1\n\n", encoding="utf-8")

    panel = table(sql(file), title="Rows", description="All rows.")

    assert panel.targets == (Sql("SELECT 1", file),)
    assert (panel.metrics, panel.unit, panel.measure) == ((), "", None)


# Unit, decimals and colours


@pytest.mark.parametrize(
    ("panel", "unit", "measure", "decimals"),
    [
        (stat(WINS, window="7d"), "percentunit", RATIO, 1),
        (trend(WAIT), "s", SECONDS, None),
        (stat(BACKUP), "dateTimeFromNow", BACKUP.unit, None),
        (trend(MEMORY), "bytes", MEMORY.unit, None),
        (stat(ORDERS), "short", COUNT, 0),
        (trend(ORDERS), "cps", COUNT, None),
        (trend(ORDERS, span="1h"), "short", COUNT, None),
        (trend(TRAFFIC), "Bps", TRAFFIC.unit, None),
        (trend(BUSY), "percentunit", SECONDS, None),
        (area(TRAFFIC), "Bps", TRAFFIC.unit, None),
        (area(TRAFFIC, span="1h"), "bytes", TRAFFIC.unit, None),
        (bars(TRAFFIC, by="region"), "bytes", TRAFFIC.unit, None),
    ],
)
def test_the_unit_follows_from_the_metric_and_from_what_is_asked(
    panel: Panel, unit: str, measure: Any, decimals: int | None
) -> None:
    assert (panel.unit, panel.measure, panel.decimals) == (unit, measure, decimals)


@pytest.mark.parametrize(
    ("panel", "currencies"),
    [
        (stat(SALES, by="currency", window="30d"), True),
        (bars(TAKINGS, by="status"), True),
        (stat(ORDERS), False),
        (stat(SALES, by="currency", window="30d", unit="short"), False),
    ],
)
def test_amounts_of_several_currencies_carry_a_unit_per_series(panel: Panel, currencies: bool) -> None:
    assert panel.currencies is currencies


def test_levels_of_the_metric_are_the_colours_of_the_panel_but_not_of_its_rate() -> None:
    orders = type(ORDERS)("kpi_refusals_total", "Refusals.", unit=COUNT, owner="tests", better="lower", critical=5)

    assert stat(FAILURES).steps == (Step(None, GREEN), Step(0.05, YELLOW), Step(0.1, RED))
    assert stat(orders).steps == (Step(None, GREEN), Step(5, RED))
    assert trend(orders, span="1h").steps == (Step(None, GREEN), Step(5, RED))
    assert trend(orders).steps == ()  # a level for a total says nothing about a rate
    assert stat(QUEUE).steps == ()


# Title and description


@pytest.mark.parametrize(
    ("panel", "title"),
    [
        (stat(QUEUE), "Queue length"),
        (stat(WINS, window="7d"), "Wins (7 d)"),
        (stat(USERS, by=(), window="30d"), "Users (30 d)"),
        (trend(WINS, by="team", window="7d"), "Wins (7 d) by team"),
        (trend(WAIT, by=("region", "service")), "Wait by region and service"),
        (trend(ORDERS), "Orders"),
        (trend(ORDERS, span="1h"), "Orders per hour"),
        (trend(ORDERS, span="5m"), "Orders per 5 min"),
        (bars(ORDERS, by="status", span="1d"), "Orders per day by status"),
        (bars(ORDERS, by="status"), "Orders by status"),
        (area(SALES, by="category", window="1d", where={"currency": "EUR"}), "Sales (1 d) by category"),
        (trend(USERS, by=(), window="1d"), "Users (1 d)"),
        (stat(WAIT), "Wait p95"),
        (trend(WAIT, quantiles=(0.99,)), "Wait p99"),
        (trend(WAIT), "Wait"),
        (distribution(WAIT), "Wait"),
        (heat(WAIT), "Wait"),
        (dial(FAILURES), "Failure"),
        (funnel(FUNNEL, by="stage", stages=("a",), window="7d"), "Stage users (7 d)"),
        (table(ORDERS, by="region"), "Orders"),
    ],
)
def test_the_title_says_what_in_which_window_over_which_span_and_by_what(panel: Panel, title: str) -> None:
    assert panel.title == title


def test_labels_in_titles_are_words() -> None:
    labelled = Gauge("kpi_x_ratio", "X.", unit=RATIO, labels=("device_os",), owner="tests")

    assert trend(labelled, by="device_os").title == "X by device os"


def test_the_description_tells_about_every_metric_of_the_panel() -> None:
    assert stat(FAILURES).description == describe(FAILURES)
    assert table(MEMORY, QUEUE).description == f"{describe(MEMORY)}\n\n{describe(QUEUE)}"
    assert stat(promql("x", of=QUEUE)).description == describe(QUEUE)


def test_a_metric_that_is_asked_twice_is_described_once() -> None:
    panel = trend(QUEUE, promql("x", of=QUEUE))

    assert panel.metrics == (QUEUE,)
    assert panel.description == describe(QUEUE)


# Overrides

OVERRIDES: dict[str, Any] = {
    "title": "Mine",
    "description": "My words.",
    "unit": "ms",
    "decimals": 3,
    "minimum": -1.0,
    "maximum": 9.0,
    "steps": (Step(None, GREEN), Step(2, RED)),
    "columns": (Column("a"),),
    "width": 3,
    "height": 5,
    "interval": "5m",
    "time": "90d",
    "to": "elsewhere",
    "ignore": {"K101": "because"},
    "may_be_empty": "nothing to see",
}
PANELS = {
    "stat": lambda **style: stat(FAILURES, **style),
    "trend": lambda **style: trend(FAILURES, **style),
    "area": lambda **style: area(QUEUE, **style),
    "bars": lambda **style: bars(FAILURES, **style),
    "bars per span": lambda **style: bars(ORDERS, span="1h", **style),
    "share": lambda **style: share(QUEUE, **style),
    "dial": lambda **style: dial(FAILURES, **{"maximum": 5.0, **style}),
    "table": lambda **style: table(FAILURES, **style),
    "funnel": lambda **style: funnel(FUNNEL, by="stage", stages=("a",), window="1d", **style),
    "state": lambda **style: state(FAILURES, values={"1": ("up", GREEN)}, **style),
    "distribution": lambda **style: distribution(WAIT, **style),
    "heat": lambda **style: heat(WAIT, **style),
    "heat of a statement": lambda **style: heat(STATEMENT, matrix=("a", "b", "c"), **style),
    "text": lambda **style: text("x", **style),
}


@pytest.mark.parametrize("field", OVERRIDES)
@pytest.mark.parametrize("kind", PANELS)
def test_an_author_can_override_each_part_of_each_panel(kind: str, field: str) -> None:
    named = {"title": "T", "description": "D"}
    panel = PANELS[kind](**{**named, field: OVERRIDES[field]})

    assert getattr(panel, field) == OVERRIDES[field]


def test_none_leaves_the_decimals_to_grafana_and_no_steps_take_the_colours_away() -> None:
    assert stat(FAILURES, decimals=None).decimals is None
    assert stat(FAILURES, steps=()).steps == ()


def test_an_overriding_unit_is_taken_as_it_is_and_an_id_of_grafana_cannot_be_checked() -> None:
    assert (stat(FAILURES, unit="percent").unit, stat(FAILURES, unit="percent").measure) == ("percent", None)
    assert (stat(FAILURES, unit=COUNT).unit, stat(FAILURES, unit=COUNT).measure) == ("short", COUNT)
    assert trend(ORDERS, unit=COUNT).unit == "short"
    assert trend(ORDERS, unit=SECONDS).unit == "s"


def test_levels_and_decimals_do_not_outlive_the_unit_of_the_metric() -> None:
    assert stat(promql("a / b", of=FAILURES), unit=COUNT).steps == ()
    assert stat(promql("a / b", of=FAILURES), unit=COUNT).decimals is None
    assert stat(promql("a / b", of=FAILURES), unit=RATIO).steps == stat(FAILURES).steps
    assert stat(promql("a / b", of=QUEUE), unit=RATIO).decimals == 1


def test_a_rate_beside_a_gauge_leaves_the_gauge_its_unit() -> None:
    assert trend(QUEUE, ORDERS).unit == "short"


def test_own_words_over_a_counter_are_not_taken_for_a_rate() -> None:
    assert trend(promql("sum(increase(x[1h]))", of=ORDERS)).unit == "short"


def test_a_pinned_currency_is_the_unit_of_the_panel() -> None:
    panel = stat(SALES, by=(), window="1d", where={"currency": "EUR"})

    assert (panel.unit, panel.currencies) == ("currencyEUR", False)
    assert stat(SALES, by=(), window="1d", where={"currency": "XYZ"}).unit == "short"


def test_amounts_grow_by_the_day_because_nobody_reads_them_per_second() -> None:
    panel = trend(TAKINGS, by="status")

    assert asked(panel) == ["sum by (status, currency) (increase(kpi_takings_amount_total[1d]))"]
    assert panel.title == "Takings per day by status"
    assert asked(trend(TAKINGS, span="1h")) == ["sum by (currency) (increase(kpi_takings_amount_total[1h]))"]


def test_the_interval_of_bars_is_their_span_unless_an_author_says_otherwise() -> None:
    assert bars(ORDERS, span="1d").interval == "1d"
    assert bars(ORDERS, span="1d", interval="2d").interval == "2d"
    assert bars(ORDERS).interval == ""


# Shapes of what is drawn over time


def test_areas_and_bars_over_time_stack_and_lines_do_not() -> None:
    assert (area(ORDERS, by="status").drawn, area(ORDERS, by="status").stacked) == ("area", True)
    assert (bars(ORDERS, span="1d").drawn, bars(ORDERS, span="1d").stacked) == ("bars", True)
    assert (trend(ORDERS).drawn, trend(ORDERS).stacked) == ("line", False)


@pytest.mark.parametrize("where", [{}, {"currency": matches("USD|EUR")}, {"currency": is_not("USD")}])
def test_areas_of_several_currencies_stand_side_by_side(where: Where) -> None:
    panel = area(SALES, by=("currency", "category"), window="1d", where=where)

    assert (panel.drawn, panel.stacked) == ("area", False)
    assert area(SALES, by="category", window="1d", where={"currency": "EUR"}).stacked


def test_a_statement_over_time_is_asked_for_series() -> None:
    panel = trend(STATEMENT, title="Course", description="Of time.")

    assert shapes(panel) == ["time_series"]


def test_a_dial_ends_where_its_author_says_else_beyond_its_worst_level() -> None:
    assert (dial(FAILURES).minimum, dial(FAILURES).maximum) == (0.0, 0.2)
    assert dial(FAILURES, maximum=0.5).maximum == 0.5
    assert dial(QUEUE, maximum=7).maximum == 7
    assert dial(FAILURES, minimum=-1).minimum == -1


# The period before


def test_a_stat_says_by_which_share_the_value_grew_since_the_period_before() -> None:
    panel = stat(USERS, by=(), window="1d", before="7d")
    now, change = (target for target in panel.targets if isinstance(target, Promql))

    assert now.expr == 'sum (kpi_users{window="1d"})'
    assert (now.instant, now.unit, now.before) == (False, None, "")
    assert change.expr.startswith('sum (kpi_users{window="1d"}) / (sum (kpi_users{window="1d"} offset 7d)')
    assert change.expr.endswith(" - 1")
    assert (change.legend, change.unit, change.instant, change.before) == ("vs. 7 d before", RATIO, True, "7d")


def test_a_change_is_told_for_each_series() -> None:
    panel = stat(SALES, by="currency", window="30d", before="30d")

    assert legends(panel) == ["{{currency}}", "vs. 30 d before {{currency}}"]


def test_a_trend_shows_the_period_before_as_a_line_of_its_own() -> None:
    panel = trend(ORDERS, by="status", before="7d")
    now, past = (target for target in panel.targets if isinstance(target, Promql))

    assert past.expr == "sum by (status) (rate(kpi_orders_total[$__rate_interval] offset 7d))"
    assert (now.legend, past.legend) == ("{{status}}", "7 d before {{status}}")
    assert (now.before, past.before) == ("", "7d")


def test_the_period_before_of_a_histogram_has_each_quantile() -> None:
    panel = trend(WAIT, quantiles=(0.5, 0.9), before="1d")

    assert legends(panel) == ["p50", "p90", "1 d before p50", "1 d before p90"]
    assert ["histogram_quantile(0.5," in expr for expr in asked(panel)] == [True, False, True, False]
    assert ["offset 1d" in expr for expr in asked(panel)] == [False, False, True, True]


def test_growth_from_nothing_is_no_growth() -> None:
    assert asked(stat(QUEUE, before="7d"))[1] == "kpi_queue_length / (kpi_queue_length offset 7d > 0) - 1"


def test_own_words_beside_a_metric_do_not_disturb_the_comparison() -> None:
    panel = stat(QUEUE, promql("x", of=QUEUE, legend="x"), before="7d")

    assert legends(panel) == ["Queue length", "x", "vs. 7 d before"]


def test_own_words_have_no_period_before() -> None:
    panel = trend(promql("up", of=QUEUE, legend="up"), before="7d")

    assert asked(panel) == ["up"]


# Several metrics


def test_several_metrics_of_one_panel_carry_their_titles() -> None:
    assert legends(trend(QUEUE, BACKUP)) == ["Queue length", "Backup"]
    assert legends(trend(WINS, FAILURES)) == ["Wins {{team}} {{window}}", "Failure {{provider}}"]
    assert legends(trend(QUEUE, WAIT)) == ["Queue length", "Wait p50", "Wait p95"]
    assert legends(trend(QUEUE, BACKUP, before="7d"))[2:] == ["7 d before Queue length", "7 d before Backup"]


def test_a_metric_in_another_unit_than_the_first_carries_its_own() -> None:
    first, second = (target for target in trend(QUEUE, MEMORY).targets if isinstance(target, Promql))

    assert (first.unit, second.unit) == (None, MEMORY.unit)


def test_a_window_reaches_only_the_metrics_that_have_one() -> None:
    panel = table(WINS, MEMORY, window="7d")

    assert asked(panel) == ['kpi_wins_ratio{window="7d"}', "kpi_memory_bytes"]


# What does not fit together


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: area(WINS, window="1d"),
            "kpi_wins_ratio: areas add values up, and those in ratio cannot be added",
        ),
        (
            lambda: area(WAIT),
            "kpi_wait_seconds: areas add values up, and quantiles cannot be added",
        ),
        (lambda: dial(QUEUE), "Queue length: a dial needs levels, or a maximum, to end its scale"),
        (
            lambda: stat(promql("up")),
            "a stat panel that shows no metric needs a title and a description, got ''",
        ),
        (
            lambda: table(STATEMENT, title="Rows"),
            "a table panel that shows no metric needs a title and a description, got 'Rows'",
        ),
        (
            lambda: area(USERS),
            "kpi_users: areas add values up; choose one window in 'where'",
        ),
        (
            lambda: area(SALES, by="currency"),
            "kpi_sales_amount: choose one window, or keep it in 'by': values of several cannot be added",
        ),
        (
            lambda: bars(TAKINGS, by="status", span="1d"),
            "kpi_takings_amount_total: bars over time add values up; choose one currency in 'where'",
        ),
        (
            lambda: share(SALES, by=("currency", "category"), window="1d"),
            "kpi_sales_amount: slices add values up; choose one currency in 'where'",
        ),
        (
            lambda: share(WINS, window="1d"),
            "kpi_wins_ratio: slices add values up, and those in ratio cannot be added",
        ),
        (
            lambda: funnel(FUNNEL, by="stage", stages=("a",)),
            "kpi_stage_users: a funnel shows one value for each stage; pin window in 'where'",
        ),
        (
            lambda: funnel(FUNNEL, by="stage", stages=[str(n) for n in range(27)], window="1d"),
            "Stage users (1 d): a panel asks at most 26 queries, got 27; make two panels",
        ),
        (
            lambda: trend(QUEUE, STATEMENT),
            "Queue length: a panel asks Prometheus or PostgreSQL, not both; make two panels",
        ),
        (lambda: state(QUEUE), "state needs 'values': the text and the colour of each state"),
        (lambda: heat(STATEMENT), "heat takes a histogram, or a statement together with 'matrix'"),
        (lambda: heat(WAIT, matrix=("a", "b", "c")), "heat takes a histogram, or a statement together with 'matrix'"),
        (
            lambda: table(WINS, FAILURES, where={"colour": "red"}),
            "'where' names the label 'colour', which kpi_wins_ratio, kpi_failure_ratio does not have",
        ),
        (lambda: text("x"), "a text panel that shows no metric needs a title and a description, got ''"),
        (
            lambda: stat(USERS, by="plan"),
            "kpi_users: choose one window, or keep it in 'by': values of several cannot be added",
        ),
        (
            lambda: bars(WAIT, by="colour"),
            "kpi_wait_seconds: 'by' names the label 'colour', which it does not have; it has: region, service",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_in_a_sentence(make: Any, sentence: str) -> None:
    with pytest.raises(PanelError) as refused:
        make()

    assert str(refused.value) == sentence


@pytest.mark.parametrize("make", [stat, trend, bars, share, table])
def test_a_label_that_the_metric_does_not_have_cannot_be_chosen_by(make: Any) -> None:
    with pytest.raises(PanelError, match="'where' names the label 'colour', which kpi_queue_length does not have"):
        make(QUEUE, where={"colour": "red"})


def test_a_statement_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PanelError, match=r"could not read .*missing\.sql: .*No such file"):
        sql(tmp_path / "missing.sql")

    (tmp_path / "latin.sql").write_bytes(b"SELECT '\xe4'")
    with pytest.raises(PanelError, match=r"could not read .*latin\.sql: "):
        sql(tmp_path / "latin.sql")


def test_own_words_keep_what_their_author_says() -> None:
    query = promql("up", of=QUEUE, legend="{{job}}", unit=CURRENCY)

    assert (query.expr, query.of, query.legend, query.unit) == ("up", QUEUE, "{{job}}", CURRENCY)
    assert not query.per_source


def test_own_words_can_say_that_sources_stay_apart() -> None:
    assert promql("up", of=QUEUE, per_source=True).per_source


def test_a_state_is_never_added_up() -> None:
    assert asked(state(MEMORY, values={"0": ("none", GREEN)})) == ["kpi_memory_bytes"]


def test_any_panel_can_have_words_in_place_of_values() -> None:
    values = {"1": ("good", GREEN)}

    assert stat(QUEUE, values=values).values == values


def test_the_words_of_an_author_that_sort_are_not_sorted_again() -> None:
    assert asked(bars(promql("sort(x)", of=QUEUE))) == ["sort(x)"]


def test_a_misspelt_word_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(PanelError, match=r"^a stat panel takes no tilte; beside .* title, to, unit, values, width$"):
        stat(QUEUE, tilte="Queue")  # type: ignore[call-arg]


def test_a_comparison_needs_the_span_that_it_covers() -> None:
    with pytest.raises(PanelError, match=r"^kpi_orders_total: to compare it with 7 d before, give the span"):
        stat(ORDERS, before="7d")
    assert len(stat(ORDERS, span="7d", before="7d").targets) == 2
