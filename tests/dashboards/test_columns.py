"""The answers of several queries become one table, whose columns are called and shown as their metrics say."""

from pathlib import Path
from typing import Any

import pytest

from dashboards import Column, Panel, heat, promql, table
from dashboards.columns import columns, title, transformations
from dashboards.look import steps
from dashboards.panel import Sql, Step
from dashboards.scope import Scope
from metrics import COUNT, RATIO, Gauge
from metrics.slo import SLO_COMPLIANCE
from tests.dashboards.support import FAILURES, MEMORY, ORDERS, QUEUE, USERS, WINS, drawn_panel, properties

ROWS = Sql("SELECT 1", Path("rows.sql"))
NAMED = {"title": "Rows", "description": "All rows."}


def step(panel: Panel, name: str) -> dict[str, Any]:
    """The options of one transformation."""
    (found,) = [each["options"] for each in transformations(panel) if each["id"] == name]
    return dict(found)


def test_the_rows_of_several_metrics_are_merged_before_columns_are_named_and_sorted() -> None:
    found = [each["id"] for each in transformations(table(USERS, WINS, window="7d"))]

    assert found == ["filterFieldsByName", "merge", "organize", "sortBy"]


def test_names_of_series_go_before_rows_are_merged_that_would_differ_in_them() -> None:
    assert step(table(USERS, WINS, window="7d"), "filterFieldsByName") == {"exclude": {"names": ["__name__"]}}


def test_each_value_column_is_called_like_its_metric() -> None:
    renamed = step(table(USERS, WINS, window="7d"), "organize")["renameByName"]

    assert (renamed["Value #A"], renamed["Value #B"]) == ("Users", "Wins")


def test_grafana_calls_the_column_of_a_single_query_value() -> None:
    renamed = step(table(ORDERS, by="status"), "organize")["renameByName"]

    assert renamed["Value"] == "Orders"
    assert not any(name.startswith("Value #") for name in renamed)


def test_labels_come_first_in_the_order_of_their_declaration_and_are_words() -> None:
    labelled = Gauge("kpi_jobs", "Jobs.", unit=COUNT, labels=("device_os", "plan"), owner="tests")
    organize = step(table(labelled), "organize")

    assert list(organize["indexByName"])[:2] == ["device_os", "plan"]
    assert organize["indexByName"]["device_os"] < organize["indexByName"]["plan"] < organize["indexByName"]["Value"]
    assert organize["renameByName"]["device_os"] == "Device os"
    assert step(table(SLO_COMPLIANCE), "organize")["renameByName"]["slo"] == "SLO"


def test_the_source_stands_between_the_labels_and_the_values() -> None:
    organize = step(Scope().fit(table(FAILURES), ()), "organize")

    assert list(organize["indexByName"]) == ["provider", "tenant", "Value"]
    assert organize["renameByName"]["tenant"] == "Tenant"


def test_names_of_rows_have_no_unit() -> None:
    defaults = drawn_panel(table(FAILURES))["fieldConfig"]["defaults"]

    assert not {"unit", "decimals"} & defaults.keys()


def test_what_every_series_carries_is_not_shown() -> None:
    excluded = step(table(USERS, window="1d"), "organize")["excludeByName"]

    assert {name for name, hidden in excluded.items() if hidden} >= {"Time", "job", "instance", "window"}


def test_windows_that_stay_apart_are_shown() -> None:
    organize = step(table(USERS), "organize")

    assert "window" not in organize["excludeByName"]
    assert organize["renameByName"]["window"] == "Window"


def test_a_label_is_not_hidden_because_its_name_ends_another_that_is_pinned() -> None:
    labelled = Gauge("kpi_jobs", "Jobs.", unit=COUNT, labels=("os", "device_os"), owner="tests")
    excluded = step(table(labelled, where={"device_os": "ios"}), "organize")["excludeByName"]

    assert "device_os" in excluded
    assert "os" not in excluded


def test_two_queries_of_one_metric_have_columns_of_their_own() -> None:
    panel = table(promql("a", of=QUEUE, legend="now"), promql("b", of=QUEUE, legend="then"))

    assert step(panel, "organize")["renameByName"] == {"Value #A": "now", "Value #B": "then"}
    assert [column.match for column in columns(panel)] == ["now", "then"]


def test_the_greatest_of_the_first_metric_stands_on_top() -> None:
    assert step(table(WINS, USERS, window="7d"), "sortBy") == {"sort": [{"field": "Wins", "desc": True}]}


def test_the_rows_of_a_statement_come_as_they_are() -> None:
    assert transformations(table(ROWS, **NAMED)) == []  # type: ignore[arg-type]


def test_a_grid_has_the_named_columns_as_rows_columns_and_cells() -> None:
    panel = heat(ROWS, matrix=("weekday", "hour", "users"), title="Hours", description="When.")

    (found,) = transformations(panel)
    assert found == {
        "id": "groupingToMatrix",
        "options": {"rowField": "weekday", "columnField": "hour", "valueField": "users"},
    }


def test_the_columns_of_metrics_carry_their_units_decimals_and_levels() -> None:
    queue, failures = columns(table(MEMORY, FAILURES))

    assert (queue.match, queue.unit, queue.decimals, queue.steps) == ("Memory", MEMORY.unit, None, ())
    assert (failures.match, failures.unit, failures.decimals) == ("Failure", RATIO, 1)
    assert failures.steps == steps(FAILURES)


def test_what_an_author_says_about_a_column_replaces_what_follows_from_the_metric() -> None:
    mine = Column("Memory", unit="short", width=100)

    assert columns(table(MEMORY, QUEUE, columns=(mine,))) == (
        Column("Queue length", unit=COUNT),
        mine,
    )  # fmt: skip


def test_own_words_without_a_metric_are_called_by_their_legend() -> None:
    assert title(promql("up", legend="Targets")) == "Targets"


# What Grafana is told


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (Column("a"), {}),
        (Column("a", "Title"), {"displayName": "Title"}),
        (Column("a", unit=RATIO, decimals=0), {"unit": "percentunit", "decimals": 0}),
        (Column("a", unit="ms", width=90), {"unit": "ms", "custom.width": 90}),
        (Column("a", hidden=True), {"custom.hidden": True}),
    ],
)
def test_a_column_is_shown_as_its_author_says(column: Column, told: dict[str, Any]) -> None:
    panel = drawn_panel(table(ROWS, columns=(column,), **NAMED))  # type: ignore[arg-type]

    assert properties(panel, "byName", "a") == told


def test_levels_bars_and_cells_are_drawn_in_the_column() -> None:
    levels = Column("a", steps=(Step(None, "green"), Step(0, "red")))
    panel = drawn_panel(table(ROWS, columns=(levels, Column("b", bar=True), Column("c", cells=True)), **NAMED))  # type: ignore[arg-type]

    assert properties(panel, "byName", "a")["thresholds"] == {
        "mode": "absolute",
        "steps": [{"color": "green", "value": None}, {"color": "red", "value": 0}],
    }
    assert properties(panel, "byName", "b")["min"] == 0
    for name in "abc":
        assert properties(panel, "byName", name)["custom.displayMode"]


def test_the_bar_of_a_ratio_is_whole_at_100_percent_whatever_other_columns_hold() -> None:
    columns = (Column("Ratio", unit=RATIO, bar=True), Column("Number", unit=COUNT, bar=True))
    panel = drawn_panel(table(ROWS, columns=columns, **NAMED))  # type: ignore[arg-type]

    assert properties(panel, "byName", "Ratio")["max"] == 1
    assert "max" not in properties(panel, "byName", "Number")


def test_every_cell_of_a_grid_is_coloured_by_its_value() -> None:
    panel = drawn_panel(heat(ROWS, matrix=("weekday", "hour", "users"), title="Hours", description="When."))

    assert panel["type"] == "table"
    assert properties(panel, "byType", "number")["color"]["mode"].startswith("continuous-")
