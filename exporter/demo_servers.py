"""The programs of others that `kpi demo` starts where they are on the PATH, and the mail server that comes with it."""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from exporter import alertmanager, backfill, grafana
from exporter.demo_data import INSTANCE, SCRAPE_INTERVAL, tell
from exporter.demo_ports import HOST, Ports
from exporter.demo_tenants import TENANTS
from exporter.mail_catcher import MailCatcher
from exporter.program import Program, ProgramError
from exporter.prometheus import Prometheus

_DATABASE = {  # a socket of this machine
    f"KPI_POSTGRES_{tenant.name.upper()}_{name}": value
    for tenant in TENANTS
    for name, value in (("SSLMODE", "disable"), ("PASSWORD", ""))
}


@dataclass(frozen=True)
class Paging:
    """An Alertmanager, and what it has sent."""

    alertmanager: str
    mails: MailCatcher


@dataclass(frozen=True)
class Servers:
    """What runs beside the exporter; None for what does not."""

    prometheus: Prometheus | None
    paging: Paging | None
    grafana: str | None


@contextlib.contextmanager
def servers(directory: Path, ports: Ports, console: Console) -> Iterator[Servers]:
    """Those of Prometheus, Alertmanager and Grafana that are installed, with the files built in `directory`.

    Without Prometheus the others would have nothing to show. Raises ProgramError and OSError.
    """
    with (
        _paging(directory, ports, console) as paging,
        _prometheus(directory, ports, paging, console) as prometheus,
        _grafana(directory, ports, prometheus, console) as boards,
    ):
        yield Servers(prometheus, paging, boards)


@contextlib.contextmanager
def _paging(directory: Path, ports: Ports, console: Console) -> Iterator[Paging | None]:
    program = alertmanager.find()
    if program is None:
        tell(console, "Alertmanager", "not on the PATH; install it and start again to watch a page arrive")
    if program is None or shutil.which("prometheus") is None:
        yield None
        return
    config_file = directory / "built" / "alertmanager" / "alertmanager.yml"
    running = alertmanager.Alertmanager(program, directory / "alertmanager", config_file, ports.release("alertmanager"))
    with MailCatcher(ports.release("mail"), ports.release("mails")) as mails, running:
        _tell_its_death(running, "Alertmanager", console)
        yield Paging(running.url, mails)


@contextlib.contextmanager
def _prometheus(directory: Path, ports: Ports, told: Paging | None, console: Console) -> Iterator[Prometheus | None]:
    program = shutil.which("prometheus")
    if program is None:
        tell(console, "Prometheus", "not on the PATH; install it and start again to see it scrape")
        yield None
        return
    running = Prometheus(
        Path(program),
        directory / "prometheus",
        f"{HOST}:{ports['exporter']}",
        ports.release("prometheus"),
        instance=INSTANCE,
        interval=f"{SCRAPE_INTERVAL}s",
        lookback=backfill.LOOKBACK,
        rules=[directory / "built" / "prometheus" / "rules" / "*.yaml"],
        alertmanager=told.alertmanager.removeprefix("http://") if told else "",
    )
    with running:
        _tell_its_death(running, "Prometheus", console)
        yield running


@contextlib.contextmanager
def _grafana(directory: Path, ports: Ports, told: Prometheus | None, console: Console) -> Iterator[str | None]:
    program = grafana.find()
    if program is None:
        tell(console, "Grafana", "not on the PATH; install it and start again to see the boards")
    if program is None or told is None:
        yield None
        return
    tell(console, "Grafana", "starting; the first time takes a while")
    environment = {"KPI_PROMETHEUS_URL": told.url, **_DATABASE}
    running = grafana.Grafana(
        program, directory / "grafana", directory / "built", ports.release("grafana"), environment
    )
    with contextlib.ExitStack() as stack:
        try:
            url: str | None = stack.enter_context(running).url
            _tell_its_death(running, "Grafana", console)
        except ProgramError as error:  # the numbers are there all the same
            tell(console, "Grafana", str(error))
            url = None
        yield url


def _tell_its_death(program: Program, name: str, console: Console) -> None:
    """Say so when it ends by itself, which else one would see in what no longer changes only."""

    def wait() -> None:
        if said := program.died():
            tell(console, name, f"{said}. The rest goes on; Ctrl-C and a new start bring it back")

    threading.Thread(target=wait, name=f"end of {name}", daemon=True).start()
