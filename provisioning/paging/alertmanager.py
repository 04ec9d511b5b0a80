"""The configuration of Alertmanager and the templates of its messages."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from alert_rules import Alert, Group
from alert_rules.inhibition import EXPORTER_DOWN, EXPORTER_MISSING, SOURCE_DOWN, about_collected, about_exported
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


_THINGS = ("service", "instance", "server", "mount", "replica")
"""Labels that tell what an alert is about."""


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
        "inhibit_rules": inhibit_rules(groups, scope, paging),
        **({"time_intervals": intervals} if intervals else {}),
        "receivers": receivers(teams, mailboxes, paging),
    }


def inhibit_rules(groups: Sequence[Group], scope: Scope, paging: Paging) -> list[dict[str, Any]]:
    """A critical alert mutes the warning about the same thing; the exporter being away mutes all over its numbers, and
    a database being away all over those that are read from it, as the labels of sources tell.

    An alert mutes what follows from it. Labels that are on neither side count as equal, hence the family. With several
    exporters, an alert does not tell which of them it rests on, so one that is down mutes none.
    """
    family = 'family=~".+"'
    equal = dict.fromkeys(("family", *scope.source_labels, *_THINGS))
    exported, collected = about_exported(groups, scope.metrics), about_collected(groups, scope.metrics)
    away = [EXPORTER_DOWN, EXPORTER_MISSING] if len(paging.servers.exporters) == 1 else [EXPORTER_MISSING]
    declared = {alert.name for group in groups for alert in group.alerts}
    return [
        {
            "source_matchers": ['severity="critical"', family],
            "target_matchers": ['severity="warning"', family],
            "equal": [*equal],
        },
        *_following([alert for group in groups for alert in group.alerts], [*equal][1:]),
        *_muted_by([name for name in away if name in declared], exported),
        *_muted_by([name for name in (SOURCE_DOWN,) if name in declared], collected, scope.source_labels),
    ]


def _following(alerts: Sequence[Alert], equal: Sequence[str]) -> Iterator[dict[str, Any]]:
    """While an alert fires, those that follow from it say nothing new of the same thing."""
    for cause in alerts:
        if targets := sorted(alert.name for alert in alerts if cause.name in alert.follows):
            yield {
                "source_matchers": [one_of("alertname", [cause.name])],
                "target_matchers": [one_of("alertname", targets)],
                "equal": [*equal],
            }


def _muted_by(names: Sequence[str], about: Sequence[Alert], equal: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """While one of the alerts `names` fires, those `about` it and those of users say nothing new."""
    targets = ['origin="user"', *([one_of("alertname", [alert.name for alert in about])] if about else ())]
    for target in targets if names else ():
        yield {
            "source_matchers": [one_of("alertname", names)],
            "target_matchers": [target],
            **({"equal": [*equal]} if equal else {}),
        }


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
