"""Each alert reaches exactly the receivers that are declared for it, as Alertmanager's own tool and amlint see it."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
import yaml

from alert_rules import Severity
from alert_rules.app_performance import HIGH_ERROR_RATE
from alert_rules.inhibition import EXPORTER_DOWN, EXPORTER_MISSING, SOURCE_DOWN, about_collected, about_exported
from alert_rules.routing import receivers, team_receiver, user_receivers
from alert_rules.teams import TEAMS
from provisioning.paging import Paging
from tests.provisioning.paging.support import ALERTS, ARTEFACTS, FULL, written

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
SERIES = {"tenant": "acme", "service": "api", "instance": "a:1"}


class Expected(NamedTuple):
    """An alert by its labels, and who gets it."""

    name: str
    labels: Mapping[str, str]
    receivers: tuple[str, ...]


def expectations(*, webhook: bool) -> Iterator[Expected]:
    """Every declared alert, each team with each severity, no team that is known, and all that users can choose."""
    everything = ("events", "webhook") if webhook else ("events",)
    for alert in ALERTS:
        labels = {**SERIES, **alert.labels, "alertname": alert.name}
        yield Expected(alert.name, labels, receivers(alert, webhook=webhook))
    for severity in SEVERITIES:
        for team in TEAMS:
            labels = {"alertname": "Other", "team": team.name, "severity": severity}
            yield Expected(f"{severity} of {team.name}", labels, (*everything, team_receiver(team, severity)))
        labels = {"alertname": "Other", "team": "nobody", "severity": severity}
        yield Expected(f"{severity} of nobody", labels, (*everything, "default"))
        for channels in ((), ("email",), ("slack",), ("webhook",), ("email", "slack", "webhook")):
            labels = {
                "alertname": "Churn",
                "origin": "user",
                "team": "product",
                "severity": severity,
                "channels": f",{','.join(channels)}," if channels else "",
                "recipients": "a@company.example,b@company.example",
            }
            told = user_receivers(channels, webhook=webhook)
            yield Expected(f"{severity} of a user by {' and '.join(channels) or 'nothing'}", labels, told)
    yield Expected("no labels", {"alertname": "Other"}, (*everything, "default"))


@pytest.mark.parametrize(("paging", "webhook"), [(Paging(), False), (FULL, True)], ids=["defaults", "full"])
def test_amtool_sends_every_alert_to_exactly_the_receivers_that_are_declared(
    paging: Paging, webhook: bool, program: Callable[[str], Path], tmp_path: Path
) -> None:
    path = written(tmp_path, paging)
    wrong = {}
    for expected in expectations(webhook=webhook):
        labels = [f'{label}="{value}"' for label, value in expected.labels.items()]
        command: list[str | Path] = [program("amtool"), "config", "routes", "test", f"--config.file={path}", *labels]
        outcome = subprocess.run(command, capture_output=True, text=True, check=True)
        if (found := tuple(outcome.stdout.strip().split(","))) != expected.receivers:
            wrong[expected.name] = (found, expected.receivers)
    assert wrong == {}


@pytest.mark.parametrize("paging", [Paging(events=None), replace(FULL, events=None)], ids=["defaults", "full"])
def test_an_exporter_that_keeps_no_events_is_no_receiver_and_all_others_are_told(
    paging: Paging, program: Callable[[str], Path], tmp_path: Path
) -> None:
    path = written(tmp_path, paging)
    assert "/-/alerts" not in path.read_text()
    subprocess.run([program("amtool"), "check-config", path], check=True)
    cases = [
        {
            "name": each.name,
            "labels": dict(each.labels),
            "expect": [name for name in each.receivers if name != "events"],
        }
        for each in expectations(webhook=paging.webhook is not None)
    ]
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(cases))
    for arguments in (
        ("check", "--strict", "--ignore=inhibit-no-equal", path),
        ("test", path, tmp_path / "cases.yaml"),
    ):
        outcome = amlint(*arguments)
        assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("paging", [Paging(), FULL], ids=["defaults", "full"])
def test_amtool_accepts_the_configuration_and_its_templates(
    paging: Paging, program: Callable[[str], Path], tmp_path: Path
) -> None:
    outcome = subprocess.run([program("amtool"), "check-config", written(tmp_path, paging)], capture_output=True)
    assert outcome.returncode == 0, outcome.stderr
    assert b"1 templates" in outcome.stdout


@pytest.mark.parametrize("paging", [Paging(), FULL], ids=["defaults", "full"])
def test_amlint_finds_no_route_that_is_shadowed_unreachable_or_empty_and_no_receiver_without_use(
    paging: Paging, tmp_path: Path
) -> None:
    # The exporter that is down mutes whatever rests on it, whichever labels that has.
    outcome = amlint("check", "--strict", "--ignore=inhibit-no-equal", written(tmp_path, paging))
    assert outcome.returncode == 0, outcome.stdout
    assert "No issues found" in outcome.stdout


@pytest.mark.parametrize(("paging", "webhook"), [(Paging(), False), (FULL, True)], ids=["defaults", "full"])
def test_amlint_agrees_about_all_routes_and_about_what_is_inhibited(
    paging: Paging, webhook: bool, tmp_path: Path
) -> None:
    cases: list[dict[str, Any]] = [
        {"name": each.name, "labels": dict(each.labels), "expect": list(each.receivers)}
        for each in expectations(webhook=webhook)
    ]
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(cases + list(inhibited())))
    outcome = amlint("test", "--fail-under=100", written(tmp_path, paging), tmp_path / "cases.yaml")
    assert outcome.returncode == 0, outcome.stdout


def inhibited() -> Iterator[dict[str, Any]]:
    """What is muted while something else fires, and what is not."""
    latency = {**SERIES, "alertname": "Slow", "severity": "warning", "team": "development", "family": "latency"}
    slower = {**latency, "alertname": "Slower", "severity": "critical"}
    business = {"alertname": "Low", "severity": "warning", "team": "product"}
    for name, labels, firing, muted in (
        ("a warning beside the critical alert of its family", latency, slower, True),
        ("another family", {**latency, "family": "errors"}, slower, False),
        ("another service", {**latency, "service": "web"}, slower, False),
        ("another tenant", {**latency, "tenant": "globex"}, slower, False),
        ("a critical alert beside a warning", slower, latency, False),
        ("a warning without family beside a critical alert without family", business,
         {**business, "alertname": "Bad", "severity": "critical"}, False),
        ("info of the family", {**latency, "severity": "info"}, slower, False),
    ):  # fmt: skip
        yield {"name": name, "labels": labels, "firing": [firing], "inhibited": muted}
    for name, about in (
        (EXPORTER_DOWN, about_exported),
        (EXPORTER_MISSING, about_exported),
        (SOURCE_DOWN, about_collected),
    ):
        away = {"alertname": name, "severity": "critical", "team": "devops"}
        away |= {"tenant": SERIES["tenant"], "source": "app"} if name == SOURCE_DOWN else {}
        resting = {alert.name for alert in about(ARTEFACTS.rules, ARTEFACTS.scope.metrics)}
        for alert in ALERTS:
            labels = {**SERIES, **alert.labels, "alertname": alert.name}
            muted = alert.name in resting
            yield {"name": f"{alert.name} beside {name}", "labels": labels, "firing": [away], "inhibited": muted}
        user = {**SERIES, "alertname": "Churn", "origin": "user", "severity": "warning"}
        yield {"name": f"one of a user beside {name}", "labels": user, "firing": [away], "inhibited": True}
        other = {**SERIES, "tenant": "globex", **HIGH_ERROR_RATE.labels, "alertname": HIGH_ERROR_RATE.name}
        muted = name != SOURCE_DOWN
        yield {"name": f"another tenant beside {name}", "labels": other, "firing": [away], "inhibited": muted}


def test_every_critical_alert_pages() -> None:
    assert [alert.name for alert in ALERTS if alert.severity == "critical" and not alert.team.pages] == []


def amlint(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "amlint.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={"COLUMNS": "200", "NO_COLOR": "1"})
