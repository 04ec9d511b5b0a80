"""What `alerting` must mean: its keys among each other, and the mailboxes and teams that only the rules can tell."""

from collections.abc import Collection, Iterator, Sequence

from alert_rules import Group
from alert_rules.routing import all_teams, mailboxes
from exporter.config_checks import Finding, add
from exporter.config_file import Document
from exporter.config_models import Config
from exporter.config_shape import nearest

_ALERTING = "alerting"


def check(config: Config, document: Document) -> None:
    """Add what makes no sense together to the problems of the document."""
    for rule in (_logins, _windows, _repeats):
        add(document, rule(config))


def check_teams(config: Config, groups: Sequence[Group]) -> None:
    """Check the names of mailboxes and teams. Raises ConfigError with all faults."""
    document = config.origin()
    add(document, _unknown("mailbox", ("addresses",), config.alerting.addresses, mailboxes(groups)))
    paged = [team.name for team in all_teams(groups) if team.pages]
    keys = config.alerting.pagerduty.key_files
    add(document, _unknown("team that pages", ("pagerduty", "key_files"), keys, paged))
    if document.problems:
        raise document.error()


def without_address(config: Config, groups: Sequence[Group]) -> Iterator[str]:
    """A sentence for each mailbox that is forgotten, once there are addresses at all."""
    paging = config.alerting.settings()
    for mailbox in mailboxes(groups):
        if paging.addresses and mailbox not in paging.addresses:
            yield f"alerting.addresses: there is none for {mailbox}; its mails go to {paging.address(mailbox)}"


def _unknown(what: str, where: tuple[str, ...], names: Collection[str], known: Collection[str]) -> Iterator[Finding]:
    for name in names:
        if name not in known:
            yield Finding(f"unknown {what}; {nearest(name, known)}", ((_ALERTING, *where, name),))


def _logins(config: Config) -> Iterator[Finding]:
    mail, webhook = config.alerting.mail, config.alerting.webhook
    if bool(mail.user) != bool(mail.password_file):
        yield Finding("expected user and password_file, or none of them, got one", ((_ALERTING, "mail"),))
    if webhook and (bool(webhook.user) != bool(webhook.password_file) or (webhook.user and webhook.token_file)):
        text = "expected token_file, or user and password_file, or none of them"
        yield Finding(text, ((_ALERTING, "webhook"),))


def _windows(config: Config) -> Iterator[Finding]:
    for name, window in config.alerting.maintenance.items():
        if not window.weekdays and not window.times:
            text = "expected weekdays or times; without them nothing would be told any more"
            yield Finding(text, ((_ALERTING, "maintenance", name),))


def _repeats(config: Config) -> Iterator[Finding]:
    for key in ("repeat_interval", "critical_repeat_interval"):
        if getattr(config.alerting, key) < config.alerting.group_interval:
            keys = (_ALERTING, "group_interval"), (_ALERTING, key)
            yield Finding(f"expected a duration that is not longer than {key}", keys)
