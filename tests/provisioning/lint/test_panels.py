"""Each rule for panels: examples that break it, each with exactly its code, and neighbours that are right."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboards import (
    Column,
    Panel,
    Promql,
    Sql,
    area,
    bars,
    distribution,
    heat,
    promql,
    row,
    section,
    share,
    stat,
    state,
    table,
    text,
    trend,
)
from dashboards.panel import Step
from metrics import RATIO, SECONDS
from metrics.exporter import UP
from tests.provisioning.lint.board_support import SCOPE, board, codes, findings
from tests.provisioning.lint.support import HAPPINESS, ORDERS, SALES, USERS, WAIT, WINS

EUROS = 'sum(kpi_sales_amount{currency="EUR", window="1d"})'
LINE = trend(WINS, window="1d", title="Wins")
TWENTY_SEVEN = tuple(Promql(f"vector({number})", f"number {number}") for number in range(27))


def words(expr: str, legend: str = "all", **style: Any) -> Panel:
    """A line over time for an expression in an author's words."""
    return replace(trend(promql(expr, legend=legend), title="Words", description="As said."), **style)


def sql_of(shape: str) -> Sql:
    text = "SELECT t AS time, 1 AS value FROM x WHERE $__timeFilter(t) ORDER BY 1 LIMIT 9"
    return Sql(text, Path("x.sql"), shape)  # type: ignore[arg-type]


FAILING = [
    ("K301", replace(LINE, title=" "), "A trend panel has no title."),
    ("K302", replace(LINE, description="\n"), "no description"),
    ("K303", replace(LINE, title="x" * 41), "41 characters; at most 40"),
    ("K305", replace(LINE, targets=()), "no query"),
    ("K305", text(" ", title="About"), "no text"),
    ("K306", replace(LINE, targets=TWENTY_SEVEN, unit="short"), "27 queries; at most 26"),
    ("K307", words("vector(1)", targets=(Promql("vector(1)", "all", instant=True),), unit="short"), "for one moment"),
    ("K307", replace(share(USERS, by="plan", window="1d"), kind="bars", targets=(Promql("vector(1)", "a"),)), "course"),
    ("K307", replace(table(USERS, window="1d"), targets=(Promql("vector(1)", instant=True),)), "needs table"),
    ("K307", replace(heat(WAIT), targets=(replace(heat(WAIT).targets[0], shape="time_series"),)), "needs heatmap"),
    ("K307", words("", targets=(sql_of("table"),), unit="short"), "x.sql has the shape table"),
    ("K307", replace(table(sql_of("time_series"), title="T", description="D")), "needs table"),
    ("K308", words("vector(1)"), "no unit"),
    ("K308", words("vector(1)", targets=(Promql("vector(1)", "a", unit=RATIO), Promql("vector(2)", "b"))), "no unit"),
    ("K309", words("vector(1)", unit="dollars"), "'dollars'"),
    ("K309", words("vector(1)", unit="suffix: "), "'suffix: '"),
    ("K309", table(USERS, window="1d", columns=[Column("Plan", unit="gram")]), "'gram'"),
    ("K311", words("sum by (region) (rate(kpi_orders_total[5m]))", "Orders", unit="cps"), "per region"),
    ("K311", words("sum by (region, status) (rate(kpi_orders_total[5m]))", "{{region}}", unit="cps"), "per status"),
    ("K311", words("up", unit="short", metrics=(UP,)), "per instance, job"),
    (
        "K311",
        replace(words("vector(1)", unit="short"), targets=(Promql("vector(1)", "a"), Promql("vector(2)", "a"))),
        "'a'",
    ),
    (
        "K311",
        stat(promql("kpi_happiness_score", legend="{{team}}"), title="S", description="D", unit="short"),
        "tenant",
    ),
    ("K312", words("sum(rate(kpi_orders_total[5m]))", "", unit="cps"), "Query A has no legend"),
    ("K312", stat(promql("sum by (region) (rate(kpi_orders_total[5m]))"), title="S", description="D", unit="cps"), "A"),
    ("K312", stat(*map(promql, ("vector(1)", "vector(2)")), title="S", description="D", unit="none"), "B has no"),
    ("K313", words(EUROS, "Sales", unit="short"), "'Sales'"),
    ("K314", replace(LINE, to="nowhere"), "uid 'nowhere'"),
    ("K314", text("See [the rest](/d/nowhere?var=1).", title="About"), "uid 'nowhere'"),
    ("K315", replace(LINE, steps=(Step(None, "green"), Step(0.2, "red"), Step(0.1, "red"))), "rise, got 0.2, 0.1"),
    ("K315", replace(LINE, steps=(Step(None, "green"), Step(0.2, "red"), Step(0.2, "red"))), "rise"),
    ("K315", replace(LINE, steps=(Step(0.1, "green"), Step(0.2, "red"))), "begin with one that has no value"),
    ("K315", replace(LINE, steps=(Step(None, "green"), Step(None, "red"))), "only that one"),
    ("K315", table(USERS, window="1d", columns=[Column("Plan", steps=(Step(1, "red"),))]), "of the column Plan"),
    ("K316", replace(LINE, minimum=1, maximum=1), "begins at 1 and ends at 1"),
    ("K317", replace(LINE, interval="5 minutes"), "'interval' must be a duration such as 5m, got '5 minutes'"),
    ("K317", replace(LINE, time="last quarter"), "'time' must be a duration such as 90d, got 'last quarter'"),
    (
        "K321",
        words('up{job="$jobs"}', "{{job}} {{instance}}", unit="short"),
        "$jobs; it has: datasource, postgres, tenant",
    ),
    ("K321", words("vector($__interval_s)", unit="short"), "$__interval_s"),
    ("K322", table(USERS, window="1d", columns=[Column("plans")]), "no column 'plans'; it has: Users, Plan, Tenant"),
]

RIGHT = {
    "a title of 40 characters is short enough": replace(LINE, title="x" * 40),
    "26 queries can be named": replace(LINE, targets=TWENTY_SEVEN[:26], unit="short"),
    "a text panel needs no query": text("Words.", title="About"),
    "a stat may ask for one moment or for a course": stat(ORDERS, by="region"),
    "a trend shows a statement in the shape of a time series": words(
        "", targets=(sql_of("time_series"),), unit="short"
    ),
    "a table shows the rows of a statement": table(sql_of("table"), title="T", description="D"),
    "a heat map asks for buckets": heat(WAIT),
    "a distribution asks for one moment": distribution(WAIT),
    "queries with units of their own need none of the panel": words(
        "", targets=(Promql("vector(1)", "a", unit=RATIO),)
    ),
    "states have texts and need no unit": state(UP, values={"1": ("up", "green")}),
    "texts in place of numbers need no unit": replace(stat(WINS, window="1d"), values={"1": ("won", "green")}, unit=""),
    "a unit may be a text behind the number": words("vector(1)", unit="suffix: per user"),
    "a unit may be any currency": words("vector(1)", unit="currencySEK"),
    "a legend need not show what a matcher pins": words(
        'sum by (region, status) (rate(kpi_orders_total{status="ok"}[5m]))', "{{region}}", unit="cps"
    ),
    "a legend need not show job and instance": words(
        "sum by (region, job) (rate(kpi_orders_total[5m]))", "{{region}}", unit="cps"
    ),
    "the legend of a board's own query gets its source": stat(HAPPINESS),
    "a single number without a name needs no legend": stat(
        promql("sum(rate(kpi_orders_total[5m]))"), title="S", description="D", unit="cps"
    ),
    "columns tell the series of a table apart": table(SALES, window="1d"),
    "a currency may stand in the legend": words(EUROS, "Sales in EUR", unit="short"),
    "a currency may stand in the title": words(EUROS, "Sales", title="Sales, EUR", unit="short"),
    "a currency may be the unit": words(EUROS, "Sales", unit="currencyEUR"),
    "an amount in one currency has its sign": stat(SALES, where={"currency": "EUR", "window": "1d"}),
    "the change of an amount has no currency": stat(SALES, by="currency", window="30d", before="30d"),
    "a panel may link to a board that exists": replace(LINE, to="orders"),
    "a text may link to a board that exists": text("[Orders](/d/orders)", title="About"),
    "levels rise": replace(LINE, steps=(Step(None, "green"), Step(0.1, "yellow"), Step(0.2, "red"))),
    "a scale may be open at one end": replace(LINE, minimum=1),
    "a scale has room": replace(LINE, minimum=0, maximum=1),
    "interval and time are durations": replace(LINE, interval="5m", time="90d"),
    "a variable of the source may be used": words('up{job=~"$tenant"}', "{{job}} {{instance}}", unit="short"),
    "Grafana's own variables may be used": words("vector($__range_s)", unit="short"),
    "a column may be a label in words, a value or a source": table(
        USERS, window="1d", columns=[Column("Plan"), Column("Users"), Column("tenant")]
    ),
    "a ring shows counts": share(USERS, by="plan", window="1d"),
    "areas show counts": area(USERS, by="plan", window="1d"),
    "bars show counters": bars(ORDERS, by="region", span="1d"),
}


# What an expression yields, the ids that fit it, and one that does not.
UNITS = [
    ('kpi_wins_ratio{window="1d"}', ["percentunit"], "short"),
    ('kpi_wins_ratio{window="1d"}', ["percentunit"], "suffix: wins"),
    ('100 * kpi_wins_ratio{window="1d"}', ["percent", "short"], "percentunit"),
    ("rate(kpi_busy_seconds_total[5m])", ["percentunit"], "s"),
    ("increase(kpi_busy_seconds_total[1h])", ["s", "dtdurations"], "ms"),
    ("1000 * increase(kpi_busy_seconds_total[1h])", ["ms"], "s"),
    ("histogram_quantile(0.9, sum by (le) (rate(kpi_wait_seconds_bucket[5m])))", ["s"], "short"),
    ("rate(kpi_orders_total[5m])", ["cps", "reqps", "ops", "suffix: per second"], "short"),
    ("increase(kpi_orders_total[1h])", ["short", "none", "suffix: orders"], "cps"),
    ("rate(kpi_takings_amount_total[5m])", ["short", "currencyEUR", "currencySEK", "suffix: per second"], "cps"),
    ("increase(kpi_takings_amount_total[1h])", ["short", "currencyEUR"], "percentunit"),
    ("kpi_happiness_score", ["none", "short"], "percentunit"),
    ("1000 * kpi_backup_timestamp_seconds", ["dateTimeFromNow", "dateTimeAsIso"], "s"),
    ("kpi_backup_timestamp_seconds * 1", [], "dateTimeFromNow"),
    ("time() - kpi_backup_timestamp_seconds", ["s"], "dateTimeFromNow"),
    ("sum(rate(kpi_wait_seconds_sum[5m])) / sum(rate(kpi_wait_seconds_count[5m]))", ["s"], "percentunit"),
    (
        "sum(rate(kpi_orders_total[5m])) / sum(rate(kpi_wait_seconds_count[5m]))",
        ["percentunit", "none", "suffix: each"],
        "s",
    ),
    ("1000 * increase(kpi_orders_total[1h])", ["short", "suffix: per 1,000"], ""),
    ("vector(1)", ["short", "s", "percentunit"], ""),
]


def fault_of(expr: str, unit: str) -> set[str]:
    # How the series are named is not what these examples are about.
    found = findings([board(words(expr, unit=unit))])
    return {finding.code for finding in found} - {"K311", "K313"}


@pytest.mark.parametrize(("code", "panel", "message"), FAILING)
def test_rule_speaks_of_the_panel_that_breaks_it_and_no_other_rule_does(code: str, panel: Panel, message: str) -> None:
    found = findings([board(panel)])
    assert {finding.code for finding in found} == {code}
    assert message in " ".join(finding.message for finding in found)


@pytest.mark.parametrize("panel", RIGHT.values(), ids=RIGHT)
def test_nothing_is_said_of_a_panel_that_is_right(panel: Panel) -> None:
    assert findings([board(panel)]) == []


@pytest.mark.parametrize(("expr", "fitting", "wrong"), UNITS)
def test_unit_of_the_panel_must_fit_what_the_expression_yields(expr: str, fitting: list[str], wrong: str) -> None:
    assert [unit for unit in fitting if fault_of(expr, unit)] == []
    assert not wrong or fault_of(expr, wrong) == {"K310"}


def test_unit_of_a_query_counts_before_that_of_the_panel() -> None:
    query = Promql('kpi_wins_ratio{window="1d"}', "{{team}} {{tenant}}", unit=RATIO)
    assert codes(board(words("", targets=(query,), unit="s"))) == []
    assert codes(board(words("", targets=(replace(query, unit=SECONDS),), unit="percentunit"))) == ["K310"]


def test_unit_of_a_column_counts_in_a_table() -> None:
    assert codes(board(table(WINS, window="1d", columns=[Column("Wins", unit=RATIO)]))) == []
    assert codes(board(table(WINS, window="1d", columns=[Column("Wins", unit=SECONDS)]))) == ["K310"]


def test_columns_of_a_query_that_does_not_parse_are_not_missed() -> None:
    broken = promql("sum(kpi_users", legend="All")
    panel = table(USERS, broken, window="1d", title="T", description="D", columns=[Column("All")])
    assert codes(board(panel)) == ["K201"]


def test_unit_of_a_heat_map_is_that_of_its_bounds() -> None:
    assert codes(board(replace(heat(WAIT), unit="short"))) == ["K310"]


def test_expression_is_checked_as_its_kind_of_panel_asks_it() -> None:
    top = "topk(3, sum by (region) (rate(kpi_orders_total[5m])))"
    assert codes(board(words(top, "{{region}}", unit="cps"))) == ["K217"]
    bar = bars(promql(top, legend="{{region}}"), title="Top", description="The top.", unit="cps")
    assert codes(board(bar)) == []


def test_finding_names_board_section_panel_and_query() -> None:
    panel = words("vector(1)", targets=(Promql("vector(1)", "a"), Promql("kpi_nothing", "b")), unit="short")
    (found,) = findings([board(section("Detail", row(panel)))])
    assert str(found).startswith("K102 Commerce / Orders › Detail › Words, query B: No metric exposes kpi_nothing")


def test_labels_of_the_sources_are_known_by_their_names_in_the_scope() -> None:
    by_shop = words("sum by (shop) (rate(kpi_orders_total[5m]))", "{{shop}}", unit="cps")
    assert codes(board(by_shop)) == ["K204"]
    assert findings([board(by_shop)], replace(SCOPE, source_labels=("shop",))) == []


def test_exception_hides_the_findings_of_its_code_on_its_panel_only() -> None:
    excepted = replace(words("vector(1)"), ignore={"K308": "A plain number."})
    assert codes(board(excepted)) == []
    assert codes(board(excepted, replace(words("vector(1)"), title="Other"))) == ["K308"]
    assert codes(board(replace(excepted, interval="often"))) == ["K317"]


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [
        pytest.param({"K308": " "}, "K318", id="a reason is needed"),
        pytest.param({"K308": "Plain.", "K3O8": "Plain."}, "K319", id="the code must exist"),
        pytest.param({"K308": "Plain.", "K303": "Long."}, "K320", id="something must be hidden"),
        pytest.param({"K308": "Plain.", "K320": "Yes."}, "K320", id="exceptions cannot be excepted"),
    ],
)
def test_exception_must_be_founded(ignore: dict[str, str], expected: str) -> None:
    assert codes(board(replace(words("vector(1)"), ignore=ignore))) == [expected]


def test_exception_for_what_only_a_server_can_tell_is_not_judged_without_one() -> None:
    assert codes(board(replace(table(sql_of("table"), title="T", description="D"), ignore={"K512": "Later."}))) == []
