"""What Grafana needs of the JSON: its own schema, as grafana-foundation-sdk has it, and the structure of a board."""

import json
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dashboards import (
    Board,
    BoardError,
    Panel,
    Row,
    Section,
    Sql,
    area,
    bars,
    dial,
    distribution,
    funnel,
    heat,
    row,
    section,
    share,
    stat,
    state,
    table,
    text,
    trend,
)
from dashboards.discovery import discover
from dashboards.scope import Scope
from dashboards.to_grafana import dashboard
from metrics import COUNT, CURRENCY, RATIO, SECONDS, Counter, Gauge, Histogram, Metric
from metrics.catalogue import all_metrics, domains, external_metrics

Json = dict[str, Any]

# The SDK's newer model is for Grafana's second schema, which asks for Grafana 12.
pytestmark = pytest.mark.filterwarnings("ignore:Prefer using dashboardv2:DeprecationWarning")

SCOPE = Scope((*all_metrics(), *external_metrics()))
FOUND = discover(domains())
MONEY = Gauge("kpi_money_amount", "Money.", unit=CURRENCY, labels=("currency", "window"), owner="tests")
VISITS = Counter("kpi_visits_total", "Visits.", unit=COUNT, labels=("page",), owner="tests")
WAIT = Histogram("kpi_wait_seconds", "Waiting.", unit=SECONDS, labels=("page",), owner="tests", buckets=(0.1, 1.0))
STATEMENT = Sql('SELECT now() AS "time", 1 AS visits', Path("visits.sql"))


@pytest.fixture(scope="module", autouse=True)
def _plugins() -> None:
    """Without them, the SDK takes the options of panels as they come, and loses nothing."""
    register_default_plugins()


def encoded_again(board: Json) -> Json:
    """The board after a way through the classes of the SDK, which keep only what the schema knows."""
    from grafana_foundation_sdk.models.dashboard import Dashboard  # warns when it is imported

    read = Dashboard.from_json(json.loads(json.dumps(board)))
    found: Json = json.loads(json.dumps(read, cls=JSONEncoder))
    return found


def lost(given: Any, found: Any, path: str = "") -> Iterator[str]:
    """What is missing or different in `found`. Defaults that it has on top are none of our business."""
    if isinstance(given, dict) and isinstance(found, dict):
        for key, value in given.items():
            if key in found:
                yield from lost(value, found[key], f"{path}.{key}")
            else:
                yield f"{path}.{key} is lost"
    elif isinstance(given, list) and isinstance(found, list) and len(given) == len(found):
        for position, (one, other) in enumerate(zip(given, found, strict=True)):
            yield from lost(one, other, f"{path}[{position}]")
    elif given != found or type(given) is not type(found):
        yield f"{path} was {given!r} and is {found!r}"


def test_every_board_can_be_loaded() -> None:
    assert FOUND.problems == []
    assert len(FOUND.found) > 3


@pytest.mark.parametrize("board", FOUND.found, ids=lambda board: board.uid)
def test_a_board_passes_through_the_sdk_without_losing_a_key_or_changing_a_value(board: Board) -> None:
    drawn = dashboard(board, SCOPE)
    assert list(lost(drawn, encoded_again(drawn))) == []


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(("unknown",), id="of the board"),
        pytest.param(("templating", "list", 0, "unknown"), id="of a variable"),
        pytest.param(("links", 0, "unknown"), id="of a link"),
        pytest.param(("panels", 0, "unknown"), id="of a panel"),
        pytest.param(("panels", 0, "options", "unknown"), id="of a panel's options"),
        pytest.param(("panels", 0, "fieldConfig", "defaults", "unknown"), id="of a field"),
        pytest.param(("panels", 0, "fieldConfig", "defaults", "custom", "unknown"), id="of how a field is drawn"),
        pytest.param(("panels", 0, "targets", 0, "unknown"), id="of a query"),
        pytest.param(("panels", 1, "panels", 0, "options", "unknown"), id="of a panel in a folded section"),
    ],
)
def test_the_way_through_the_sdk_loses_a_key_that_the_schema_does_not_know(path: tuple[str | int, ...]) -> None:
    """Otherwise the test of the boards would prove nothing."""
    folded = section("Folded", row(stat(VISITS)), folded=True)
    drawn = dashboard(Board("sdk", "Tests", "SDK", "…", [row(trend(VISITS)), folded]), SCOPE)
    holder: Any = drawn
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = "x"
    assert any(fault.endswith(".unknown is lost") for fault in lost(drawn, encoded_again(drawn)))


@st.composite
def measures(draw: st.DrawFn) -> Metric:
    """A ratio with random levels, consistent with the direction that is better."""
    directions: tuple[Literal["higher", "lower", "none"], ...] = ("higher", "lower", "none")
    better = draw(st.sampled_from(directions))
    levels = sorted(draw(st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True)))
    warning, critical = levels if better == "lower" else reversed(levels)
    return Gauge(
        "kpi_random_ratio",
        "Random.",
        unit=RATIO,
        labels=("page",),
        owner="tests",
        better=better,
        warning=draw(st.sampled_from((None, warning))),
        critical=draw(st.sampled_from((None, critical))),
        target=draw(st.none() | st.floats(0, 1)),
    )


@st.composite
def panels(draw: st.DrawFn, title: str) -> Panel:
    """One of each word of the vocabulary."""
    ratio = draw(measures())
    style: Any = {
        "title": title,
        "description": "…",
        "width": draw(st.none() | st.integers(1, 12)),
        "height": draw(st.none() | st.integers(1, 12)),
        "to": draw(st.sampled_from(("", "elsewhere"))),
        "interval": draw(st.sampled_from(("", "5m"))),
    }
    makers: list[Callable[[], Panel]] = [
        lambda: stat(MONEY, window="1d", before=draw(st.sampled_from(("", "7d"))), **style),
        lambda: stat(ratio, **style),
        lambda: trend(ratio, **style),
        lambda: trend(VISITS, ratio, before=draw(st.sampled_from(("", "7d"))), **style),
        lambda: trend(WAIT, by="page", **style),
        lambda: area(MONEY, where={"currency": "USD"}, window="1d", **style),
        lambda: bars(VISITS, by="page", span=draw(st.sampled_from(("", "1d"))), **style),
        lambda: share(VISITS, by="page", **style),
        lambda: dial(ratio, maximum=1.0, **style),
        lambda: table(ratio, VISITS, by="page", **style),
        lambda: table(STATEMENT, **style),
        lambda: distribution(WAIT, **style),
        lambda: heat(WAIT, **style),
        lambda: heat(STATEMENT, matrix=("time", "hour", "visits"), **style),
        lambda: funnel(VISITS, by="page", stages=("a", "b"), **style),
        lambda: state(VISITS, values={"0": ("down", "red")}, **style),
        lambda: text("Words.", **style),
    ]
    return draw(st.sampled_from(makers))()


@st.composite
def rows(draw: st.DrawFn, prefix: str) -> Row:
    number = draw(st.integers(1, 4))
    found = [draw(panels(f"{prefix} panel {position}")) for position in range(number)]
    try:
        return row(*found)
    except BoardError:  # wider than a row
        return row(found[0])


@st.composite
def boards(draw: st.DrawFn) -> Board:
    """Rows, then sections of rows, some of them folded."""
    opening: list[Row | Section] = [draw(rows(f"row {number}")) for number in range(draw(st.integers(0, 3)))]
    sections = [
        section(
            f"Section {number}",
            *(draw(rows(f"row {number}.{line}")) for line in range(draw(st.integers(1, 2)))),
            folded=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    assume(opening or sections)
    return Board(
        "random", "Tests", "Random", "…", [*opening, *sections], variables=draw(st.just(()) | st.just(("page",)))
    )


RANDOM_SCOPE = Scope((*SCOPE.metrics, MONEY, VISITS, WAIT), source_labels=("tenant",))


def all_panels(drawn: Json) -> list[Json]:
    """Those of the board and, after each heading, those that are folded under it."""
    return [each for panel in drawn["panels"] for each in (panel, *panel.get("panels", ()))]


def overlap(one: Json, other: Json) -> bool:
    a, b = one["gridPos"], other["gridPos"]
    return bool(
        a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]
    )


def nulls(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        if each is None:
            yield (*path, key)
        yield from nulls(each, (*path, key))


def thresholds(value: Any) -> Iterator[list[Json]]:
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key == "steps" and isinstance(each, list):
            yield each
        else:
            yield from thresholds(each)


def check_structure(board: Board) -> None:
    """What Grafana needs beside the right keys."""
    drawn = dashboard(board, RANDOM_SCOPE)
    every = all_panels(drawn)

    ids = [panel["id"] for panel in every]
    assert len(ids) == len(set(ids))
    assert all(0 < number < 2**53 for number in ids)  # JavaScript keeps these exactly

    for panel in every:
        place = panel["gridPos"]
        assert place["x"] >= 0
        assert place["y"] >= 0
        assert place["w"] > 0
        assert place["h"] > 0
        assert place["x"] + place["w"] <= 24
    for group in (drawn["panels"], *(panel.get("panels", []) for panel in drawn["panels"])):
        assert not [(a["title"], b["title"]) for a, b in combinations(group, 2) if overlap(a, b)]
        assert group == sorted(group, key=lambda panel: (panel["gridPos"]["y"], panel["gridPos"]["x"]))

    headings = [panel for panel in drawn["panels"] if panel["type"] == "row"]
    titled = [part for part in board.sections if part.title]
    assert [(heading["title"], heading["collapsed"]) for heading in headings] == [(s.title, s.folded) for s in titled]
    for heading, part in zip(headings, titled, strict=True):
        inside = [panel["title"] for panel in heading["panels"]]
        assert inside == ([panel.title for line in part.rows for panel in line.panels] if part.folded else [])
        assert all(panel["gridPos"]["y"] > heading["gridPos"]["y"] for panel in heading["panels"])
    assert [panel["title"] for panel in every if panel["type"] != "row"] == [p.title for _, p in board.panels()]

    assert all(path[-3::2] == ("steps", "value") for path in nulls(drawn)), list(nulls(drawn))
    for steps in thresholds(drawn):
        values = [step["value"] for step in steps]
        assert values[0] is None
        assert None not in values[1:]
        assert all(low < high for low, high in pairwise(values[1:]))

    written = json.dumps(drawn, sort_keys=True, allow_nan=False)
    assert json.dumps(dashboard(board, RANDOM_SCOPE), sort_keys=True) == written


@pytest.mark.parametrize("board", FOUND.found, ids=lambda board: board.uid)
def test_structure_of_a_board(board: Board) -> None:
    check_structure(board)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(boards())
def test_structure_of_any_board(board: Board) -> None:
    check_structure(board)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(boards())
def test_any_board_passes_through_the_sdk(board: Board) -> None:
    drawn = dashboard(board, RANDOM_SCOPE)
    assert list(lost(drawn, encoded_again(drawn))) == []
