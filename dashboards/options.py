"""The fields and options that each kind of panel asks Grafana for: how it looks."""

from collections.abc import Callable
from string import ascii_uppercase
from typing import Any

from dashboards import look
from dashboards.columns import columns, transformations
from dashboards.panel import Kind, Panel, Promql, Step
from metrics import Unit

Json = dict[str, Any]

_REDUCE: Json = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_LEAST_TOPS = {
    look.UNIT_IDS[Unit.COUNT]: 1,
    look.UNIT_IDS[Unit.RATIO]: 0.01,
}  # of axes, or zeros lie below 100 or 10,000 %
_ROOMY: tuple[Kind, ...] = ("trend", "table", "bars", "share")  # where a sentence can say why nothing is there
_NOT_A_NUMBER: Json = {
    "type": "special",
    "options": {"match": "nan", "result": {"text": "no data", "color": look.NEUTRAL, "index": 0}},
}
_MANY = 4  # series, beyond which a legend needs its own table


def fields(panel: Panel) -> Json:
    """`fieldConfig`: units, decimals, colours, and what differs for single columns and queries."""
    # Each column has a unit of its own: a name of a server is no number of seconds.
    apart = panel.kind == "table" and bool(_prometheus(panel))
    defaults: Json = {
        "unit": None if apart else panel.unit or None,
        "decimals": None if apart else panel.decimals,
        "min": panel.minimum,
        "max": panel.maximum,
        "noValue": panel.may_be_empty if panel.may_be_empty and panel.kind in _ROOMY else "no data",
        "color": _color(panel),
        "custom": _custom(panel) or None,
        "mappings": _mappings(panel) or None,
    }
    return {"defaults": defaults, "overrides": _overrides(panel)}


def _color(panel: Panel) -> Json:
    if panel.kind == "heat":
        return {"mode": "fixed", "fixedColor": look.BLUE}
    if panel.kind == "share":
        return {"mode": "palette-classic"}
    if panel.kind == "trend":
        return {"mode": "fixed", "fixedColor": look.BLUE} if _has_one_series(panel) else {"mode": "palette-classic"}
    if panel.steps or panel.kind in ("state", "table"):
        return {"mode": "thresholds"}
    return {"mode": "fixed", "fixedColor": look.NEUTRAL if panel.kind == "stat" else look.BLUE}


def _custom(panel: Panel) -> Json:
    if panel.kind == "table":
        return {"align": "auto", "displayMode": "auto", "filterable": False, "minWidth": _least_width(panel)}
    if panel.kind == "state":
        return {"lineWidth": 0, "fillOpacity": 70}
    if panel.kind != "trend":
        return {}
    area = panel.drawn == "area"
    custom: Json = {
        "drawStyle": "bars" if panel.drawn == "bars" else "line",
        "lineWidth": 1 if panel.stacked else 2,
        # Fills of many lines mix to a colour that means nothing.
        "fillOpacity": 60 if panel.stacked else 20 if area else 8 if _has_one_series(panel) else 0,
        "gradientMode": "none" if panel.stacked else "opacity",
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if panel.steps else "off"},
        # Each currency has an axis of its own.
        "axisColorMode": "series" if panel.currencies else "text",
    }
    if panel.minimum is None and panel.unit != look.UNIT_IDS[Unit.TIMESTAMP]:
        custom["axisSoftMin"] = 0
        if panel.maximum is None and panel.unit in _LEAST_TOPS:
            custom["axisSoftMax"] = _LEAST_TOPS[panel.unit]
    return custom


def _mappings(panel: Panel) -> list[Json]:
    if not panel.values:
        return [_NOT_A_NUMBER] if panel.kind in ("stat", "dial", "bars", "trend") else []
    options = {
        value: {"text": words, "color": color, "index": index}
        for index, (value, (words, color)) in enumerate(panel.values.items())
    }
    return [{"type": "value", "options": options}]


def _overrides(panel: Panel) -> list[Json]:
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
    names = {query.legend for query in _prometheus(panel)}
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
            _property("custom.minWidth", _head(column.title or column.match) if _prometheus(panel) else None),
            _property("custom.hidden", True if column.hidden else None),
        ]
        if column.steps:
            properties.append(_property("thresholds", steps(column.steps)))
            properties.append(_property("custom.displayMode", "color-text"))
        if column.bar:
            properties.append(_property("custom.displayMode", "basic"))
            properties.append(_property("color", {"mode": "fixed", "fixedColor": look.BLUE}))
            properties.append(_property("min", 0))
        if column.cells:
            properties += _cells()
        found.append({"matcher": {"id": "byName", "options": column.match}, "properties": _given(properties)})
    if panel.matrix:
        head = rf"{panel.matrix[0]}\{panel.matrix[1]}"  # what Grafana calls the column of the rows' names
        properties = [_property("displayName", panel.matrix[0]), _property("custom.width", 90)]
        found.append({"matcher": {"id": "byName", "options": head}, "properties": properties})
        found.append({"matcher": {"id": "byType", "options": "number"}, "properties": _cells()})
    return found


def _least_width(panel: Panel) -> int:
    """Pixels that each column of a table has at least."""
    if panel.matrix:
        return 40
    return max([80, *(_head(label) for metric in panel.metrics for label in metric.labels if _prometheus(panel))])


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


def _prometheus(panel: Panel) -> list[Promql]:
    return [target for target in panel.targets if isinstance(target, Promql)]


def _has_one_series(panel: Panel) -> bool:
    """Whether there is one line or one value, so that it needs neither a name nor a colour of its own."""
    queries = _prometheus(panel)
    return len(queries) == 1 and "{{" not in queries[0].legend


def _stat(panel: Panel) -> Json:
    alone = _has_one_series(panel)
    several = any("{{" in query.legend for query in _prometheus(panel))
    course = alone and not any(isinstance(target, Promql) and target.instant for target in panel.targets[:1])
    return {
        "options": {
            "textMode": "value" if alone else "value_and_name",
            # Nobody knows how many series there will be, so Grafana finds the size at which they fit side by side.
            "text": {"titleSize": 12} if several else {"titleSize": 14, "valueSize": 26},
            "colorMode": "value",
            "graphMode": "area" if course else "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "reduceOptions": _REDUCE,
        }
    }


def _trend(panel: Panel) -> Json:
    many = any("{{" in query.legend for query in _prometheus(panel)) and len(panel.targets) > _MANY
    legend = {
        "showLegend": True,
        "displayMode": "table" if many else "list",
        "placement": "right" if many else "bottom",
        "calcs": ["lastNotNull", "max"] if many else ["lastNotNull"],
    }
    return {"options": {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}}


def _bar_gauge(orientation: str) -> Callable[[Panel], Json]:
    def options(_: Panel) -> Json:
        return {
            "options": {
                "orientation": orientation,
                "displayMode": "basic",
                "valueMode": "text",
                "text": {"titleSize": 13, "valueSize": 15},
                "showUnfilled": orientation == "horizontal",
                "minVizWidth": 0,
                "minVizHeight": 10,
                "reduceOptions": _REDUCE,
            }
        }

    return options


def _share(_: Panel) -> Json:
    return {
        "options": {
            "pieType": "donut",
            "displayLabels": ["percent"],
            "legend": {"showLegend": True, "displayMode": "table", "placement": "right", "values": ["value"]},
            "tooltip": {"mode": "single", "sort": "none"},
            "reduceOptions": _REDUCE,
        }
    }


def _dial(_: Panel) -> Json:
    return {
        "options": {
            "orientation": "auto",
            "showThresholdLabels": False,
            "showThresholdMarkers": True,
            "reduceOptions": _REDUCE,
        }
    }


def _heat(panel: Panel) -> Json:
    return {
        "options": {
            "calculate": False,
            "color": {"mode": "scheme", "scheme": "Blues", "exponent": 0.5, "steps": 64, "reverse": False},
            "filterValues": {"le": 1e-9},
            "cellGap": 1,
            "legend": {"show": True},
            "rowsFrame": {"layout": "auto"},
            "showValue": "never",
            "tooltip": {"mode": "single", "yHistogram": False},
            "yAxis": {"axisPlacement": "left", "unit": panel.unit, "reverse": False},
            "exemplars": {"color": "rgba(255,0,255,0.7)"},
        }
    }


def _state(_: Panel) -> Json:
    return {
        "options": {
            "mergeValues": True,
            "showValue": "never",
            "alignValue": "left",
            "rowHeight": 0.85,
            "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "single", "sort": "none"},
        }
    }


def _text(panel: Panel) -> Json:
    return {"options": {"mode": "markdown", "content": panel.content}}


def _table(panel: Panel) -> Json:
    return {"options": {"showHeader": True, "cellHeight": "sm"}, "transformations": transformations(panel)}


OPTIONS: dict[Kind, Callable[[Panel], Json]] = {
    "stat": _stat,
    "trend": _trend,
    "bars": _bar_gauge("horizontal"),
    "share": _share,
    "dial": _dial,
    "table": _table,
    "distribution": _bar_gauge("vertical"),
    "heat": _heat,
    "funnel": _bar_gauge("horizontal"),
    "state": _state,
    "text": _text,
}
