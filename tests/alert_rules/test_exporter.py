"""The exporter's own alerts: they reach those who run it, and their runbooks say what to open and to run."""

import re

import pytest
from typer.main import get_group

from alert_rules import Alert
from alert_rules.exporter import GROUP
from alert_rules.teams import DEVOPS
from exporter.cli import app

every_alert = pytest.mark.parametrize("alert", list(GROUP.alerts), ids=lambda alert: alert.name)


@every_alert
def test_they_go_to_those_who_run_the_exporter(alert: Alert) -> None:
    assert alert.team is DEVOPS
    assert alert.board == "self"


@every_alert
def test_runbooks_name_commands_that_exist(alert: Alert) -> None:
    known = set(get_group(app).commands)
    text = " ".join((*alert.runbook.check, *alert.runbook.mend))
    named = re.findall(r"`kpi (\w+)", text)
    assert set(named) <= known
    assert named or "Prometheus" in text


def test_a_source_that_is_away_is_told_once_and_not_by_each_of_its_collectors() -> None:
    alerts = {alert.name: alert for alert in GROUP.alerts}
    for name in ("CollectorFailing", "CollectorStale"):
        assert any(case.title == "its source is away" and not case.firing for case in alerts[name].cases)
