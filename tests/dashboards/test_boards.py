"""The boards of this project: the panels that are asked for are there, and a new metric or board is no work."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import promql_parser
import pytest

from alert_rules.discovery import discover as discover_rules
from dashboards import Board, Panel, Promql, Sql
from dashboards.discovery import discover
from dashboards.layout import layout
from dashboards.scope import Scope
from dashboards.to_grafana import dashboard
from metrics import COUNT, RATIO, SECONDS, Gauge, Histogram, Metric
from metrics import Counter as CounterMetric
from metrics.app_performance import (
    APP_MEMORY_USAGE,
    APP_STARTUP_DURATION,
    CRASHES_PER_1000_DEVICES,
    HTTP_REQUEST_DURATION,
)
from metrics.catalogue import all_metrics, domains, external_metrics, inputs, recorded
from metrics.commerce import (
    AVERAGE_ORDER_VALUE,
    FUNNEL_STAGE_USERS,
    OFFER_CONVERSION,
    PAYMENT_CONVERSION,
    REVENUE,
)
from metrics.engagement import ACTIVE_USERS, FEATURE_ADOPTION, FEATURE_USERS, SESSION_DURATION
from metrics.exporter import (
    COLLECTOR_LAST_SUCCESS,
    COLLECTOR_READINGS,
    COLLECTOR_READINGS_DROPPED,
    COLLECTOR_RUN_DURATION,
    COLLECTOR_RUNS,
    COLLECTOR_UP,
    SOURCE_UP,
)
from provisioning.grafana import board_files
from provisioning.kubernetes import config_map_files
from provisioning.lint import lint

BOARDS = {board.uid: board for board in discover(domains()).found}
_RECORDED = tuple(metric for declared in recorded().values() for metric in declared)
_GIVEN = tuple(metric for declared in inputs().values() for metric in declared)
SCOPE = Scope((*all_metrics(), *_RECORDED, *_GIVEN, *external_metrics()))
SQL = Path(__file__).parents[2] / "dashboards" / "sql"
SHARED = {metric.name for metric in SCOPE.metrics if metric.shared}

every_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def panels(board: Board) -> list[Panel]:
    return [panel for _, panel in board.panels()]


def exprs(panel: Panel) -> list[str]:
    return [target.expr for target in panel.targets if isinstance(target, Promql)]


def statements(panel: Panel) -> list[Path]:
    return [target.file for target in panel.targets if isinstance(target, Sql)]


def found(uid: str, kind: str, metrics: Sequence[Metric], words: str = "") -> list[Panel]:
    """Panels of the kind that show these metrics, with the words in each of their expressions."""
    return [
        panel
        for panel in panels(BOARDS[uid])
        if panel.kind == kind and set(metrics) <= set(panel.metrics) and all(words in expr for expr in exprs(panel))
    ]


# The panels that are asked for, by their numbers in the catalogue of dashboards


@pytest.mark.parametrize(
    ("uid", "kind", "metrics", "words"),
    [
        pytest.param("app-performance", "trend", [HTTP_REQUEST_DURATION], "histogram_quantile", id="1.9"),
        pytest.param("app-performance", "dial", [APP_STARTUP_DURATION], "by (device_os)", id="1.10"),
        pytest.param("app-performance", "trend", [APP_MEMORY_USAGE], "", id="1.11"),
        pytest.param("app-performance", "stat", [CRASHES_PER_1000_DEVICES], 'window="1d"', id="1.12"),
        pytest.param("user-activity", "trend", [ACTIVE_USERS], 'window="1d"', id="1.17"),
        pytest.param("user-activity", "distribution", [SESSION_DURATION], "[7d]", id="1.18"),
        pytest.param("user-activity", "bars", [FEATURE_ADOPTION], 'window="7d"', id="1.20, adoption"),
        pytest.param("user-activity", "table", [FEATURE_USERS], 'window="7d"', id="1.20, users"),
        pytest.param("conversion-funnel", "funnel", [FUNNEL_STAGE_USERS], 'window="7d"', id="1.25"),
        pytest.param("conversion-funnel", "trend", [OFFER_CONVERSION, PAYMENT_CONVERSION], 'window="1d"', id="1.26"),
        pytest.param("conversion-funnel", "trend", [AVERAGE_ORDER_VALUE], 'window="1d"', id="1.27"),
        pytest.param("conversion-funnel", "trend", [REVENUE], 'window="1d"', id="1.28"),
        pytest.param("overview", "stat", [ACTIVE_USERS], 'sum (kpi_active_users{window="1d"}', id="1.37"),
        pytest.param("overview", "trend", [HTTP_REQUEST_DURATION], "sum by (le)", id="1.38"),
    ],
)
def test_the_panels_of_the_catalogue_are_on_their_boards(
    uid: str, kind: str, metrics: Sequence[Metric], words: str
) -> None:
    assert found(uid, kind, metrics, words)


def test_the_response_time_has_p50_and_p95() -> None:
    for uid in ("app-performance", "overview"):
        levels = {
            level
            for panel in found(uid, "trend", [HTTP_REQUEST_DURATION])
            for expr in exprs(panel)
            for level in re.findall(r"histogram_quantile\(([\d.]+)", expr)
        }
        assert levels >= {"0.5", "0.95"}


def test_active_users_are_no_longer_good_below_a_hundred() -> None:
    (panel,) = found("overview", "stat", [ACTIVE_USERS])

    below, above = panel.steps
    assert (above.value, above.color) == (100, "green")
    assert below.color != "green"


def test_session_durations_fall_into_the_buckets_of_the_catalogue() -> None:
    (panel,) = found("user-activity", "distribution", [SESSION_DURATION])
    legends = [target.legend for target in panel.targets if isinstance(target, Promql)]

    assert legends == ["≤ 1 min", "1–5 min", "5–15 min", "15–30 min", "> 30 min"]


def test_the_funnel_has_the_stages_of_the_catalogue_in_their_order() -> None:
    (panel,) = found("conversion-funnel", "funnel", [FUNNEL_STAGE_USERS])

    assert [re.findall(r'stage="([^"]*)"', expr) for expr in exprs(panel)] == [
        ["Story Views"],
        ["Offers Submitted"],
        ["Auctions Participated"],
        ["Payments Completed"],
    ]


def test_revenue_over_time_is_drawn_as_areas_and_currencies_are_not_added() -> None:
    (panel,) = found("conversion-funnel", "trend", [REVENUE], 'window="1d"')

    assert (panel.drawn, panel.stacked) == ("area", False)


def test_retention_by_cohort_shows_ninety_days_of_cohorts() -> None:
    (panel,) = [
        each for each in panels(BOARDS["user-activity"]) if SQL / "engagement/retention.sql" in statements(each)
    ]

    assert panel.kind == "trend"
    assert panel.time == "90d"


@pytest.mark.parametrize(
    ("uid", "time"), [("app-performance", "1h"), ("user-activity", "30d"), ("conversion-funnel", "30d")]
)
def test_boards_open_with_the_range_of_the_catalogue(uid: str, time: str) -> None:
    assert BOARDS[uid].time == time


@pytest.mark.parametrize(
    "metric",
    [
        COLLECTOR_UP,
        SOURCE_UP,
        COLLECTOR_LAST_SUCCESS,
        COLLECTOR_RUN_DURATION,
        COLLECTOR_RUNS,
        COLLECTOR_READINGS,
        COLLECTOR_READINGS_DROPPED,
    ],
    ids=str,
)
def test_the_exporters_own_board_shows_its_health_freshness_and_cost(metric: Metric) -> None:
    assert any(metric in panel.metrics for panel in panels(BOARDS["self"]))


# What every board keeps to


@every_board
def test_a_board_says_what_it_is_and_what_it_answers(board: Board) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", board.uid)
    assert len(board.uid) <= 40
    assert board.description.endswith((".", "?"))
    assert board.questions
    assert all(question.endswith("?") for question in board.questions)
    assert not any(tag in ("kpi", "generated") for tag in board.tags)


@every_board
def test_a_board_asks_no_oftener_than_twice_a_minute(board: Board) -> None:
    number, unit = re.fullmatch(r"(\d+)([smh])", board.refresh).groups()  # type: ignore[union-attr]

    assert int(number) * {"s": 1, "m": 60, "h": 3600}[unit] >= 30


def test_no_two_boards_share_uid_or_title() -> None:
    everywhere = discover(domains())

    assert everywhere.problems == []
    assert not [uid for uid, times in Counter(board.uid for board in everywhere.found).items() if times > 1]
    assert not [title for title, times in Counter(board.title for board in everywhere.found).items() if times > 1]


@every_board
def test_the_ways_up_and_down_lead_to_boards(board: Board) -> None:
    assert board.up in {"", *BOARDS}
    assert {panel.to for panel in panels(board) if panel.to} <= set(BOARDS) - {board.uid}


def test_the_overview_leads_to_every_board_of_a_domain() -> None:
    below = {panel.to for panel in panels(BOARDS["overview"])}

    assert {"app-performance", "user-activity", "conversion-funnel"} <= below


@every_board
def test_a_board_opens_with_the_few_numbers_that_matter(board: Board) -> None:
    first, *_ = board.sections

    assert {panel.kind for panel in first.rows[0].panels} == {"stat"}
    assert 3 <= len(first.rows[0].panels) <= 6


@every_board
def test_every_expression_is_promql_after_the_choices_reached_it(board: Board) -> None:
    for panel in panels(board):
        for expr in exprs(SCOPE.fit(panel, SCOPE.variables(board))):
            promql_parser.parse(re.sub(r"\$__\w+", "5m", expr))


@every_board
def test_the_choice_of_a_source_reaches_every_panel_of_its_series(board: Board) -> None:
    for panel in panels(board):
        for expr in exprs(SCOPE.fit(panel, SCOPE.variables(board))):
            of_sources = re.findall(r"\bkpi_(?!exporter)\w+|\bkpi_exporter_(?:collector|source)_\w+", expr)
            assert expr.count('tenant=~"$tenant"') == len([name for name in of_sources if name not in SHARED]), expr


@every_board
def test_no_panel_repeats_another(board: Board) -> None:
    asked = Counter((panel.kind, *exprs(panel), *statements(panel)) for panel in panels(board) if panel.targets)

    assert not [each for each, times in asked.items() if times > 1]


@every_board
def test_the_same_board_gives_the_same_json(board: Board) -> None:
    assert dashboard(board, SCOPE) == dashboard(board, SCOPE)


def test_every_statement_is_shown_somewhere() -> None:
    shown = {file for board in BOARDS.values() for panel in panels(board) for file in statements(panel)}

    assert shown == set(SQL.rglob("*.sql"))


# A metric that was added a minute ago


@pytest.mark.parametrize("metric", all_metrics(), ids=str)
def test_every_collected_metric_is_in_the_catalogue(metric: Metric) -> None:
    showing = [panel for panel in panels(BOARDS["catalogue"]) if metric in panel.metrics]

    assert len(showing) == 1
    assert metric.name in exprs(showing[0])[0]
    assert showing[0].description


def test_the_catalogue_has_a_section_for_each_domain_in_their_order() -> None:
    titles = [section.title for section in BOARDS["catalogue"].sections if section.title]

    assert titles == [domain.replace("_", " ").capitalize() for domain in domains()]


@pytest.mark.parametrize(
    "metric",
    [
        Gauge("kpi_new", "New.", unit=COUNT, owner="tests"),
        Gauge("kpi_new_ratio", "New.", unit=RATIO, labels=("team", "window"), owner="tests"),
        CounterMetric("kpi_new_total", "New.", unit=COUNT, labels=("status",), owner="tests"),
        Histogram("kpi_new_seconds", "New.", unit=SECONDS, labels=("route",), owner="tests", buckets=(1, 2)),
    ],
    ids=str,
)
def test_a_metric_that_a_plugin_declares_is_in_the_catalogue(metric: Metric) -> None:
    boards = {board.uid: board for board in discover({**domains(), "plugin": (metric,)}).found}
    *_, last = layout(boards["catalogue"])

    assert last.section.title == "Plugin"
    assert [panel.metrics for panel, _ in last.panels] == [(metric,)]
    *_, heading = dashboard(boards["catalogue"], Scope((*SCOPE.metrics, metric)))["panels"]
    assert heading["collapsed"]
    assert heading["panels"][0]["targets"]


def test_a_domain_with_many_metrics_fills_rows() -> None:
    many = tuple(Gauge(f"kpi_new_{number}", "New.", unit=COUNT, owner="tests") for number in range(9))
    boards = {board.uid: board for board in discover({"many": many}).found}
    *_, section = boards["catalogue"].sections

    assert section.title == "Many"
    assert sum(len(row.panels) for row in section.rows) == 9
    assert len(section.rows) > 1


def test_very_many_metrics_fill_several_catalogues_that_no_config_map_is_too_small_for() -> None:
    many = {
        f"domain_{number}": tuple(
            Gauge(f"kpi_new_{number}_{count}", "New.", unit=COUNT, owner="tests", labels=("window",))
            for count in range(25)
        )
        for number in range(20)
    }
    boards = [board for board in discover(many).found if board.uid.startswith("catalogue")]

    assert [board.uid for board in boards] == ["catalogue", "catalogue-2"]
    shown = [metric for board in boards for panel in panels(board) for metric in panel.metrics]
    assert {metric for declared in many.values() for metric in declared} <= set(shown)
    scope = Scope((*SCOPE.metrics, *(metric for declared in many.values() for metric in declared)))
    assert len(config_map_files(boards, board_files(boards, scope))) == 2


# A board that a newcomer adds


def test_a_newcomer_adds_a_board_in_ten_lines(tmp_path: Path) -> None:
    text = dedent(
        """\
        from dashboards import Board, row, stat, trend
        from metrics.commerce import CONVERSION, PAYMENTS

        BOARD = Board(
            uid="till", area="Shop", name="Till", description="What the till says.", questions=("Does it ring?",),
            content=[
                row(stat(CONVERSION, window="1d"), stat(PAYMENTS)),
                row(trend(PAYMENTS, by="status")),
            ],
        )
        """
    )
    assert len(text.splitlines()) == 10
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "dashboards" / "till.py").write_text(text, encoding="utf-8")

    discovered = discover(domains(), tmp_path)
    (till,) = [board for board in discovered.found if board.uid == "till"]
    drawn = dashboard(till, SCOPE)

    assert discovered.problems == []
    assert lint(discovered.found, SCOPE, discover_rules(domains()).found) == []
    assert [panel["title"] for panel in drawn["panels"]] == ["Conversion (1 d)", "Payments", "Payments by status"]
    assert all(panel["description"] and panel["targets"] for panel in drawn["panels"])
    assert [variable["name"] for variable in drawn["templating"]["list"]] == ["datasource", "tenant"]


def test_titles_are_short_enough_for_a_narrow_panel() -> None:
    titles = [(uid, panel.title) for uid, board in BOARDS.items() for panel in panels(board)]

    assert not [(uid, title) for uid, title in titles if len(title) > 45]
