"""Objects for the Prometheus operator say what the files say, in its words."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from provisioning import operator
from provisioning.errors import BuildError
from provisioning.operator import operator_files
from provisioning.paging.alertmanager import configuration
from provisioning.paging.settings import Mail, Operator, PagerDuty, Paging, Webhook, Window
from provisioning.rules import Links, rule_files
from tests.provisioning.paging.support import ARTEFACTS
from tests.provisioning.paging.test_routes import expectations

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
FULL = Paging(
    mail=Mail("smtp:587", user="alerts", password_file="/run/secrets/mail-password", require_tls=True),
    pagerduty=PagerDuty("http://localhost:1/v2/enqueue"),
    webhook=Webhook("http://localhost:2/", user="me", password_file="/run/secrets/webhook-password"),
    maintenance={"sunday-night": Window(("sunday",), (("22:00", "24:00"),))},
    operator=Operator({"release": "monitoring"}, "pages"),
)


def objects(paging: Paging = FULL, namespace: str = "") -> dict[str, dict[str, Any]]:
    files = operator_files(ARTEFACTS.rules, ARTEFACTS.scope, Links(), paging, namespace)
    return {path: yaml.safe_load(text) for path, text in files.items()}


def of_kind(kind: str, paging: Paging = FULL) -> list[dict[str, Any]]:
    return [each for each in objects(paging).values() if each["kind"] == kind]


def test_every_object_has_a_name_of_its_own_that_kubernetes_takes_and_the_labels_that_are_asked_for() -> None:
    found = objects(namespace="monitoring")
    names = [(each["kind"], each["metadata"]["name"]) for each in found.values()]
    assert len(set(names)) == len(names)
    for path, content in found.items():
        metadata = content["metadata"]
        assert NAME.fullmatch(metadata["name"]), metadata["name"]
        assert path == f"operator/{content['kind'].lower()}-{metadata['name']}.yaml"
        assert metadata["labels"] == {"app.kubernetes.io/managed-by": "kpi-build", "release": "monitoring"}
        assert metadata["namespace"] == "monitoring"
    assert not any("namespace" in each["metadata"] for each in objects().values())


def test_the_rules_are_those_of_the_rule_files() -> None:
    built = rule_files(ARTEFACTS.rules, ARTEFACTS.scope, Links()).values()
    files = [group for text in built for group in yaml.safe_load(text)["groups"]]
    assert [group for each in of_kind("PrometheusRule") for group in each["spec"]["groups"]] == files


def test_the_templates_are_there_to_be_named() -> None:
    [templates] = of_kind("ConfigMap")
    assert '{{ define "kpi.title" -}}' in templates["data"]["kpi.tmpl"]


@pytest.mark.parametrize(("paging", "webhook"), [(Paging(), False), (FULL, True)], ids=["defaults", "full"])
def test_amlint_reads_the_object_and_every_alert_reaches_its_receivers(
    paging: Paging, webhook: bool, tmp_path: Path
) -> None:
    path, cases = tmp_path / "config.yaml", tmp_path / "cases.yaml"
    [content] = of_kind("AlertmanagerConfig", paging)
    # The operator puts the namespace and the name of the object before the names of its receivers.
    content["metadata"]["namespace"] = "monitoring"
    path.write_text(yaml.safe_dump(content))
    expected = [
        {
            "name": each.name,
            "labels": dict(each.labels),
            "expect": [f"monitoring/kpi-exporter/{name}" for name in each.receivers],
        }
        for each in expectations(webhook=webhook)
    ]
    cases.write_text(yaml.safe_dump(expected))
    check: list[str | Path] = ["check", "--strict", "--ignore=inhibit-no-equal", path]
    test: list[str | Path] = ["test", path, cases]
    for arguments in (check, test):
        command: list[str | Path] = [sys.executable, "-m", "amlint.cli", *arguments, "--matcher-strategy=None"]
        outcome = subprocess.run(command, capture_output=True, text=True, env={"COLUMNS": "200"})
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_a_matcher_that_cannot_be_read_is_no_matcher_that_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    said = configuration(ARTEFACTS.rules, ARTEFACTS.scope, FULL)
    said["inhibit_rules"][0]["target_matchers"].append("severity = critical")
    monkeypatch.setattr(operator, "configuration", lambda *_: said)
    with pytest.raises(BuildError) as told:
        objects()
    assert told.value.problems == ["could not read the matcher 'severity = critical': expected LABEL=\"VALUE\""]


def test_secrets_are_keys_of_the_one_secret() -> None:
    [content] = of_kind("AlertmanagerConfig")
    found = {each["name"]: each for each in content["spec"]["receivers"]}
    critical = found["incidents-critical"]
    assert critical["slackConfigs"][0]["apiURL"] == {"name": "pages", "key": "slack-url"}
    assert critical["pagerdutyConfigs"][0]["routingKey"] == {"name": "pages", "key": "pagerduty-incidents"}
    assert critical["pagerdutyConfigs"][0]["url"] == "http://localhost:1/v2/enqueue"
    mail = critical["emailConfigs"][0]
    assert mail["authPassword"] == {"name": "pages", "key": "mail-password"}
    assert (mail["smarthost"], mail["authUsername"], mail["requireTLS"]) == ("smtp:587", "alerts", True)
    access = found["webhook"]["webhookConfigs"][0]["httpConfig"]["basicAuth"]
    assert access == {
        "username": {"name": "pages", "key": "webhook-user"},
        "password": {"name": "pages", "key": "webhook-password"},
    }
    token = found["events"]["webhookConfigs"][0]["httpConfig"]["authorization"]
    assert token == {"type": "Bearer", "credentials": {"name": "pages", "key": "events-token"}}
    assert "/run/secrets" not in str(content)


def test_no_key_keeps_the_spelling_of_the_file() -> None:
    def keys(content: Any) -> set[str]:
        if isinstance(content, dict):
            return {*content} | {key for inner in content.values() for key in keys(inner)}
        return {key for inner in content for key in keys(inner)} if isinstance(content, list) else set()

    [content] = of_kind("AlertmanagerConfig")
    assert not {key for key in keys(content["spec"]) if "_" in key}
    assert content["spec"]["muteTimeIntervals"] == [
        {
            "name": "sunday-night",
            "timeIntervals": [{"weekdays": ["sunday"], "times": [{"startTime": "22:00", "endTime": "24:00"}]}],
        }
    ]


def test_what_the_operator_has_no_words_for_stops_the_build() -> None:
    elsewhere = replace(FULL, maintenance={"night": Window(("sunday",), timezone="Europe/Berlin")})
    with pytest.raises(
        BuildError, match=r"the maintenance window 'night' must be in UTC: AlertmanagerConfig has no time"
    ):
        objects(elsewhere)
    long = replace(ARTEFACTS.rules[0], name="a" * 60)
    with pytest.raises(BuildError, match=r"needs a shorter name: an object has at most 63 letters"):
        operator_files([long], ARTEFACTS.scope, Links(), FULL)
