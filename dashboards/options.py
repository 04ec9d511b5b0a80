"""The fields and options that each kind of panel asks Grafana for: how it looks."""

from collections.abc import Callable
from typing import Any

from dashboards import look
from dashboards.columns import transformations
from dashboards.overrides import least_width, overrides, prometheus
from dashboards.panel import Kind, Panel, Promql
from metrics import Unit

Json = dict[str, Any]

_REDUCE: Json = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_LEAST_TOPS = {
    look.UNIT_IDS[Unit.COUNT]: 1,
    look.UNIT_IDS[Unit.RATIO]: 0.01,
}  # of axes, or zeros lie below 100 or 10,000 %
_ROOMY: tuple[Kind, ...] = ("trend", "table", "bars", "share")  # where a sentence can say why nothing is there
_NO_DATA: Json = {"text": "no data", "color": look.NEUTRAL, "index": 0}
_MANY = 4  # series, beyond which a legend needs its own table


def fields(panel: Panel) -> Json:
    """`fieldConfig`: units, decimals, colours, and what differs for single columns and queries."""
    # Each column has a unit of its own: a name of a server is no number of seconds.
    apart = panel.kind == "table" and bool(prometheus(panel))
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
    return {"defaults": defaults, "overrides": overrides(panel)}


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
        return {"align": "auto", "displayMode": "auto", "filterable": False, "minWidth": least_width(panel)}
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
        # What is missing is neither good nor bad: without this, one large number would get the colour of zero.
        match = {"stat": "null+nan", "dial": "null+nan", "bars": "nan", "trend": "nan"}.get(panel.kind)
        return [{"type": "special", "options": {"match": match, "result": _NO_DATA}}] if match else []
    options = {
        value: {"text": words, "color": color, "index": index}
        for index, (value, (words, color)) in enumerate(panel.values.items())
    }
    return [{"type": "value", "options": options}]


def _has_one_series(panel: Panel) -> bool:
    """Whether there is one line or one value, so that it needs neither a name nor a colour of its own."""
    queries = prometheus(panel)
    return len(queries) == 1 and "{{" not in queries[0].legend


def _stat(panel: Panel) -> Json:
    alone = _has_one_series(panel)
    several = any("{{" in query.legend for query in prometheus(panel))
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
    many = any("{{" in query.legend for query in prometheus(panel)) and len(panel.targets) > _MANY
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
