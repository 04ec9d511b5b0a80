"""Where pages arrive: servers on loopback that speak as Slack, PagerDuty, a mail server and a webhook do.

Each keeps what it took, refuses what the real one would refuse, and answers 500 while `failing`.
"""

import json
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from jsonschema import Draft7Validator

from tests.exporter.support import certificate, free_port

HOST = "127.0.0.1"


class Answer(NamedTuple):
    """What an HTTP server says to a page."""

    status: int
    text: str


class HttpReceiver(ABC):
    """Takes JSON by POST at `url`. `taken` are the bodies that were in order, oldest first.

    `refused` says what was wrong with the others; `failed` counts the pages that met a failing server.
    """

    path: ClassVar[str]

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.failing = False
        self.failed = 0
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self.url = f"http://{HOST}:{self._server.server_port}{self.path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @abstractmethod
    def judge(self, body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        """The answer of the real one; below 300 means taken."""

    def _post(self, path: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        if path != self.path:
            answer = Answer(404, f"no such path: {path}")
        elif self.failing:
            self.failed += 1
            return Answer(500, "internal server error")
        else:
            body = json.loads(content)
            answer = self.judge(body, headers)
            if answer.status < 300:
                self.taken.append(body)
        if answer.status >= 300:
            self.refused.append(answer.text)
        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        post = self._post

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                answer = post(self.path, content, dict(self.headers))
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(answer.text.encode())))
                self.end_headers()
                self.wfile.write(answer.text.encode())

            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing: what arrived is in `taken`."""

        return Handler


class SlackReceiver(HttpReceiver):
    """An incoming webhook of Slack."""

    path = "/services/T00000000/B00000000/secret-of-the-webhook"

    def judge(self, body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        """Slack wants a text or attachments that hold one."""
        if not body.get("text") and not body.get("attachments"):
            return Answer(400, "no_text")
        if len(body.get("attachments", [])) > 100:
            return Answer(400, "too_many_attachments")
        return Answer(200, "ok")


class PagerDutyReceiver(HttpReceiver):
    """The Events API of PagerDuty, version 2."""

    path = "/v2/enqueue"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "required": ["routing_key", "event_action"],
        "properties": {
            "routing_key": {"type": "string", "minLength": 32, "maxLength": 32},
            "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
            "dedup_key": {"type": "string", "maxLength": 255},
            "payload": {
                "type": "object",
                "required": ["summary", "source", "severity"],
                "properties": {
                    "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                    "source": {"type": "string", "minLength": 1},
                    "severity": {"enum": ["critical", "error", "warning", "info"]},
                    "timestamp": {"type": "string"},
                    "component": {"type": "string"},
                    "group": {"type": "string"},
                    "class": {"type": "string"},
                    "custom_details": {"type": "object"},
                },
            },
            "client": {"type": "string"},
            "client_url": {"type": "string"},
            "links": {"type": "array", "items": {"type": "object", "required": ["href"]}},
            "images": {"type": "array", "items": {"type": "object", "required": ["src"]}},
        },
        "if": {"properties": {"event_action": {"const": "trigger"}}},
        "then": {"required": ["payload"]},
        "else": {"required": ["dedup_key"]},
    }

    def judge(self, body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        """It answers 202 to an event that fits, and says what does not fit."""
        errors = [error.message for error in Draft7Validator(self.schema).iter_errors(body)]
        if errors:
            return Answer(400, json.dumps({"status": "invalid event", "errors": errors}))
        return Answer(202, json.dumps({"status": "success", "dedup_key": body.get("dedup_key", "")}))


class WebhookReceiver(HttpReceiver):
    """A server of one's own that takes alerts as JSON from whoever has the token."""

    path = "/alerts"
    token = "token-of-the-webhook"

    def judge(self, body: dict[str, Any], headers: Mapping[str, str]) -> Answer:
        """It knows version 4 of the format."""
        if headers.get("Authorization") != f"Bearer {self.token}":
            return Answer(401, "unauthorized")
        if body.get("version") != "4":
            return Answer(400, "unknown version")
        return Answer(200, "")


class MailReceiver:
    """A mail server at `address` that takes mails over TLS, from whoever has the password, oldest first in `taken`.

    `certificate_file` is written into `folder`: who trusts it trusts the server.
    """

    user, password = "alertmanager", "password-of-the-mail-server"

    def __init__(self, folder: Path) -> None:
        self.taken: list[EmailMessage] = []
        self.address = f"{HOST}:{free_port()}"
        certificate(folder, "mail", "the mail server")
        self.certificate_file = folder / "mail.crt"
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(self.certificate_file, folder / "mail.key")
        self._controller = Controller(
            self,
            hostname=HOST,
            port=int(self.address.rpartition(":")[2]),
            tls_context=tls,
            require_starttls=True,
            authenticator=self._authenticated,
            auth_required=True,
            auth_exclude_mechanism=["LOGIN"],  # its questions are worded in a way that Go does not know
        )

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
        message = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)
        self.taken.append(message)
        return "250 OK"

    def _authenticated(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        return AuthResult(success=given == LoginPassword(self.user.encode(), self.password.encode()))


def mail_text(mail: EmailMessage, kind: str) -> str:
    """The part of a mail that is `plain` or `html`, in one line."""
    part = mail.get_body((kind,))
    assert part is not None, f"the mail has no {kind} part"
    return " ".join(part.get_content().split())


class Receivers:
    """One of each kind."""

    def __init__(self, folder: Path) -> None:
        self.slack, self.pagerduty = SlackReceiver(), PagerDutyReceiver()
        self.mail, self.webhook = MailReceiver(folder), WebhookReceiver()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            for each in (self.slack, self.pagerduty, self.mail, self.webhook):
                entered.enter_context(each)
            self._stack = entered.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
