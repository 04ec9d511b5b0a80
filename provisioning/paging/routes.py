"""The routes of Alertmanager: for each alert those receivers that `alert_rules.routing` names."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from alert_rules import Alert, Team
from alert_rules.routing import CHANNELS, DEFAULT, EVENTS, WEBHOOK, mailbox_receiver, team_receiver
from provisioning.paging.settings import Paging, duration

_CRITICAL = 'severity="critical"'
_NOT_CRITICAL = 'severity!="critical"'
_BY_USERS = 'origin="user"'


def route(
    alerts: Sequence[Alert], teams: Iterable[Team], paging: Paging, source_labels: Sequence[str]
) -> dict[str, Any]:
    """The root route. Alerts are grouped by what they are about; the messages of one alert by their recipients."""
    grouping = [*dict.fromkeys(("alertname", *source_labels, "service"))]
    return {
        "receiver": DEFAULT,
        "group_by": grouping,
        "group_wait": duration(paging.timing.group_wait),
        "group_interval": duration(paging.timing.group_interval),
        "repeat_interval": duration(paging.timing.repeat_interval),
        "routes": [
            *([{"receiver": EVENTS, "continue": True}] if paging.events else ()),
            _by_users(paging, [*grouping, "recipients"]),
            *([_route(paging, WEBHOOK, onward=True)] if paging.webhook else ()),
            *_mailboxes(alerts, paging),
            *(_team(team, paging) for team in teams),
            _route(paging, DEFAULT, _CRITICAL, critical=True),
            # The root gets only what no route below took, and a route that goes on takes everything.
            _route(paging, DEFAULT),
        ],
    }


def _by_users(paging: Paging, grouping: Sequence[str]) -> dict[str, Any]:
    """Whoever defines an alert says by which channels it is told; without one that works, it goes to chat."""
    routes = []
    for critical in (True, False):
        for channel, receiver in CHANNELS.items():
            if channel == "webhook" and paging.webhook is None:
                continue
            matchers = [_CRITICAL if critical else _NOT_CRITICAL, f'channels=~".*,{channel},.*"']
            told = _route(paging, receiver, *matchers, critical=critical, onward=True)
            if channel == "email":
                told["matchers"].append('recipients!=""')
                told["group_by"] = list(grouping)
            routes.append(told)
    del routes[-1]["continue"]
    return {**_route(paging, DEFAULT, _BY_USERS), "routes": routes}


def _mailboxes(alerts: Iterable[Alert], paging: Paging) -> Iterator[dict[str, Any]]:
    """The mailboxes that alerts name beside that of their team."""
    named: dict[tuple[str, bool], list[str]] = {}
    for alert in alerts:
        if alert.mail:
            named.setdefault((alert.mail, alert.severity == "critical"), []).append(alert.name)
    for (mailbox, critical), names in sorted(named.items()):
        yield _route(paging, mailbox_receiver(mailbox), one_of("alertname", names), critical=critical, onward=True)


def _team(team: Team, paging: Paging) -> dict[str, Any]:
    told = _route(paging, team_receiver(team, "warning"), f'team="{team.name}"')
    told["routes"] = [_route(paging, team_receiver(team, "critical"), _CRITICAL, critical=True)]
    if team_receiver(team, "info") != told["receiver"]:
        told["routes"].append(_route(paging, team_receiver(team, "info"), 'severity="info"'))
    return told


def _route(
    paging: Paging, receiver: str, *matchers: str, critical: bool = False, onward: bool = False
) -> dict[str, Any]:
    """One route. Maintenance is said at each: routes do not inherit it."""
    muted = [name for name, window in paging.maintenance.items() if window.critical or not critical]
    return {
        "receiver": receiver,
        **({"matchers": list(matchers)} if matchers else {}),
        **({"repeat_interval": duration(paging.timing.critical_repeat_interval)} if critical else {}),
        **({"mute_time_intervals": muted} if muted else {}),
        **({"continue": True} if onward else {}),
    }


def one_of(label: str, values: Sequence[str]) -> str:
    """The matcher for any of these values."""
    return f'{label}="{values[0]}"' if len(values) == 1 else f'{label}=~"{"|".join(values)}"'
