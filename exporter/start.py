"""Starts the exporter in the order in which things may go wrong, each with its own message."""

import socket
from collections.abc import Callable

from collectors.discovery import DiscoveryError
from exporter import logs
from exporter.config import Config, ConfigError
from exporter.server import ListenError, leave, listen, serve
from exporter.service import Service
from exporter.state import StateError
from exporter.web_config import load as load_web_config

__all__ = ["StartError", "prepare", "run", "serve"]


class StartError(Exception):
    """The exporter cannot start. `later` says that the configuration is fine, but a port or a folder is not."""

    def __init__(self, message: str, *, later: bool) -> None:
        super().__init__(message)
        self.later = later


def prepare(load: Callable[[], Config], config_name: str) -> tuple[Service, socket.socket]:
    """A service that is ready to start, and the socket to serve it on. Raises StartError."""
    opened = None
    try:
        config = load()
        logs.configure(config.log_level)
        if config.web_config_file:
            load_web_config(config.web_config_file)
        opened = listen(config)
        return Service(load, config_name), opened
    except (ConfigError, DiscoveryError, ListenError, StateError) as error:
        if opened:
            opened.close()
        raise StartError(str(error), later=isinstance(error, ListenError | StateError)) from error


def run(load: Callable[[], Config], config_name: str) -> None:
    """Serve until stopped, then end the process. Raises StartError."""
    service, opened = prepare(load, config_name)
    serve(service, opened)
    leave(0)
