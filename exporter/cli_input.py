"""The commands `kpi input …`: values that people give. Each imports what it needs, so that `kpi --help` is quick."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from exporter.cli_common import COULD_NOT_START, DEFAULT_CONFIG, USAGE, ConfigPath, configuration, fail, user

if TYPE_CHECKING:
    from exporter.inputs import ManualInputs

app = typer.Typer(
    help="Values that people give, because no system knows them.\n\n"
    "[bold]kpi input list --missing[/bold] tells what is due, [bold]kpi input set[/bold] gives one value, "
    "[bold]kpi input import[/bold] a file of them, [bold]kpi input withdraw[/bold] takes one back. docs/inputs.md has "
    "the details.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
Source = Annotated[
    str | None, typer.Option(metavar="NAME", help="The source that reads the values; needed if there are several.")
]
Metric = Annotated[str, typer.Argument(help="The metric; 'kpi input list' shows those that people give.")]
PeriodText = Annotated[
    str, typer.Option(metavar="PERIOD", help="2026-10-31, 2026-W44, 2026-10, 2026-Q4 or 2026, as the metric needs.")
]
Labels = Annotated[
    list[str] | None, typer.Option(metavar="NAME=VALUE", help="A label of the metric; one option for each.")
]


@app.command("set", context_settings={"ignore_unknown_options": True})  # -5 is a value
def set_value(
    metric: Metric,
    value: Annotated[str, typer.Argument(help="The value in the unit of the metric: 0.82 for 82 %.")],
    period: PeriodText,
    label: Labels = None,
    note: Annotated[str | None, typer.Option(help="A remark, such as where the value comes from.")] = None,
    source: Source = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Give one value. Another value for the same period corrects the former one, which is kept.

    Examples:

    kpi input set kpi_team_utilization_ratio 0.82 --period 2026-10 --label team=checkout

    kpi input set kpi_cloud_cost_amount 1234.50 --period 2026-10-31 --label service=api --label provider=aws
    --label currency=EUR --note "invoice 4711"
    """
    from exporter.input_csv import add_labels
    from exporter.input_listing import print_outcome
    from exporter.input_values import Written

    labels: dict[str, str] = {}
    faults = add_labels(labels, label or (), "--label")
    written = Written(metric.strip(), period.strip(), value.strip(), labels, note, tuple(faults))
    with _inputs(config, source, "could not store the value:") as inputs:
        (given,) = inputs.checked([(0, written)])
        (outcome,) = inputs.store([given], "cli", user() or "unknown")
        print_outcome(inputs, given, outcome)


@app.command()
def withdraw(
    metric: Metric,
    period: PeriodText,
    label: Labels = None,
    note: Annotated[str | None, typer.Option(help="A remark, such as why.")] = None,
    source: Source = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Take back a value that was given for a wrong period or label; from now on it counts as not given.

    A value that is wrong itself is corrected: give the right one with 'kpi input set'.

    Example: kpi input withdraw kpi_team_utilization_ratio --period 2026-10 --label team=checkout
    """
    from exporter.input_csv import add_labels
    from exporter.input_listing import print_outcome, subject
    from exporter.input_values import Written
    from exporter.inputs import InputError

    labels: dict[str, str] = {}
    faults = add_labels(labels, label or (), "--label")
    written = Written(metric.strip(), period.strip(), None, labels, note, tuple(faults))
    with _inputs(config, source, "could not withdraw the value:") as inputs:
        (given,) = inputs.checked([(0, written)])
        (outcome,) = inputs.store([given], "cli", user() or "unknown")
        if outcome.kind == "unchanged":
            there = "'kpi input list' shows the newest of each series."
            raise InputError([f"There is no value of {subject(inputs, given)}; {there}"])
        print_outcome(inputs, given, outcome)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="UTF-8, separated by comma, semicolon or tab.")],
    source: Source = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Give all values of a CSV file, or none if anything is wrong with it. The same file again changes nothing.

    Its first line names the columns: metric, period, value, label.NAME for each label (or labels, which holds
    team=core, region=eu), and note.

    Example: kpi input import october.csv --source acme
    """
    from exporter.input_csv import FileError, read
    from exporter.input_listing import print_outcomes, progress

    with _inputs(config, source, f"could not import {file}; nothing is written:") as inputs:
        try:
            lines = read(file)
        except FileError as error:
            fail(str(error), USAGE)
        with progress("reading") as track:
            given = inputs.checked(track(lines), str(file))
        with progress("writing"):
            outcomes = inputs.store(given, "csv", user() or "unknown")
        print_outcomes(file, outcomes)


@app.command("list")
def list_values(
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="Of this metric only.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only what is due, overdue, or was never given.")] = False,
    output: Annotated[Literal["table", "json"], typer.Option("--format", help="How to print.")] = "table",
    source: Source = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Show the newest value of each series, and when the next one is due.

    Example: kpi input list --missing
    """
    from exporter.input_listing import print_series
    from exporter.input_status import standing

    with _inputs(config, source, "could not list the values:") as inputs:
        if metric is not None and metric not in inputs.metrics:
            fail(inputs.unknown(metric), USAGE)
        rows = standing(inputs.metrics.values(), inputs.newest(), inputs.today)
        chosen = [row for row in rows if metric in (None, row.metric.name) and (row.is_missing or not missing)]
        print_series(chosen, output, missing=missing)


@contextmanager
def _inputs(path: Path, source: str | None, before: str) -> "Iterator[ManualInputs]":
    from collectors.discovery import DiscoveryError
    from exporter.config import ConfigError
    from exporter.inputs import InputError, ManualInputs, given_metrics
    from exporter.warehouse_access import WarehouseError

    try:
        config = configuration(path, required=True)
        yield ManualInputs(config, given_metrics(config), source)
    except (ConfigError, DiscoveryError) as error:
        fail(str(error), USAGE)
    except InputError as error:
        fail("\n".join([before, *(f"  {fault}" for fault in error.faults)]), USAGE)
    except WarehouseError as error:
        fail(str(error), COULD_NOT_START)
