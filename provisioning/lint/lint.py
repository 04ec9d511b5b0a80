"""Lints boards and rules: every panel, variable and annotation, each board, each rule, and all of them together."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from alert_rules import Group
from dashboards.board import Board
from dashboards.panel import Panel, Promql
from dashboards.scope import Scope
from dashboards.to_grafana import dashboard
from metrics import Metric
from provisioning.lint.alerting import check_rules
from provisioning.lint.boards import check_board, check_together
from provisioning.lint.catalogue import Catalogue
from provisioning.lint.drawn import check_drawn
from provisioning.lint.exceptions import except_ignored, malformed_exceptions
from provisioning.lint.finding import Finding
from provisioning.lint.panels import Surroundings, check_panel
from provisioning.lint.places import panel_place
from provisioning.lint.rule_reading import RuleSurroundings
from provisioning.lint.sql import DESCRIBED
from provisioning.lint.usage import metrics_in, unused

CATALOGUE_UID = "catalogue"
"""The board that builds itself from all metrics; to be on it is no use."""

_SCRAPE_LABELS = frozenset({"job", "instance"})
_DATA_SOURCES = ("datasource", "postgres")


def lint(
    boards: Sequence[Board],
    scope: Scope,
    rules: Sequence[Group] = (),
    *,
    scrape_interval: float = 15,
) -> list[Finding]:
    """What is wrong with the boards, in reading order, and with the rules; then which metrics nothing reads.

    `boards` and `rules` must be all there are, because they refer to each other; without any rules, nothing is said
    of those that are missing. `scrape_interval` is that of
    Prometheus, in seconds. No server is asked: `describe_panels` does that.
    """
    catalogue = Catalogue(scope.metrics, scope.intervals)
    extra_labels = _SCRAPE_LABELS.union(scope.source_labels)
    uids = frozenset(board.uid for board in boards)
    found = list(check_together(boards))
    used: set[Metric] = set()
    for board in boards:
        variables = scope.variables(board)
        around = Surroundings(catalogue, extra_labels, uids, (*_DATA_SOURCES, *variables))
        found += check_board(board, scope, uids)
        try:
            drawn = dashboard(board, scope)
        except Exception as error:  # a plugin's board may hold anything, which its panels would trip over again
            found.append(Finding("K417", board.title, f"Could not draw it: {type(error).__name__}: {error}"))
            continue
        found += check_drawn(drawn, board.title, catalogue, extra_labels)
        for section, panel in board.panels():
            fitted = scope.fit(panel, variables)
            found += _panel_faults(fitted, around, panel_place(board, section, panel))
            if board.uid.partition("-")[0] != CATALOGUE_UID:
                used.update(_shown(fitted, catalogue))
    around_rules = RuleSurroundings(scope, catalogue, extra_labels, uids, timedelta(seconds=scrape_interval))
    found += check_rules(rules, around_rules) if rules else ()
    used.update(metric for group in rules for rule in group.rules for metric in metrics_in(rule.expr, catalogue))
    return found + unused((metric for metric in scope.metrics if metric.origin != "external"), used)


def _panel_faults(panel: Panel, around: Surroundings, place: str) -> Iterator[Finding]:
    said = list(check_panel(panel, around, place))
    yield from except_ignored(panel.ignore, place, said, lambda code: code not in DESCRIBED)
    yield from malformed_exceptions(panel.ignore, place)


def _shown(panel: Panel, catalogue: Catalogue) -> Iterator[Metric]:
    for target in panel.targets:
        if isinstance(target, Promql):
            yield from metrics_in(target.expr, catalogue)
