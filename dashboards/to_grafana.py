"""Draws a board: from `Board` to the JSON that Grafana loads."""

from collections.abc import Callable, Iterator
from string import ascii_uppercase
from typing import Any
from urllib.parse import quote

from grafanalib import core

from dashboards import look
from dashboards.annotations import annotations
from dashboards.board import Board, area_slug
from dashboards.grafana import (
    POSTGRES,
    PROMETHEUS,
    BarGauge,
    Gauge,
    Heatmap,
    Json,
    PostgresTarget,
    PrometheusTarget,
    Table,
    normalise,
)
from dashboards.layout import Place, layout, panel_id
from dashboards.options import OPTIONS, fields
from dashboards.panel import Kind, Panel, Promql, Sql
from dashboards.scope import Scope
from metrics import Metric
from metrics.declaration import OWN_PREFIX

_CLASSES: dict[Kind, Callable[..., core.Panel]] = {
    "stat": core.Stat,
    "trend": core.TimeSeries,
    "bars": BarGauge,
    "share": core.PieChartv2,
    "dial": Gauge,
    "table": Table,
    "distribution": BarGauge,
    "heat": Heatmap,
    "funnel": BarGauge,
    "state": core.StateTimeline,
    "text": core.Text,
}
_POINTS_OF_A_STAT = 1500
_KEEP = "${__url_time_range}&${__all_variables}"


def dashboard(board: Board, scope: Scope) -> Json:
    """The board as JSON. The same board and scope give the same JSON."""
    variables = scope.variables(board)
    panels: list[core.Panel] = []
    for placed in layout(board):
        drawn = [
            _panel(scope.fit(panel, variables), panel_id(placed.section, panel.title), place, scope)
            for panel, place in placed.panels
        ]
        if not placed.section.title:
            panels += drawn
            continue
        heading = core.RowPanel(
            title=placed.section.title,
            id=panel_id(placed.section, ""),
            gridPos=placed.place._asdict(),
            collapsed=placed.section.folded,
            panels=drawn if placed.section.folded else [],
        )
        panels += [heading] if placed.section.folded else [heading, *drawn]
    return normalise(
        core.Dashboard(
            uid=board.uid,
            title=board.title,
            description=board.description,
            tags=["kpi", area_slug(board.area), *board.tags, "generated"],
            editable=False,
            timezone="browser",
            graphTooltip=core.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
            refresh=board.refresh,
            time=core.Time(f"now-{board.time}", "now"),
            templating=core.Templating(list(_variables(board, scope, variables))),
            annotations=core.Annotations(list(annotations(board, scope, variables))),
            links=list(_links(board)),
            panels=panels,
        )
    )


def _panel(panel: Panel, number: int, place: Place, scope: Scope) -> core.Panel:
    common: dict[str, Any] = {
        "id": number,
        "title": panel.title,
        "description": _description(panel, scope),
        "gridPos": place._asdict(),
        "interval": panel.interval or None,
        "timeFrom": panel.time or None,
        # The last point is up to a step old, and few points mean long steps.
        "maxDataPoints": _POINTS_OF_A_STAT if panel.kind == "stat" else None,
        "thresholds": [{"color": step.color, "value": step.value} for step in panel.steps or look.PLAIN],
        "links": [{"title": "Details", "url": f"/d/{panel.to}?{_KEEP}"}] if panel.to else [],
        "extraJson": {"fieldConfig": fields(panel), **OPTIONS[panel.kind](panel)},
    }
    if panel.targets:
        sources = [POSTGRES if isinstance(target, Sql) else PROMETHEUS for target in panel.targets]
        common["dataSource"] = sources[0]
        common["targets"] = [_target(target, ref) for target, ref in zip(panel.targets, ascii_uppercase, strict=False)]
    return _CLASSES[panel.kind](**common)


def _target(target: Promql | Sql, ref: str) -> core.Target:
    if isinstance(target, Sql):
        return PostgresTarget(expr=target.text, format=target.shape, refId=ref)
    return PrometheusTarget(
        expr=target.expr, legendFormat=target.legend, instant=target.instant, format=target.shape, refId=ref
    )


def _description(panel: Panel, scope: Scope) -> str:
    entries = ", ".join(_entry(metric, scope) for metric in panel.metrics)
    return f"{panel.description}\n\nHandbook: {entries}" if entries else panel.description


def _entry(metric: Metric, scope: Scope) -> str:
    """What the handbook says about a metric; metrics of other programs stand there by name only."""
    if metric.origin == "external" and not metric.name.startswith(OWN_PREFIX):
        return f"`{metric}`"
    return f"[{metric}]({scope.handbook_url}#{metric})"


def _variables(board: Board, scope: Scope, labels: tuple[str, ...]) -> Iterator[core.Template]:
    yield core.Template(name="datasource", label="Prometheus", type="datasource", query="prometheus", hide=core.SHOW)
    if any(isinstance(target, Sql) for _, panel in board.panels() for target in panel.targets):
        # A tenant that is chosen leaves its own database to choose, or tables would go on with another's rows.
        follows = scope.databases_by if scope.databases_by in labels else ""
        yield core.Template(
            name="postgres",
            label="PostgreSQL",
            type="datasource",
            query="postgres",
            hide=core.SHOW,
            regex=f"/^PostgreSQL (${{{follows}:regex}})$/" if follows else None,
        )
    for position, label in enumerate(labels):
        series = scope.narrow(_carrier(board, scope, label), labels[:position])
        yield core.Template(
            name=label,
            label=label.replace("_", " ").capitalize(),
            dataSource=PROMETHEUS,
            query=f"label_values({series}, {label})",
            includeAll=True,
            allValue=".*",
            multi=True,
            refresh=core.REFRESH_ON_TIME_RANGE_CHANGE,
        )


def _carrier(board: Board, scope: Scope, label: str) -> str:
    """The first series on the board that carries the label: its values are what one can choose."""
    return next(
        series.name
        for _, panel in board.panels()
        for metric in panel.metrics
        for series in metric.series
        if label in scope.labels.get(series.name, ())
    )


def _links(board: Board) -> Iterator[core.DashboardLink]:
    if board.up and board.up != board.uid:
        yield core.DashboardLink(
            type="link",
            title=board.up.replace("-", " ").capitalize(),
            icon="dashboard",
            uri=f"/d/{quote(board.up)}",
            keepTime=True,
            includeVars=True,
        )
    yield core.DashboardLink(
        type="dashboards", title="Boards", tags=["kpi"], asDropdown=True, keepTime=True, includeVars=True
    )
