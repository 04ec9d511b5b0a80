"""`POST /-/alerts`: where Alertmanager tells what fires and what is over."""

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exporter.alert_events import AlertEvents, Refusal

PATH = "/-/alerts"
_MOST_BYTES = 8 * 1024 * 1024


def route(events: AlertEvents) -> Route:
    """The route. 200 means that the events are on the disk; 503 asks for them once more."""

    async def alerts(request: Request) -> Response:
        try:
            await asyncio.to_thread(events.admit, request.headers.get("authorization", ""))
            number = await asyncio.to_thread(events.take, await _body(request))
        except Refusal as refusal:
            challenge = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else None
            return PlainTextResponse(f"{refusal}\n", refusal.status, challenge)
        return PlainTextResponse(f"{number} events are kept.\n")

    return Route(PATH, alerts, methods=["POST"])


async def _body(request: Request) -> bytes:
    """The body. Raises Refusal for a large one, before all of it is read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise Refusal(413, f"A body of more than {_MOST_BYTES:,} bytes is not read; set max_alerts of the webhook.")
    return bytes(body)
