"""No loose end: alert → receiver → runbook → board → metric → collector or rule, and each of them back."""

import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from alert_rules import Alert
from alert_rules.alert import Severity
from alert_rules.routing import (
    CHANNELS,
    DEFAULT,
    EVENTS,
    all_teams,
    mailbox_receiver,
    mailboxes,
    receivers,
    team_receiver,
)
from dashboards import Board, Promql
from exporter.artefacts import load
from exporter.config import Config
from exporter.lint import is_fault, lint_all
from metrics import Metric
from metrics.catalogue import recorded
from provisioning.build import build
from provisioning.group import Group
from provisioning.lint import Catalogue
from provisioning.lint.lint import CATALOGUE_UID
from provisioning.lint.usage import metrics_in
from provisioning.rules.expressions import selected
from provisioning.rules.reading import Rules

pytestmark = pytest.mark.xdist_group("closure")
ARTEFACTS = load(Config())
RULES = Rules(ARTEFACTS.rules, ARTEFACTS.metrics)
CATALOGUE = Catalogue(ARTEFACTS.metrics)
BOARDS = {board.uid: board for board in ARTEFACTS.boards}
COLLECTED = {
    metric.name for collector in ARTEFACTS.collectors.values() for part in collector.parts for metric in part.metrics
}
RECORDED = [metric for declared in recorded().values() for metric in declared]
ALERTMANAGER = Path("alertmanager", "alertmanager.yml")
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")

every_alert = pytest.mark.parametrize("alert", RULES.alerts, ids=lambda alert: alert.name)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that is built, the handbook below `docs`."""
    folder = tmp_path_factory.mktemp("built")
    groups = (Group.DASHBOARDS, Group.RULES, Group.ALERTMANAGER, Group.HANDBOOK)
    files = build(
        ARTEFACTS.boards, ARTEFACTS.rules, ARTEFACTS.scope, ARTEFACTS.collectors, ARTEFACTS.surroundings, groups
    )
    for group, texts in files.items():
        for path, text in texts.items():
            target = folder / ("docs" if group is Group.HANDBOOK else ".") / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return folder


def shown_on(board: Board) -> set[str]:
    """The names of the metrics that the panels of a board ask for."""
    expressions = [target.expr for _, panel in board.panels() for target in panel.targets if isinstance(target, Promql)]
    return {metric.name for expr in expressions for metric in metrics_in(expr, CATALOGUE)}


@cache
def read(path: Path) -> Any:
    """The content of a YAML file."""
    return yaml.load(path.read_bytes(), yaml.CSafeLoader)


def built_alerts(folder: Path) -> dict[str, dict[str, Any]]:
    """The built alerting rules, by name."""
    groups = (
        group for path in sorted((folder / "prometheus" / "rules").glob("*.yaml")) for group in read(path)["groups"]
    )
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def routed_to(route: dict[str, Any]) -> set[str]:
    """The receivers that a route and those below it lead to."""
    below = [receiver for each in route.get("routes", ()) for receiver in routed_to(each)]
    return {*([route["receiver"]] if "receiver" in route else ()), *below}


def test_everything_could_be_loaded_and_nothing_is_at_fault() -> None:
    assert ARTEFACTS.problems == ()
    assert [str(finding) for finding in lint_all(ARTEFACTS) if is_fault(finding)] == []


@every_alert
def test_what_an_alert_reads_is_collected_recorded_or_external(alert: Alert) -> None:
    expressions = [alert.expr, *(recording.expr for recording in RULES.below(alert))]
    names = {one.name for expr in expressions for one in selected(expr)}
    assert names
    assert [name for name in sorted(names) if CATALOGUE.find(name) is None] == []
    for metric in RULES.behind(alert):
        assert metric.origin == "external" or metric.name in COLLECTED or RULES.recordings_of(metric), (
            f"nothing gives {metric} a value"
        )


@every_alert
def test_board_of_an_alert_shows_what_the_alert_is_about(alert: Alert) -> None:
    about = {metric.name for metric in RULES.behind(alert)}
    assert about & shown_on(BOARDS[alert.board]), f"{alert.board} shows none of {', '.join(sorted(about))}"


@pytest.mark.parametrize("metric", RECORDED, ids=str)
def test_recorded_metric_has_a_rule_and_a_reader(metric: Metric) -> None:
    assert RULES.recordings_of(metric)
    boards = [uid for uid, board in BOARDS.items() if uid.partition("-")[0] != CATALOGUE_UID]
    assert RULES.alerts_on(metric) or any(metric.name in shown_on(BOARDS[uid]) for uid in boards)


def test_board_or_rule_reads_whatever_is_collected() -> None:
    assert [finding.place for finding in lint_all(ARTEFACTS) if finding.code == "K101"] == []


@every_alert
def test_links_of_an_alert_lead_to_its_runbook_and_its_board(alert: Alert, built: Path) -> None:
    said = built_alerts(built)[alert.name]["annotations"]
    runbook, board = (said[link].rpartition("/")[2] for link in ("runbook_url", "dashboard_url"))
    page = (built / "docs" / "runbooks" / f"{runbook}.md").read_text(encoding="utf-8")
    assert f"\n# {alert.name}\n" in page
    assert [path.stem for path in (built / "grafana" / "dashboards").rglob(f"{board}.json")] == [alert.board]


def test_alerts_runbooks_and_built_rules_are_the_same(built: Path) -> None:
    names = {alert.name for alert in RULES.alerts}
    pages = {path.stem for path in (built / "docs" / "runbooks").glob("*.md")} - {"README"}
    assert pages == names
    assert built_alerts(built).keys() == names


@every_alert
def test_alert_has_a_test_in_which_it_fires_and_one_in_which_it_is_silent(alert: Alert, built: Path) -> None:
    path = built / "prometheus" / "tests" / f"{RULES.group_of(alert).name}.yaml"
    asked = [
        expected["exp_alerts"]
        for case in read(path)["tests"]
        for expected in case["alert_rule_test"]
        if expected["alertname"] == alert.name
    ]
    assert any(asked)
    assert not all(asked)


@every_alert
def test_each_receiver_of_an_alert_exists(alert: Alert, built: Path) -> None:
    names = {receiver["name"] for receiver in read(built / ALERTMANAGER)["receivers"]}
    assert set(receivers(alert)) <= names


def test_every_team_has_receivers_and_every_receiver_a_team_or_another_reader(built: Path) -> None:
    config = read(built / ALERTMANAGER)
    names = {receiver["name"] for receiver in config["receivers"]}
    teams = {team_receiver(team, severity) for team in all_teams(ARTEFACTS.rules) for severity in SEVERITIES}
    others = {DEFAULT, EVENTS, *CHANNELS.values(), *map(mailbox_receiver, mailboxes(ARTEFACTS.rules))}
    assert teams <= names
    assert names - teams <= others
    assert routed_to(config["route"]) == names


def test_promtool_accepts_all_built_rules(built: Path, program: Callable[[str], Path]) -> None:
    files = sorted((built / "prometheus" / "rules").glob("*.yaml"))
    done = subprocess.run([program("promtool"), "check", "rules", *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
