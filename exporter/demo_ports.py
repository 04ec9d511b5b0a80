"""The ports of `kpi demo`, chosen before its files are built, which name them.

A demo claims a port for TCP by binding that of the same number for UDP, which none of its servers uses: the claim ends
with the process, however that ends.
"""

import contextlib
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
_TRIES = 20


class Ports:
    """Ports on loopback: the usual ones, and free ones in place of those that are taken.

    Each is listened on until `release`, and claimed until the end: demos that start at the same moment do not choose
    the same, not even while a released port waits for its server.
    """

    def __init__(self, exporter: int) -> None:
        with contextlib.ExitStack() as opened:
            self._listening = {name: _claimed(port, opened) for name, port in {**_USUAL, "exporter": exporter}.items()}
            self._numbers = {name: _number(listening) for name, listening in self._listening.items()}
            self._opened = opened.pop_all()

    def __getitem__(self, name: Name) -> int:
        return self._numbers[name]

    def release(self, name: Name) -> int:
        """The port, for who listens there from now on."""
        self._listening[name].close()
        return self._numbers[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()


def _claimed(wanted: int, opened: contextlib.ExitStack) -> socket.socket:
    """On `wanted` if nobody listens there and no demo claims it, else on a free port."""
    for port in (wanted, *[0] * _TRIES):
        with contextlib.suppress(OSError), contextlib.ExitStack() as sockets:
            listening = sockets.enter_context(socket.socket())
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((HOST, port))
            listening.listen()  # a bound port alone could be bound again
            claim = sockets.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            claim.bind((HOST, _number(listening)))
            opened.push(sockets.pop_all())
            return listening
    raise OSError(f"no free port on {HOST}")


def _number(opened: socket.socket) -> int:
    return int(opened.getsockname()[1])
