"""What `kpi demo` gives its servers: their configuration, the company, its history, boards and rules."""

import contextlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import yaml
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from alert_rules.teams import TEAMS
from collectors.errors import CollectError
from exporter import backfill
from exporter.artefacts import Artefacts
from exporter.config import Config
from exporter.config import load as load_config
from exporter.demo_ports import HOST, Ports
from exporter.demo_tenants import TENANTS, Tenant
from exporter.program import ProgramError
from exporter.prometheus import Prometheus
from exporter.recorded_history import Span, write_recorded
from provisioning.build import build
from provisioning.files import Tree, write
from provisioning.group import Group
from warehouse.demo import load
from warehouse.demo.history import open_company
from warehouse.migrate import migrate

SCRAPE_INTERVAL = 5
INSTANCE = "demo"
"""The exporter to its Prometheus, so that its series go on when it gets another port at the next start."""


def configuration(directory: Path, dsn: str, ports: Ports) -> Config:
    """The exporter on the database, and Alertmanager that sends at once, all of it to the mail server of the demo:
    where chat and pager had no place, an alert would tell that messages fail.

    It is written to `kpi.yaml` in the directory, so that other commands can be given it. `dsn` is for the role that
    owns the company. Makes the token that exporter and Alertmanager share.
    """
    here = f"http://{HOST}:{ports['exporter']}"
    token = directory.absolute() / "events-token"
    token.touch(0o600)
    token.write_text(secrets.token_urlsafe())
    received = f"http://{HOST}:{ports['mails']}"
    chat, pager = directory.absolute() / "chat-url", directory.absolute() / "pager-key"
    chat.write_text(f"{received}/chat")
    pager.write_text("0" * 32)
    settings = {
        "sources": {
            tenant.name: {
                "dsn": tenant.reader_dsn(dsn),
                "search_path": [tenant.name],
                "labels": {"tenant": tenant.name},
            }
            for tenant in TENANTS
        },
        "warehouse": {"dsn": dsn},
        "listen": f"{HOST}:{ports['exporter']}",
        "data_dir": "exporter",
        "log_level": "warning",
        "grafana": {"handbook_url": f"{here}/handbook", "scrape_interval": f"{SCRAPE_INTERVAL}s"},
        "alerting": {
            "mail": {"smarthost": f"{HOST}:{ports['mail']}"},
            "slack": {"url_file": str(chat)},
            "pagerduty": {
                "url": f"{received}/pager",
                "key_files": {team.name: str(pager) for team in TEAMS if team.pages},
            },
            "events": {"url": f"{here}/-/alerts", "token_file": str(token)},
            "group_wait": "1s",
            "group_interval": f"{SCRAPE_INTERVAL}s",
            "runbooks_url": f"{here}/runbooks",
            "grafana_url": f"http://{HOST}:{ports['grafana']}",
            "prometheus_url": f"http://{HOST}:{ports['prometheus']}",
            "user_rules_file": str(directory.absolute() / "built" / "prometheus" / "rules" / "user-alerts.yaml"),
        },
    }
    file = directory / "kpi.yaml"
    file.touch(0o600)
    file.write_text("# Written by each start of the demo.\n" + yaml.safe_dump(settings, sort_keys=False))
    return load_config(file, {})


def fill(dsn: str, scale: float, console: Console) -> None:
    """Write the demo companies into an empty database; those that are there are left as they are."""
    migrate(dsn)
    for tenant in TENANTS:
        migrate(dsn, schema=tenant.name)
    waiting = [tenant for tenant in TENANTS if not _is_filled(tenant.owner_dsn(dsn))]
    if not waiting:
        tell(console, "PostgreSQL", "with the demo companies of the last start")
        return
    started, until = time.monotonic(), datetime.now(UTC)
    rows = sum(_load(tenant, dsn, scale, until, console) for tenant in waiting)
    companies = "a demo company" if len(waiting) == 1 else f"{len(waiting)} demo companies"
    tell(console, "PostgreSQL", f"{companies} of 120 days, {rows:,} rows in {time.monotonic() - started:.1f} s")


def _load(tenant: Tenant, dsn: str, scale: float, until: datetime, console: Console) -> int:
    with _progress(tenant.name, console) as show:
        counted = load(
            tenant.owner_dsn(dsn),
            seed=tenant.seed,
            scale=scale * tenant.size,
            until=until,
            progress=lambda _, *steps: show(*steps),
        )
    return sum(counted.values())


def _is_filled(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT 1 FROM api_metrics LIMIT 1").fetchone() is not None


def write_history(
    directory: Path, dsn: str, days: int, config: Config, found: Artefacts, ports: Ports, console: Console
) -> None:
    """Give a Prometheus that has never run so many days of the demo companies' past; without one there is nothing to
    do. `dsn` is for the role that owns the companies.
    """
    data_dir = Prometheus.data_dir(directory)
    prometheus = shutil.which("prometheus")
    if prometheus is None or data_dir.exists():
        return
    if not days:
        tell(console, "History", "left out, as --history 0 says")
        return
    promtool = shutil.which("promtool")
    if promtool is None:
        tell(console, "History", "left out: promtool is not on the PATH")
        return
    started = time.monotonic()
    until = min(_written_until(tenant.owner_dsn(dsn)) for tenant in TENANTS)
    try:
        with _progress("history", console) as show:
            backfill.fill(config, Path(promtool), data_dir, until=until, instance=INSTANCE, days=days, progress=show)
        port = ports.release("history")
        running = Prometheus(
            Path(prometheus), directory, config.listen, port, interval="1h", lookback=backfill.LOOKBACK
        )
        with _progress("recorded", console) as show:
            write_recorded(
                found.rules, found.scope, running, Path(promtool), data_dir, _spans(until, days), progress=show
            )
    except (CollectError, ProgramError) as error:
        tell(console, "History", f"left out: {error}")
        return
    wanted = "1 day" if days == 1 else f"{days} days"
    tell(console, "History", f"{wanted} in Prometheus, written in {time.monotonic() - started:.1f} s")


def _written_until(dsn: str) -> datetime:
    with psycopg.connect(dsn) as connection:
        return open_company(connection)[1]


def _spans(until: datetime, days: int) -> list[Span]:
    """So many days coarsely, and the last hours as rules find them, from which their short windows go on."""
    fine = until - timedelta(hours=3)
    return [Span(until - timedelta(days=days), fine, 900), Span(fine + timedelta(minutes=1), until, 60)]


@contextlib.contextmanager
def _progress(name: str, console: Console) -> Iterator[Callable[[int, int], None]]:
    """A bar, on a terminal, and the function that moves it to so many steps of so many."""
    columns = (
        TextColumn("  {task.description:<13}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(name)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def write_files(directory: Path, found: Artefacts, console: Console) -> None:
    """Build the boards, the rules and what the servers need to load them, or bring up to date what is there."""
    groups = (Group.DASHBOARDS, Group.PROVISIONING, Group.RULES, Group.ALERTMANAGER)
    built = build(found.boards, found.rules, found.scope, found.collectors, found.surroundings, groups)
    write(Tree(directory, {path: text for files in built.values() for path, text in files.items()}))
    tell(console, "Boards", f"{len(found.boards)} in {directory / 'grafana'}")
    alerts = sum(len(list(group.alerts)) for group in found.rules)
    tell(console, "Rules", f"{alerts} alerts in {directory / 'prometheus'}")


def tell(console: Console, name: str, text: str) -> None:
    """A line of what runs, under its name."""
    console.print(f"  {name:<13}{text}", soft_wrap=True, markup=False)
