"""The command `kpi`. Each command imports what it needs, so that `kpi --help` is quick."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from exporter.cli_alerts import app as alerts_app
from exporter.cli_boards import build, lint, verify
from exporter.cli_common import (
    COULD_NOT_START,
    DEFAULT_CONFIG,
    FAILED,
    USAGE,
    ConfigPath,
    configuration,
    existing,
    fail,
)
from exporter.cli_input import app as input_app

if TYPE_CHECKING:
    from exporter.assembly import Assembly
    from exporter.config import Config

_EPILOG = "Exit codes: 0 good, 1 something was found or failed, 2 wrong usage or configuration, 3 could not start."

app = typer.Typer(
    help="KPIs as code for Prometheus: declare a KPI once, and this exporter collects and serves it.\n\n"
    "New here? Run [bold]kpi demo[/bold]. On your own database: copy kpi.example.yaml to kpi.yaml, run "
    "[bold]kpi check[/bold], then [bold]kpi serve[/bold].",
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
config_app = typer.Typer(help="About the configuration file. Example: kpi config schema", no_args_is_help=True)
new_app = typer.Typer(
    help="Write the first version of something. Example: kpi new collector tickets", no_args_is_help=True
)
app.add_typer(config_app, name="config")
app.add_typer(new_app, name="new")
app.add_typer(alerts_app, name="alerts")
app.add_typer(input_app, name="input")


@app.command()
def serve(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Collect and serve /metrics until stopped. SIGHUP reloads, SIGTERM stops.

    Example: kpi serve --config /etc/kpi/kpi.yaml
    """
    from exporter.config import load
    from exporter.start import StartError, run

    def read() -> "Config":
        return load(config, os.environ)

    existing(config)
    try:
        run(read, str(config))
    except StartError as error:
        fail(str(error), COULD_NOT_START if error.later else USAGE)


@app.command()
def demo(
    directory: Annotated[Path, typer.Option(help="Where the demo keeps its database and state.")] = Path(".kpi-demo"),
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port of the exporter; a taken one is replaced by a free one.")
    ] = 9840,
    scale: Annotated[
        float, typer.Option(min=0.01, max=100, help="Size of the demo company; 1 is some 1,200,000 rows.")
    ] = 1.0,
    history: Annotated[
        int,
        typer.Option(min=0, max=100, help="Days of the past that a new Prometheus is given; 0 starts soonest."),
    ] = 30,
    incident: Annotated[
        Literal["payments", "api"] | None,
        typer.Option(help="Make trouble on purpose, and tell step by step how it becomes a page, and ends."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End when the incident is told.")] = False,
) -> None:
    """Start it all on this machine: PostgreSQL with a demo company, the exporter, and what is found of Prometheus,
    Alertmanager and Grafana.

    Ctrl-C stops it all; the next start goes on with the same data. Examples: kpi demo --scale 0.2 --history 7; kpi demo
    --incident payments
    """
    from exporter.demo import DemoError, run

    if once and incident is None:
        fail("--once ends the demo when an incident is told; name one with --incident", USAGE)
    try:
        run(directory, port=port, scale=scale, history=history, incident=incident, once=once)
    except DemoError as error:
        fail(str(error), COULD_NOT_START)


@app.command()
def once(
    collectors: Annotated[list[str] | None, typer.Argument(help="Collectors to run; all by default.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="TIME", help="Report on this past moment; without a zone it is UTC."),
    ] = None,
    output: Annotated[Literal["table", "text", "json"], typer.Option("--format", help="How to print.")] = "table",
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Run collectors once and print their readings. Changes nothing: counters count from their backfill.

    Examples: kpi once commerce; kpi once --as-of 2026-11-01 --format json
    """
    from exporter import once as runs

    assembly, _ = _assembled(config)
    unknown = sorted(set(collectors or ()) - set(assembly.collectors))
    if unknown:
        fail(f"there is no collector called {', '.join(unknown)}; there are: {', '.join(assembly.collectors)}", USAGE)
    moment = _moment(as_of) if as_of else None
    if not runs.run(assembly, collectors or list(assembly.collectors), moment, output):
        raise typer.Exit(FAILED)


@app.command()
def check(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Check the configuration, reach every source, and ask every collector whether it can run, without running it.

    Where a contract table is missing, the view to create is printed. Example: kpi check -c kpi.yaml
    """
    from exporter.check import run
    from exporter.config import ConfigError
    from exporter.web_config import load as load_web_config

    assembly, settings = _assembled(config)
    try:
        if settings.web_config_file:
            load_web_config(settings.web_config_file)
    except ConfigError as error:
        fail(str(error), USAGE)
    faults, notes = list(_unloaded(assembly, settings)), list(_untaken_events(settings))
    if settings.alerting.wants_events:
        faults, notes = faults + notes, []
    if not run(assembly, faults, notes):
        raise typer.Exit(FAILED)


def _unloaded(assembly: "Assembly", config: "Config") -> Iterator[str]:
    """Boards and alerts that cannot be loaded."""
    from exporter.artefacts import load as load_artefacts

    yield from (problem for problem in load_artefacts(config).problems if problem not in assembly.problems)


def _untaken_events(config: "Config") -> Iterator[str]:
    """Why events of alerts cannot be taken."""
    from exporter.alert_events import TokenError, read_token

    try:
        if config.warehouse is not None:
            read_token(config)
    except TokenError as error:
        yield f"no events of alerts are taken: {error}"


@app.command("collectors")
def list_collectors(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """List the collectors, built-in ones and plugins. Works without a configuration file, too.

    Example: kpi collectors -c kpi.yaml
    """
    from exporter.listing import print_collectors

    print_collectors(*_assembled(config, required=False))


@app.command("metrics")
def list_metrics(
    name: Annotated[str | None, typer.Argument(help="Show everything about this metric.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """List the declared metrics, or show one. Works without a configuration file, too.

    Example: kpi metrics kpi_revenue_amount
    """
    from exporter.listing import print_metric, print_metrics, unknown_metric

    assembly, settings = _assembled(config, required=False)
    if name is None:
        print_metrics(assembly)
    elif not print_metric(assembly, name, settings):
        fail(unknown_metric(assembly, name, settings), FAILED)


@config_app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration file, for editors. Example: kpi config schema > kpi.schema.json"""
    import json

    from exporter.config import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@new_app.command()
def collector(
    name: Annotated[str, typer.Argument(help="Its name, in snake_case.")],
    folder: Annotated[Path, typer.Option(help="The plugin folder.")] = Path("plugins"),
    kind: Annotated[Literal["sql", "python"], typer.Option(help="What it is written in.")] = "sql",
) -> None:
    """Write a working collector with its test into the plugin folder.

    Example: kpi new collector tickets --kind sql
    """
    from collectors.scaffold import FolderError, ScaffoldError, write

    try:
        files = write(name, folder, kind)
    except FolderError as error:
        fail(str(error), FAILED)
    except ScaffoldError as error:
        fail(str(error), USAGE)
    for path in files:
        typer.echo(f"wrote {path}")
    typer.echo(f"Set 'plugins: {folder}' in kpi.yaml, then run: kpi once {name}")


@app.command()
def migrate(
    dsn: Annotated[str, typer.Argument(envvar="KPI_WAREHOUSE_DSN", help="Connection string of the database.")],
    schema_name: Annotated[str, typer.Option("--schema", help="Schema to create the tables in.")] = "public",
) -> None:
    """Create the contract tables, where your own tables do not serve as views of them.

    Example: KPI_WAREHOUSE_DSN=postgresql://… kpi migrate --schema kpi
    """
    import psycopg
    from pydantic import SecretStr

    from collectors.source import describe_error
    from exporter.config_values import connection_string
    from warehouse.migrate import migrate as apply

    try:
        connection_string(SecretStr(dsn))
    except ValueError as error:
        fail(f"could not migrate: {error}", USAGE)
    try:
        apply(dsn, schema_name)
    except psycopg.Error as error:
        fail(f"could not migrate: {describe_error(error)}", COULD_NOT_START)
    typer.echo(f"The contract tables in the schema {schema_name} are up to date.")


for _command in (build, lint, verify):
    app.command()(_command)


def main() -> None:
    """The entry point of `kpi`."""
    app()


def _assembled(path: Path, *, required: bool = True) -> "tuple[Assembly, Config]":
    from collectors.discovery import DiscoveryError
    from exporter.assembly import assemble
    from exporter.config import ConfigError

    try:
        config = configuration(path, required=required)
        assembly = assemble(config)
    except (ConfigError, DiscoveryError) as error:
        fail(str(error), USAGE)
    for problem in assembly.problems:
        typer.echo(problem, err=True)
    return assembly, config


def _moment(text: str) -> datetime:
    from datetime import UTC

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--as-of: expected a time such as 2026-11-01 or 2026-11-01T12:00+01:00, got {text!r}", USAGE)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    # Before 1970 the time in UTC, or the window before it, may have no date; of the future nobody has rows.
    if moment.year < 1970 or moment > datetime.now(UTC):
        fail(f"--as-of: expected a time from 1970 until now, got {text!r}; without a zone it is UTC", USAGE)
    return moment
