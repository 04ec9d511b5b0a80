"""Which alerts say nothing new while the exporter, or a database that it reads, is away: those over its numbers."""

import re
from collections.abc import Callable, Iterable, Sequence

from alert_rules.alert import Alert
from alert_rules.group import Group
from metrics import Metric

EXPORTER_DOWN = "ExporterDown"
EXPORTER_MISSING = "ExporterMissing"
SOURCE_DOWN = "SourceDown"
SERVICE_DOWN = "ServiceDown"
_OWN = "kpi_exporter_"
_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def about_exported(groups: Sequence[Group], metrics: Iterable[Metric]) -> tuple[Alert, ...]:
    """The alerts over collected metrics, over the exporter's own, and over what is recorded from these, by name.

    Those over other exporters stand for themselves, whether or not this one is down.
    """
    return _about(groups, metrics, lambda metric: _is_read(metric) or metric.name.startswith(_OWN))


def about_collected(groups: Sequence[Group], metrics: Iterable[Metric]) -> tuple[Alert, ...]:
    """The alerts over collected metrics and over what is recorded from these, by name."""
    return _about(groups, metrics, _is_read)


def _is_read(metric: Metric) -> bool:
    """Whether a collector reads it; what people give is read from a source like all else."""
    return metric.origin in ("collected", "input")


def _about(groups: Sequence[Group], metrics: Iterable[Metric], rests_on: Callable[[Metric], bool]) -> tuple[Alert, ...]:
    names = {series.name for metric in metrics if rests_on(metric) for series in metric.series}
    recorded = {recording.of.name: recording.expr for group in groups for recording in group.recordings}
    while found := {name for name, expr in recorded.items() if name not in names and _mentions(expr, names)}:
        names |= found
    alerts = (
        alert for group in groups for alert in group.alerts if alert.name not in (EXPORTER_DOWN, EXPORTER_MISSING)
    )
    return tuple(sorted((alert for alert in alerts if _mentions(alert.expr, names)), key=lambda alert: alert.name))


def _mentions(expr: str, names: set[str]) -> bool:
    return not names.isdisjoint(_WORD.findall(expr))
