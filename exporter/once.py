"""`kpi once`: runs collectors now, or as of a moment, and prints their readings."""

import json
import math
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import psycopg
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from collectors.contract import Part
from collectors.errors import CollectError, Off, PresentOnly, SourceDown
from collectors.source import Source
from exporter.assembly import Assembly
from exporter.block import Block
from exporter.exposition import Exposition, Key
from exporter.job import Job, describe
from exporter.terminal import console
from metrics import Histogram, HistogramState, Reading

Format = Literal["table", "text", "json"]
Result = tuple[Key, list[Reading]]


def run(assembly: Assembly, names: Sequence[str], as_of: datetime | None, output: Format) -> bool:
    """Run and print. True when every part gave its readings, is off, or cannot tell the past that was asked for; what
    gave none is told on standard error.
    """
    errors = console(stderr=True)
    jobs = [job for job in assembly.jobs if job.collector.name in names]
    exposition, results, good = Exposition(), list[Result](), True
    several = len({job.source for job in assembly.jobs if job.source}) > 1
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task("", total=None)
        down: set[Source] = set()
        for job in jobs:
            if job.source in down:
                continue
            progress.update(task, description=job.collector.name)
            try:
                for part, readings, block in _collect(job, as_of or datetime.now(UTC), errors, several):
                    if block is None:
                        good = False
                        continue
                    exposition.replace(job.key(part), block)
                    results.append((job.key(part), readings))
            except CollectError as error:
                good = False
                if isinstance(error, SourceDown) and job.source:
                    down.add(job.source)
                errors.print(str(error), style="red", markup=False)
    _print([(key, [each for each in readings if _is_finite(each)]) for key, readings in results], exposition, output)
    return good


def _collect(
    job: Job, as_of: datetime, errors: Console, several: bool
) -> Iterator[tuple[Part, list[Reading], Block | None]]:
    """Each part with its readings and their block, or None for a part that failed and was told.

    With `several` sources it is told which one a fault is of.
    """

    def tell(message: str, style: str) -> None:
        title = job.key(part).title
        who = f"{title} of the source {job.source.name}" if job.source and several else title
        errors.print(f"{who}: {message.removeprefix(f'{title}: ')}", style=style, markup=False)

    with job.snapshot() as connection:
        for part in job.parts:
            run = job.new_run(part, connection, as_of, live=False)
            try:
                with job.guard(part, connection):
                    readings = list(part.collect(run))
                    block = Block.build(readings, job.labels, declared=part.metrics)
                if time.monotonic() > run.deadline:
                    raise job.too_long(part)
            except SourceDown:
                raise
            except (Off, PresentOnly) as error:
                tell(str(error), "yellow")
            except Exception as error:
                if connection and isinstance(error, psycopg.OperationalError):
                    raise  # the connection is lost; the snapshot tells why
                tell(describe(error), "red")
                yield part, [], None
            else:
                for piece, why in run.missing.items():
                    tell(f"{piece}: {describe(why)}", "yellow")
                yield part, readings, block


def _print(results: Sequence[Result], exposition: Exposition, output: Format) -> None:
    out = console()
    if output == "text":
        out.out(exposition.body(openmetrics=False, gzip=False).decode(), end="", highlight=False)
    elif output == "json":
        out.out(
            json.dumps([_as_json(key, reading) for key, readings in results for reading in readings], indent=1),
            highlight=False,
        )
    else:
        table = Table("metric", "labels", "value", "source", box=None, header_style="bold")
        table.columns[0].no_wrap = True
        table.columns[2].justify = "right"
        for key, readings in results:
            for reading in sorted(readings, key=lambda reading: (reading.metric.name, reading.labels)):
                table.add_row(reading.metric.name, escape(_labels(reading)), _value(reading.value), key.source)
        out.print(table)


def _is_finite(reading: Reading) -> bool:
    """Whether the reading gives a sample; NaN and infinities give none, in no format."""
    return math.isfinite(reading.value.sum if isinstance(reading.value, HistogramState) else reading.value)


def _labels(reading: Reading) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(reading.metric.labels, reading.labels, strict=True))


def _value(value: float | HistogramState) -> str:
    if isinstance(value, HistogramState):
        mean = f", mean {value.sum / value.observations:,.6g}" if value.observations else ""
        return f"{value.observations:,.0f} observations{mean}"
    if value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:.6g}"


def _as_json(key: Key, reading: Reading) -> dict[str, Any]:
    value: Any = reading.value
    if isinstance(value, HistogramState) and isinstance(reading.metric, Histogram):
        value = {
            "buckets": dict(zip([*map(str, reading.metric.buckets), "+Inf"], value.buckets, strict=True)),
            "sum": value.sum,
        }
    labels = dict(zip(reading.metric.labels, reading.labels, strict=True))
    return {
        "metric": reading.metric.name,
        "labels": labels,
        "value": value,
        "collector": key.collector,
        "part": key.part,
        "source": key.source,
    }
