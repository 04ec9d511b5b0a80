"""What people look at: boards, and the kit that derives their panels from the declarations of metrics."""

from dashboards.board import Board, BoardError, Row, Section, row, section
from dashboards.panel import Column, Panel, Promql, Sql, promql, sql
from dashboards.panels import (
    area,
    bars,
    dial,
    distribution,
    funnel,
    heat,
    share,
    stat,
    state,
    table,
    text,
    trend,
)

__all__ = [
    "Board",
    "BoardError",
    "Column",
    "Panel",
    "Promql",
    "Row",
    "Section",
    "Sql",
    "area",
    "bars",
    "dial",
    "distribution",
    "funnel",
    "heat",
    "promql",
    "row",
    "section",
    "share",
    "sql",
    "stat",
    "state",
    "table",
    "text",
    "trend",
]
