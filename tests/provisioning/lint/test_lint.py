"""The linter as a whole: every board that is built in, and metrics that nobody sees."""

from collections.abc import Sequence
from functools import cache

import pytest

from alert_rules import Group
from dashboards import Board, promql, stat, table, trend
from dashboards.discovery import discover
from dashboards.scope import Scope
from metrics.catalogue import all_metrics, domains, external_metrics, inputs, recorded
from metrics.exporter import UP
from provisioning.lint import Finding, lint
from tests.provisioning.lint.board_support import SCOPE, board
from tests.provisioning.lint.rule_support import alert, group
from tests.provisioning.lint.support import HAPPINESS, METRICS, ORDERS, USERS, WAIT, WINS

BUILT_IN = discover(domains()).found
BESIDE = (one for by_domain in (inputs(), recorded()) for some in by_domain.values() for one in some)
EVERYTHING = Scope((*all_metrics(), *BESIDE, *external_metrics()))


def unused(*boards: Board, rules: Sequence[Group] = ()) -> list[str]:
    return [f.place for f in lint(boards, SCOPE, rules) if f.code == "K101"]


@cache
def findings_in_built_in_boards() -> list[Finding]:
    return lint(BUILT_IN, EVERYTHING)


@pytest.mark.parametrize("built_in", BUILT_IN, ids=[one.uid for one in BUILT_IN])
def test_built_in_board_is_without_findings(built_in: Board) -> None:
    place = built_in.title
    assert [str(one) for one in findings_in_built_in_boards() if one.place.split(" › ")[0] == place] == []


def test_metric_counts_as_used_when_an_expression_of_a_panel_selects_one_of_its_series() -> None:
    everything = {metric.name for metric in METRICS if metric.origin == "collected"}
    assert set(unused(board())) == everything - {WINS.name}
    quantile = f"histogram_quantile(0.9, sum by (le) (rate({WAIT.bucket}[5m])))"
    shown = board(
        trend(promql(quantile, legend="p90"), title="Wait", description="How long.", unit="s"),
        stat(HAPPINESS),
        table(USERS, window="1d"),
    )
    assert set(unused(shown)) == everything - {WINS.name, WAIT.name, HAPPINESS.name, USERS.name}


def test_metric_that_only_the_catalogue_shows_is_seen_by_nobody() -> None:
    catalogue = board(stat(ORDERS, by="region"), uid="catalogue", name="Catalogue")
    assert ORDERS.name in unused(catalogue)
    assert ORDERS.name not in unused(catalogue, board(stat(ORDERS, by="region")))


def test_metric_that_a_rule_reads_and_external_ones_are_not_reported() -> None:
    assert ORDERS.name in unused(board())
    assert ORDERS.name not in unused(board(), rules=[group(alert(f"rate({ORDERS}[5m]) > 1"))])
    assert UP.name not in unused(board())


def test_findings_come_in_reading_order_and_are_the_same_each_time() -> None:
    boards = [
        board(trend(USERS, window="1d", title="x" * 41), trend(USERS, window="1d", to="nowhere"), uid="b", name="B"),
        board(trend(USERS, window="1d", interval="often"), uid="a", name="A"),
    ]
    found = [finding.code for finding in lint(boards, SCOPE) if finding.code != "K101"]
    assert found == ["K303", "K314", "K317"]
    assert lint(boards, SCOPE) == lint(boards, SCOPE)
