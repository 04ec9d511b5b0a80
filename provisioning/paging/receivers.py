"""The receivers of Alertmanager: chat, mail, pager and webhooks, with what each of them is told."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from alert_rules import Severity, Team
from alert_rules.routing import CHANNELS, DEFAULT, EVENTS, WEBHOOK, mailbox_receiver, team_receiver
from provisioning.paging.settings import Paging, Webhook

_TITLE = '{{ template "kpi.title" . }}'
_BOARD = "{{ .CommonAnnotations.dashboard_url }}"
_RUNBOOK = "{{ .CommonAnnotations.runbook_url }}"
_RECIPIENTS = "{{ .GroupLabels.recipients }}"


def receivers(teams: Iterable[Team], extra_mailboxes: Iterable[str], paging: Paging) -> list[dict[str, Any]]:
    """Every receiver that a route leads to, each once."""
    found: dict[str, dict[str, Any]] = {DEFAULT: {"slack_configs": [_slack(paging.slack.channel)]}}
    if paging.events is not None:
        found[EVENTS] = {"webhook_configs": [_webhook(paging.events)]}
    if paging.webhook is not None:
        found[WEBHOOK] = {"webhook_configs": [_webhook(paging.webhook)]}
        found[CHANNELS["webhook"]] = {"webhook_configs": [_webhook(paging.webhook)]}
    found[CHANNELS["email"]] = {"email_configs": [_mail(_RECIPIENTS)]}
    found[CHANNELS["slack"]] = {"slack_configs": [_slack(paging.slack.channel)]}
    for mailbox in extra_mailboxes:
        found[mailbox_receiver(mailbox)] = {"email_configs": [_mail(paging.address(mailbox))]}
    for team in teams:
        found.update(_of_team(team, paging))
    return [{"name": name, **channels} for name, channels in found.items()]


def _of_team(team: Team, paging: Paging) -> Iterator[tuple[str, dict[str, Any]]]:
    for severity in get_args(Severity):
        channels: dict[str, Any] = {}
        if team.pages and severity == "critical":
            channels["pagerduty_configs"] = [_pagerduty(team, paging)]
        channels["slack_configs"] = [_slack(team.chat)]
        if team.mail and severity != "info":
            channels["email_configs"] = [_mail(paging.address(team.mail))]
        yield team_receiver(team, severity), channels


def _slack(channel: str) -> dict[str, Any]:
    return {
        "channel": channel,
        "send_resolved": True,
        "color": '{{ template "kpi.slack.color" . }}',
        "title": _TITLE,
        "title_link": _BOARD,
        "fallback": _TITLE,
        "text": '{{ template "kpi.slack.text" . }}',
    }


def _mail(to: str) -> dict[str, Any]:
    return {
        "to": to,
        "send_resolved": True,
        "headers": {"Subject": _TITLE},
        "html": '{{ template "kpi.mail.html" . }}',
        "text": '{{ template "kpi.text" . }}',
    }


def _pagerduty(team: Team, paging: Paging) -> dict[str, Any]:
    return {
        "routing_key_file": paging.pagerduty.key_file(team.name),
        "send_resolved": True,
        "severity": '{{ template "kpi.pagerduty.severity" . }}',
        "description": _TITLE,
        "class": "{{ .GroupLabels.alertname }}",
        "component": "{{ .CommonLabels.service }}",
        "group": team.name,
        "client": "KPI Exporter",
        "client_url": _BOARD,
        "details": {
            "firing": '{{ template "kpi.firing" . }}',
            "resolved": '{{ template "kpi.resolved" . }}',
        },
        "links": [{"href": _RUNBOOK, "text": "Runbook"}, {"href": _BOARD, "text": "Board"}],
    }


def _webhook(webhook: Webhook) -> dict[str, Any]:
    access: dict[str, Any] = {}
    if webhook.token_file:
        access = {"authorization": {"type": "Bearer", "credentials_file": webhook.token_file}}
    elif webhook.user:
        access = {"basic_auth": {"username": webhook.user, "password_file": webhook.password_file}}
    return {"url": webhook.url, "send_resolved": True, **({"http_config": access} if access else {})}
