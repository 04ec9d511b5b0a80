"""`/metrics` as a bare ASGI application: ready bytes out, with no framework in between."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from exporter.exposition import Exposition
from exporter.negotiation import negotiate

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


class Scrape:
    """Answers GET and HEAD with the whole exposition, in the format that the reader prefers."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:  # noqa: ARG002
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, [(b"allow", b"GET, HEAD"), (b"content-type", b"text/plain")], b"use GET or HEAD\n")
            return
        answer = negotiate(_header(scope["headers"], b"accept"), _header(scope["headers"], b"accept-encoding"))
        pieces = self._exposition.ready(answer.openmetrics, answer.gzip)
        if pieces is None:
            pieces = await asyncio.to_thread(self._exposition.pieces, answer.openmetrics, answer.gzip)
        headers = [(b"content-type", answer.content_type.encode()), (b"vary", b"Accept, Accept-Encoding")]
        if answer.gzip:
            headers.append((b"content-encoding", b"gzip"))
        await _answer(send, 200, headers, *pieces)  # the server leaves the body out of its answer to HEAD


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], *pieces: bytes) -> None:
    headers.append((b"content-length", str(sum(map(len, pieces))).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """The values of a header, which may come on several lines, as one."""
    return ",".join(value.decode("latin-1") for key, value in headers if key == name)
