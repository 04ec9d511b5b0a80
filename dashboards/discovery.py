"""Finds boards: by the entry points `kpi_exporter.dashboards`, as the built-in ones, and in the plugin folder.

There, `dashboards/NAME.py` holds boards. A module gives every `Board` that it defines; where boards follow from the
metrics, it defines `boards(domains)`, which gets all metrics by domain and returns boards.
"""

from pathlib import Path

from dashboards.board import Board
from metrics import plugins
from metrics.plugins import Discovery, Domains

GROUP = "kpi_exporter.dashboards"


def discover(domains: Domains, folder: Path | None = None) -> Discovery[Board]:
    """Load every board, in the order of their titles; `folder` is that of plugins."""
    discovery = plugins.discover(GROUP, folder / "dashboards" if folder else None, Board, "boards", domains)
    discovery.found.sort(key=lambda board: board.title)
    return discovery
