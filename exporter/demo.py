"""`kpi demo`: a PostgreSQL with the demo company, a live writer, the exporter, and Prometheus where it is installed."""

import contextlib
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from pydantic import SecretStr
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from exporter.config import Config, Source
from exporter.prometheus import Prometheus, PrometheusError
from exporter.server import leave
from exporter.start import StartError, prepare, serve
from exporter.state import StateError, hold
from exporter.terminal import console as new_console
from warehouse.demo import LiveWriter, load
from warehouse.embedded import EmbeddedError, EmbeddedPostgres
from warehouse.migrate import migrate

_HOST = "127.0.0.1"
_SETTINGS = {"synchronous_commit": "off"}


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
            _fill(dsn, scale, console)
            _serve(directory, dsn, _free_port(port), console)
    except (EmbeddedError, StartError, StateError, OSError, psycopg.Error) as error:
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
        sources={"app": Source(dsn=SecretStr(dsn))},
        listen=f"{_HOST}:{port}",
        data_dir=directory / "exporter",
        log_level="warning",
    )
    service, opened = prepare(lambda: config, "the built-in one of the demo")
    writer = LiveWriter(dsn)
    with _prometheus(directory, port, console) as prometheus:
        writer.start()
        try:
            serve(service, opened, started=lambda url: _greet(url, prometheus, console))
        finally:
            writer.stop()


def _fill(dsn: str, scale: float, console: Console) -> None:
    """Write the demo company into an empty database; one that is filled is left as it is."""
    migrate(dsn)
    with psycopg.connect(dsn) as connection:
        if connection.execute("SELECT 1 FROM api_metrics LIMIT 1").fetchone():
            _line(console, "PostgreSQL", "with the demo company of the last start")
            return
    started = time.monotonic()
    columns = (
        TextColumn("  {task.description:<13}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("demo company")

        def show(_: str, done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        rows = sum(load(dsn, scale=scale, until=datetime.now(UTC), progress=show).values())
    _line(console, "PostgreSQL", f"a demo company of 120 days, {rows:,} rows in {time.monotonic() - started:.1f} s")


@contextlib.contextmanager
def _prometheus(directory: Path, port: int, console: Console) -> Iterator[Prometheus | None]:
    program = shutil.which("prometheus")
    if program is None:
        _line(console, "Prometheus", "not on the PATH; install it and start again to see it scrape")
        yield None
        return
    try:
        with Prometheus(Path(program), directory / "prometheus", f"{_HOST}:{port}", _free_port(9090)) as prometheus:
            yield prometheus
    except PrometheusError as error:
        raise DemoError(str(error)) from error


def _greet(url: str, prometheus: Prometheus | None, console: Console) -> None:
    _line(console, "Status page", f"{url}/")
    _line(console, "Metrics", f"{url}/metrics")
    if prometheus:
        _line(console, "Prometheus", prometheus.graph("kpi_active_users"))
    console.print("Rows arrive every few seconds. Ctrl-C stops everything; the next start goes on with the same data.")


def _line(console: Console, name: str, text: str) -> None:
    console.print(f"  {name:<13}{text}", soft_wrap=True, markup=False)


def _free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else a free port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, wanted))
        except OSError:
            probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
