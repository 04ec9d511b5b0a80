"""What the alerts would have said in the demo company's 120 days: its three incidents, and nothing else.

The history is written as blocks, the recording rules are computed over it, and each alert's condition is asked of a
real Prometheus every minute. An alert fires once its condition has been true for as long as the rule says, and ends
once it has not been true for as long as it keeps firing. Alerts about the exporter itself rest on what it tells while
it runs, which has no history.
"""

import math
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import requests
from pydantic import SecretStr

from alert_rules import Alert
from benchmarks.harness import Row, free_port
from benchmarks.peers import find
from collectors.durations import parse_duration
from dashboards.words import TOKEN
from exporter import artefacts, backfill
from exporter.artefacts import Artefacts
from exporter.assembly import assemble
from exporter.config import Config, Source
from exporter.prometheus import Prometheus
from exporter.recorded_history import Span, write_recorded
from provisioning.rules.per_source import per_source
from warehouse.demo import INCIDENTS, Incident, load
from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import migrate

MUST_FIRE = {
    "crash spike": {"HighCrashRate"},
    "failed payments": {"PaymentProcessingIssues"},
    "slow API evening": {"ResponseTimeCritical", "ApiAvailabilityFastBurn"},
}
"""What has to wake somebody in each incident."""
MAY_FIRE = {
    "crash spike": {"BuildFailure", "CrashFreeDevices", "IncidentOpenTooLong"},
    "failed payments": {"BuildFailure", "CpuUse", "IncidentOpenTooLong", "PaymentSuccess", "PaymentsFarBelowUsual"},
    "slow API evening": {
        "ApiAvailability", "ApiLatency", "BuildFailure", "CdnFailing", "CpuUse", "ErrorRate", "HighApi",
        "HighErrorRate", "IncidentOpenTooLong", "ResponseTime",
    },
}  # fmt: skip
"""How the names of alerts begin that tell of the same incident."""

_DAYS = 120
_STEP = 60.0
_CHUNK_DAYS = 30
_EVER = 100 * 365 * 86_400.0
_GAUGES = (((_EVER, 1800.0),),)  # as often on any machine: what is told rarely may look overdue
_COUNTERS = ((_EVER, 120.0),)
_INSTANCE = "127.0.0.1:9840"
_MOST_POINTS = 10_000
_LATE = timedelta(hours=1)


@dataclass(frozen=True, order=True)
class Episode:
    """From when to when an alert fired, with the labels of its series."""

    start: datetime
    end: datetime
    alert: str
    labels: str


def replay(folder: Path) -> Iterator[Row]:
    """Precision and recall over the whole history, and each episode on the standard error."""
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    spans = [(until - timedelta(days=days), until - timedelta(days=days - _CHUNK_DAYS)) for days in (120, 90, 60, 30)]
    what = f"alerts in {_DAYS} days of the demo company"
    found = episodes(folder, until, spans)
    if found is None:
        yield Row(what, "", "Prometheus: missing", None, 1, more=True)
        return
    for episode in found:
        print(
            f"  {episode.start:%m-%d %H:%M} – {episode.end:%m-%d %H:%M}  {episode.alert} {episode.labels}",
            file=sys.stderr,
        )
    right = [episode for episode in found if incident_of(episode, until)]
    wanted = [(incident, alert) for incident in INCIDENTS for alert in MUST_FIRE[incident.name]]
    told = {(incident, episode.alert) for episode in right if (incident := incident_of(episode, until))}
    hits = sum(pair in told for pair in wanted)
    yield Row(
        f"{what}, precision", f"{len(right)} true", f"{len(found)} fired", len(right) / max(1, len(found)), 1, True
    )
    yield Row(f"{what}, recall", f"{hits} fired", f"{len(wanted)} wanted", hits / len(wanted), 1, more=True)


def incident_of(episode: Episode, until: datetime) -> Incident | None:
    """The incident that the episode tells of: it began while that lasted, within an hour after it, or while the window
    that the alert names reached into it.
    """
    window = re.search(r"window=(\w+)", episode.labels)
    late = max(_LATE, timedelta(seconds=parse_duration(window[1]))) if window else _LATE
    for incident in INCIDENTS:
        start, end = incident.span(until.date())
        about_it = episode.alert in MUST_FIRE[incident.name] or episode.alert.startswith(tuple(MAY_FIRE[incident.name]))
        if about_it and start <= episode.start <= end + late:
            return incident
    return None


def episodes(folder: Path, until: datetime, spans: Sequence[tuple[datetime, datetime]]) -> list[Episode] | None:
    """When which alert fired in these times of the demo company, which ends at `until`. None without Prometheus."""
    program, promtool = find("prometheus"), find("promtool")
    if program is None or promtool is None:
        return None
    with EmbeddedPostgres(folder / "postgres", {"fsync": "off", "synchronous_commit": "off"}) as server:
        dsn = server.dsn()
        migrate(dsn)
        load(dsn, until=until)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        config = Config(
            sources={"app": Source(dsn=SecretStr(dsn), max_rows=10_000_000)},
            data_dir=folder / "state",
            log_level="error",
        )
        found = artefacts.load(config)
        _write_history(config, found, folder, Path(promtool), spans)
    running = Prometheus(Path(program), folder, _INSTANCE, free_port(), interval="1h", lookback=backfill.LOOKBACK)
    recorded = [Span(start, end, _STEP) for start, end in spans]
    write_recorded(found.rules, found.scope, running, Path(promtool), running.data_dir(folder), recorded)
    ours = {series.name for metric in found.metrics if metric.has_source for series in metric.series}
    with running:
        return sorted(
            episode
            for group in found.rules
            for alert in group.alerts
            if ours.intersection(TOKEN.findall(alert.expr))
            for episode in _fired(alert, found, running.url, spans)
        )


def _write_history(
    config: Config,
    found: Artefacts,
    folder: Path,
    promtool: Path,
    spans: Sequence[tuple[datetime, datetime]],
) -> None:
    asked = {word for group in found.rules for rule in group.rules for word in TOKEN.findall(rule.expr)}
    wanted = {metric.name for metric in found.metrics if asked.intersection(series.name for series in metric.series)}
    assembly = assemble(config)
    try:
        for number, (start, end) in enumerate(spans):
            text = folder / f"history{number}.txt"
            days = (end - start) / timedelta(days=1)
            history = backfill.write(
                assembly,
                text,
                until=end,
                instance=_INSTANCE,
                days=days,
                gauges=_GAUGES,
                counters=_COUNTERS,
                counted_since=min(spans)[0],
                wanted=wanted,
            )
            if failed := [said for said in history.left_out if "the present only" not in said]:
                raise RuntimeError("; ".join(failed))
            backfill.load_blocks(promtool, text, Prometheus.data_dir(folder))
            text.unlink()
    finally:
        assembly.close()


def _fired(alert: Alert, found: Artefacts, url: str, spans: Sequence[tuple[datetime, datetime]]) -> Iterator[Episode]:
    expr = per_source(alert.expr, found.scope)
    held, kept = _seconds(alert.for_), _seconds(alert.keep_firing_for)
    times: dict[str, list[float]] = {}
    for start, end in spans:
        first = start.timestamp()
        while first < end.timestamp():
            last = min(end.timestamp(), first + _STEP * _MOST_POINTS)
            for series in _ask(url, expr, first, last):
                pairs = sorted((name, value) for name, value in series["metric"].items() if name[0] != "_")
                labels = ", ".join(f"{name}={value}" for name, value in pairs)
                times.setdefault(labels, []).extend(float(moment) for moment, _ in series["values"])
            first = last + _STEP
    for labels, moments in times.items():
        for begin, stop in _firing(_runs(sorted({*moments})), held, kept):
            since, till = (datetime.fromtimestamp(seconds, UTC) for seconds in (begin, stop))
            yield Episode(since, till, alert.name, labels)


def _seconds(duration: str) -> float:
    return 0.0 if duration == "0s" else parse_duration(duration)


def _runs(moments: Sequence[float]) -> Iterator[tuple[float, float]]:
    """The times in which there was a value at every step."""
    begin = previous = moments[0]
    for moment in moments[1:]:
        if moment - previous > _STEP * 1.5:
            yield begin, previous
            begin = moment
        previous = moment
    yield begin, previous


def _firing(runs: Iterable[tuple[float, float]], held: float, kept: float) -> Iterator[tuple[float, float]]:
    """The times in which an alert fires whose condition is true in `runs`, in seconds."""
    begin = end = -math.inf
    for start, stop in runs:
        if start <= end + kept:
            end = stop
        elif stop - start >= held:
            if end >= begin > -math.inf:
                yield begin, end + kept
            begin, end = start + held, stop
    if end >= begin > -math.inf:
        yield begin, end + kept


def _ask(url: str, expr: str, start: float, end: float) -> list[dict[str, Any]]:
    parameters: dict[str, str | float] = {"query": expr, "start": start, "end": end, "step": _STEP}
    answer = requests.post(f"{url}/api/v1/query_range", data=parameters, timeout=300).json()
    if answer["status"] != "success":
        raise RuntimeError(f"could not ask {expr}: {answer['error']}")
    result: list[dict[str, Any]] = answer["data"]["result"]
    return result
