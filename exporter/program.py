"""A program of somebody else in the background, on loopback, that answers over HTTP: for the demo and for the tests."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_SECONDS_TO_START = 60  # on a busy machine
_SECONDS_TO_STOP = 5


class ProgramError(Exception):
    """A program did not start, or could not take what it was given."""


class Program:
    """Starts when entered and stops when left. `directory` holds its data and its log.

    It is ready when `url` + `ready` answers. A former one in the same directory, left behind by a killed process, is
    ended first: the directory stands in its command.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        directory: Path,
        *,
        url: str,
        ready: str,
        environment: Mapping[str, str] | None = None,
        seconds_to_start: float = _SECONDS_TO_START,
    ) -> None:
        self.url = url
        self._command = command
        self._directory = directory
        self._name = Path(command[0]).name
        self._ready = url + ready
        self._environment = {**os.environ, **(environment or {})}
        self._seconds_to_start = seconds_to_start
        self._stopped = False
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._stopped = False
        self._directory.mkdir(parents=True, exist_ok=True)
        log, pid = self._directory / f"{self._name}.log", self._directory / f"{self._name}.pid"
        _end_former(pid)
        with log.open("wb") as output:
            try:
                self._process = subprocess.Popen(
                    self._command,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=self._environment,
                    start_new_session=True,  # Ctrl-C in the terminal is for the demo, which stops it in its turn
                )
            except OSError as error:
                raise ProgramError(f"could not start {self._command[0]}: {error.strerror}") from error
        pid.write_text(str(self._process.pid))
        try:
            self._wait(self._process, log)
        except BaseException:  # an interrupt, too, must not leave it behind
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the program; one that does not listen is killed."""
        self._stopped = True
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def died(self) -> str:
        """Wait for the end of the program, and say how it ended; nothing where `stop` has ended it."""
        code = self._process.wait() if self._process else 0
        return "" if self._stopped else f"ended with {code}; see {self._directory / self._name}.log"

    def _wait(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        deadline = time.monotonic() + self._seconds_to_start
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                end = log.read_text(errors="replace").strip().rpartition("\n")[2]
                raise ProgramError(f"could not start {self._command[0]}: {end or 'it said nothing'}; see {log}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self._ready, timeout=1) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except OSError:
            return False


def end_left_behind(directory: Path) -> None:
    """End the programs in folders of the directory that a killed process left behind, so that their ports are free."""
    for pid in directory.glob("*/*.pid"):
        _end_former(pid)


def _end_former(pid: Path) -> None:
    """End the one that a killed process left behind: two of them would spoil each other's data."""
    import psutil  # comes with the embedded PostgreSQL

    try:
        former = psutil.Process(int(pid.read_text()))
        if any(str(pid.parent) in word for word in former.cmdline()):
            former.terminate()
            former.wait(_SECONDS_TO_STOP)
    except (OSError, ValueError, psutil.Error):
        return  # there is none
