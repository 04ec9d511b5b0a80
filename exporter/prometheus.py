"""A Prometheus of our own that scrapes an exporter: for the demo and for the tests."""

import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import yaml

_SECONDS_TO_START = 20
_SECONDS_TO_STOP = 5


class PrometheusError(Exception):
    """Prometheus did not start."""


class Prometheus:
    """Prometheus in the background, on loopback. Its data and its log are in `directory`."""

    def __init__(self, program: Path, directory: Path, target: str, port: int, *, interval: str = "5s") -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._program = program
        self._directory = directory
        self._address = f"127.0.0.1:{port}"
        self._config = {
            "global": {"scrape_interval": interval, "evaluation_interval": interval},
            "scrape_configs": [{"job_name": "kpi_exporter", "static_configs": [{"targets": [target]}]}],
        }
        self._process: subprocess.Popen[bytes] | None = None

    def graph(self, expression: str) -> str:
        """The address of the graph of an expression over the last half hour."""
        return f"{self.url}/graph?g0.expr={quote(expression)}&g0.tab=0&g0.range_input=30m"

    def __enter__(self) -> Self:
        self._directory.mkdir(parents=True, exist_ok=True)
        config, log = self._directory / "prometheus.yml", self._directory / "prometheus.log"
        pid = self._directory / "prometheus.pid"
        _end_former(pid, f"--config.file={config}")
        config.write_text(yaml.safe_dump(self._config, sort_keys=False))
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    self._program,
                    f"--config.file={config}",
                    f"--storage.tsdb.path={self._directory / 'data'}",
                    "--storage.tsdb.retention.time=7d",
                    f"--web.listen-address={self._address}",
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is for the demo, which stops it in its turn
            )
        pid.write_text(str(self._process.pid))
        try:
            self._wait(self._process, log)
        except BaseException:  # an interrupt, too, must not leave it behind
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                end = log.read_text(errors="replace").strip().rpartition("\n")[2]
                raise PrometheusError(f"could not start {self._program}: {end or 'it said nothing'}; see {log}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=1) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except OSError:
            return False

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _end_former(pid: Path, argument: str) -> None:
    """End the Prometheus that a killed process left behind: two of them would spoil each other's data."""
    import psutil  # comes with the embedded PostgreSQL

    try:
        former = psutil.Process(int(pid.read_text()))
        if argument in former.cmdline():
            former.terminate()
            former.wait(_SECONDS_TO_STOP)
    except (OSError, ValueError, psutil.Error):
        return  # there is none
