"""The ports of `kpi demo`, chosen before its files are built, which name them."""

import socket
from types import TracebackType
from typing import Literal, Self

HOST = "127.0.0.1"
Name = Literal["exporter", "prometheus", "alertmanager", "grafana", "mail", "mails", "history"]

_USUAL: dict[Name, int] = {
    "prometheus": 9090,
    "alertmanager": 9093,
    "grafana": 3000,
    "mail": 1025,
    "mails": 8025,
    "history": 0,
}


class Ports:
    """Ports on loopback: the usual ones, and free ones in place of those that are taken.

    Each is held until `release`, so that demos that start at the same moment do not choose the same.
    """

    def __init__(self, exporter: int) -> None:
        self._held = {name: _listening(port) for name, port in {**_USUAL, "exporter": exporter}.items()}
        self._numbers = {name: int(held.getsockname()[1]) for name, held in self._held.items()}

    def __getitem__(self, name: Name) -> int:
        return self._numbers[name]

    def release(self, name: Name) -> int:
        """The port, for who listens there from now on."""
        self._held[name].close()
        return self._numbers[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for held in self._held.values():
            held.close()


def _listening(wanted: int) -> socket.socket:
    """On `wanted` if nobody listens there, else on a free port."""
    try:
        return _opened(wanted)
    except OSError:
        return _opened(0)


def _opened(port: int) -> socket.socket:
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((HOST, port))
        opened.listen()  # a bound port alone could be bound again
    except OSError:
        opened.close()
        raise
    return opened
