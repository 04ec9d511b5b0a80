"""The configuration of Alertmanager: grouping, timing, secrets, maintenance, and what mutes what."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from alert_rules import Group, Team
from alert_rules.app_performance import HIGH_ERROR_RATE
from alert_rules.inhibition import EXPORTER_DOWN, EXPORTER_MISSING, SOURCE_DOWN
from dashboards.scope import Scope
from metrics.app_performance import HTTP_REQUESTS
from metrics.exporter import COLLECTORS_LEFT_OUT
from provisioning.errors import BuildError
from provisioning.paging import Paging
from provisioning.paging.alertmanager import configuration
from provisioning.paging.settings import Servers, Timing, Webhook, duration
from tests.provisioning.paging.support import ALERTS, ARTEFACTS, FULL, written


def configured(paging: Paging = FULL, scope: Scope = ARTEFACTS.scope) -> dict[str, Any]:
    return configuration(ARTEFACTS.rules, scope, paging)


def routes(route: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for inner in route.get("routes", ()):
        yield inner
        yield from routes(inner)


def test_alerts_are_grouped_by_what_they_are_about_and_sent_at_the_times_of_the_settings() -> None:
    root = configured(Paging())["route"]
    assert root["group_by"] == ["alertname", "tenant", "service"]
    assert [root[key] for key in ("group_wait", "group_interval", "repeat_interval")] == ["30s", "5m", "4h"]
    critical = [each for each in routes(root) if 'severity="critical"' in each.get("matchers", ())]
    assert critical
    assert {each["repeat_interval"] for each in critical} == {"1h"}
    short = configured(Paging(timing=Timing(0.1, 1, 90, 45)))["route"]
    assert [short[key] for key in ("group_wait", "group_interval", "repeat_interval")] == ["100ms", "1s", "90s"]


def test_the_labels_of_sources_keep_groups_apart_and_each_label_is_named_once() -> None:
    config = configured(scope=replace(ARTEFACTS.scope, source_labels=("env", "service")))
    assert config["route"]["group_by"] == ["alertname", "env", "service"]
    assert config["inhibit_rules"][0]["equal"] == ["family", "env", "service", "instance", "server", "mount", "replica"]


def test_maintenance_mutes_all_but_critical_alerts_unless_the_window_says_otherwise() -> None:
    config = configured()
    names = [each["name"] for each in config["time_intervals"]]
    assert names == ["sunday-night", "move"]
    [night] = config["time_intervals"][0]["time_intervals"]
    assert night == {
        "weekdays": ["sunday"],
        "times": [{"start_time": "22:00", "end_time": "24:00"}],
        "location": "Europe/Berlin",
    }
    for route in routes(config["route"]):
        muted = route.get("mute_time_intervals", [])
        if route["receiver"] == "events":
            assert muted == []  # the history has no holes
        else:
            assert muted == (["move"] if 'severity="critical"' in route.get("matchers", ()) else names)
    assert "time_intervals" not in configured(Paging())


def test_every_secret_is_a_file(tmp_path: Path) -> None:
    full = replace(
        FULL,
        mail=replace(FULL.mail, user="alerts", password_file="/run/secrets/mail-password"),
        webhook=Webhook("http://localhost:1/", user="me", password_file="/run/secrets/webhook-password"),
    )
    text = written(tmp_path, full).read_text()
    files = re.findall(r"(\w+_file): (\S+)", text)
    assert {key for key, _ in files} == {
        "slack_api_url_file",
        "smtp_auth_password_file",
        "routing_key_file",
        "credentials_file",
        "password_file",
    }
    assert not re.search(r"\b(password|credentials|api_url|slack_api_url|routing_key|service_key|bearer_token):", text)


def test_every_channel_tells_of_the_end() -> None:
    channels = [
        channel
        for receiver in configured()["receivers"]
        for key, found in receiver.items()
        if key != "name"
        for channel in found
    ]
    assert channels
    assert all(channel["send_resolved"] is True for channel in channels)


def test_the_channels_of_a_receiver_are_those_of_its_team() -> None:
    kinds = {each["name"]: [key for key in each if key != "name"] for each in configured()["receivers"]}
    assert kinds["incidents-critical"] == ["pagerduty_configs", "slack_configs", "email_configs"]
    assert kinds["incidents"] == ["slack_configs", "email_configs"]
    assert kinds["incidents-info"] == kinds["development"] == kinds["default"] == ["slack_configs"]


def test_yaml_says_everything_in_full(tmp_path: Path) -> None:
    text = written(tmp_path, FULL).read_text()
    assert not re.search(r"[&*]id\d", text)  # aliases would be hard to read in a review
    assert yaml.safe_load(text) == configured()


def test_what_is_away_mutes_what_rests_on_it_and_one_of_several_exporters_nothing() -> None:
    one = replace(HIGH_ERROR_RATE, expr=f"{HTTP_REQUESTS} > 1")
    own = replace(one, name="OnOwn", expr=f"{COLLECTORS_LEFT_OUT} > 1")
    away = [replace(one, name=name, expr="up == 0") for name in (EXPORTER_DOWN, EXPORTER_MISSING, SOURCE_DOWN)]
    groups = [Group("all", (one, own, *away))]
    users = ['origin="user"']
    gone, down = 'alertname="ExporterMissing"', 'alertname=~"ExporterDown|ExporterMissing"'
    source = {"source_matchers": ['alertname="SourceDown"'], "equal": ["tenant"]}
    last = [
        {**source, "target_matchers": users},
        {**source, "target_matchers": ['alertname="HighErrorRate"']},
    ]
    for paging, by in ((Paging(), down), (Paging(servers=Servers(exporters=("a:1", "b:1"))), gone)):
        _, *rules = configuration(groups, ARTEFACTS.scope, paging)["inhibit_rules"]
        assert rules == [
            {"source_matchers": [by], "target_matchers": users},
            {"source_matchers": [by], "target_matchers": ['alertname=~"HighErrorRate|OnOwn"']},
            *last,
        ]
    assert len(configuration([Group("all", (one,))], ARTEFACTS.scope, Paging())["inhibit_rules"]) == 1


def test_twin_teams_stop_the_build() -> None:
    twin = replace(ALERTS[0], team=Team("incidents", "#elsewhere"))
    with pytest.raises(BuildError, match=r"there is another team 'incidents'; give this one a name of its own"):
        configuration([Group("plugin", (twin,))], ARTEFACTS.scope, Paging())


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.25, "250ms"), (15, "15s"), (90, "90s"), (300, "5m"), (3600, "1h"), (172_800, "2d")]
)
def test_durations_are_written_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_one_outage_is_one_page_and_what_follows_is_of_the_same_service() -> None:
    rules = configured()["inhibit_rules"]
    (down,) = [rule for rule in rules if rule["source_matchers"] == ['alertname="ServiceDown"']]
    assert down["target_matchers"] == [
        'alertname=~"ErrorRateCritical|ErrorRateWarning|HighErrorRate|ResponseTimeCritical|ResponseTimeWarning"'
    ]
    assert down["equal"] == ["tenant", "service", "instance", "server", "mount", "replica"]
    assert [rule["target_matchers"] for rule in rules if rule["source_matchers"] == ['alertname="HighErrorRate"']] == [
        ['alertname=~"ErrorRateCritical|ErrorRateWarning"']
    ]


def test_what_an_alert_follows_from_is_there_and_wakes_people() -> None:
    severities = {alert.name: alert.severity for alert in ALERTS}
    assert {severities.get(cause) for alert in ALERTS for cause in alert.follows} == {"critical"}
