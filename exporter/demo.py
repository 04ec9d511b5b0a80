"""`kpi demo`: a PostgreSQL with the demo company, a live writer, the exporter; Prometheus and Grafana if installed."""

import contextlib
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
from pydantic import SecretStr
from rich.console import Console

from exporter import backfill, grafana
from exporter.config import Config, Source
from exporter.config_models import Grafana
from exporter.demo_data import fill, reader, tell, write_boards, write_history
from exporter.program import ProgramError
from exporter.prometheus import Prometheus
from exporter.server import leave
from exporter.start import StartError, prepare, serve
from exporter.state import StateError, hold
from exporter.terminal import console as new_console
from provisioning.errors import BuildError
from warehouse.demo import LiveWriter
from warehouse.embedded import EmbeddedError, EmbeddedPostgres

_HOST = "127.0.0.1"
_SETTINGS = {"synchronous_commit": "off"}
_SCRAPE_INTERVAL = 5
_DATABASE = {"KPI_POSTGRES_APP_SSLMODE": "disable", "KPI_POSTGRES_APP_PASSWORD": ""}  # a socket of this machine


class DemoError(Exception):
    """The demo cannot start."""


def run(directory: Path, *, port: int, scale: float) -> None:
    """Run in the foreground until Ctrl-C or SIGTERM. Raises DemoError."""
    for number in (signal.SIGINT, signal.SIGTERM):  # shells start background jobs with Ctrl-C ignored
        signal.signal(number, signal.default_int_handler)
    console = new_console()
    console.print("[bold]KPI Exporter demo[/bold]")
    try:
        with hold(directory), _postgres(directory / "postgres") as server:
            dsn = server.dsn()
            fill(dsn, scale, console)
            _serve(directory, dsn, _free_port(port), console)
    except (BuildError, EmbeddedError, StartError, StateError, OSError, psycopg.Error) as error:
        raise DemoError(f"could not start the demo: {error}") from error
    except KeyboardInterrupt:
        console.print("stopped")
    leave(0)


@contextlib.contextmanager
def _postgres(directory: Path) -> Iterator[EmbeddedPostgres]:
    """The database, which ends with the demo: also when that is interrupted while the server starts."""
    server = EmbeddedPostgres(directory, _SETTINGS)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _serve(directory: Path, dsn: str, port: int, console: Console) -> None:
    config = Config(
        sources={"app": Source(dsn=SecretStr(reader(dsn)))},
        listen=f"{_HOST}:{port}",
        data_dir=directory / "exporter",
        log_level="warning",
        grafana=Grafana(handbook_url=f"http://{_HOST}:{port}/handbook", scrape_interval=_SCRAPE_INTERVAL),
    )
    write_history(directory / "prometheus", dsn, config, console)
    write_boards(directory / "built", config, console)
    service, opened = prepare(lambda: config, "the built-in one of the demo")
    writer = LiveWriter(dsn)
    with _prometheus(directory, port, console) as prometheus, _grafana(directory, prometheus, console) as boards:
        writer.start()
        try:
            serve(service, opened, started=lambda url: _greet(url, prometheus, boards, console))
        finally:
            writer.stop()


@contextlib.contextmanager
def _prometheus(directory: Path, port: int, console: Console) -> Iterator[Prometheus | None]:
    program = shutil.which("prometheus")
    if program is None:
        tell(console, "Prometheus", "not on the PATH; install it and start again to see it scrape")
        yield None
        return
    target, lookback = f"{_HOST}:{port}", backfill.LOOKBACK
    try:
        running = Prometheus(
            Path(program),
            directory / "prometheus",
            target,
            _free_port(9090),
            interval=f"{_SCRAPE_INTERVAL}s",
            lookback=lookback,
        )
        with running:
            yield running
    except ProgramError as error:
        raise DemoError(str(error)) from error


@contextlib.contextmanager
def _grafana(directory: Path, prometheus: Prometheus | None, console: Console) -> Iterator[str | None]:
    """The address of a Grafana with all boards; None where there is none, or nothing that it could show."""
    program = grafana.find()
    if program is None:
        tell(console, "Grafana", "not on the PATH; install it and start again to see the boards")
    if program is None or prometheus is None:
        yield None
        return
    tell(console, "Grafana", "starting; the first time takes a while")
    environment = {"KPI_PROMETHEUS_URL": prometheus.url, **_DATABASE}
    running = grafana.Grafana(program, directory / "grafana", directory / "built", _free_port(3000), environment)
    with contextlib.ExitStack() as stack:
        try:
            url: str | None = stack.enter_context(running).url
        except ProgramError as error:  # the numbers are there all the same
            tell(console, "Grafana", str(error))
            url = None
        yield url


def _greet(url: str, prometheus: Prometheus | None, boards: str | None, console: Console) -> None:
    tell(console, "Status page", f"{url}/")
    tell(console, "Metrics", f"{url}/metrics")
    if prometheus:
        tell(console, "Prometheus", prometheus.graph("kpi_active_users"))
    if boards:
        tell(console, "Grafana", f"{boards}/d/overview")
    console.print("Rows arrive every few seconds. Ctrl-C stops everything; the next start goes on with the same data.")


def _free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else a free port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, wanted))
        except OSError:
            probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
