"""When rows stop arriving in the contract tables, and when metrics vanish."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.absent import metrics_missing
from alert_rules.group import MOST_RULES
from alert_rules.teams import DEVOPS
from metrics import SECONDS, Metric, matches
from metrics.exporter import COLLECTOR_INTERVAL
from metrics.freshness import CADENCE, NEWEST_ROW

_KNOWN_FOR = "8d"
"""How long the newest row of a table stays known that has no rows any more; longer than any cadence."""


def _older_than(longest: timedelta) -> str:
    tables = [table for table, cadence in CADENCE.items() if cadence == longest]
    rows = NEWEST_ROW(table=matches("|".join(tables)) if len(tables) > 1 else tables[0])
    # By the hour, because all samples of a week would be too many to read.
    known = f"max by (table) ({rows} or last_over_time({rows}[{_KNOWN_FOR}:1h]))"
    return f"time() - {known} > {longest.total_seconds():.0f}"


def _in_words(span: timedelta) -> str:
    hours = span // timedelta(hours=1)
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


_READ = COLLECTOR_INTERVAL(collector="freshness")
_API = NEWEST_ROW(table="api_metrics")
_CADENCE = _in_words(CADENCE["api_metrics"])

ROWS_STOPPED = Alert(
    "RowsStopped",
    # Of sources that are still read: one that was taken out of the configuration is known for days, too.
    f"({' or '.join(map(_older_than, sorted(set(CADENCE.values()))))}) and on () {_READ}",
    for_="10m",
    severity="warning",
    team=DEVOPS,
    unit=SECONDS,
    summary="A table gets no new rows.",
    description="The newest row of {{ $labels.table }} is VALUE old.",
    board="self",
    runbook=Runbook(
        means="The newest row of a contract table is older than such rows ever are here: what writes them stopped, or "
        "nobody does any more what they are about, or the table was emptied. How old they may become: "
        + ", ".join(f"`{table}` {_in_words(cadence)}" for table, cadence in CADENCE.items())
        + ".",
        impact="The collectors run well, and the numbers made of this table are of yesterday. Rates and windows fall "
        "to zero as if the business did.",
        check=(
            "Is it one table or all? The board shows the age of each. If all, the pipeline or the replica behind the "
            "source stands still.",
            f"How old is each? `time() - {NEWEST_ROW}`, or `kpi once freshness` on the machine of the exporter, which "
            "asks the tables anew. A table that is not among them has no rows, or is a view that finds none: what "
            "emptied it, or changed below it?",
            "Does the job or service that writes the rows run, and with which errors?",
        ),
        mend=(
            "Start the job again. Counters count late rows only if they are later than the newest ones read.",
            "If such gaps are ordinary here, raise the table's cadence in `metrics/freshness.py`.",
        ),
    ),
    cases=(
        fires(
            f"the newest request is older than {_CADENCE}",
            {
                _READ: "60x30",
                _API: f"{-CADENCE['api_metrics'].total_seconds():.0f}x30",
                NEWEST_ROW(table="mobile_metrics"): "0x30",
            },
            at="20m",
            table="api_metrics",
            value="12h 20m 0s",
            description="The newest row of api_metrics is 12h 20m 0s old.",
        ),
        fires(
            f"the table was emptied {_CADENCE} ago",
            {_READ: "60x760", _API: "0x30 _x730"},
            at="750m",
            table="api_metrics",
            value="12h 30m 0s",
            description="The newest row of api_metrics is 12h 30m 0s old.",
        ),
        silent("it was emptied an hour ago", {_READ: "60x100", _API: "0x30 _x70"}, at="90m"),
        silent("the source is not read any more", {_API: "0x760"}, at="750m"),
        silent("rows come every minute", {_READ: "60x30", _API: "0+60x30"}, at="20m"),
        silent("no crash is no trouble", {_READ: "60x30", NEWEST_ROW(table="crash_reports"): "-10000000x30"}, at="20m"),
        silent(
            "rows come again before ten minutes are over",
            {_READ: "60x30", _API: f"{-CADENCE['api_metrics'].total_seconds():.0f}x5 300+60x20"},
            at="12m",
        ),
    ),
)

GROUP = Group("freshness", (ROWS_STOPPED,), interval="5m")


def groups(domains: Mapping[str, Sequence[Metric]]) -> list[Group]:
    """An alert for each domain on metrics that vanish."""
    found = [metrics_missing(domain, metrics) for domain, metrics in domains.items()]
    alerts = [alert for alert in found if alert is not None]
    chunks = [alerts[first : first + MOST_RULES] for first in range(0, len(alerts), MOST_RULES)]
    names = ("missing-metrics", *(f"missing-metrics-{number}" for number in range(2, len(chunks) + 1)))
    return [Group(name, chunk, interval="5m") for name, chunk in zip(names, chunks, strict=False)]
