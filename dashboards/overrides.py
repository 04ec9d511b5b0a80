"""What differs within a panel from the fields of the whole: queries, names, currencies and columns of a table."""

from string import ascii_uppercase
from typing import Any

from dashboards import look
from dashboards.columns import columns
from dashboards.panel import Panel, Promql, Step
from metrics import Unit

Json = dict[str, Any]


def overrides(panel: Panel) -> list[Json]:
    """What differs: queries with a unit of their own, names that say good or bad, currencies and columns."""
    found: list[Json] = []
    for ref, query in zip(ascii_uppercase, panel.targets, strict=False):
        if not isinstance(query, Promql):
            continue
        properties: list[Json] = []
        if query.unit is not None:
            properties.append(_property("unit", look.unit_id(query.unit)))
            properties.append(_property("decimals", look.decimals(query.unit)))
            properties.append(_property("thresholds", steps(look.PLAIN)))
        if query.before and panel.kind == "trend":
            properties.append(_property("custom.lineStyle", {"fill": "dash", "dash": [6, 6]}))
            properties.append(_property("custom.lineWidth", 1))
            properties.append(_property("custom.fillOpacity", 0))
            properties.append(_property("color", {"mode": "fixed", "fixedColor": "semi-dark-blue"}))
        if properties and panel.kind != "table":
            found.append({"matcher": {"id": "byFrameRefID", "options": ref}, "properties": _given(properties)})
    found += _meanings(panel)
    if panel.currencies and panel.kind != "table":
        found += [
            {
                "matcher": {"id": "byRegexp", "options": rf"/^(?!vs\.).*\b{code}\b/"},
                "properties": [_property("unit", unit)],
            }
            for code, unit in look.CURRENCY_IDS.items()
        ]
    return found + _columns(panel)


def _meanings(panel: Panel) -> list[Json]:
    """Colours of series whose names say good or bad."""
    if panel.kind not in ("trend", "share"):
        return []
    names = {query.legend for query in prometheus(panel)}
    return [
        {
            "matcher": {"id": "byName", "options": value},
            "properties": [_property("color", {"mode": "fixed", "fixedColor": color})],
        }
        for label, colors in look.MEANINGS.items()
        if "{{" + label + "}}" in names
        for value, color in colors.items()
    ]


def _columns(panel: Panel) -> list[Json]:
    found: list[Json] = []
    if panel.kind == "table":
        blank = "" if panel.matrix else "–"
        found.append({"matcher": {"id": "byRegexp", "options": "/.*/"}, "properties": [_property("noValue", blank)]})
    for column in columns(panel) if panel.kind == "table" else ():
        properties = [
            _property("displayName", column.title or None),
            _property("unit", look.unit_id(column.unit) if column.unit else None),
            _property("decimals", column.decimals),
            _property("custom.width", column.width),
            _property("custom.minWidth", _head(column.title or column.match) if prometheus(panel) else None),
            _property("custom.hidden", True if column.hidden else None),
        ]
        if column.steps:
            properties.append(_property("thresholds", steps(column.steps)))
            properties.append(_property("custom.displayMode", "color-text"))
        if column.bar:
            properties.append(_property("custom.displayMode", "basic"))
            properties.append(_property("color", {"mode": "fixed", "fixedColor": look.BLUE}))
            properties.append(_property("min", 0))
            properties.append(_property("max", 1 if column.unit is Unit.RATIO else None))
        if column.cells:
            properties += _cells()
        found.append({"matcher": {"id": "byName", "options": column.match}, "properties": _given(properties)})
    if panel.matrix:
        head = rf"{panel.matrix[0]}\{panel.matrix[1]}"  # what Grafana calls the column of the rows' names
        properties = [_property("displayName", panel.matrix[0]), _property("custom.width", 90)]
        found.append({"matcher": {"id": "byName", "options": head}, "properties": properties})
        found.append({"matcher": {"id": "byType", "options": "number"}, "properties": _cells()})
    return found


def least_width(panel: Panel) -> int:
    """Pixels that each column of a table has at least."""
    if panel.matrix:
        return 40
    return max([80, *(_head(label) for metric in panel.metrics for label in metric.labels if prometheus(panel))])


def _head(words: str) -> int:
    """Pixels that show the name of a column whole."""
    return 24 + 8 * len(words)


def _cells() -> list[Json]:
    return [
        _property("custom.displayMode", "color-background-solid"),
        _property("color", {"mode": "continuous-blues"}),
    ]


def steps(given: tuple[Step, ...]) -> Json:
    """Thresholds as Grafana writes them."""
    return {"mode": "absolute", "steps": [{"color": step.color, "value": step.value} for step in given]}


def _property(name: str, value: object) -> Json:
    return {"id": name, "value": value}


def _given(properties: list[Json]) -> list[Json]:
    return [each for each in properties if each["value"] is not None]


def prometheus(panel: Panel) -> list[Promql]:
    """The queries that go to Prometheus."""
    return [target for target in panel.targets if isinstance(target, Promql)]
