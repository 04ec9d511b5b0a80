"""Basic authentication for the whole server, with bcrypt hashes that stay off the event loop."""

import asyncio
import base64
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Container, Mapping
from concurrent.futures import ThreadPoolExecutor

import bcrypt
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_REMEMBERED = 128
_MOST_WAITING = 32
_LONGEST_PASSWORD = 72  # bytes that bcrypt looks at; `htpasswd` ignores the rest as well


class BasicAuth:
    """Lets requests through to `app` that name one of `users` (name: bcrypt hash) and its password; others get 401.

    Without users everybody is let through. A password that was right is remembered, as a keyed hash, since bcrypt is
    slow by design and Prometheus asks every few seconds. An unknown user takes as long as a wrong password. When more
    than 32 passwords wait for their check, further ones get 503. `users` may be replaced at any time. Paths in
    `without` have an authentication of their own.
    """

    def __init__(self, app: ASGIApp, users: Mapping[str, SecretStr], *, without: Container[str] = ()) -> None:
        self.users = users
        self._app = app
        self._without = without
        self._remembered: OrderedDict[bytes, None] = OrderedDict()
        self._key = secrets.token_bytes(32)
        self._threads = ThreadPoolExecutor(1, "basic-auth")
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not self.users or scope.get("path") in self._without:
            await self._app(scope, receive, send)
            return
        credentials = _credentials(Headers(scope=scope).get("authorization", ""))
        if credentials is not None and not self._is_remembered(*credentials):
            if self._waiting >= _MOST_WAITING:
                busy = PlainTextResponse("Too many logins are being checked.\n", 503, {"Retry-After": "1"})
                await busy(scope, receive, send)
                return
            if not await self._check(*credentials):
                credentials = None
        if credentials is None:
            challenge = {"WWW-Authenticate": 'Basic realm="KPI Exporter", charset="UTF-8"'}
            await PlainTextResponse("Unauthorized\n", 401, challenge)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def close(self) -> None:
        """Let the thread that checks passwords end; it would hold up the end of the process."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_remembered(self, user: str, password: bytes) -> bool:
        digest = self._digest(user, self._hash(user), password)
        if digest in self._remembered:
            self._remembered.move_to_end(digest)
            return True
        return False

    async def _check(self, user: str, password: bytes) -> bool:
        known, hashed = user in self.users, self._hash(user)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._threads, bcrypt.checkpw, password[:_LONGEST_PASSWORD], hashed)
        finally:
            self._waiting -= 1
        if not (known and right):
            return False
        self._remembered[self._digest(user, hashed, password)] = None
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return True

    def _hash(self, user: str) -> bytes:
        """The hash of the user's password; for an unknown user one that costs as much, and that nothing fits."""
        if user in self.users:
            return self.users[user].get_secret_value().encode()
        cost = max((hashed.get_secret_value()[4:6] for hashed in self.users.values()), default="10")
        return f"$2b${cost}${'.' * 53}".encode()

    def _digest(self, user: str, hashed: bytes, password: bytes) -> bytes:
        return hmac.digest(self._key, b"%d:%b%b%b" % (len(user.encode()), user.encode(), hashed, password), "sha256")


def _credentials(header: str) -> tuple[str, bytes] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return user.decode(), password
    except ValueError:
        return None
