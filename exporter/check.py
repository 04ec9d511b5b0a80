"""`kpi check`: reaches every source, and asks each part of a collector whether it can run, without running any."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

import psycopg
from rich.console import Console
from rich.markup import escape

from collectors.contract import Part
from collectors.errors import CollectError, Off, TableMissing
from collectors.source import Source, savepoint
from exporter.assembly import Assembly
from exporter.job import Job, describe
from exporter.terminal import console
from warehouse.contract import TABLES, create_view

_SECONDS = 10.0


def run(assembly: Assembly, faults: Sequence[str] = (), notes: Sequence[str] = ()) -> bool:
    """Print what was found. True when every collector can run, or is off because it has nothing to read.

    `faults` and `notes` say what else is wrong, and what is as it need not be, a sentence each.
    """
    out = console()
    good = not assembly.problems and not faults
    for fault in faults:
        out.print(f"[red]fault[/red] {escape(fault)}")
    for note in notes:
        out.print(f"[yellow]note[/yellow]  {escape(note)}")
    missing: dict[str, set[str]] = {}
    reads = any(collector.needs_source for collector in assembly.collectors.values())
    if not assembly.sources and (reads or not assembly.collectors):
        out.print("There is no source: name a database under 'sources' in the configuration.")
    for name, source in assembly.sources.items():
        out.print(f"[bold]{escape(name)}[/bold]")
        jobs = [job for job in assembly.jobs if job.source is source]
        try:
            good = _check_source(source, jobs, missing, out) and good
        except CollectError as error:
            out.print(f"  [red]down[/red]  {escape(str(error))}")
            good = False
    if sourceless := [job for job in assembly.jobs if job.source is None]:
        out.print("[bold]without a source[/bold]")
        good = _check_parts(sourceless, None, missing, out) and good
    _print_views(missing, out)
    return good


def _check_source(source: Source, jobs: Iterable[Job], missing: dict[str, set[str]], out: Console) -> bool:
    with source.snapshot("kpi_exporter/check", _SECONDS) as connection:
        if _can_write(connection):
            out.print(
                "  [yellow]note[/yellow]  the role may write; warehouse/roles/select_only.sql makes one that cannot"
            )
        return _check_parts(jobs, connection, missing, out)


def _check_parts(
    jobs: Iterable[Job], connection: psycopg.Connection | None, missing: dict[str, set[str]], out: Console
) -> bool:
    checked = [_check_part(job, part, connection, missing, out) for job in jobs for part in job.parts]
    return all(checked)


def _check_part(
    job: Job, part: Part, connection: psycopg.Connection | None, missing: dict[str, set[str]], out: Console
) -> bool:
    name = escape(job.key(part).title)
    run = job.new_run(part, connection, datetime.now(UTC), live=True)
    try:
        with savepoint(connection, _SECONDS) if connection else nullcontext():
            looked = part.check(run)
    except TableMissing as error:
        if error.table in TABLES:
            missing.setdefault(error.table, set()).add(job.collector.name)
        out.print(f"  [yellow]off[/yellow]   {name}: the table {error.table} is missing")
    except Off as error:
        out.print(f"  [yellow]off[/yellow]   {name}: {escape(str(error).removeprefix('off: '))}")
    except Exception as error:
        if connection and isinstance(error, psycopg.OperationalError):
            raise  # the connection is lost; the snapshot tells why
        out.print(f"  [red]fault[/red] {name}\n{escape(describe(error))}")
        return False
    else:
        out.print(f"  [green]ok[/green]    {name}" if looked else f"  [dim]later[/dim] {name}: only a run can tell")
    return True


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
