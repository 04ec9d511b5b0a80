"""How findings name the place that they are about."""

from dashboards.board import Board, Section
from dashboards.panel import Panel


def panel_place(board: Board, section: Section, panel: Panel) -> str:
    """`Commerce / Conversion funnel › Payments › Revenue`, without the section where it has no title."""
    return " › ".join(part for part in (board.title, section.title, panel.title) if part)
