"""Ends what takes too long on a server: first by asking it to cancel, then by cutting the connection."""

import os
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import Connection

_CANCEL_SECONDS = 2.0
_AGAIN_SECONDS = 0.2


class Watchdog:
    """Watches over one use of a connection, for as long as it is entered.

    Past `seconds` the server is asked to cancel, and again while the connection is still in use: between two statements
    there is nothing to cancel. After 2 seconds it is cut, so that the thread that waits for it wakes with
    psycopg.OperationalError. `acted` tells that it came to that: then the connection must not be used again, because
    the cancellation may reach the server late.
    """

    def __init__(self, connection: Connection[Any], seconds: float) -> None:
        self.acted = False
        self._connection = connection
        self._seconds = seconds
        self._ended = self._hurried = self._asking = self._asked = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            # Whoever goes on may close the connection, and the cancellation must not use a closed one.
            self._changed.wait_for(lambda: not self._asking)

    def hurry(self) -> None:
        """Act now, without waiting for anything."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until the server was asked to cancel, or the use of the connection has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._ended, seconds)

    def _watch(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._hurried, self._seconds)
            if self._ended:
                return
            self.acted = True
        try:
            self._ask(_CANCEL_SECONDS)
            deadline = time.monotonic() + _CANCEL_SECONDS
            while not self._ends_within(_AGAIN_SECONDS) and (left := deadline - time.monotonic()) > 0:
                self._ask(left)
        finally:
            with self._changed:
                if not self._ended:
                    self._cut()

    def _ask(self, seconds: float) -> None:
        with self._changed:
            if self._ended:
                return
            self._asking = True
        try:
            with suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=seconds)
        finally:
            with self._changed:
                self._asking, self._asked = False, True
                self._changed.notify_all()

    def _ends_within(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._ended, seconds)

    def _cut(self) -> None:
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self._connection.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)
