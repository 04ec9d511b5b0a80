"""`kpi alerts list` and `kpi alerts events`, printed."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

from rich.table import Table
from rich.text import Text

from exporter.terminal import console
from provisioning.paging.settings import duration
from warehouse.alert_events import Event
from warehouse.alerts import Definition, StoredAlert

Format = Literal["table", "json"]
_ID_LETTERS = 8


def print_alerts(alerts: Sequence[StoredAlert], output: Format) -> None:
    """A row per alert; as JSON, all that is stored."""
    if output == "json":
        _print_json([{**asdict(alert), **asdict(alert.definition)} for alert in alerts], without=("definition",))
        return
    rows = [
        (
            str(alert.id)[:_ID_LETTERS],
            _series(alert.definition),
            _condition(alert.definition),
            alert.definition.severity,
            ", ".join((*alert.definition.channels, *alert.definition.recipients)) or "none",
            "active" if alert.is_active else "rests",
            str(alert.trigger_count),
            _moment(alert.last_triggered_at),
        )
        for alert in alerts
    ]
    _print_table(("id", "series", "fires", "severity", "told", "state", "times", "last"), rows, "No alert is defined.")


def print_events(events: Sequence[Event], output: Format) -> None:
    """A row per event; as JSON, all that is stored, with the duration in seconds."""
    if output == "json":
        _print_json([{**asdict(event), "duration_seconds": _lasted(event)} for event in events])
        return
    rows = [
        (
            event.alertname,
            event.severity,
            event.state,
            _moment(event.started_at),
            f"{_lasted(event):.0f} s",
            event.value_text or ("" if event.current_value is None else f"{event.current_value:g}"),
            str(event.alert_id or "")[:_ID_LETTERS],
        )
        for event in events
    ]
    heads = ("alert", "severity", "state", "since", "duration", "value", "id")
    _print_table(heads, rows, "No alert has fired that was told here.")


def _series(definition: Definition) -> str:
    inside = ", ".join(f"{label}={value}" for label, value in definition.matchers.items())
    return f"{definition.metric_name}{{{inside}}}" if inside else definition.metric_name


def _condition(definition: Definition) -> str:
    level = f"{definition.threshold_value:g}"
    window = duration(definition.window_seconds)
    held = f" for {duration(definition.for_seconds)}" if definition.for_seconds else ""
    match definition.alert_type:
        case "threshold":
            return f"{definition.comparison} {level}{held}"
        case "change":
            sign = "±" if definition.comparison == "change_%" else f"{definition.comparison} "
            return f"change in {window} {sign}{level}%{held}"
        case "trend":
            return f"trend over {window} {definition.comparison} {level} per hour{held}"


def _lasted(event: Event) -> float:
    return ((event.resolved_at or datetime.now(UTC)) - event.started_at).total_seconds()


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    if not rows:
        console().print(nothing)
        return
    table = Table(*heads, box=None, header_style="bold")
    for row in rows:
        table.add_row(*map(_line, row))
    console().print(table)


def _line(text: str) -> Text:
    """One line, whatever a label holds: nothing in it reaches the terminal as a command."""
    return Text("".join(letter if letter.isprintable() else "�" for letter in text))


def _print_json(rows: Sequence[dict[str, Any]], without: Sequence[str] = ()) -> None:
    kept = [{key: value for key, value in row.items() if key not in without} for row in rows]
    print(json.dumps(kept, indent=2, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
