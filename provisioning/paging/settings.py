"""Where alerts are sent and when. What is written here are the addresses under docker-compose.

Secrets are paths of files, as Alertmanager sees them. Durations are in seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

SECRETS = "/run/secrets"
NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Mail:
    """The server that takes mails, and who sends them."""

    smarthost: str = "mail:1025"
    sender: str = "alertmanager@company.example"
    user: str = ""
    password_file: str = ""
    require_tls: bool = False


@dataclass(frozen=True)
class Slack:
    """`url_file` holds the address of an incoming webhook; `channel` gets what no team is told."""

    url_file: str = f"{SECRETS}/slack-url"
    channel: str = "#alerts"


@dataclass(frozen=True)
class PagerDuty:
    """`key_files` hold the integration keys by team; those of other teams lie beside the other secrets."""

    url: str = ""
    key_files: Mapping[str, str] = field(default_factory=lambda: NOBODY)

    def key_file(self, team: str) -> str:
        """The file with the key of a team."""
        return self.key_files.get(team, f"{SECRETS}/pagerduty-{team}")


@dataclass(frozen=True)
class Webhook:
    """A server that takes alerts as JSON; with a bearer token, with user and password, or open."""

    url: str
    token_file: str = ""
    user: str = ""
    password_file: str = ""


EVENTS = Webhook("http://exporter:9840/-/alerts", token_file=f"{SECRETS}/exporter/events-token")


@dataclass(frozen=True)
class Timing:
    """When a group of alerts is sent: after the first, after a change, and again."""

    group_wait: float = 30
    group_interval: float = 300
    repeat_interval: float = 4 * 3600
    critical_repeat_interval: float = 3600


@dataclass(frozen=True)
class Window:
    """When alerts are not sent: on these days, at these times such as `("02:00", "04:00")`; without any, always."""

    weekdays: Sequence[str] = ()
    times: Sequence[tuple[str, str]] = ()
    timezone: str = "UTC"
    critical: bool = False
    """Whether critical alerts are not sent, either."""


@dataclass(frozen=True)
class Servers:
    """Where the servers reach each other, and how often Prometheus evaluates rules."""

    alertmanagers: Sequence[str] = ("alertmanager:9093",)
    exporters: Sequence[str] = ("exporter:9840",)
    prometheus: Sequence[str] = ("localhost:9090",)
    rule_files: Sequence[str] = ("rules/*.yaml", "/var/lib/kpi-rules/*.yaml")
    evaluation_interval: float = 15


@dataclass(frozen=True)
class Operator:
    """What the objects for the Prometheus operator say: their labels, and the Secret that holds the secrets."""

    labels: Mapping[str, str] = field(default_factory=lambda: NOBODY)
    secret: str = "kpi-alerting"  # noqa: S105  the name of an object


@dataclass(frozen=True)
class Paging:
    """All of it. `addresses` are those of mailboxes by name; a mailbox without one lies at company.example.

    `events` is None where the exporter keeps none.
    """

    addresses: Mapping[str, str] = field(default_factory=lambda: NOBODY)
    mail: Mail = Mail()
    slack: Slack = Slack()
    pagerduty: PagerDuty = field(default_factory=PagerDuty)
    webhook: Webhook | None = None
    events: Webhook | None = EVENTS
    timing: Timing = Timing()
    maintenance: Mapping[str, Window] = field(default_factory=lambda: MappingProxyType({}))
    servers: Servers = Servers()
    operator: Operator = field(default_factory=Operator)

    def address(self, mailbox: str) -> str:
        """The address of a mailbox."""
        return self.addresses.get(mailbox, f"{mailbox}@company.example")


def duration(seconds: float) -> str:
    """As Prometheus and Alertmanager write it: `90s`, `5m`, `1h`, `500ms`."""
    milliseconds = round(seconds * 1000)
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"
