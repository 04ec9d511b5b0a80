"""Which alerts say nothing new while the exporter is down: those whose numbers come from it."""

import re
from collections.abc import Iterable, Sequence

from alert_rules.alert import Alert
from alert_rules.group import Group
from metrics import Metric

EXPORTER_DOWN = "ExporterDown"
_OWN = "kpi_exporter_"
_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def about_exported(groups: Sequence[Group], metrics: Iterable[Metric]) -> tuple[Alert, ...]:
    """The alerts over collected metrics, over the exporter's own, and over what is recorded from these, by name.

    Those over other exporters stand for themselves, whether or not this one is down.
    """
    exported = {
        series.name
        for metric in metrics
        for series in metric.series
        if metric.origin == "collected" or metric.name.startswith(_OWN)
    }
    recorded = {recording.of.name: recording.expr for group in groups for recording in group.recordings}
    while found := {name for name, expr in recorded.items() if name not in exported and _mentions(expr, exported)}:
        exported |= found
    alerts = (alert for group in groups for alert in group.alerts)
    about = (alert for alert in alerts if alert.name != EXPORTER_DOWN and _mentions(alert.expr, exported))
    return tuple(sorted(about, key=lambda alert: alert.name))


def _mentions(expr: str, names: set[str]) -> bool:
    return not names.isdisjoint(_WORD.findall(expr))
