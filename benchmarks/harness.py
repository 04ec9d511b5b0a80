"""What every benchmark needs: rows of the table, a load generator, and programs that are started and stopped."""

import contextlib
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TEXT = ("*/*", "identity")
COMPRESSED = ("application/openmetrics-text;version=1.0.0,*/*;q=0.1", "gzip")
_LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` is what must be at most `bound`, or at least, if `more` is true.

    `peer` is empty where the bound is absolute; a row whose peer is not installed has no `ratio`.
    """

    what: str
    ours: str
    peer: str
    ratio: float | None
    bound: float
    more: bool = False
    unit: str = "×"

    @property
    def verdict(self) -> str:
        if self.ratio is None:
            return "missing"
        return "ok" if (self.ratio >= self.bound if self.more else self.ratio <= self.bound) else "not ok"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text: what, ours, peer, ratio, must reach, verdict."""
        ratio = "" if self.ratio is None else f"{self.ratio:,.{2 if self.ratio < 100 else 0}f} {self.unit}"
        must = f"{'≥' if self.more else '≤'} {self.bound:,g} {self.unit}"
        return self.what, self.ours, self.peer, ratio, must, self.verdict


def slower(what: str, ours: float, peer: str, theirs: float | None, most: float) -> Row:
    """Ours may take at most `most` times as long as the peer. Times in seconds."""
    if theirs is None:
        return Row(what, milliseconds(ours), f"{peer}: missing", None, most)
    return Row(what, milliseconds(ours), f"{peer} {milliseconds(theirs)}", ours / theirs, most)


def faster(what: str, ours: float, peer: str, theirs: float | None, least: float) -> Row:
    """The peer must take at least `least` times as long as ours. Times in seconds."""
    if theirs is None:
        return Row(what, milliseconds(ours), f"{peer}: missing", None, least, more=True)
    return Row(what, milliseconds(ours), f"{peer} {milliseconds(theirs)}", theirs / ours, least, more=True)


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.2f} ms"


def best(work: Callable[[], object], times: int = 5) -> float:
    """The shortest of several runs, in seconds: what the work costs when nothing else disturbs it."""
    return min(timed(work) for _ in range(times))


def timed(work: Callable[[], object]) -> float:
    """How long one run takes, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Client:
    """A reader that asks for the same page again and again on one connection."""

    def __init__(self, port: int, path: str = "/metrics", wants: tuple[str, str] = TEXT) -> None:
        self._url = f"http://127.0.0.1:{port}{path}"
        self._headers = dict(zip(("Accept", "Accept-Encoding"), wants, strict=True))
        fields = [f"{name}: {value}" for name, value in {"Host": f"127.0.0.1:{port}", **self._headers}.items()]
        self._request = "\r\n".join([f"GET {path} HTTP/1.1", *fields, "", ""]).encode()
        self._port = port
        self._socket: socket.socket | None = None
        self._buffer = bytearray(1 << 16)

    def get(self) -> float:
        """Read the page once; how long that took, in seconds."""
        while True:
            kept = self._socket is not None
            start = time.perf_counter()
            try:
                self._read()
            except ConnectionError:
                self.close()
                if kept:
                    continue  # a server may close an idle connection; that says nothing about its speed
                raise
            return time.perf_counter() - start

    def body(self) -> bytes:
        """The page itself."""
        with urllib.request.urlopen(urllib.request.Request(self._url, headers=self._headers), timeout=60) as answer:
            content: bytes = answer.read()
        return content

    def wait_for_success(self, seconds: float = 60) -> None:
        """Ask until the answer is good."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.get()
            except OSError:
                self.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        """Ask, and read the answer to its end. Raises ConnectionError for any answer but 200."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(self._request)
        status, length, piece = self._head(self._socket)
        if " 200 " not in status:
            raise ConnectionError(f"could not read from port {self._port}: {status}")
        read, end = len(piece), piece[-5:]
        while read < length if length is not None else end != _LAST_CHUNK:
            size = self._socket.recv_into(self._buffer)
            if not size:
                break
            read += size
            end = (end + self._buffer[max(0, size - 5) : size])[-5:]
        if status.startswith("HTTP/1.0"):
            self.close()  # such a server closes after each answer

    def _head(self, connection: socket.socket) -> tuple[str, int | None, bytes]:
        """Status line, length of the body (None if it comes in chunks), and the beginning of the body."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionError(f"could not read from port {self._port}: the connection was closed")
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        status, *fields = head.decode("latin-1").split("\r\n")
        lengths = [int(field.partition(":")[2]) for field in fields if field.lower().startswith("content-length:")]
        return status, lengths[0] if lengths else None, body


def side_by_side(ours: Client, peer: Client, rounds: int, times_ours: int = 1) -> tuple[float, float]:
    """Medians, in seconds, of two clients that read in turns, so that what disturbs the machine disturbs both.

    `times_ours` is how often ours reads in each round: a slow peer leaves few rounds.
    """
    for client in (ours, peer):
        client.get()
    fast: list[float] = []
    slow: list[float] = []
    for _ in range(rounds):
        fast += [ours.get() for _ in range(times_ours)]
        slow.append(peer.get())
    return median(fast), median(slow)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def program(
    command: Sequence[str | Path], port: int, log: Path, seconds: float = 60
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that listens on `port`; it is stopped at the end."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            wait_for(port, process, log, seconds)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    """Wait until somebody listens on `port`."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"could not start {process.args!r}: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.01)
