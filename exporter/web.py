"""The HTTP side: `/metrics` by the shortest way, everything else through Starlette."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from exporter import page
from exporter.alert_route import route as alert_route
from exporter.exposition import Key
from exporter.handbook import Handbook
from exporter.runbooks import RunbookPages
from exporter.scrape import Message, Receive, Scrape, Send
from exporter.service import ReloadError, Service
from exporter.status import ProcessStatus

_OLDEST_REFRESH_SECONDS = 10.0

Application = Callable[[Message, Receive, Send], Awaitable[None]]


def application(service: Service) -> Application:
    """The ASGI application of a service."""
    scrape = Scrape(service.exposition)
    pages = Starlette(routes=_routes(service))

    async def dispatch(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/metrics":
            await scrape(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return dispatch


def _routes(service: Service) -> list[Route]:
    book, runbooks = Handbook(), RunbookPages()

    async def index(_: Request) -> Response:
        process = ProcessStatus(
            version=service.version,
            now=datetime.now(UTC),
            started=service.started,
            config=service.config_name,
            config_loaded=service.config_loaded,
            config_error=service.config_error,
            problems=tuple(service.problems),
            sources_down=service.board.sources_down(),
        )
        return HTMLResponse(page.render(service.board.parts(), process))

    async def values(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in {part.collector for part in service.board.parts()}:
            raise HTTPException(404, f"there is no collector called {name}")
        return PlainTextResponse(await asyncio.to_thread(service.exposition.collector_body, name))

    async def handbook(_: Request) -> Response:
        return HTMLResponse(await asyncio.to_thread(book.page, service.assembly, service.config))

    async def runbook_index(_: Request) -> Response:
        return HTMLResponse(await asyncio.to_thread(runbooks.index, service.assembly, service.config))

    async def runbook(request: Request) -> Response:
        name = request.path_params["name"]
        page = await asyncio.to_thread(runbooks.page, service.assembly, service.config, name)
        if page is None:
            raise HTTPException(404, f"there is no alert called {name}; /runbooks/ lists those there are")
        return HTMLResponse(page)

    async def healthy(_: Request) -> Response:
        age = service.refresh_age
        if age > _OLDEST_REFRESH_SECONDS:
            text = f"The exporter is not healthy: what it serves was last refreshed {age:.0f} s ago; see its log.\n"
            return PlainTextResponse(text, 503)
        return PlainTextResponse("The exporter is healthy.\n")

    async def ready(_: Request) -> Response:
        waiting = [part for part in service.board.parts() if part.state == "waiting"]
        if waiting:
            names = ", ".join(Key(part.collector, part.part).title for part in waiting)
            return PlainTextResponse(f"The exporter is waiting for the first run of: {names}\n", 503)
        return PlainTextResponse("The exporter is ready.\n")

    async def reload(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin and origin.partition("://")[2] != request.headers.get("host"):
            return PlainTextResponse("A page of another site must not reload the exporter.\n", 403)
        try:
            await asyncio.to_thread(service.reload)
        except ReloadError as error:
            return PlainTextResponse(f"{error}\n", 500)
        if service.problems:
            left_out = "\n".join(service.problems)
            return PlainTextResponse(f"The configuration was reloaded, but left out:\n{left_out}\n")
        return PlainTextResponse("The configuration was reloaded.\n")

    return [
        Route("/", index),
        Route("/collectors/{name}", values),
        Route("/handbook", handbook),
        Route("/runbooks/", runbook_index),
        Route("/runbooks/{name}", runbook),
        Route("/-/healthy", healthy),
        Route("/-/ready", ready),
        Route("/-/reload", reload, methods=["POST"]),
        alert_route(service.alert_events),
    ]
