"""Who is told of an alert: the names of the receivers that get it, in the order of the routes.

Every alert goes to the exporter, which keeps its history, then to the mailbox that the alert names, then to its team:
a warning to chat and mail, a critical alert to the pager as well, and what is for information to chat alone.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from alert_rules.alert import Alert, Severity
from alert_rules.group import Group
from alert_rules.teams import TEAMS, Team

DEFAULT = "default"
"""Gets what no team is told."""
EVENTS = "events"
WEBHOOK = "webhook"
CHANNELS = {"email": "user-email", "slack": "user-slack", "webhook": "user-webhook"}
"""The receivers of alerts that users define, by channel."""


def receivers(alert: Alert, *, webhook: bool = False) -> tuple[str, ...]:
    """The receivers of a declared alert; `webhook` says whether one is configured."""
    everything = (EVENTS, WEBHOOK) if webhook else (EVENTS,)
    extra = (mailbox_receiver(alert.mail),) if alert.mail else ()
    return (*everything, *extra, team_receiver(alert.team, alert.severity))


def user_receivers(channels: Collection[str], *, webhook: bool = False) -> tuple[str, ...]:
    """The receivers of an alert that a user defined for these channels; if there is none, it goes to chat."""
    possible = {channel: name for channel, name in CHANNELS.items() if webhook or channel != "webhook"}
    return (EVENTS, *([name for channel, name in possible.items() if channel in channels] or [DEFAULT]))


def team_receiver(team: Team, severity: Severity) -> str:
    """The receiver of a team for a severity. Where the channels are the same, so is the receiver."""
    if severity == "critical" and team.pages:
        return f"{team.name}-critical"
    return f"{team.name}-info" if severity == "info" and team.mail else team.name


def mailbox_receiver(mailbox: str) -> str:
    """The receiver that is a mailbox alone."""
    return f"mail-{mailbox}"


def all_teams(groups: Iterable[Group]) -> tuple[Team, ...]:
    """The built-in teams, and those that only the alerts of plugins name."""
    named = {team.name: team for team in TEAMS}
    for group in groups:
        for alert in group.alerts:
            named.setdefault(alert.team.name, alert.team)
    return tuple(named.values())


def twin_teams(groups: Sequence[Group]) -> Iterator[str]:
    """A sentence for each alert whose team has the name of another."""
    named = {team.name: team for team in all_teams(groups)}
    for group in groups:
        for alert in group.alerts:
            if named[alert.team.name] != alert.team:
                yield f"{alert.name}: there is another team {alert.team.name!r}; give this one a name of its own"


def mailboxes(groups: Sequence[Group]) -> tuple[str, ...]:
    """The names of all mailboxes that teams and alerts mention."""
    extra = (alert.mail for group in groups for alert in group.alerts)
    return tuple(dict.fromkeys(name for name in (*(team.mail for team in all_teams(groups)), *extra) if name))
