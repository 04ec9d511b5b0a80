"""Fixtures for the running process: a service in this process, and what it says."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright
from pydantic import SecretStr
from rich.console import Console
from structlog.testing import capture_logs

from exporter.config import CollectorSettings, Config, Source
from exporter.demo_data import fill
from exporter.service import Service
from exporter.status import PartStatus
from tests.exporter.demos import SCALE, Start, demos
from tests.exporter.support import BUILT_IN, samples, wait_for
from tests.made_once import made_once
from tests.uncounted import uncounted
from warehouse.embedded import EmbeddedPostgres

Settings = Mapping[str, Any]


class Running:
    """A service in this process, with the eyes that a test needs. `config` may be changed before a reload."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.service = Service(lambda: self.config, "kpi.yaml")

    def start(self) -> "Running":
        self.service.start()
        return self

    def samples(self) -> dict[str, float]:
        """What a scrape would get now."""
        self.service.refresh()
        return samples(self.service.exposition.body(openmetrics=False, gzip=False))

    def value(self, series: str) -> float | None:
        return self.samples().get(series)

    def part(self, name: str, source: str = "app") -> PartStatus:
        (found,) = [part for part in self.service.board.parts() if part.part == name and part.source in (source, "")]
        return found

    def reason_down(self, source: str = "app") -> str:
        """Why a source does not answer; empty while it does."""
        return self.service.board.sources_down().get(source, "")

    def wait_for_state(self, state: str, name: str, source: str = "app", seconds: float = 30) -> PartStatus:
        def reached() -> PartStatus | None:
            part = self.part(name, source)
            return part if part.state == state else None

        found = wait_for(reached, seconds)
        assert found is not None
        return found

    def wait_for_runs(self, number: int, name: str, source: str = "app", outcome: str = "success") -> None:
        """Wait until there were `number` more runs."""
        before = self.runs(name, source, outcome)
        wait_for(lambda: self.runs(name, source, outcome) >= before + number)

    def runs(self, name: str, source: str = "app", outcome: str = "success") -> float:
        series = f"kpi_exporter_collector_runs_total{{collector={name},outcome={outcome},part={name},source={source}}}"
        return self.value(series) or 0


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """An empty plugin folder."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    return folder


@pytest.fixture
def configure(tmp_path: Path, plugins: Path) -> Callable[..., Config]:
    """`configure(dsn)`: a configuration whose only collectors are plugins. Several sources by name, as keys each."""

    def make(dsn: str | Mapping[str, Settings], **keys: Any) -> Config:
        named = {"app": {"dsn": dsn}} if isinstance(dsn, str) else dsn
        sources = {name: Source(**{**given, "dsn": SecretStr(given["dsn"])}) for name, given in named.items()}
        collectors = {name: CollectorSettings(enabled=False) for name in BUILT_IN} | keys.pop("collectors", {})
        return Config(sources=sources, collectors=collectors, plugins=plugins, data_dir=tmp_path / "data", **keys)

    return make


@pytest.fixture
def run(configure: Callable[..., Config]) -> Iterator[Callable[..., Running]]:
    """`run(dsn)` starts a service with what `configure` makes; all are stopped after the test."""
    started = []

    def start(dsn: str | Mapping[str, Settings], **keys: Any) -> Running:
        running = Running(configure(dsn, **keys))
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.service.stop()


@pytest.fixture
def log() -> Iterator[list[Any]]:
    """The events that are logged in this process."""
    with capture_logs() as events:
        yield events


@pytest.fixture
def quick_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A breaker that lets the next try happen soon, so that tests need not wait."""
    monkeypatch.setattr("exporter.breaker._LONGEST_PAUSE", 0.2)


@pytest.fixture
def app(empty_database: str) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection to `empty_database`."""
    with psycopg.connect(empty_database, autocommit=True) as connected:
        yield connected


@pytest.fixture
def server_directory() -> Iterator[Path]:
    """A folder for a PostgreSQL of the test's own; unlike `tmp_path`, the user of the server may pass through it."""
    with TemporaryDirectory(prefix="kpi-test-") as directory:
        yield Path(directory) / "data"


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a PostgreSQL that has ended, with the demo companies: it takes longer to fill than all the rest."""

    def make(folder: Path) -> None:
        settings = {"fsync": "off", "synchronous_commit": "off"}
        with TemporaryDirectory(prefix="kpi-test-") as place:  # through which the user of the server may pass
            data = Path(place, "postgres")
            with EmbeddedPostgres(data, settings) as server, uncounted():
                fill(server.dsn(), SCALE, Console(quiet=True))
            data.rename(folder / "postgres")

    return made_once(tmp_path_factory, "companies", make) / "postgres"


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set it to let go on what waits in a plugin by `threading.released.wait(20)`."""
    event = threading.Event()
    monkeypatch.setattr("threading.released", event, raising=False)
    return event


@pytest.fixture
def start(companies: Path) -> Iterator[Start]:
    """Starts demos of this test alone."""
    with demos(companies) as begin:
        yield begin


@pytest.fixture(scope="module")  # while it lasts, an event loop runs in this thread
def browser(program: Callable[[str], Path]) -> Iterator[Browser]:
    """A Chromium that shows pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program("chromium")), args=["--no-sandbox"])
        yield browser
        browser.close()
