"""`kpi lint` over boards and rules: how findings are told, and what is counted."""

from dataclasses import replace

import pytest

from alert_rules import Group
from exporter.artefacts import load
from exporter.config import Config
from exporter.lint import run

ARTEFACTS = load(Config())


def test_findings_of_rules_stand_below_their_group(capsys: pytest.CaptureFixture[str]) -> None:
    (first, *others) = ARTEFACTS.rules
    alert = next(first.alerts)
    hasty = replace(alert, for_="1s")
    group = Group(first.name, [hasty if rule is alert else rule for rule in first.rules])
    assert not run(replace(ARTEFACTS, rules=(group, *others)))
    lines = capsys.readouterr().out.splitlines()
    place = lines.index(f"Rules / {first.name}")
    assert lines[place + 1].startswith(f"  fault  K602  {alert.name}: It fires after 1s;")


def test_rules_alerts_and_cases_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    (first, *_) = ARTEFACTS.rules
    run(replace(ARTEFACTS, boards=(), rules=(first,)))
    alerts = list(first.alerts)
    cases = sum(len(alert.cases) for alert in alerts)
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(f"0 boards, 0 panels, {len(first.rules)} rules, {len(alerts)} alerts, {cases} cases: ")
