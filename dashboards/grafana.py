"""What grafanalib 0.7.1 lacks: panel types in their present shape, and one pass that makes its JSON what Grafana reads.

Everything that is known about these gaps is in this file.
"""

from collections.abc import Mapping
from typing import Any, Final

from grafanalib import core

SCHEMA_VERSION: Final = 37
"""What Grafana 9 writes; newer versions migrate it when they load it, `displayMode` of table cells included."""

PROMETHEUS: Final = {"type": "prometheus", "uid": "${datasource}"}
POSTGRES: Final = {"type": "postgres", "uid": "${postgres}"}
"""`postgres` is the id in Grafana 9, and an alias of the present one since."""

Json = dict[str, Any]

_ATOMS = frozenset((str, int, float, bool, type(None)))
_STEP_KEYS = {"color", "value"}

_PANEL_KEYS = frozenset(
    (
        "type",
        "title",
        "description",
        "gridPos",
        "id",
        "datasource",
        "targets",
        "fieldConfig",
        "options",
        "transformations",
        "links",
        "interval",
        "timeFrom",
        "maxDataPoints",
        "collapsed",
        "panels",
    )
)
_TARGET_KEYS = frozenset(
    (
        "refId",
        "expr",
        "legendFormat",
        "instant",
        "range",
        "format",
        "datasource",
        "editorMode",
        "rawSql",
        "rawQuery",
    )
)
_DASHBOARD_KEYS = frozenset(
    (
        "annotations",
        "description",
        "editable",
        "graphTooltip",
        "links",
        "panels",
        "refresh",
        "schemaVersion",
        "tags",
        "templating",
        "time",
        "timezone",
        "title",
        "uid",
    )
)
_VARIABLE_KEYS = frozenset(
    (
        "allValue",
        "current",
        "datasource",
        "hide",
        "includeAll",
        "label",
        "multi",
        "name",
        "options",
        "query",
        "refresh",
        "regex",
        "sort",
        "type",
    )
)


class Gauge(core.Panel):
    """A dial. grafanalib's `GaugePanel` has no options and crashes the browser."""

    def to_json_data(self) -> Json:
        return _panel_json(self, "gauge")


class BarGauge(core.Panel):
    """Horizontal or vertical bars. grafanalib writes the shape of Grafana 6."""

    def to_json_data(self) -> Json:
        return _panel_json(self, "bargauge")


class Heatmap(core.Panel):
    """grafanalib writes the shape before Grafana 9.1."""

    def to_json_data(self) -> Json:
        return _panel_json(self, "heatmap")


class Table(core.Panel):
    """grafanalib puts colours and mappings where Grafana does not look."""

    def to_json_data(self) -> Json:
        return _panel_json(self, "table")


class PrometheusTarget(core.Target):
    """grafanalib's has no `range` and no editor mode, and fields of other data sources."""

    def to_json_data(self) -> Json:
        base: Json = super().to_json_data()
        return {**base, "datasource": PROMETHEUS, "range": not self.instant, "editorMode": "code"}


class PostgresTarget(core.Target):
    """A statement in `expr`. grafanalib's `SqlTarget` fills in parameters by `str.format`, which breaks on braces."""

    def to_json_data(self) -> Json:
        return {
            "refId": self.refId,
            "datasource": POSTGRES,
            "format": self.format,
            "rawSql": self.expr,
            "rawQuery": True,
            "editorMode": "code",
        }


def _panel_json(panel: core.Panel, kind: str) -> Json:
    made: Json = panel.panel_json({"type": kind})
    return made


def normalise(dashboard: core.Dashboard) -> Json:
    """The dashboard as Grafana reads it: plain data without nulls and without keys that it does not know."""
    made = _only(_DASHBOARD_KEYS, _plain(dashboard))
    made["schemaVersion"] = SCHEMA_VERSION
    made["templating"]["list"] = [_variable(variable) for variable in made["templating"]["list"]]
    made["panels"] = [_panel(panel) for panel in made["panels"]]
    return made


def _panel(panel: Json) -> Json:
    made = _only(_PANEL_KEYS, panel)
    if panel["type"] == "row":
        made["panels"] = [_panel(inner) for inner in panel["panels"]]
        for key in ("fieldConfig", "targets", "transformations", "links", "maxDataPoints"):
            made.pop(key, None)
        return made
    made["targets"] = [_only(_TARGET_KEYS, target) for target in panel["targets"]]
    fields = made["fieldConfig"]
    fields.setdefault("overrides", [])
    for key in ("targets", "transformations", "links"):
        if not made.get(key):
            made.pop(key, None)
    return made


def _variable(variable: Json) -> Json:
    made = _only(_VARIABLE_KEYS, variable)
    if variable["includeAll"]:  # grafanalib's `current` takes one value only
        made["current"] = {"selected": True, "text": ["All"], "value": ["$__all"]}
    else:
        made["current"] = {}
    return made


def _only(keys: frozenset[str], found: Mapping[str, Any]) -> Json:
    return {key: value for key, value in found.items() if key in keys}


def _plain(value: Any) -> Any:
    """Plain data; nulls are dropped, except where a threshold begins at the beginning."""
    kind = type(value)  # asked for first, because it is ten times as quick as isinstance with Mapping
    if kind is dict:
        is_step = value.keys() == _STEP_KEYS
        return {
            key: inner if type(inner) in _ATOMS else _plain(inner)
            for key, inner in value.items()
            if inner is not None or is_step
        }
    if isinstance(value, list | tuple):
        return [inner if type(inner) in _ATOMS else _plain(inner) for inner in value]
    if kind in _ATOMS or isinstance(value, str | int | float):
        return value
    return _plain(dict(value) if isinstance(value, Mapping) else value.to_json_data())
