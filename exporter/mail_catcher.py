"""A mail server that delivers nothing: it keeps the last mails and shows them on a page, for the demo and the tests.

It also takes what is posted to chat and to a pager, and drops it.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

_HOST = "127.0.0.1"
_PATH = "/mails"
_POSTED = {"/chat": 200, "/pager": 202}
"""What Slack and PagerDuty answer when all is well."""
_LARGEST_MAIL = 1_000_000
_MOST_MAILS = 100
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Mail:
    """A mail as it came. `to` are its recipients; `text` and `html` are empty where it has no such part."""

    received: datetime
    to: str
    subject: str
    text: str
    html: str


class MailCatcher:
    """Takes mails at `address` and shows them at `url`, both on loopback, from entering to leaving.

    It keeps the last `most` of them. Raises OSError for a port that is taken.
    """

    def __init__(self, port: int, page_port: int, *, most: int = _MOST_MAILS) -> None:
        self.address = f"{_HOST}:{port}"
        self.url = f"http://{_HOST}:{page_port}{_PATH}"
        self._mails: deque[Mail] = deque(maxlen=most)
        self._controller = Controller(
            self, hostname=_HOST, port=port, data_size_limit=_LARGEST_MAIL, enable_SMTPUTF8=True
        )
        self._page_port = page_port
        self._pages: ThreadingHTTPServer | None = None

    @property
    def mails(self) -> list[Mail]:
        """The mails so far, oldest first."""
        return list(self._mails)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: ARG002  as aiosmtpd calls it
        """Keep a mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self._mails.append(_read(content, envelope.rcpt_tos))
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        try:
            self._pages = ThreadingHTTPServer((_HOST, self._page_port), _handler(lambda: self.mails))
        except BaseException:
            self._controller.stop()
            raise
        threading.Thread(target=self._pages.serve_forever, args=(0.1,), name="mails", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()
        if self._pages:
            self._pages.shutdown()
            self._pages.server_close()


def _read(content: bytes, recipients: list[str]) -> Mail:
    message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    return Mail(
        received=datetime.now(UTC),
        to=", ".join(recipients),
        subject=str(message["subject"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content().strip() if part else ""


def _handler(mails: Callable[[], list[Mail]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != _PATH:
                self.send_error(404)
                return
            body = _template().render(mails=mails()[::-1]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", _POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _LARGEST_MAIL))
            self.send_response(_POSTED.get(self.path, 404))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing: the terminal tells the story."""

    return Handler


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("mails.html")
