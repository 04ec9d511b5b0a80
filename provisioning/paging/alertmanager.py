"""The configuration of Alertmanager and the templates of its messages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alert_rules import Alert, Group
from alert_rules.inhibition import EXPORTER_DOWN, about_exported
from alert_rules.routing import all_teams, twin_teams
from dashboards.scope import Scope
from provisioning.errors import BuildError
from provisioning.grafana import NOTE
from provisioning.paging.receivers import receivers
from provisioning.paging.routes import one_of, route
from provisioning.paging.settings import Mail, Paging, Window
from provisioning.rules.to_prometheus import dumped

FOLDER = "alertmanager/"
CONFIG = f"{FOLDER}alertmanager.yml"
TEMPLATES = Path(__file__).with_name("kpi.tmpl").read_text(encoding="utf-8")


def alertmanager_files(groups: Sequence[Group], scope: Scope, paging: Paging) -> dict[str, str]:
    """`alertmanager.yml` and its templates, by path. Raises BuildError for teams that cannot be told apart."""
    return {
        CONFIG: NOTE + dumped(configuration(groups, scope, paging)),
        f"{FOLDER}templates/kpi.tmpl": TEMPLATES,
    }


def configuration(groups: Sequence[Group], scope: Scope, paging: Paging) -> dict[str, Any]:
    """What `alertmanager.yml` says. Raises BuildError for teams that cannot be told apart."""
    if twins := list(twin_teams(groups)):
        raise BuildError(twins)
    teams = all_teams(groups)
    alerts = [alert for group in groups for alert in group.alerts]
    mailboxes = dict.fromkeys(alert.mail for alert in alerts if alert.mail)
    intervals = [_time_interval(name, window) for name, window in paging.maintenance.items()]
    return {
        "global": {
            "resolve_timeout": "5m",
            **_mail(paging.mail),
            "slack_api_url_file": paging.slack.url_file,
            **({"pagerduty_url": paging.pagerduty.url} if paging.pagerduty.url else {}),
        },
        "templates": ["templates/*.tmpl"],
        "route": route(alerts, teams, paging, scope.source_labels),
        "inhibit_rules": inhibit_rules(alerts, about_exported(groups, scope.metrics), scope.source_labels, paging),
        **({"time_intervals": intervals} if intervals else {}),
        "receivers": receivers(teams, mailboxes, paging),
    }


def inhibit_rules(
    alerts: Sequence[Alert], about: Sequence[Alert], source_labels: Sequence[str], paging: Paging
) -> list[dict[str, Any]]:
    """A critical alert mutes the warning about the same thing, and the exporter being down all alerts `about` it.

    Labels that are on neither side count as equal, hence the family. With several exporters, an alert does not tell
    which of them it rests on, so none mutes it.
    """
    family = 'family=~".+"'
    equal = dict.fromkeys(("family", *source_labels, "service", "instance"))
    rules: list[dict[str, Any]] = [
        {
            "source_matchers": ['severity="critical"', family],
            "target_matchers": ['severity="warning"', family],
            "equal": [*equal],
        }
    ]
    if len(paging.servers.exporters) == 1 and any(alert.name == EXPORTER_DOWN for alert in alerts):
        muted = ['origin="user"', *([one_of("alertname", [alert.name for alert in about])] if about else ())]
        rules += [
            {"source_matchers": [f'alertname="{EXPORTER_DOWN}"'], "target_matchers": [target]} for target in muted
        ]
    return rules


def _mail(mail: Mail) -> Mapping[str, Any]:
    login = {"smtp_auth_username": mail.user, "smtp_auth_password_file": mail.password_file} if mail.user else {}
    return {
        "smtp_smarthost": mail.smarthost,
        "smtp_from": mail.sender,
        **login,
        "smtp_require_tls": mail.require_tls,
    }


def _time_interval(name: str, window: Window) -> dict[str, Any]:
    times = [{"start_time": start, "end_time": end} for start, end in window.times]
    return {
        "name": name,
        "time_intervals": [
            {
                **({"weekdays": list(window.weekdays)} if window.weekdays else {}),
                **({"times": times} if times else {}),
                "location": window.timezone,
            }
        ],
    }
