"""The boards of quality and of pages: the panels that are asked for, and what their statements find in small tables."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from dashboards import Board, Panel, Promql, Sql
from dashboards.bugs import BOARD as BUGS
from dashboards.code_quality import BOARD as CODE_QUALITY
from dashboards.pages_and_jobs import BOARD as PAGES
from dashboards.quality import BOARD as QUALITY
from dashboards.testing import BOARD as TESTING
from metrics import Metric
from metrics.app_performance import CRASHES_PER_1000_DEVICES
from metrics.bugs import BUG_LEAK_RATIO, BUGS_OPEN, BUGS_REPORTED
from metrics.code_quality import STATIC_ANALYSIS_ISSUES, TECHNICAL_DEBT_RATIO, TEST_COVERAGE
from metrics.testing import FLAKY_TESTS, TEST_EXECUTION_DURATION, TEST_PASS_RATIO
from provisioning.lint.macros import fill_macros

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def panels(board: Board) -> list[Panel]:
    return [panel for _, panel in board.panels()]


def exprs(panel: Panel) -> list[str]:
    return [target.expr for target in panel.targets if isinstance(target, Promql)]


@pytest.mark.parametrize(
    ("board", "kind", "metrics", "words"),
    [
        pytest.param(CODE_QUALITY, "trend", [TEST_COVERAGE], 'source="ci"', id="1.5"),
        pytest.param(CODE_QUALITY, "bars", [STATIC_ANALYSIS_ISSUES], "by (severity)", id="1.7"),
        pytest.param(CODE_QUALITY, "stat", [TECHNICAL_DEBT_RATIO], "", id="1.8"),
        pytest.param(BUGS, "trend", [BUGS_REPORTED], 'window="1d"', id="1.29"),
        pytest.param(BUGS, "share", [BUGS_REPORTED], 'window="30d"', id="1.31"),
        pytest.param(BUGS, "stat", [BUG_LEAK_RATIO], 'window="7d"', id="1.32"),
        pytest.param(TESTING, "trend", [TEST_COVERAGE], 'source="test_run"', id="1.33"),
        pytest.param(TESTING, "distribution", [TEST_EXECUTION_DURATION], "[7d]", id="1.34"),
        pytest.param(TESTING, "dial", [TEST_PASS_RATIO], 'window="7d"', id="1.35"),
        pytest.param(TESTING, "stat", [FLAKY_TESTS], 'window="7d"', id="1.36"),
        pytest.param(QUALITY, "stat", [CRASHES_PER_1000_DEVICES], 'window="1d"', id="crash rate"),
        pytest.param(QUALITY, "stat", [BUGS_OPEN], "", id="open bugs"),
    ],
)
def test_the_panels_of_the_catalogue_are_on_their_boards(
    board: Board, kind: str, metrics: Sequence[Metric], words: str
) -> None:
    found = [panel for panel in panels(board) if panel.kind == kind and set(metrics) <= set(panel.metrics)]
    assert any(all(words in expr for expr in exprs(panel)) for panel in found)


def test_durations_stand_in_the_order_of_their_bounds_and_not_of_their_text() -> None:
    """Naive: sorted as text, `1 – 5` is followed by `15 – 30`, and `< 1` comes last."""
    (shown,) = (panel for panel in panels(TESTING) if panel.kind == "distribution")
    legends = [target.legend for target in shown.targets if isinstance(target, Promql)]
    assert legends == ["≤ 1 min", "1–5 min", "5–15 min", "> 15 min"]


def rows(connection: psycopg.Connection[Any], board: Board, title: str, project: str = ".*") -> list[tuple[Any, ...]]:
    """What a panel's statement finds for the 7 days before noon, for the chosen projects where the board has any."""
    (panel,) = (panel for panel in panels(board) if panel.title == title)
    (target,) = panel.targets
    assert isinstance(target, Sql)
    statement = fill_macros(target.text, NOON - timedelta(days=7), NOON, {"project": project})
    return connection.execute(statement.encode()).fetchall()


def execute(connection: psycopg.Connection[Any], statement: str) -> None:
    connection.execute(statement.encode())


def test_a_failing_test_is_flaky_only_with_both_results_on_one_commit(connection: psycopg.Connection[Any]) -> None:
    execute(
        connection,
        """
        INSERT INTO test_execution_metrics (suite, test_name, commit_sha, passed, execution_date) VALUES
            ('unit', 'flaky', 'c1', false, '2026-11-01 10:00'), ('unit', 'flaky', 'c1', true, '2026-11-01 10:01'),
            ('unit', 'flaky', 'c2', true, '2026-11-01 11:00'), ('unit', 'flaky', 'c2', NULL, '2026-11-01 11:00'),
            ('unit', 'mended', 'c1', false, '2026-11-01 10:00'), ('unit', 'mended', 'c2', true, '2026-11-01 11:00'),
            ('unit', 'steady', 'c1', true, '2026-11-01 10:00'), ('unit', 'old', 'c1', false, '2026-10-20 10:00'),
            (NULL, 'unknown', NULL, false, '2026-11-01 10:00'), (NULL, 'unknown', NULL, true, '2026-11-01 10:01')
        """,
    )
    found = [
        (test, executions, failures, flaky)
        for _, test, executions, failures, _, flaky, _ in rows(connection, TESTING, "Failing and flaky tests")
    ]
    assert found == [("mended", 2, 1, False), ("unknown", 2, 1, False), ("flaky", 3, 1, True)]


def test_the_hours_of_a_week_are_all_there_from_monday_on(connection: psycopg.Connection[Any]) -> None:
    execute(
        connection,
        """
        INSERT INTO bug_metrics (bug_id, severity, created_at, resolved_at) VALUES
            ('1', 'low', '2026-10-30 08:10', '2026-10-30 10:10'), ('2', 'low', '2026-10-30 06:30', '2026-10-30 10:30'),
            ('3', 'low', '2026-10-01 10:00', '2026-10-02 10:00'), ('4', 'low', '2026-10-30 12:00', '2026-10-30 11:00')
        """,
    )
    grid = rows(connection, BUGS, "Bug resolution time in hours")
    assert [day for day, hour, _ in grid if hour == "00"] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert [(day, hour, hours) for day, hour, hours in grid if hours is not None] == [("Fri", "10", 3)]


def test_open_bugs_are_those_of_the_chosen_time_the_gravest_first(connection: psycopg.Connection[Any]) -> None:
    execute(
        connection,
        """
        INSERT INTO bug_metrics (bug_id, severity, status, created_at, resolved_at) VALUES
            ('old', 'Low', 'open', '2026-01-01', NULL), ('grave', 'CRITICAL', 'closed', '2026-11-01', '2026-11-02'),
            ('done', 'critical', 'open', '2026-10-01', '2026-10-02'), ('later', 'low', 'open', '2026-11-02', NULL),
            ('odd', 'blocker', 'open', '2026-01-01', NULL)
        """,
    )
    assert [bug for bug, *_ in rows(connection, BUGS, "Open bugs, the gravest first")] == ["grave", "old", "odd"]


@pytest.mark.parametrize(
    ("project", "open_bugs", "hours"),
    [(".*", ["a", "b", "c"], [3, 4, 5]), ("bank|shop", ["a", "b"], [3, 4]), ("unknown", ["c"], [5]), ("sho", [], [])],
)
def test_bugs_are_those_of_the_chosen_projects(
    connection: psycopg.Connection[Any], project: str, open_bugs: list[str], hours: list[int]
) -> None:
    """A bug without a project has the name that it has among the metrics."""
    execute(
        connection,
        """
        INSERT INTO bug_metrics (bug_id, project, severity, created_at, resolved_at) VALUES
            ('a', 'shop', 'low', '2026-10-01', NULL), ('d', 'shop', 'low', '2026-10-30 07:00', '2026-10-30 10:00'),
            ('b', 'bank', 'low', '2026-10-02', NULL), ('e', 'bank', 'low', '2026-10-30 07:00', '2026-10-30 11:00'),
            ('c', NULL, 'low', '2026-10-03', NULL), ('f', NULL, 'low', '2026-10-30 07:00', '2026-10-30 12:00')
        """,
    )
    assert [bug for bug, *_ in rows(connection, BUGS, "Open bugs, the gravest first", project)] == open_bugs
    grid = rows(connection, BUGS, "Bug resolution time in hours", project)
    assert len(grid) == 7 * 24
    assert [mean for *_, mean in grid if mean is not None] == hours


def test_broken_rules_are_those_of_the_latest_scan_whose_day_is_over(connection: psycopg.Connection[Any]) -> None:
    execute(
        connection,
        """
        INSERT INTO static_analysis_metrics (repo, tool, rule_id, severity, scan_date) VALUES
            ('shop', 't', 'a', 'low', '2026-10-20'), ('shop', 't', 'a', 'low', '2026-10-20'),
            ('shop', 't', 'b', 'High', '2026-10-20'), ('shop', 't', 'c', 'critical', '2026-10-19'),
            ('bank', 't', 'd', 'high', '2026-10-30'), ('bank', 't', NULL, 'none', '2026-10-31'),
            ('shop', 't', 'half', 'high', '2026-11-01')
        """,
    )
    found = [(repo, rule, number) for repo, rule, _, number, _ in rows(connection, CODE_QUALITY, "Broken rules")]
    assert found == [("shop", "b", 1), ("shop", "a", 2)]


def test_reviews_are_told_by_author_the_most_first(connection: psycopg.Connection[Any]) -> None:
    """A source's own hours count where it does not tell when; what is not yet reviewed has no time, but counts."""
    execute(
        connection,
        """
        INSERT INTO pull_request_metrics
            (pr_id, repo, pr_author, state, created_at, approved_at, merged_at, review_time_hours, changes_requested)
        VALUES
            ('1', 'shop', 'ann', 'merged', '2026-11-01 08:00', '2026-11-01 10:00', '2026-11-01 11:00', 9, 2),
            ('2', 'shop', 'ann', 'merged', '2026-10-30 08:00', NULL, '2026-10-30 12:00', NULL, 1),
            ('3', 'bank', 'ann', 'open', '2026-11-01 09:00', NULL, NULL, NULL, 0),
            ('4', 'shop', 'bob', 'merged', '2026-10-31 08:00', NULL, '2026-10-31 09:00', 0.5, 0),
            ('5', 'shop', 'cid', 'open', '2026-11-01 09:00', NULL, NULL, NULL, 0),
            ('6', 'shop', 'cid', 'merged', '2026-10-01 08:00', '2026-10-01 10:00', '2026-10-01 11:00', 2, 0)
        """,
    )
    assert rows(connection, CODE_QUALITY, "Code reviews by author") == [
        ("ann", 3, 3 * 3600, 1),
        ("bob", 1, 1800, 0),
        ("cid", 1, None, 0),
    ]


def test_pages_have_the_names_of_their_metrics(connection: psycopg.Connection[Any]) -> None:
    """Naive: a fragment makes a page of its own of each place in it."""
    execute(
        connection,
        """
        INSERT INTO page_loads (page, load_time_ms, recorded_at) VALUES
            ('/story', 1000, '2026-11-01 10:00'), ('/story?id=1', 1000, '2026-11-01 10:00'),
            ('/story#end', 1000, '2026-11-01 10:00'), ('?id=1', 500, '2026-11-01 10:00')
        """,
    )
    assert [found[:3] for found in rows(connection, PAGES, "Slowest pages")] == [("/story", 3, 1), ("unknown", 1, 0.5)]
