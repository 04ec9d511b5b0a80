"""What people read: the messages of a real Alertmanager, as chat, mail, pager and webhook get them."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from exporter.alertmanager import Alertmanager
from provisioning.paging import Paging
from provisioning.paging.settings import Mail, PagerDuty, Slack, Timing, Webhook
from tests.end_to_end.receivers import PagerDutyReceiver, SlackReceiver, WebhookReceiver
from tests.exporter.support import free_port, wait_for
from tests.provisioning.paging.support import MailServer, written

SUMMARY = "More than one request in twenty fails."
DESCRIPTION = "api answers 10% of its requests with <500> & 'more'."
RUNBOOK, BOARD = "http://localhost:9840/runbooks/HighErrorRate", "http://localhost:3000/d/app-performance"
BEGAN = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


class Receivers:
    """Where the messages of the module arrive."""

    def __init__(self) -> None:
        self.slack, self.pagerduty, self.webhook = SlackReceiver(), PagerDutyReceiver(), WebhookReceiver()
        self.mail = MailServer()

    def messages(self, words: str) -> list[dict[str, Any]]:
        """What was said in chat with these words in its title, each with its channel."""
        said = [{**each, "channel": body["channel"]} for body in self.slack.taken for each in body["attachments"]]
        return [each for each in said if words in each["title"]]

    def events(self, action: str, words: str = "") -> list[dict[str, Any]]:
        """The events of the pager with this action and these words in their summary."""
        return [
            event
            for event in self.pagerduty.taken
            if event["event_action"] == action and words in event["payload"]["summary"]
        ]

    def alerts(self, status: str) -> list[dict[str, Any]]:
        """The alerts that were posted with this status."""
        return [alert for body in self.webhook.taken for alert in body["alerts"] if alert["status"] == status]


@pytest.fixture(scope="module")
def receivers() -> Iterator[Receivers]:
    found = Receivers()
    with found.slack, found.pagerduty, found.webhook, found.mail:
        yield found


@pytest.fixture(scope="module")
def told(
    receivers: Receivers, program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., None]]:
    """Tells Alertmanager of an alert: `told(labels, annotations, ends=…)`."""
    folder = tmp_path_factory.mktemp("alertmanager")
    secrets = {
        "slack": receivers.slack.url,
        "pagerduty": "0" * 32,
        "webhook": receivers.webhook.token,
    }
    for name, secret in secrets.items():
        (folder / name).write_text(secret)
    webhook = Webhook(receivers.webhook.url, token_file=str(folder / "webhook"))
    paging = Paging(
        mail=Mail(receivers.mail.address),
        slack=Slack(str(folder / "slack")),
        pagerduty=PagerDuty(receivers.pagerduty.url, {"incidents": str(folder / "pagerduty")}),
        webhook=webhook,
        events=webhook,
        timing=Timing(group_wait=0.1, group_interval=0.2),
    )
    with Alertmanager(program("alertmanager"), folder / "run", written(folder, paging), free_port()) as running:

        def tell(labels: Mapping[str, str], annotations: Mapping[str, str], ends: datetime | None = None) -> None:
            alert: dict[str, Any] = {
                "labels": labels,
                "annotations": annotations,
                "startsAt": BEGAN.isoformat(),
                "endsAt": (ends or datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            }
            requests.post(f"{running.url}/api/v2/alerts", json=[alert], timeout=5).raise_for_status()

        yield tell


@pytest.mark.xdist_group("alertmanager-messages")
def test_every_channel_of_a_critical_alert_says_what_broke_how_bad_since_when_and_what_to_do(
    told: Callable[..., None], receivers: Receivers
) -> None:
    labels = {"alertname": "HighErrorRate", "severity": "critical", "team": "incidents", "service": "api", "pod": "a"}
    annotations = {
        "summary": SUMMARY,
        "description": DESCRIPTION,
        "value": "10%",
        "runbook_url": RUNBOOK,
        "dashboard_url": BOARD,
    }
    told(labels, annotations)
    [message] = wait_for(lambda: receivers.messages("[FIRING:1]"))
    assert (message["channel"], message["color"]) == ("#incidents", "danger")
    assert message["title"] == message["fallback"] == f"[FIRING:1] {SUMMARY} (api)"
    assert message["title_link"] == BOARD
    assert message["text"].splitlines() == [
        "*api answers 10% of its requests with &lt;500&gt; &amp; 'more'.*",
        "Value: *10%*, since 21 Nov 14:05 UTC",
        "pod=a, service=api",
        "",
        f"<{RUNBOOK}|Runbook>   <{BOARD}|Board>",
    ]

    [event] = wait_for(lambda: receivers.events("trigger", SUMMARY))
    payload = event["payload"]
    assert payload["summary"] == f"[FIRING:1] {SUMMARY} (api)"
    assert (payload["severity"], payload["class"], payload["component"]) == ("critical", "HighErrorRate", "api")
    assert payload["custom_details"]["firing"].startswith(f"{DESCRIPTION}\nValue: 10%, since 21 Nov 14:05 UTC\n")
    assert event["links"] == [{"href": RUNBOOK, "text": "Runbook"}, {"href": BOARD, "text": "Board"}]

    [mail] = wait_for(lambda: receivers.mail.mails("[FIRING:1]"))
    assert (mail["subject"], mail["to"]) == (f"[FIRING:1] {SUMMARY} (api)", "on-call@company.example")
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().splitlines() == [
        DESCRIPTION,
        "Value: 10%, since 21 Nov 14:05 UTC",
        "Severity: critical, team: incidents",
        "pod=a, service=api",
        "",
        f"Runbook: {RUNBOOK}",
        f"Board: {BOARD}",
    ]
    rich = mail.get_body(("html",))
    assert rich is not None
    assert "requests with &lt;500&gt; &amp; &#39;more&#39;." in rich.get_content()
    assert f'<a href="{RUNBOOK}">Runbook</a>' in rich.get_content()

    [alert] = wait_for(lambda: receivers.alerts("firing")[:1])
    assert alert["annotations"]["description"] == DESCRIPTION

    told(labels, annotations, ends=BEGAN + timedelta(minutes=12, seconds=30))
    [message] = wait_for(lambda: receivers.messages("[RESOLVED]"))
    assert (message["title"], message["color"]) == (f"[RESOLVED] {SUMMARY} (api)", "good")
    assert "resolved after 12m30s, from 21 Nov 14:05 to 21 Nov 14:17 UTC" in message["text"]
    [resolved] = wait_for(lambda: receivers.events("resolve"))
    assert resolved["dedup_key"] == event["dedup_key"]
    [mail] = wait_for(lambda: receivers.mail.mails("[RESOLVED]"))
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "resolved after 12m30s" in plain.get_content()
    wait_for(lambda: receivers.alerts("resolved"))
    assert receivers.pagerduty.refused == receivers.slack.refused == receivers.webhook.refused == []


@pytest.mark.xdist_group("alertmanager-messages")
def test_an_alert_of_a_user_is_mailed_to_the_recipients_that_it_names_and_to_no_pager(
    told: Callable[..., None], receivers: Receivers
) -> None:
    labels = {"alertname": "ChurnTooHigh", "origin": "user", "severity": "critical", "team": "incidents"}
    by = {"channels": ",email,slack,", "recipients": "a@company.example,b@company.example"}
    told({**labels, **by}, {"summary": "Churn is above 5%."})
    [mail] = wait_for(lambda: receivers.mail.mails("Churn is above"))
    assert mail["subject"] == "[FIRING:1] Churn is above 5%."
    assert mail["to"] == "a@company.example, b@company.example"
    [message] = wait_for(lambda: receivers.messages("Churn is above"))
    assert message["channel"] == "#alerts"
    assert not receivers.events("trigger", "Churn is above")


def rendered(amtool: Path, template: str, folder: Path, data: Mapping[str, Any]) -> str:
    (folder / "data.json").write_text(json.dumps(data))
    glob = written(folder, Paging()).parent / "templates/*.tmpl"
    text = f'{{{{ template "{template}" . }}}}'
    command: list[str | Path] = [amtool, "template", "render", f"--template.glob={glob}", f"--template.text={text}"]
    command.append(f"--template.data={folder / 'data.json'}")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def group(number: int, **labels: str) -> dict[str, Any]:
    """A group of firing alerts as templates see it."""
    alert = {
        "status": "firing",
        "labels": {"alertname": "Slow", **labels},
        "annotations": {"description": "It is slow."},
        "startsAt": BEGAN.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
    }
    common = {"alertname": "Slow", **labels}
    return {
        "status": "firing",
        "groupLabels": {"alertname": "Slow"},
        "commonLabels": common,
        "commonAnnotations": {},
        "alerts": [alert] * number,
    }


def test_a_message_about_many_alerts_stays_readable(program: Callable[[str], Path], tmp_path: Path) -> None:
    for template in ("kpi.text", "kpi.slack.text", "kpi.mail.html"):
        text = rendered(program("amtool"), template, tmp_path, group(37))
        assert text.count("It is slow.") == 10
        assert "These are 10 of 37 alerts." in text


@pytest.mark.parametrize(
    ("severity", "pager", "color"),
    [
        ("critical", "critical", "danger"),
        ("warning", "warning", "warning"),
        ("info", "info", "#439FE0"),
        ("unheard of", "error", "warning"),
    ],
)
def test_severities_are_those_that_pagerduty_knows_and_have_a_colour(
    severity: str, pager: str, color: str, program: Callable[[str], Path], tmp_path: Path
) -> None:
    data = group(1, severity=severity)
    assert rendered(program("amtool"), "kpi.pagerduty.severity", tmp_path, data) == pager
    assert rendered(program("amtool"), "kpi.slack.color", tmp_path, data) == color


def test_without_a_summary_the_title_is_the_name_of_the_alert(program: Callable[[str], Path], tmp_path: Path) -> None:
    assert rendered(program("amtool"), "kpi.title", tmp_path, group(2)) == "[FIRING:2] Slow"
