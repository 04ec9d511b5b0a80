"""The key `alerting` of `kpi.yaml`: where alerts are sent and when, as `kpi build` writes it.

Secrets are files only. Alertmanager reads them, so their paths must be the same where it runs.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from exporter.config_shape import Shape
from exporter.config_values import (
    Duration,
    FilePath,
    ListenAddress,
    Name,
    Text,
    TimeZone,
    WebAddress,
    lasting,
)
from provisioning.paging import settings

_MAILBOX = r"^[^@\s,<>]+@[^@\s,<>]+$"
_TIMES = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)
_MAIL, _SLACK, _SERVERS, _EVENTS = settings.Mail(), settings.Slack(), settings.Servers(), settings.EVENTS

Mailbox = Annotated[str, Field(pattern=_MAILBOX)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _times(text: str) -> str:
    if not _TIMES.fullmatch(text) or text[:5] >= text[6:]:
        raise ValueError(
            "expected times such as 02:00-04:30; write a window over midnight as 22:00-24:00 and 00:00-04:00"
        )
    return text


class Mail(Shape):
    """How mails are sent."""

    smarthost: ListenAddress = Field(default=_MAIL.smarthost, description="Server and port that take the mails.")
    sender: Mailbox = Field(default=_MAIL.sender, description="Address that the mails come from.")
    user: Text | None = Field(default=None, description="Who logs in there, if anybody must.")
    password_file: FilePath | None = Field(default=None, description="File that holds the password of `user`.")
    require_tls: bool = Field(default=False, description="Whether mails are only sent over TLS.")

    def settings(self) -> settings.Mail:
        """What the builder needs of it."""
        return settings.Mail(self.smarthost, self.sender, self.user or "", _path(self.password_file), self.require_tls)


class Slack(Shape):
    """How messages get into chat."""

    url_file: FilePath = Field(
        default=Path(_SLACK.url_file), description="File that holds the address of an incoming webhook of Slack."
    )
    channel: Text = Field(
        default=_SLACK.channel, description="Channel for alerts of no known team, and those that users define."
    )


class PagerDuty(Shape):
    """How people are woken."""

    url: WebAddress | None = Field(
        default=None, description="Another address of the Events API v2, such as that of a service region."
    )
    key_files: dict[Name, FilePath] = Field(
        default={}, description="Files that hold integration keys, by team; by default `/run/secrets/pagerduty-TEAM`."
    )


class Webhook(Shape):
    """How alerts are posted to a server of your own."""

    url: WebAddress = Field(description="Where the alerts are posted.")
    token_file: FilePath | None = Field(default=None, description="File that holds a bearer token.")
    user: Text | None = Field(default=None, description="Who logs in there, if not by token.")
    password_file: FilePath | None = Field(default=None, description="File that holds the password of `user`.")

    def settings(self) -> settings.Webhook:
        """What the builder needs of it."""
        return settings.Webhook(self.url, _path(self.token_file), self.user or "", _path(self.password_file))


class Events(Shape):
    """How the exporter learns what fired and when."""

    url: WebAddress = Field(default=_EVENTS.url, description="Where Alertmanager reaches the exporter.")
    token_file: FilePath = Field(
        default=Path(_EVENTS.token_file),
        description="File that holds the bearer token; Alertmanager and the exporter read it.",
    )


class Window(Shape):
    """A maintenance window."""

    weekdays: list[Weekday] = Field(default=[], description="Days of the window; empty for every day.")
    times: list[Annotated[str, AfterValidator(_times)]] = Field(
        default=[], description="Times of the window, such as `02:00-04:30`; empty for the whole day."
    )
    timezone: TimeZone = Field(default="UTC", description="Time zone of the days and times.")
    critical: bool = Field(default=False, description="Whether critical alerts are muted, too.")

    def settings(self) -> settings.Window:
        """What the builder needs of it."""
        times = tuple((text[:5], text[6:]) for text in self.times)
        return settings.Window(tuple(self.weekdays), times, self.timezone, self.critical)


class Operator(Shape):
    """How the Prometheus operator finds what is built for it."""

    labels: dict[Text, Text] = Field(
        default={}, description="Labels by which the operator finds its objects, such as `release: monitoring`."
    )
    secret: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")] = Field(
        default=settings.Operator().secret, description="Secret that holds what the files hold elsewhere."
    )


class Alerting(Shape):
    """Who is told, how, and when not."""

    addresses: dict[Name, Mailbox] = Field(
        default={}, description="Addresses of the mailboxes of teams; by default they lie at company.example."
    )
    mail: Mail = Field(default_factory=Mail, description="The server that takes mails.")
    slack: Slack = Field(default_factory=Slack, description="Chat.")
    pagerduty: PagerDuty = Field(default_factory=PagerDuty, description="Pages for critical alerts.")
    webhook: Webhook | None = Field(
        default=None,
        description="A server that gets every alert but those of users as JSON; these, where their author says so.",
    )
    events: Events = Field(
        default_factory=Events, description="The exporter, which keeps what fired and when; it needs a `warehouse`."
    )
    maintenance: dict[Name, Window] = Field(
        default={}, description="Windows in which nobody is told, by a name of your choice."
    )
    group_wait: Duration = lasting("30s", "How long the first alert of a group waits for others.")
    group_interval: Duration = lasting("5m", "Time between two messages about a group that changes.")
    repeat_interval: Duration = lasting("4h", "Time after which a message is sent again while nothing changes.")
    critical_repeat_interval: Duration = lasting("1h", "The same for critical alerts.")
    evaluation_interval: Duration = lasting("15s", "How often Prometheus evaluates the rules.")
    alertmanagers: list[ListenAddress] = Field(
        default=list(_SERVERS.alertmanagers), min_length=1, description="Where Prometheus reaches Alertmanager."
    )
    exporters: list[ListenAddress] = Field(
        default=list(_SERVERS.exporters), min_length=1, description="Where Prometheus reaches the exporter."
    )
    rule_files: list[Text] = Field(
        default=list(_SERVERS.rule_files),
        min_length=1,
        description="Rules that Prometheus loads: those of the build, and of users.",
    )
    user_rules_file: FilePath | None = Field(
        default=None,
        description="File that `kpi alerts` writes the alerts of users into; one of `rule_files` must match it.",
    )
    prometheus_url: WebAddress | None = Field(
        default=None,
        description="Prometheus that `kpi alerts` asks to read its rules again, and the exporter what fires.",
    )
    runbooks_url: WebAddress = Field(
        default="http://localhost:9840/runbooks", description="Where browsers reach the runbooks of the exporter."
    )
    grafana_url: WebAddress = Field(default="http://localhost:3000", description="Where browsers reach Grafana.")
    operator: Operator = Field(
        default_factory=Operator, description="What the objects for the Prometheus operator say."
    )

    @property
    def wants_events(self) -> bool:
        """Whether the file says anything that serves events, or the alerts that users define, alone."""
        return not self.model_fields_set.isdisjoint(("events", "prometheus_url", "user_rules_file"))

    def settings(self) -> settings.Paging:
        """What the builder needs of it."""
        return settings.Paging(
            addresses=self.addresses,
            mail=self.mail.settings(),
            slack=settings.Slack(_path(self.slack.url_file), self.slack.channel),
            pagerduty=settings.PagerDuty(
                self.pagerduty.url or "", {team: _path(path) for team, path in self.pagerduty.key_files.items()}
            ),
            webhook=self.webhook.settings() if self.webhook else None,
            events=settings.Webhook(self.events.url, _path(self.events.token_file)),
            timing=settings.Timing(
                self.group_wait, self.group_interval, self.repeat_interval, self.critical_repeat_interval
            ),
            maintenance={name: window.settings() for name, window in self.maintenance.items()},
            servers=settings.Servers(
                alertmanagers=tuple(self.alertmanagers),
                exporters=tuple(self.exporters),
                rule_files=tuple(self.rule_files),
                evaluation_interval=self.evaluation_interval,
            ),
            operator=settings.Operator(self.operator.labels, self.operator.secret),
        )


def _path(path: Path | None) -> str:
    return path.as_posix() if path else ""
