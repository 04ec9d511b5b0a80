"""Checks boards: what each says of itself, and what would keep Grafana's provider from loading them together."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from dashboards.board import Board, area_slug
from dashboards.layout import panel_id
from dashboards.panel import Panel
from dashboards.scope import Scope
from provisioning.lint.finding import Finding
from provisioning.lint.places import panel_place

_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
_TAG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RANGE = re.compile(r"[1-9]\d*[smhdwMy]")
_REFRESH = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_OWN_FOLDER = "general"
_LONGEST_TITLE = 60
_SHORTEST_REFRESH = 30
_MOST_PANELS = 40


def check_board(board: Board, scope: Scope, uids: Collection[str]) -> Iterator[Finding]:
    """What is wrong with the board itself. `uids` are those of all boards."""
    for code, rule in _RULES:
        yield from (Finding(code, board.title, message) for message in rule(board))
    if board.up and board.up not in uids:
        yield Finding("K407", board.title, f"'up' names the board {board.up!r}, which does not exist.")
    offered = scope.variables(board)
    for label in dict.fromkeys(board.variables):
        if label not in offered:
            yield Finding("K411", board.title, f"No metric on the board carries the label {label!r}.")
    yield from _shared_ids(board)


def check_together(boards: Sequence[Board]) -> Iterator[Finding]:
    """What is wrong among the boards: names that two of them share."""
    uids: dict[str, Board] = {}
    titles: dict[tuple[str, str], Board] = {}
    for board in boards:
        other = uids.setdefault(board.uid.lower(), board)
        if other is not board:
            yield Finding("K402", board.title, f"{other.title} has the uid {other.uid!r} as well.")
        other = titles.setdefault((board.area.lower(), board.name.lower()), board)
        if other is not board:
            yield Finding("K403", board.title, f"The board {other.uid!r} has the title {other.title!r}.")
    areas: dict[str, str] = {}
    for area in dict.fromkeys(board.area for board in boards):
        twin = areas.setdefault(area_slug(area), area)
        if twin != area:
            yield Finding("K412", area, f"The area {twin!r} is written to the folder {area_slug(area)!r} as well.")


def _uid(board: Board) -> Iterator[str]:
    if not _UID.fullmatch(board.uid):
        yield f"A uid has 1 to 40 letters, digits, - and _, got {board.uid!r}."


def _title(board: Board) -> Iterator[str]:
    for what, text in (("area", board.area), ("name", board.name)):
        if not text.strip() or text != text.strip() or "/" in text:
            yield f"The {what} must be a plain text without a slash, got {text!r}."
    if board.area.lower() == _OWN_FOLDER:
        yield f"The area {board.area!r} is Grafana's own folder."
    elif board.area.strip() and not area_slug(board.area):
        yield f"The area needs a letter or a digit, got {board.area!r}."
    if len(board.title) > _LONGEST_TITLE:
        yield f"The title has {len(board.title)} characters; at most {_LONGEST_TITLE} can be read."


def _description(board: Board) -> Iterator[str]:
    if not board.description.strip():
        yield "The board has no description."


def _questions(board: Board) -> Iterator[str]:
    if not any(question.strip() for question in board.questions):
        yield "The board names no question that it answers."


def _refresh(board: Board) -> Iterator[str]:
    match = _REFRESH.fullmatch(board.refresh)
    if board.refresh and (match is None or int(match[1]) * _SECONDS[match[2]] < _SHORTEST_REFRESH):
        yield f"'refresh' must be a duration of at least {_SHORTEST_REFRESH}s, got {board.refresh!r}."


def _time(board: Board) -> Iterator[str]:
    if not _RANGE.fullmatch(board.time):
        yield f"'time' must be a range such as 30d, got {board.time!r}."


def _tags(board: Board) -> Iterator[str]:
    own = ["kpi", "generated", area_slug(board.area)]
    for position, tag in enumerate(board.tags):
        if not _TAG.fullmatch(tag):
            yield f"A tag is in lower-case words with hyphens, got {tag!r}."
        elif tag in (*own, *board.tags[:position]):
            yield f"The tag {tag!r} is there already."


def _many_panels(board: Board) -> Iterator[str]:
    number = sum(not section.folded for section, _ in board.panels())
    if number > _MOST_PANELS:
        yield f"The board opens with {number} panels."


def _opening(board: Board) -> Iterator[str]:
    rows = [row.panels for section in board.sections for row in section.rows if not _explains(row.panels)]
    if not rows or not any(panel.kind in ("stat", "dial") for panel in rows[0]):
        yield "The first row holds no stat and no dial."


def _explains(panels: Iterable[Panel]) -> bool:
    return all(panel.kind == "text" for panel in panels)


def _shared_ids(board: Board) -> Iterator[Finding]:
    taken: dict[int, str] = {}
    for section in board.sections:
        own = [(f"the section {section.title!r}", board.title, panel_id(section, ""))] if section.title else []
        panels = [panel for row in section.rows for panel in row.panels]
        own += [
            (f"the panel {panel.title!r}", panel_place(board, section, panel), panel_id(section, panel.title))
            for panel in panels
        ]
        for name, place, number in own:
            if number in taken:
                yield Finding("K304", place, f"{name[:1].upper()}{name[1:]} has the id of {taken[number]}: {number}.")
            taken.setdefault(number, name)


_RULES: tuple[tuple[str, Callable[[Board], Iterator[str]]], ...] = (
    ("K401", _uid),
    ("K404", _title),
    ("K405", _description),
    ("K406", _questions),
    ("K408", _refresh),
    ("K409", _time),
    ("K410", _tags),
    ("K415", _many_panels),
    ("K416", _opening),
)
