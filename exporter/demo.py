"""`kpi demo`: a PostgreSQL with the demo companies, live writers, the exporter, and what is on the PATH of Prometheus,
Alertmanager and Grafana. With an incident, it tells how that becomes a page.
"""

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
from rich.console import Console

from exporter import alertmanager, artefacts
from exporter.demo_data import configuration, fill, tell, write_files, write_history
from exporter.demo_incident import INCIDENTS, Incident, Pace, Story, alert_of, hastened, hastened_rules
from exporter.demo_ports import Ports
from exporter.demo_servers import Servers, servers
from exporter.demo_tenants import ACME, TENANTS
from exporter.demo_watch import Watch
from exporter.program import ProgramError, end_left_behind
from exporter.server import leave
from exporter.start import StartError, prepare, serve
from exporter.state import StateError, hold
from exporter.terminal import console as new_console
from provisioning.errors import BuildError
from warehouse.demo import LiveWriter
from warehouse.embedded import EmbeddedError, EmbeddedPostgres

_SETTINGS = {"synchronous_commit": "off"}
_GOES_ON = "Rows arrive every few seconds. Ctrl-C stops everything; the next start goes on with the same data."


class DemoError(Exception):
    """The demo cannot start."""


def run(
    directory: Path, *, port: int, scale: float, history: int, incident: str | None = None, once: bool = False
) -> None:
    """Run in the foreground until Ctrl-C or SIGTERM, or, with `once`, until the incident is told. Raises DemoError.

    `history` is how many days of the past Prometheus is given. The exit code is 1 for an incident that could not be
    told to its end.
    """
    story = INCIDENTS[incident] if incident else None
    if story and (missing := list(_missing())):
        raise DemoError(
            f"could not start the incident: {' and '.join(missing)} must be on the PATH; install it, on Debian and "
            "Ubuntu with 'apt install prometheus prometheus-alertmanager', or from https://prometheus.io/download"
        )
    for number in (signal.SIGINT, signal.SIGTERM):  # shells start background jobs with Ctrl-C ignored
        signal.signal(number, signal.default_int_handler)
    console = new_console()
    console.print("[bold]KPI Exporter demo[/bold]")
    good = True
    try:
        with hold(directory):
            end_left_behind(directory)
            with _postgres(directory / "postgres") as server, Ports(port) as ports:
                dsn = server.dsn()
                fill(dsn, scale, console)
                good = _serve(directory, dsn, history, ports, console, story, once=once)
    except ProgramError as error:
        raise DemoError(str(error)) from error
    except (BuildError, EmbeddedError, StartError, StateError, OSError, psycopg.Error) as error:
        raise DemoError(f"could not start the demo: {error}") from error
    except KeyboardInterrupt:
        console.print("stopped")
    leave(0 if good else 1)


def _missing() -> Iterator[str]:
    if shutil.which("prometheus") is None:
        yield "prometheus"
    if alertmanager.find() is None:
        yield "alertmanager"


@contextlib.contextmanager
def _postgres(directory: Path) -> Iterator[EmbeddedPostgres]:
    """The database, which ends with the demo: also when that is interrupted while the server starts."""
    server = EmbeddedPostgres(directory, _SETTINGS)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _serve(
    directory: Path, dsn: str, history: int, ports: Ports, console: Console, incident: Incident | None, *, once: bool
) -> bool:
    """Until a signal comes, or, with `once`, the incident is told. False when it could not be told to its end."""
    usual = configuration(directory, dsn, ports)
    declared = artefacts.load(usual)
    write_history(directory / "prometheus", dsn, history, usual, declared, ports, console)
    found = hastened_rules(declared, incident) if incident else declared
    write_files(directory / "built", found, console)
    config = hastened(usual, incident) if incident else usual
    ports.release("exporter")
    service, opened = prepare(lambda: config, "the built-in one of the demo")
    told = True

    def end_of_story(good: bool) -> None:
        nonlocal told
        told = good
        if once:
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            console.print(_GOES_ON)

    with servers(directory, ports, console) as around, contextlib.ExitStack() as running:
        for tenant in TENANTS:
            writer = LiveWriter(tenant.owner_dsn(dsn), tenant.seed)
            running.callback(writer.stop)
            writer.start()

        def started(url: str) -> None:
            _greet(url, around, console)
            if incident is None or around.prometheus is None or around.paging is None:
                console.print(_GOES_ON)
                return
            watch = Watch(
                incident.alert,
                incident.number,
                exporter=url,
                prometheus=around.prometheus.url,
                paging=around.paging,
                boards=around.grafana is not None,
            )
            pace = Pace(alert_of(declared, incident), alert_of(found, incident))
            story = Story(incident, pace, ACME.owner_dsn(dsn), watch, console, end_of_story, stays=not once)
            running.callback(story.stop)
            story.start()

        serve(service, opened, started=started)
    return told


def _greet(url: str, around: Servers, console: Console) -> None:
    tell(console, "Status page", f"{url}/")
    tell(console, "Runbooks", f"{url}/runbooks/")
    tell(console, "Metrics", f"{url}/metrics")
    if around.prometheus:
        tell(console, "Prometheus", around.prometheus.graph("kpi_active_users"))
    if around.paging:
        tell(console, "Alertmanager", f"{around.paging.alertmanager}/")
        tell(console, "Mails", around.paging.mails.url)
    if around.grafana:
        tell(console, "Grafana", f"{around.grafana}/d/overview")
