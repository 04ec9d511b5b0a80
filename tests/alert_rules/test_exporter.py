"""The exporter's own alerts: they reach those who run it, and their runbooks say what to open and to run."""

import re

import pytest
from typer.main import get_group

from alert_rules import Alert, exporter, pipeline
from alert_rules.alert import KEEP_FIRING_FOR
from alert_rules.teams import DEVOPS
from collectors.durations import parse_duration
from exporter.cli import app
from exporter.config import Config

ALERTS = {alert.name: alert for group in (exporter.GROUP, pipeline.GROUP) for alert in group.alerts}
every_alert = pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)


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
    for name in ("CollectorFailing", "CollectorStale"):
        assert any(case.title == "its source is away" and not case.firing for case in ALERTS[name].cases)


def test_what_mutes_pages_fires_before_these_end_for_want_of_numbers() -> None:
    kept, waits = parse_duration(KEEP_FIRING_FOR), {name: parse_duration(ALERTS[name].for_) for name in ALERTS}
    assert max(waits["ExporterDown"], waits["ExporterMissing"]) < kept
    noticed = 60 + 10 + 2 * 15  # by the next run, after its timeout, in a scrape and an evaluation
    served = Config().stale_after_intervals * 60
    assert noticed + waits["SourceDown"] < served + kept


@pytest.mark.parametrize("name", ["ExporterDown", "ExporterMissing"])
def test_the_page_about_the_exporter_says_what_to_do_as_its_runbook_is_away(name: str) -> None:
    assert "`kpi " in ALERTS[name].text
    assert len(ALERTS[name].text) < 400
    assert ALERTS[name].keep_firing_for == "0s"
