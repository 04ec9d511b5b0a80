"""One incident from its rows to its pages and to the end of it, as each kind of receiver is told."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest

from tests.end_to_end import troubles
from tests.end_to_end.chain import GRAFANA, RUNBOOKS, TENANT, Chain
from tests.end_to_end.receivers import mail_text
from tests.exporter.support import wait_for

pytestmark = pytest.mark.xdist_group("pages")

DESCRIPTION = "Payment failure rate of giro is 80% over the last 2 hours."
SUMMARY = "More than one payment in ten fails."
LINKS = {f"{RUNBOOKS}/{troubles.ALERT}", f"{GRAFANA}/d/conversion-funnel"}


@pytest.fixture(scope="module")
def incident(chains: Callable[..., AbstractContextManager[Chain]]) -> Iterator[Chain]:
    """Payments failed, and it is over. The tests look at what was told."""
    with chains() as chain:
        chain.wait_until_scraped()
        for messages, change in enumerate((troubles.begin, troubles.end), 1):
            change(chain.database)
            with suppress(AssertionError):  # each test says what its receiver has missed
                chain.wait_for_messages(messages)
        yield chain


def test_every_receiver_is_told_once_that_it_began_and_once_that_it_is_over_and_of_nothing_else(
    incident: Chain,
) -> None:
    receivers = incident.receivers
    assert incident.told() == dict.fromkeys(incident.told(), 2)
    assert {alert["labels"]["alertname"] for body in receivers.webhook.taken for alert in body["alerts"]} == {
        troubles.ALERT
    }
    assert [each.refused for each in (receivers.slack, receivers.pagerduty, receivers.webhook)] == [[], [], []]


def test_chat_says_what_broke_how_bad_and_what_to_do_in_the_channel_of_the_team(incident: Chain) -> None:
    began, over = incident.receivers.slack.taken
    assert {began["channel"], over["channel"]} == {"#incidents"}
    [message] = began["attachments"]
    assert SUMMARY in message["title"]
    assert "FIRING" in message["title"]
    assert message["color"] == "danger"
    assert DESCRIPTION in message["text"]
    assert re.search(r"since \d+ \w+ \d\d:\d\d UTC", message["text"])
    assert {*re.findall(r"<(https?://[^|>]+)", message["text"])} == LINKS
    assert TENANT in message["text"]

    [message] = over["attachments"]
    assert SUMMARY in message["title"]
    assert "RESOLVED" in message["title"]
    assert message["color"] == "good"


def test_the_pager_of_the_team_is_triggered_and_the_same_incident_is_resolved(incident: Chain) -> None:
    began, over = incident.receivers.pagerduty.taken
    assert [began["event_action"], over["event_action"]] == ["trigger", "resolve"]
    assert began["dedup_key"] == over["dedup_key"]
    assert began["routing_key"] == over["routing_key"] == incident.pager_keys["finance"]
    payload = began["payload"]
    assert payload["severity"] == "critical"
    assert SUMMARY in payload["summary"]
    assert (payload["class"], payload["group"]) == (troubles.ALERT, "finance")
    assert DESCRIPTION in payload["custom_details"]["firing"]
    assert {link["href"] for link in began["links"]} == LINKS
    assert DESCRIPTION in over["payload"]["custom_details"]["resolved"]


def test_mails_go_to_the_mailbox_of_the_team_and_read_well_as_text_and_as_a_page(incident: Chain) -> None:
    began, over = incident.receivers.mail.taken
    for mail, word in ((began, "FIRING"), (over, "RESOLVED")):
        assert (mail["to"], mail["from"]) == ("finance@shop.example", "alerts@shop.example")
        assert SUMMARY in mail["subject"]
        assert word in mail["subject"]
        for kind in ("plain", "html"):
            text = mail_text(mail, kind)
            assert DESCRIPTION in text
            assert all(link in text for link in LINKS)
    assert "Severity: critical" in mail_text(began, "plain")
    assert "Resolved:" in mail_text(over, "plain")


def test_the_webhook_gets_every_field_with_its_token(incident: Chain) -> None:
    began, over = incident.receivers.webhook.taken
    assert [began["status"], over["status"]] == ["firing", "resolved"]
    [alert] = began["alerts"]
    labels = {"alertname": troubles.ALERT, "severity": "critical", "team": "finance", "provider": "giro"}
    assert labels.items() <= alert["labels"].items()
    assert alert["labels"]["tenant"] == TENANT
    assert alert["annotations"]["summary"] == SUMMARY
    assert alert["annotations"]["description"] == DESCRIPTION
    assert {alert["annotations"]["runbook_url"], alert["annotations"]["dashboard_url"]} == LINKS
    [again] = over["alerts"]
    assert (again["fingerprint"], again["startsAt"]) == (alert["fingerprint"], alert["startsAt"])
    assert again["endsAt"] > again["startsAt"]


def test_the_exporter_keeps_what_came_of_it(incident: Chain) -> None:
    def kept() -> list[tuple[Any, ...]]:
        return incident.database.execute(
            "SELECT alertname, severity, labels ->> 'provider', value_text, resolved_at > started_at FROM alert_events"
            " WHERE state = 'resolved' AND labels ->> 'tenant' = %s",
            [TENANT],
        ).fetchall()

    assert wait_for(kept, 20) == [(troubles.ALERT, "critical", "giro", "80%", True)]
