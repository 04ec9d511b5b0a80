"""A board becomes the JSON that Grafana loads: names, variables, links, annotations, and nothing that it must guess."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards import (
    area,
    bars,
    dial,
    distribution,
    funnel,
    heat,
    promql,
    row,
    section,
    share,
    sql,
    stat,
    state,
    table,
    text,
    trend,
)
from dashboards.look import GREEN
from dashboards.panel import Panel
from dashboards.scope import Scope
from metrics import COUNT, Gauge
from metrics.delivery import LAST_DEPLOYMENT, LAST_INCIDENT
from metrics.exporter import UP
from tests.dashboards.support import (
    FAILURES,
    MEMORY,
    METRICS,
    ORDERS,
    QUEUE,
    SALES,
    USERS,
    WAIT,
    WINS,
    drawn,
    drawn_panel,
)

Json = dict[str, Any]
STAGE = Gauge("kpi_stage_users", "Users per stage.", unit=COUNT, labels=("stage",), owner="tests")


@pytest.fixture
def statement(tmp_path: Path) -> Panel:
    """A table of a statement's rows."""
    (tmp_path / "rows.sql").write_text("-- Rows.\nSELECT '{\"a\": {}}' AS a\n", encoding="utf-8")
    return table(sql(tmp_path / "rows.sql"), title="Rows", description="All rows.")


@pytest.fixture
def everything(statement: Panel) -> Json:
    """A board with a panel of every kind, open and folded."""
    return drawn(
        row(stat(USERS, window="1d", before="7d", to="users"), trend(WINS, before="7d"), area(ORDERS, by="status")),
        row(bars(MEMORY), share(ORDERS, by="status"), dial(FAILURES), table(WINS, MEMORY, title="Both"), statement),
        section(
            "More", row(distribution(WAIT), heat(WAIT, title="Waits"), funnel(STAGE, by="stage", stages=("a", "b")))
        ),
        section("Folded", row(state(QUEUE, values={"0": ("idle", GREEN)}), text("x", title="T")), folded=True),
        scope=Scope((*METRICS, STAGE)),
    )


def panels(found: Json) -> Iterator[Json]:
    """Every panel with those of folded sections, headings included."""
    for panel in found["panels"]:
        yield panel
        yield from panel.get("panels", ())


def variables(found: Json) -> dict[str, Json]:
    return {variable["name"]: variable for variable in found["templating"]["list"]}


def test_a_board_is_called_and_tagged_as_it_says() -> None:
    found = drawn(stat(QUEUE), area="App performance", name="API", uid="api", tags=("extra",), time="7d", refresh="1m")

    assert (found["uid"], found["title"], found["description"]) == (
        "api", "App performance / API", "What the till says.",
    )  # fmt: skip
    assert found["tags"] == ["kpi", "app-performance", "extra", "generated"]
    assert found["time"] == {"from": "now-7d", "to": "now"}
    assert found["refresh"] == "1m"
    assert found["editable"] is False
    assert found["graphTooltip"] == 1
    assert "id" not in found


def test_the_same_board_gives_the_same_text(everything: Json, statement: Panel) -> None:
    again = json.dumps(drawn(row(stat(QUEUE), statement)))

    assert again == json.dumps(drawn(row(stat(QUEUE), statement)))
    assert json.loads(json.dumps(everything)) == everything


def test_nothing_is_null_but_where_a_colour_begins_at_the_beginning(everything: Json) -> None:
    def nulls(value: object, path: str) -> Iterator[str]:
        if value is None:
            yield path
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield from nulls(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                yield from nulls(inner, f"{path}.{number}")

    found = list(nulls(everything, ""))
    assert found
    assert all(path.endswith("steps.0.value") for path in found), found


def test_every_panel_has_an_id_of_its_own_a_title_and_a_description(everything: Json) -> None:
    found = list(panels(everything))

    assert len({panel["id"] for panel in found}) == len(found) == 15
    assert all(panel["title"] for panel in found)
    assert all(panel["description"] for panel in found if panel["type"] != "row")


def test_open_sections_head_their_panels_and_folded_ones_hold_them(everything: Json) -> None:
    order = [(panel["type"], panel["title"]) for panel in everything["panels"]]
    heading, folded = (panel for panel in everything["panels"] if panel["type"] == "row")

    assert order.index(("row", "More")) == 8
    assert (heading["collapsed"], heading["panels"]) == (False, [])
    assert (folded["collapsed"], [panel["title"] for panel in folded["panels"]]) == (True, ["Queue length", "T"])
    assert everything["panels"][-1] is folded


def test_every_query_asks_the_source_that_the_viewer_chose(everything: Json) -> None:
    for panel in panels(everything):
        for target in panel.get("targets", ()):
            kind = ("postgres", "${postgres}") if "rawSql" in target else ("prometheus", "${datasource}")
            assert target["datasource"] == {"type": kind[0], "uid": kind[1]}
            assert panel["datasource"] == target["datasource"]


def test_queries_of_a_panel_have_letters_and_say_whether_they_ask_once() -> None:
    first, second = drawn_panel(stat(USERS, by=(), window="1d", before="7d"))["targets"]

    assert (first["refId"], first["instant"], first["range"]) == ("A", False, True)
    assert (second["refId"], second["instant"], second["range"]) == ("B", True, False)


def test_expressions_and_legends_reach_grafana_with_the_choices_of_the_board() -> None:
    (target,) = drawn_panel(trend(WINS, window="7d"))["targets"]

    assert target["expr"] == 'kpi_wins_ratio{tenant=~"$tenant", team=~"$team", window="7d"}'
    assert target["legendFormat"] == "{{team}} {{tenant}}"


def test_a_statement_reaches_grafana_word_for_word(statement: Panel) -> None:
    (target,) = drawn_panel(statement)["targets"]

    assert target["rawSql"] == "-- Rows.\nSELECT '{\"a\": {}}' AS a"
    assert (target["format"], target["rawQuery"]) == ("table", True)


def test_the_description_leads_to_the_handbook() -> None:
    scope = Scope(METRICS, handbook_url="https://kpi.example/handbook")
    description = drawn_panel(table(WINS, MEMORY), scope)["description"]

    assert description.startswith("Wins ÷ games.")
    assert "[kpi_wins_ratio](https://kpi.example/handbook#kpi_wins_ratio)" in description
    assert "[kpi_memory_bytes](https://kpi.example/handbook#kpi_memory_bytes)" in description
    assert drawn_panel(stat(UP, title="T"), scope)["description"].endswith("\n\nHandbook: `up`")  # has no entry
    assert "Handbook" not in drawn_panel(text("x", title="T"))["description"]


# Variables


def test_one_can_choose_prometheus_first_and_postgres_only_where_it_is_asked(statement: Panel) -> None:
    assert list(variables(drawn(stat(QUEUE)))) == ["datasource", "tenant"]
    found = variables(drawn(stat(QUEUE), statement))

    assert list(found) == ["datasource", "postgres", "tenant"]
    assert (found["datasource"]["type"], found["datasource"]["query"]) == ("datasource", "prometheus")
    assert (found["postgres"]["type"], found["postgres"]["query"]) == ("datasource", "postgres")


def test_who_chooses_a_tenant_has_chosen_its_database(statement: Panel) -> None:
    scope = Scope(METRICS, databases_by="tenant")

    assert variables(drawn(stat(QUEUE), statement, scope=scope))["postgres"]["regex"] == (
        "/^PostgreSQL (${tenant:regex})$/"
    )
    assert variables(drawn(stat(QUEUE), statement))["postgres"].get("regex") is None
    assert variables(drawn(statement, scope=scope))["postgres"].get("regex") is None  # nothing has a tenant


def test_a_statement_in_a_folded_section_asks_postgres_too(statement: Panel) -> None:
    assert "postgres" in variables(drawn(stat(QUEUE), section("S", row(statement), folded=True)))


def test_all_is_chosen_at_first_and_matches_series_without_the_label() -> None:
    found = variables(drawn(stat(SALES, by="currency", window="1d")))

    for name in ("tenant", "currency"):
        variable = found[name]
        assert variable["type"] == "query"
        assert (variable["includeAll"], variable["multi"], variable["allValue"]) == (True, True, ".*")
        assert variable["current"]["value"] == ["$__all"]


def test_the_choices_are_the_values_that_exist_narrowed_by_the_choices_before() -> None:
    found = variables(drawn(row(stat(SALES, by="currency", window="1d"), trend(WAIT))))

    assert found["tenant"]["query"] == "label_values(kpi_sales_amount, tenant)"
    assert found["currency"]["query"] == 'label_values(kpi_sales_amount{tenant=~"$tenant"}, currency)'
    assert found["service"]["query"] == (
        'label_values(kpi_wait_seconds_bucket{tenant=~"$tenant"}, service)'
    )  # fmt: skip
    assert all(found[name]["datasource"]["uid"] == "${datasource}" for name in ("tenant", "currency", "service"))


def test_a_board_can_offer_choices_of_its_own_whose_names_are_words() -> None:
    labelled = Gauge("kpi_x", "X.", unit=COUNT, labels=("device_os",), owner="tests")
    found = variables(drawn(stat(labelled), scope=Scope((labelled,)), variables=("device_os",)))

    assert found["device_os"]["label"] == "Device os"


# Links and annotations


def test_a_panel_leads_to_its_details_with_the_time_and_the_choices() -> None:
    (link,) = drawn_panel(stat(QUEUE, to="details"))["links"]

    assert link["url"].startswith("/d/details?")
    assert "${__url_time_range}" in link["url"]
    assert "${__all_variables}" in link["url"]
    assert "links" not in drawn_panel(stat(QUEUE))


def test_a_board_leads_up_and_across_with_the_time_and_the_choices() -> None:
    up, across = drawn(stat(QUEUE), up="overview")["links"]

    assert (up["type"], up["url"], up["title"]) == ("link", "/d/overview", "Overview")
    assert (across["type"], across["tags"], across["asDropdown"]) == ("dashboards", ["kpi"], True)
    assert all(link["keepTime"] and link["includeVars"] for link in (up, across))


@pytest.mark.parametrize("fields", [{"up": ""}, {"uid": "overview"}])
def test_the_board_on_top_leads_across_only(fields: dict[str, Any]) -> None:
    assert [link["type"] for link in drawn(stat(QUEUE), **fields)["links"]] == ["dashboards"]


def test_firing_alerts_are_marked_on_every_board() -> None:
    found = drawn(stat(QUEUE))["annotations"]["list"]

    assert 'ALERTS{alertstate="firing"}' in [each.get("expr") for each in found]
    assert all(each["datasource"]["uid"] == "${datasource}" for each in found)


def test_deployments_and_incidents_are_marked_at_their_very_moments_within_the_choices_of_the_board() -> None:
    found = drawn(stat(QUEUE), scope=Scope((*METRICS, LAST_DEPLOYMENT, LAST_INCIDENT)))["annotations"]["list"]

    assert [each["expr"] for each in found[1:]] == [
        'kpi_last_deployment_timestamp_seconds{tenant=~"$tenant"} * 1000 > $__from',
        'kpi_last_incident_timestamp_seconds{tenant=~"$tenant"} * 1000 > $__from',
    ]
    assert [each["titleFormat"] for each in found[1:]] == [
        "{{service}} deployed",
        "{{severity}} incident of {{service}}",
    ]
    assert all(each["useValueForTime"] and each["textFormat"] == "{{tenant}}" for each in found[1:])


@pytest.mark.parametrize(("time", "is_shown"), [("30m", True), ("24h", True), ("7d", False), ("30d", False)])
def test_deployments_are_shown_at_first_where_there_are_few(time: str, is_shown: bool) -> None:
    scope = Scope((*METRICS, LAST_DEPLOYMENT, LAST_INCIDENT))
    _, deployments, incidents = drawn(stat(QUEUE), scope=scope, time=time)["annotations"]["list"]

    assert (deployments["enable"], deployments["hide"], incidents["enable"]) == (is_shown, False, True)


def test_what_nobody_measures_here_is_not_marked() -> None:
    assert [each["name"] for each in drawn(stat(QUEUE))["annotations"]["list"]] == ["Firing alerts"]


# Single fields of a panel


def test_intervals_and_ranges_of_a_panel_reach_grafana_only_where_it_has_them() -> None:
    scope = Scope(METRICS, intervals={"kpi_queue_length": 300})
    own = drawn_panel(stat(QUEUE, interval="10s", time="90d"), scope)

    assert (own["interval"], own["timeFrom"]) == ("10s", "90d")
    assert drawn_panel(stat(QUEUE), scope)["interval"] == "5m"
    plain = drawn_panel(stat(QUEUE))
    assert not {"interval", "timeFrom"} & set(plain)


def test_a_panel_lies_where_the_layout_puts_it() -> None:
    found = drawn(row(stat(QUEUE, width=3, height=5), trend(MEMORY, height=5)))["panels"]

    assert [panel["gridPos"] for panel in found] == [
        {"x": 0, "y": 0, "w": 6, "h": 5},
        {"x": 6, "y": 0, "w": 18, "h": 5},
    ]


def test_own_words_are_narrowed_as_derived_queries_are() -> None:
    panel = promql("kpi_queue_length / kpi_queue_length", of=QUEUE, legend="one")

    assert drawn_panel(stat(panel))["targets"][0]["expr"] == (
        'kpi_queue_length{tenant=~"$tenant"} / kpi_queue_length{tenant=~"$tenant"}'
    )  # fmt: skip
