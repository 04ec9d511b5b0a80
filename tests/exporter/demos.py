"""`kpi demo` with a small company, for tests that start it as a visitor does."""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import requests

from tests import uncounted
from tests.exporter.support import KPI, free_port, samples, wait_for

SCALE = 0.02


class Demo:
    """`kpi demo` with a small company, until `stop`.

    Where its lines are counted for the coverage it takes twice as long: one demo that starts, one with a history and
    one incident are enough.
    """

    def __init__(
        self, directory: Path, port: int, *arguments: str, history: int = 0, counted: bool = False, **environ: str
    ) -> None:
        self.directory = directory
        self._history = history
        self._output = directory.with_name(f"output-{time.monotonic_ns()}")
        arguments = "--port", str(port), "--history", str(history), *arguments
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [KPI, "demo", "--scale", str(SCALE), "--directory", directory, *arguments],
                stdout=output, stderr=subprocess.STDOUT, env=uncounted.environ(counted=counted) | environ,
            )  # fmt: skip

    @property
    def output(self) -> str:
        return self._output.read_text()

    def ready(self) -> "Demo":
        def answers() -> bool:
            assert self.process.poll() is None, self.output
            try:
                return requests.get(f"{self.url}/-/ready", timeout=5).status_code == 200
            except requests.ConnectionError:
                return False

        patience = 300 if self._history else 120  # the past of two companies takes a while beside other tests
        wait_for(lambda: "Ctrl-C stops everything" in self.output or self.process.poll() is not None, patience)
        wait_for(answers)
        return self

    @property
    def url(self) -> str:
        return self.address("Status page").rstrip("/")

    def address(self, name: str) -> str:
        found = re.search(rf"{name} +(http://\S+)", self.output)
        assert found, self.output
        return found[1]

    def samples(self) -> dict[str, float]:
        return samples(requests.get(f"{self.url}/metrics", timeout=5).text)

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """End it by a signal; gives the seconds that it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        return time.monotonic() - started

    def left_behind(self) -> list[str]:
        """Processes that still work in the directory."""
        return [
            " ".join(process.info["cmdline"])
            for process in psutil.process_iter(["cmdline", "status"])
            if process.info["status"] != psutil.STATUS_ZOMBIE
            and any(str(self.directory) in word for word in process.info["cmdline"] or ())
        ]


Start = Callable[..., Demo]


@contextmanager
def demos(companies: Path) -> Iterator[Start]:
    """A function that starts demos in a folder, with companies that are there already unless it is `empty`.

    At the end none is left.
    """
    started = []
    with TemporaryDirectory(prefix="kpi-test-") as folder:
        directory = Path(folder, "demo")

        def begin(
            *arguments: str,
            empty: bool = False,
            port: int | None = None,
            history: int = 0,
            counted: bool = False,
            **environ: str,
        ) -> Demo:
            if not empty and not directory.exists():
                directory.mkdir()
                subprocess.run(["cp", "-a", companies, directory], check=True)  # with its owner
            port = free_port() if port is None else port
            started.append(Demo(directory, port, *arguments, history=history, counted=counted, **environ))
            return started[-1]

        try:
            yield begin
        finally:
            for demo in started:
                if demo.process.poll() is None:
                    demo.stop()
            assert [demo.left_behind() for demo in started] == [[]] * len(started)


def only_prometheus(folder: Path, *others: Path) -> Path:
    """A PATH on which there is Prometheus, where it is installed, and `others`, but not promtool: no history takes
    its time.
    """
    folder.mkdir(exist_ok=True)
    found = shutil.which("prometheus")
    for program in (*([Path(found)] if found else []), *others):
        link = folder / program.name
        if not link.exists():
            link.symlink_to(program)
    return folder
