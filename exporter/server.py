"""Serves a service over HTTP until a signal comes: SIGTERM and SIGINT stop it, SIGHUP reloads it."""

import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

import structlog
import uvicorn

from exporter.alert_route import PATH as ALERTS_PATH
from exporter.config import Config, ConfigError
from exporter.service import ReloadError, Service
from exporter.web import application
from exporter.web_config import BasicAuth, WebConfig, load

_SHUTDOWN_SECONDS = 2
_SECONDS_TO_LEAVE = 1.0
_SWITCH_SECONDS = 0.0002
_KEEP_ALIVE_SECONDS = 75  # longer than any scrape interval in use, so that Prometheus keeps its connection
_log = structlog.get_logger()


class ListenError(Exception):
    """The address cannot be listened on."""


class _Server(uvicorn.Server):
    """uvicorn, with the signals left to us: it would end the process by the signal before we could close the state."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(config: Config) -> socket.socket:
    """The socket to serve on. Raises ListenError, so that a taken port is told before anything starts."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((config.host, config.port))
        opened.listen()  # a bound port alone could be bound again, by an exporter that starts at the same moment
    except OSError as error:
        opened.close()
        raise ListenError(f"could not listen on {config.listen}: {error.strerror}") from error
    return opened


def serve(service: Service, opened: socket.socket, *, started: Callable[[str], None] | None = None) -> None:
    """Run until stopped. `started` is called with the base URL once requests are answered."""
    config, guard = _uvicorn_config(service)
    server = _Server(config)
    _handle_signals(server, service)
    host, port = opened.getsockname()[:2]
    url = f"{'https' if server.config.ssl else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
    sys.setswitchinterval(_SWITCH_SECONDS)  # a thread that renders must not hold up a scrape for 5 ms, the default
    service.start()
    gc.freeze()  # what is loaded by now stays; walking it again and again would only delay scrapes
    _log.info("serving", url=url, version=service.version)
    if started:
        started(url)
    try:
        server.run(sockets=[opened])
    finally:
        service.stop()
        guard.close()
        _log.info("stopped")


def leave(code: int) -> None:
    """End the process even where a collector's thread does not return."""
    sys.stdout.flush()
    sys.stderr.flush()
    # Python waits for the threads of every pool, and for ever if need be.
    last_resort = threading.Timer(_SECONDS_TO_LEAVE, os._exit, [code])
    last_resort.daemon = True
    last_resort.start()
    sys.exit(code)


def _uvicorn_config(service: Service) -> tuple[uvicorn.Config, BasicAuth]:
    """The server's settings, with TLS and users from the web configuration; a reload of the service renews those."""
    path = service.config.web_config_file
    web = load(path) if path else WebConfig()
    app = BasicAuth(application(service), web.basic_auth_users, without={ALERTS_PATH})
    config = uvicorn.Config(
        app,
        headers=list(web.headers.items()),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    config.load()
    config.ssl = web.ssl_context()
    lasting = web.lasting()

    def renew() -> None:
        renewed = load(path) if path else WebConfig()
        if (config.ssl is None) != (renewed.tls_server_config.cert_file is None):
            raise ConfigError(["TLS cannot be switched on or off while the exporter runs; restart it"])
        asked = renewed.lasting()
        if changed := [key for key, value in lasting.items() if asked[key] != value]:
            raise ConfigError([f"{key} cannot change while the exporter runs; restart it" for key in changed])
        if config.ssl:
            renewed.load_certificate(config.ssl)
        app.users = renewed.basic_auth_users

    service.reload_web = renew
    return config, app


def _handle_signals(server: uvicorn.Server, service: Service) -> None:
    def stop(*_: object) -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    def reload_in_thread(*_: object) -> None:
        def run() -> None:
            with contextlib.suppress(ReloadError):
                service.reload()

        threading.Thread(target=run, name="reload", daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, reload_in_thread)
