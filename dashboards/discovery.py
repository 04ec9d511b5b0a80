"""Finds boards: by the entry points `kpi_exporter.dashboards`, as the built-in ones, and in the plugin folder.

There, `dashboards/NAME.py` holds boards. A module gives every `Board` that it defines; where boards follow from the
metrics, it defines `boards(domains)`, which gets all metrics by domain and returns boards.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

from dashboards.board import Board
from metrics import Metric

GROUP = "kpi_exporter.dashboards"
Domains = Mapping[str, tuple[Metric, ...]]


@dataclass
class Discovery:
    """The boards found, in the order of their titles, and what could not be loaded, a sentence each."""

    boards: list[Board] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def discover(domains: Domains, plugins: Path | None = None) -> Discovery:
    """Load every board. A module that breaks is named in `problems`, and the others are still there."""
    found = Discovery()
    for place, load in _candidates(plugins):
        try:
            found.boards += _boards_in(load(), domains)
        except (Exception, SystemExit) as error:  # a plugin must not end the process
            found.problems.append(f"could not load {place}{_line(error, place)}: {type(error).__name__}: {error}")
    found.boards = list(dict.fromkeys(found.boards))  # one file may import the board of another
    found.boards.sort(key=lambda board: board.title)
    return found


def _candidates(plugins: Path | None) -> Iterator[tuple[str, Callable[[], object]]]:
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        yield f"the entry point {entry.name} ({entry.value})", entry.load
    folder = plugins / "dashboards" if plugins else None
    for path in sorted(folder.glob("*.py")) if folder else ():
        if not path.name.startswith((".", "_", "test_")) and path.name != "conftest.py":
            yield str(path), partial(_module, path)


def _line(error: BaseException, place: str) -> str:
    """Where in the plugin it happened: the last line of its own, as `:12`."""
    own = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == place]
    return f":{own[-1]}" if own else ""


def _module(path: Path) -> ModuleType:
    """The plugin as a module, compiled anew each time: a cache may miss a change within the same second."""
    module = ModuleType(f"kpi_dashboard_{path.stem}")
    module.__file__ = str(path)
    code = compile(path.read_bytes(), str(path), "exec")
    sys.modules[module.__name__] = module  # dataclasses and the like look their module up there
    exec(code, module.__dict__)  # noqa: S102  that is what a plugin is
    return module


def _boards_in(found: object, domains: Domains) -> list[Board]:
    if isinstance(found, Board):
        return [found]
    if not isinstance(found, ModuleType):
        raise TypeError(f"expected a Board or a module of boards, got {type(found).__name__}")
    boards = list(dict.fromkeys(value for value in vars(found).values() if isinstance(value, Board)))
    make: Callable[[Domains], Iterable[object]] | None = getattr(found, "boards", None)
    for board in make(domains) if make else ():
        if not isinstance(board, Board):
            raise TypeError(f"boards(domains) gave {board!r}, which is no Board")
        boards.append(board)
    if not boards:
        raise TypeError("it defines no Board, and no function boards(domains)")
    return boards
