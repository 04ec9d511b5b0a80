"""`kpi input`, printed."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from exporter.input_status import Standing
from exporter.input_values import in_words
from exporter.inputs import ManualInputs
from exporter.terminal import console
from metrics import Input
from metrics.period import Period
from warehouse.inputs import GivenValue, Outcome

Format = Literal["table", "json"]
Each = TypeVar("Each")


@contextmanager
def progress(what: str) -> Iterator[Callable[[Sequence[Each]], Iterable[Each]]]:
    """On a terminal a bar while it lasts; what it gives moves the bar through a sequence."""
    errors = console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda items: bar.track(items, task_id=task)


def subject(inputs: ManualInputs, given: GivenValue) -> str:
    """What a value is for: its series and its period."""
    metric = inputs.metrics[given.metric]
    return f"{_series(metric, given.labels)} for {Period.of(metric.every, given.period_start)}"


def print_outcome(inputs: ManualInputs, given: GivenValue, outcome: Outcome) -> None:
    """What came of one value, in a sentence."""
    metric = inputs.metrics[given.metric]
    period = Period.of(metric.every, given.period_start)
    series = subject(inputs, given)
    former = "" if outcome.former is None else in_words(metric, outcome.former)
    if given.value is None:
        print(f"withdrawn: {series} was {former}.")
        return
    value = in_words(metric, given.value)
    if outcome.kind == "unchanged":
        print(f"unchanged: {series} is {value} already.")
    elif former:
        print(f"corrected: {series} is {value}; it was {former}.")
    else:
        print(f"stored: {series} is {value}.")
    if period.end >= inputs.today:
        print(f"The period has not ended; the value is shown after {period.end}.")


def print_outcomes(file: Path, outcomes: Sequence[Outcome]) -> None:
    """How many values came, were corrected, and were there already."""
    numbers = Counter(outcome.kind for outcome in outcomes)
    if not outcomes:
        print(f"{file} holds no values.")
    elif numbers["unchanged"] == len(outcomes):
        there = "its value is" if len(outcomes) == 1 else f"all {len(outcomes):,} values are"
        print(f"{file}: {there} there already; nothing is changed.")
    else:
        new = f"{numbers['new']:,} new value{'' if numbers['new'] == 1 else 's'}"
        print(f"{file}: {new}, {numbers['corrected']:,} corrected, {numbers['unchanged']:,} unchanged.")


def print_series(rows: Sequence[Standing], output: Format, *, missing: bool) -> None:
    """A row per series."""
    if output == "json":
        print(json.dumps([_as_json(row) for row in rows], indent=2))
        return
    if not rows:
        print("Nothing is missing." if missing else "No metric is declared that people give.")
        return
    table = Table("series", "newest", "value", "given", "by", "state", box=None, header_style="bold")
    table.columns[2].justify = "right"
    for row in rows:
        table.add_row(*map(Text, _cells(row)))
    console().print(table)


def _cells(row: Standing) -> Iterator[str]:
    metric, newest = row.metric, row.newest
    if newest is None:
        labels = ", ".join(metric.labels)
        yield from (f"{metric}{{{labels}}}" if labels else metric.name, "", "", "", "")
    else:
        yield _series(metric, newest.labels)
        yield str(Period.of(metric.every, newest.period_end))
        yield in_words(metric, newest.value)
        yield f"{newest.entered_at:%Y-%m-%d}"
        yield newest.entered_by
    yield _state(row)


def _state(row: Standing) -> str:
    match row.state:
        case "given":
            return f"{row.period} due by {row.due}"
        case "due":
            return f"due: {row.period}, by {row.due}"
        case "overdue":
            return f"OVERDUE: {row.period}, since {row.due}"
        case "never":
            return f"never given; {row.period} would be the newest"
        case "ended":
            return "ended: far behind the other series"


def _series(metric: Input, labels: Any) -> str:
    """The series as people write it; nothing in a label reaches the terminal as a command, values are checked."""
    inside = ", ".join(f"{name}={labels[name]}" for name in metric.labels)
    return f"{metric}{{{inside}}}" if inside else metric.name


def _as_json(row: Standing) -> dict[str, Any]:
    newest = row.newest
    return {
        "metric": row.metric.name,
        "unit": row.metric.unit.value,
        "labels": dict(newest.labels) if newest else None,
        "period": str(Period.of(row.metric.every, newest.period_end)) if newest else None,
        "value": newest.value if newest else None,
        "note": newest.note if newest else None,
        "entered_by": newest.entered_by if newest else None,
        "entered_at": newest.entered_at.isoformat() if newest else None,
        "state": row.state,
        "next_period": str(row.period),
        "due": row.due.isoformat(),
    }
