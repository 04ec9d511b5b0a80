"""Where panels lie on Grafana's grid of 24 columns: from the order of rows and the shares of their width."""

from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

from dashboards.board import TWELFTHS, Board, Row, Section
from dashboards.panel import Kind, Panel

_COLUMNS = 24
_HEIGHTS: dict[Kind, int] = {"stat": 4, "dial": 6, "text": 4, "table": 9, "state": 7}
_HEIGHT = 8


class Place(NamedTuple):
    """A rectangle on the grid; y grows downward."""

    x: int
    y: int
    w: int
    h: int


class Placed(NamedTuple):
    """A heading with its place, and its panels with theirs; the first section of a board has no heading."""

    section: Section
    place: Place
    panels: tuple[tuple[Panel, Place], ...]


def layout(board: Board) -> Iterator[Placed]:
    """The sections of a board from top to bottom."""
    y = 0
    for section in board.sections:
        heading = Place(0, y, _COLUMNS, 1)
        y += 1 if section.title else 0
        bottom, panels = y, []
        for row in section.rows:
            height = max(panel.height or _HEIGHTS.get(panel.kind, _HEIGHT) for panel in row.panels)
            x = 0
            for panel, width in zip(row.panels, _widths(row), strict=True):
                panels.append((panel, Place(x, bottom, width, height)))
                x += width
            bottom += height
        yield Placed(section, heading, tuple(panels))
        # Panels under a folded heading take no room until it is opened.
        y = y if section.folded else bottom


def panel_id(section: Section, title: str) -> int:
    """A number that stays when panels come and go around: links to a panel name it."""
    return crc32(f"{section.title}\n{title}".encode()) or 1


def _widths(row: Row) -> list[int]:
    """The columns of each panel: the free ones share what is left, the first of them take the remainder."""
    unit = _COLUMNS // TWELFTHS
    left = _COLUMNS - sum(unit * (panel.width or 0) for panel in row.panels)
    free = sum(panel.width is None for panel in row.panels)
    shares = iter(left // free + (number < left % free) for number in range(free)) if free else iter(())
    return [unit * panel.width if panel.width else next(shares) for panel in row.panels]
