"""The commands `kpi alerts …`: alerts that users define. Each imports what it needs, so that `kpi --help` is quick."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from exporter.cli_common import COULD_NOT_START, DEFAULT_CONFIG, FAILED, USAGE, ConfigPath, configuration, fail, user

if TYPE_CHECKING:
    from exporter.user_alerts import UserAlerts

app = typer.Typer(
    help="Alerts that users define: stored in the warehouse, evaluated by Prometheus.\n\n"
    "Example: kpi alerts add kpi_conversion_ratio --where window=7d --below 0.02 --for 15m --channel slack",
    no_args_is_help=True,
)
Id = Annotated[str, typer.Argument(metavar="ID", help="The id of the alert, or its first letters.")]
Format = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print.")]


@app.command()
def add(
    metric: Annotated[str, typer.Argument(help="The metric to watch: a gauge, or a counter by its rate per second.")],
    where: Annotated[
        list[str] | None, typer.Option(metavar="LABEL=VALUE", help="Series that carry this label; may be repeated.")
    ] = None,
    above: Annotated[float | None, typer.Option(metavar="VALUE", help="Fire above this value.")] = None,
    below: Annotated[float | None, typer.Option(metavar="VALUE", help="Fire below this value.")] = None,
    at_least: Annotated[float | None, typer.Option(metavar="VALUE", help="Fire at this value and above.")] = None,
    at_most: Annotated[float | None, typer.Option(metavar="VALUE", help="Fire at this value and below.")] = None,
    equal: Annotated[float | None, typer.Option(metavar="VALUE", help="Fire at this value.")] = None,
    other_than: Annotated[float | None, typer.Option(metavar="VALUE", help="Fire at every other value.")] = None,
    changed_by: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Fire when it rose or fell by more within the window.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--type", help="What is compared: threshold, change (in percent) or trend (per hour).")
    ] = "threshold",
    window: Annotated[str, typer.Option(help="How far a change, a trend or a rate looks back.")] = "5m",
    for_: Annotated[str, typer.Option("--for", help="How long it must be so before anybody is told.")] = "5m",
    severity: Annotated[str, typer.Option(help="critical, warning or info.")] = "warning",
    channel: Annotated[
        list[str] | None, typer.Option(help="Where to tell: email, slack or webhook; may be repeated.")
    ] = None,
    to: Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help="Who gets a mail; may be repeated.")] = None,
    message: Annotated[
        str | None, typer.Option(help="What to say, in which {{ $value }} and {{ $labels.NAME }} are filled in.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Define an alert, and let Prometheus evaluate it. Nothing is stored while anything is wrong with it.

    Examples:

    kpi alerts add kpi_conversion_ratio --where window=7d --below 0.02 --for 15m --channel email --to a@b.example

    kpi alerts add kpi_active_users --where window=1d --changed-by 20 --window 7d --severity info --channel slack

    kpi alerts add kpi_http_requests_total --type trend --above 5 --window 1h --message "{{ $labels.service }} grows"
    """
    from warehouse.alerts import AlertType, Channel, Comparison, Definition, Severity

    levels = {
        ">": above, "<": below, ">=": at_least, "<=": at_most, "=": equal, "!=": other_than, "change_%": changed_by
    }  # fmt: skip
    given = {comparison: level for comparison, level in levels.items() if level is not None}
    faults: list[str] = []
    if len(given) != 1:
        faults.append("Give one of --above, --below, --at-least, --at-most, --equal, --other-than and --changed-by.")
    matchers: dict[str, str] = {}
    for text in where or ():
        label, sign, value = text.partition("=")
        if not sign or not label or label in matchers:
            faults.append(f"--where takes LABEL=VALUE, each label once, got {text!r}.")
        matchers[label] = value
    comparison, level = next(iter(given.items()), (">", 1.0))
    definition = Definition(
        metric_name=metric,
        alert_type=cast(AlertType, "change" if changed_by is not None and kind == "threshold" else kind),
        comparison=cast(Comparison, comparison),
        threshold_value=level,
        matchers=matchers,
        window_seconds=_seconds("--window", window, faults),
        for_seconds=_seconds("--for", for_, faults),
        severity=cast(Severity, severity),
        message_template=message,
        channels=tuple(cast(list[Channel], channel or [])),
        recipients=tuple(to or ()),
    )
    with _alerts(config) as alerts:
        _stop_at([*faults, *alerts.faults(definition)])
        stored = alerts.add(definition, created_by=user())
        typer.echo(f"The alert {stored.id} is stored.")
        _apply(alerts)


@app.command("list")
def list_alerts(output: Format = "table", config: ConfigPath = DEFAULT_CONFIG) -> None:
    """List the alerts. Example: kpi alerts list --format json"""
    from exporter.user_alerts_listing import print_alerts

    with _alerts(config) as alerts:
        print_alerts(alerts.list_all(), output)


@app.command()
def enable(id_: Id, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Let an alert be evaluated again. Example: kpi alerts enable 784e41df"""
    with _alerts(config) as alerts:
        typer.echo(f"The alert {alerts.set_active(id_, True).id} is active.")
        _apply(alerts)


@app.command()
def disable(id_: Id, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Let an alert rest. Example: kpi alerts disable 784e41df"""
    with _alerts(config) as alerts:
        typer.echo(f"The alert {alerts.set_active(id_, False).id} rests.")
        _apply(alerts)


@app.command()
def remove(id_: Id, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Delete an alert; what came of it is kept. Example: kpi alerts remove 784e41df"""
    with _alerts(config) as alerts:
        typer.echo(f"The alert {alerts.remove(id_).id} is deleted.")
        _apply(alerts)


@app.command()
def apply(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Write the rule file anew, and let Prometheus read it. Example: kpi alerts apply"""
    with _alerts(config) as alerts:
        _apply(alerts)


@app.command()
def events(
    alert: Annotated[
        str | None, typer.Option(metavar="ID", help="Of this alert only; its id, or the first letters.")
    ] = None,
    severity: Annotated[str | None, typer.Option(help="Of this severity only.")] = None,
    firing: Annotated[bool, typer.Option("--firing", help="Only what fires now.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest first.")] = 50,
    output: Format = "table",
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Show what fired, since when, and for how long. Example: kpi alerts events --firing --severity critical"""
    from exporter.user_alerts_listing import print_events

    with _alerts(config) as alerts:
        print_events(alerts.events(limit=limit, severity=severity, firing_only=firing, alert=alert), output)


@contextmanager
def _alerts(path: Path) -> "Iterator[UserAlerts]":
    from collectors.discovery import DiscoveryError
    from exporter.artefacts import load
    from exporter.config import ConfigError
    from exporter.user_alerts import UserAlerts, UserAlertsError
    from warehouse.alerts import AlertError

    try:
        config = configuration(path, required=True)
        yield UserAlerts(config, lambda: load(config))
    except (ConfigError, DiscoveryError) as error:
        fail(str(error), USAGE)
    except AlertError as error:
        _stop_at(list(error.faults))
    except UserAlertsError as error:
        fail(str(error), COULD_NOT_START if error.later else USAGE)


def _apply(alerts: "UserAlerts") -> None:
    applied = alerts.apply()
    typer.echo(f"The rules are in {applied.path}.")
    for problem in applied.problems:
        typer.echo(problem, err=True)
    if applied.problems:
        raise typer.Exit(FAILED)


def _seconds(option: str, text: str, faults: list[str]) -> int:
    from collectors.durations import parse_duration

    if text in ("0", "0s"):
        return 0
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        faults.append(f"{option}: {error}.")
        return 300
    if seconds != int(seconds):
        faults.append(f"{option}: expected whole seconds, got {text!r}.")
    return int(seconds)


def _stop_at(faults: list[str]) -> None:
    if faults:
        fail("\n".join(["could not define the alert:", *(f"  {fault}" for fault in faults)]), USAGE)
