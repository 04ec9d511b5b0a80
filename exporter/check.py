"""`kpi check`: reaches every source and describes every query there, without running any."""

from collections.abc import Iterable, Sequence

import psycopg
from rich.console import Console
from rich.markup import escape

from collectors.errors import CollectError, TableMissing
from collectors.query import Query
from collectors.source import Source, savepoint
from exporter.assembly import Assembly
from exporter.job import Job
from exporter.terminal import console
from warehouse.contract import TABLES, create_view

_SECONDS = 10.0


def run(assembly: Assembly, others: Sequence[str] = ()) -> bool:
    """Print what was found. True when every collector can run, or is off only because its tables are absent.

    `others` says what else is wrong, a sentence each.
    """
    out = console()
    good = not assembly.problems and not others
    for other in others:
        out.print(f"[red]fault[/red] {escape(other)}")
    missing: dict[str, set[str]] = {}
    if not assembly.sources:
        out.print("There is no source: name a database under 'sources' in the configuration.")
    for name, source in assembly.sources.items():
        out.print(f"[bold]{escape(name)}[/bold]")
        jobs = [job for job in assembly.jobs if job.source is source]
        try:
            good = _check_source(source, jobs, missing, out) and good
        except CollectError as error:
            out.print(f"  [red]down[/red]  {escape(str(error))}")
            good = False
    _print_views(missing, out)
    return good


def _check_source(source: Source, jobs: Iterable[Job], missing: dict[str, set[str]], out: Console) -> bool:
    good = True
    with source.snapshot("kpi_exporter/check", _SECONDS) as connection:
        if _can_write(connection):
            out.print(
                "  [yellow]note[/yellow]  the role may write; warehouse/roles/select_only.sql makes one that cannot"
            )
        for job in jobs:
            for part in job.parts:
                if not isinstance(part, Query):
                    continue
                name = job.key(part).title
                try:
                    with savepoint(connection, _SECONDS):
                        part.preflight(connection, source.name)
                except TableMissing as error:
                    if error.table in TABLES:
                        missing.setdefault(error.table, set()).add(job.collector.name)
                    out.print(f"  [yellow]off[/yellow]   {name}: the table {error.table} is missing")
                except CollectError as error:
                    good = False
                    out.print(f"  [red]fault[/red] {name}\n{escape(str(error))}")
                else:
                    out.print(f"  [green]ok[/green]    {name}")
    return good


def _can_write(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        "SELECT coalesce(bool_or(has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')), false)"
        " FROM pg_class c WHERE c.relkind IN ('r', 'v', 'p') AND c.relname = ANY(%s)",
        [list(TABLES)],
    ).fetchone()
    return bool(row and row[0])


def _print_views(missing: dict[str, set[str]], out: Console) -> None:
    for table, collectors in sorted(missing.items()):
        needed = f"{table} is needed by {', '.join(sorted(collectors))}"
        out.print(f"\n{needed}. If your tables differ, fill in and run:\n")
        out.print(create_view(TABLES[table]), markup=False)
