"""What each kind of panel asks Grafana for: units per series, thresholds, mappings, and a look that fits it."""

import re
from pathlib import Path
from typing import Any

import pytest

from dashboards import (
    Panel,
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
from dashboards.look import CURRENCY_IDS, GREEN, NEUTRAL, RED
from dashboards.options import OPTIONS
from metrics import COUNT, Gauge
from tests.dashboards.support import (
    BACKUP,
    FAILURES,
    MEMORY,
    ORDERS,
    QUEUE,
    SALES,
    USERS,
    WAIT,
    drawn_panel,
    properties,
)

STAGE = Gauge("kpi_stage_users", "Users per stage.", unit=COUNT, labels=("stage",), owner="tests")
KINDS = {
    "stat": (stat(QUEUE), "stat"),
    "trend": (trend(QUEUE), "timeseries"),
    "area": (area(QUEUE), "timeseries"),
    "bars over time": (bars(ORDERS, span="1d"), "timeseries"),
    "bars": (bars(QUEUE), "bargauge"),
    "share": (share(QUEUE), "piechart"),
    "dial": (dial(FAILURES), "gauge"),
    "table": (table(QUEUE), "table"),
    "distribution": (distribution(WAIT), "bargauge"),
    "heat": (heat(WAIT), "heatmap"),
    "funnel": (funnel(STAGE, by="stage", stages=("a", "b")), "bargauge"),
    "state": (state(QUEUE, values={"0": ("idle", GREEN)}), "state-timeline"),
    "text": (text("x", title="T"), "text"),
}


def defaults(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = drawn_panel(panel)["fieldConfig"]["defaults"]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_panel_of_current_grafana(kind: str) -> None:
    panel, expected = KINDS[kind]

    assert drawn_panel(panel)["type"] == expected


def test_every_kind_has_its_options() -> None:
    assert {panel.kind for panel, _ in KINDS.values()} == set(OPTIONS)


def test_unit_decimals_and_limits_reach_grafana() -> None:
    found = defaults(trend(FAILURES, minimum=0, maximum=1))

    assert (found["unit"], found["decimals"], found["min"], found["max"]) == ("percentunit", 1, 0, 1)


def test_what_is_left_open_is_not_written() -> None:
    found = defaults(trend(QUEUE))

    assert not {"decimals", "min", "max"} & set(found)


def test_an_axis_of_values_begins_at_zero_but_never_one_of_moments() -> None:
    assert defaults(trend(QUEUE))["custom"]["axisSoftMin"] == 0
    assert "axisSoftMin" not in defaults(trend(BACKUP))["custom"]
    assert "axisSoftMin" not in defaults(trend(QUEUE, minimum=-5))["custom"]


def test_levels_are_thresholds_and_lines_but_never_filled_areas() -> None:
    found = defaults(trend(FAILURES))

    assert [step["value"] for step in found["thresholds"]["steps"]] == [None, 0.05, 0.1]
    assert found["custom"]["thresholdsStyle"]["mode"] in ("dashed", "line")
    assert defaults(trend(QUEUE))["custom"]["thresholdsStyle"]["mode"] == "off"


@pytest.mark.parametrize("kind", [kind for kind, (panel, _) in KINDS.items() if not panel.steps and not panel.values])
def test_no_panel_without_levels_shows_a_colour_that_means_state(kind: str) -> None:
    found = defaults(KINDS[kind][0])

    colours = {step["color"] for step in found["thresholds"]["steps"]} | {found["color"].get("fixedColor")}
    assert not colours & {"green", "yellow", "orange", "red"}


@pytest.mark.parametrize(
    ("panel", "mode"),
    [
        (area(ORDERS, by="status"), "normal"),
        (area(SALES, by="currency", window="1d"), "none"),
        (bars(ORDERS, by="status", span="1d"), "normal"),
        (trend(ORDERS, by="status"), "none"),
    ],
)
def test_only_what_adds_up_is_stacked(panel: Panel, mode: str) -> None:
    assert defaults(panel)["custom"]["stacking"]["mode"] == mode


def test_lines_areas_and_bars_are_drawn_as_such() -> None:
    line, filled = defaults(trend(ORDERS))["custom"], defaults(area(ORDERS))["custom"]

    assert (line["drawStyle"], filled["drawStyle"]) == ("line", "line")
    assert line["fillOpacity"] < filled["fillOpacity"]
    assert defaults(bars(ORDERS, span="1d"))["custom"]["drawStyle"] == "bars"


def test_holes_stay_holes() -> None:
    assert defaults(trend(QUEUE))["custom"]["spanNulls"] is False


# Differences of single queries and series


def test_each_currency_has_its_sign() -> None:
    panel = drawn_panel(trend(SALES, by="currency", window="30d"))
    units = {
        override["matcher"]["options"]: override["properties"][0]["value"]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"]["id"] == "byRegexp"
    }

    def unit(name: str) -> list[str]:
        return [value for pattern, value in units.items() if re.search(pattern.strip("/"), name)]

    for code, expected in CURRENCY_IDS.items():
        assert unit(code) == [expected]
        assert unit(f"{code} acme") == [expected]
        assert unit(f"30 d before {code}") == [expected]
        assert unit(f"vs. 30 d before {code}") == []  # a share, in percent
    assert unit("SEK") == []
    assert unit("EUROPE") == []


def test_the_change_since_the_period_before_is_in_percent_and_has_no_colour_of_the_level() -> None:
    panel = drawn_panel(stat(USERS, by=(), window="1d", before="7d"))
    change = properties(panel, "byFrameRefID", "B")

    assert (change["unit"], change["decimals"]) == ("percentunit", 1)
    assert [step["value"] for step in change["thresholds"]["steps"]] == [None]
    assert properties(panel, "byFrameRefID", "A") == {}


def test_the_period_before_is_drawn_apart_from_the_present() -> None:
    panel = drawn_panel(trend(ORDERS, before="7d"))

    assert properties(panel, "byFrameRefID", "B")["custom.lineStyle"]["fill"] == "dash"
    assert properties(panel, "byFrameRefID", "A") == {}


def test_states_have_words_and_colours_in_their_order() -> None:
    found = defaults(state(QUEUE, values={"0": ("idle", GREEN), "1": ("busy", RED)}))

    assert found["mappings"] == [
        {
            "type": "value",
            "options": {
                "0": {"text": "idle", "color": GREEN, "index": 0},
                "1": {"text": "busy", "color": RED, "index": 1},
            },
        }
    ]


# Options of single kinds


def test_a_stat_of_one_series_shows_its_value_and_one_of_several_their_names() -> None:
    one = drawn_panel(stat(ORDERS))["options"]
    several = drawn_panel(stat(ORDERS, by="status"))["options"]

    assert (one["textMode"], several["textMode"]) == ("value", "value_and_name")


def test_a_stat_draws_the_course_of_one_series_where_it_was_asked_for() -> None:
    assert drawn_panel(stat(USERS, by=(), window="1d"))["options"]["graphMode"] == "area"
    assert drawn_panel(stat(ORDERS))["options"]["graphMode"] == "none"


def test_values_of_many_series_find_their_size_side_by_side() -> None:
    options = drawn_panel(stat(FAILURES))["options"]

    assert (options["text"], options["graphMode"]) == ({"titleSize": 12}, "none")


@pytest.mark.parametrize("panel", [stat(QUEUE), bars(QUEUE), dial(FAILURES), trend(QUEUE)])
def test_what_is_not_a_number_is_no_data(panel: Panel) -> None:
    (mapping,) = drawn_panel(panel)["fieldConfig"]["defaults"]["mappings"]

    assert mapping["options"]["match"] in ("nan", "null+nan")
    assert mapping["options"]["result"]["text"] == "no data"


@pytest.mark.parametrize("panel", [stat(FAILURES), dial(FAILURES)])
def test_a_large_number_that_is_missing_is_neither_good_nor_bad(panel: Panel) -> None:
    (mapping,) = drawn_panel(panel)["fieldConfig"]["defaults"]["mappings"]

    assert mapping["options"]["match"] == "null+nan"
    assert mapping["options"]["result"]["color"] == NEUTRAL


def test_an_empty_panel_says_why_where_a_sentence_has_room() -> None:
    reason = "Nobody waits."

    assert drawn_panel(trend(QUEUE, may_be_empty=reason))["fieldConfig"]["defaults"]["noValue"] == reason
    assert drawn_panel(stat(QUEUE, may_be_empty=reason))["fieldConfig"]["defaults"]["noValue"] == "no data"


def test_names_that_say_good_or_bad_have_their_colour() -> None:
    graded = Gauge("kpi_faults", "Faults.", unit=COUNT, labels=("severity", "repo"), owner="tests")

    def color(panel: Panel) -> object:
        return properties(drawn_panel(panel), "byName", "critical").get("color")

    assert (
        color(trend(graded, by="severity"))
        == color(share(graded, by="severity"))
        == {"mode": "fixed", "fixedColor": "red"}
    )
    assert color(trend(graded, by="repo")) is None


@pytest.mark.parametrize(("metric", "top"), [(QUEUE, 1), (FAILURES, 0.01), (MEMORY, None)])
def test_zeros_do_not_lie_below_an_axis_up_to_a_hundred(metric: Gauge, top: float | None) -> None:
    assert drawn_panel(trend(metric))["fieldConfig"]["defaults"]["custom"].get("axisSoftMax") == top


def test_single_values_are_the_newest_that_there_is() -> None:
    for panel in (stat(QUEUE), bars(QUEUE), share(QUEUE), dial(FAILURES), distribution(WAIT)):
        assert drawn_panel(panel)["options"]["reduceOptions"]["calcs"] == ["lastNotNull"]


def test_heat_reads_the_buckets_of_prometheus_and_has_the_unit_of_the_metric() -> None:
    panel = drawn_panel(heat(WAIT))

    assert panel["options"]["calculate"] is False
    assert panel["options"]["yAxis"]["unit"] == "s"
    assert panel["targets"][0]["format"] == "heatmap"


def test_funnels_lie_and_distributions_stand() -> None:
    assert drawn_panel(KINDS["funnel"][0])["options"]["orientation"] == "horizontal"
    assert drawn_panel(distribution(WAIT))["options"]["orientation"] == "vertical"


def test_the_markdown_of_a_text_is_its_content() -> None:
    assert drawn_panel(text("**x**", title="T"))["options"] == {"mode": "markdown", "content": "**x**"}


def test_what_has_no_value_says_so() -> None:
    assert defaults(stat(QUEUE))["noValue"]


def test_a_dial_has_a_scale() -> None:
    found = defaults(dial(promql("x", of=QUEUE), maximum=10))

    assert (found["min"], found["max"]) == (0, 10)


def test_a_trend_of_a_statement_is_drawn_as_one(tmp_path: Path) -> None:
    (tmp_path / "course.sql").write_text("SELECT 1", encoding="utf-8")
    panel = drawn_panel(trend(sql(tmp_path / "course.sql"), title="Course", description="Of time."))

    assert panel["type"] == "timeseries"
    assert panel["fieldConfig"]["overrides"] == []
