"""What the tests of routes and messages share: the declared rules, and a configuration of Alertmanager on disk."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from alert_rules import Alert
from exporter.artefacts import Artefacts, load
from exporter.config import Config
from provisioning.paging import Paging
from provisioning.paging.alertmanager import alertmanager_files
from provisioning.paging.settings import Webhook, Window
from tests.exporter.support import free_port

ARTEFACTS: Artefacts = load(Config())
ALERTS: list[Alert] = [alert for group in ARTEFACTS.rules for alert in group.alerts]
FULL = Paging(
    webhook=Webhook("http://localhost:1/alerts", token_file="/run/secrets/webhook-token"),
    maintenance={
        "sunday-night": Window(("sunday",), (("22:00", "24:00"),), "Europe/Berlin"),
        "move": Window(("saturday",), critical=True),
    },
)


class MailServer:
    """Takes every mail at `address`, without a password."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail."""
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default))
        return "250 OK"

    def mails(self, subject: str) -> list[EmailMessage]:
        """The mails with these words in their subject."""
        return [mail for mail in self.taken if subject in mail["subject"]]


def written(folder: Path, paging: Paging) -> Path:
    """The configuration for all declared rules, with its templates beside it."""
    for name, text in alertmanager_files(ARTEFACTS.rules, ARTEFACTS.scope, paging).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "alertmanager/alertmanager.yml"


def read(folder: Path, paging: Paging) -> dict[str, object]:
    """The same as data."""
    content: dict[str, object] = yaml.safe_load(written(folder, paging).read_text())
    return content
