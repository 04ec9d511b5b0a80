"""A board as data: sections of rows of panels. Where each panel lies follows from the order, not from coordinates."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from dashboards.panel import Panel

TWELFTHS = 12
_Name = TypeVar("_Name", bound=Hashable)


class BoardError(ValueError):
    """A board breaks the rules of the layout."""


@dataclass(frozen=True)
class Row:
    """Panels side by side, all as high as the highest."""

    panels: tuple[Panel, ...]

    def __post_init__(self) -> None:
        for panel in self.panels:
            if panel.width is not None and not 1 <= panel.width <= TWELFTHS:
                raise BoardError(f"{panel.title}: a panel is 1 to {TWELFTHS} twelfths wide, got {panel.width}")
        given = sum(panel.width or 0 for panel in self.panels)
        free = sum(panel.width is None for panel in self.panels)
        if not self.panels:
            raise BoardError("a row needs at least one panel")
        if given + free > TWELFTHS:
            titles = ", ".join(repr(panel.title) for panel in self.panels)
            raise BoardError(f"the panels {titles} need {given + free} twelfths of one row; begin another row")


@dataclass(frozen=True)
class Section:
    """Rows under a heading; a folded one asks nothing of the data sources until somebody opens it."""

    title: str
    rows: tuple[Row, ...]
    folded: bool = False


def area_slug(area: str) -> str:
    """The area in small letters, digits and dashes: a folder, and a tag."""
    return re.sub(r"[^a-z0-9]+", "-", area.lower()).strip("-")


def row(*panels: Panel) -> Row:
    """Panels side by side. Those without a width share what the others leave."""
    return Row(panels)


def section(title: str, *rows: Row, folded: bool = False) -> Section:
    """Rows under a heading."""
    return Section(title, rows, folded)


@dataclass(frozen=True, eq=False)
class Board:
    """One dashboard.

    `area` is its folder and the first half of its title. `questions` are what it answers, for the handbook.
    `variables` are labels to choose by, beside those that every board offers. `up` is the uid of the board above.
    `time` is the range that it opens with, such as `30d`; `refresh` how often it asks anew.
    """

    uid: str
    area: str
    name: str
    description: str
    content: Sequence[Row | Section]
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    time: str = "24h"
    refresh: str = "30s"
    variables: tuple[str, ...] = ()
    up: str = "overview"
    sections: tuple[Section, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._refuse_strange_types()
        sections: list[Section] = []
        for part in self.content:
            if isinstance(part, Section):
                sections.append(part)
            elif sections and not sections[-1].title:
                sections[-1] = Section("", (*sections[-1].rows, part))
            elif sections:
                raise BoardError(f"{self.title}: a row after a section belongs into a section of its own")
            else:
                sections.append(Section("", (part,)))
        object.__setattr__(self, "sections", tuple(sections))
        self._refuse_twins()

    def _refuse_strange_types(self) -> None:
        for name in ("uid", "area", "name", "description", "time", "refresh", "up"):
            if not isinstance(value := getattr(self, name), str):
                raise BoardError(f"the board {self.name!r}: {name} is a text, got {value!r}")
        for name in ("questions", "tags", "variables"):
            value = getattr(self, name)
            if isinstance(value, str) or not all(isinstance(each, str) for each in value):
                raise BoardError(f'the board {self.name!r}: {name} are texts, such as ("a", "b"), got {value!r}')
        for part in self.content:
            if not isinstance(part, Row | Section):
                raise BoardError(f"the board {self.name!r}: content is made of row(…) and section(…), got {part!r}")

    def _refuse_twins(self) -> None:
        """Links name a panel by its section and its title, and so does Grafana when it redraws one."""
        headings = [part.title for part in self.sections]
        titles = [(part.title, panel.title) for part, panel in self.panels()]
        for heading in _twice(headings):
            raise BoardError(f"{self.title}: two sections are called {heading!r}; rename one")
        for heading, title in _twice(titles):
            place = f" in {heading!r}" if heading else ""
            raise BoardError(f"{self.title}: two panels{place} are called {title!r}; give one a title")

    @property
    def title(self) -> str:
        """`Area / Name`."""
        return f"{self.area} / {self.name}"

    def panels(self) -> Iterator[tuple[Section, Panel]]:
        """Every panel with its section, in reading order."""
        for part in self.sections:
            for line in part.rows:
                for panel in line.panels:
                    yield part, panel


def _twice(names: Iterable[_Name]) -> Iterator[_Name]:
    return (name for name, times in Counter(names).items() if times > 1)
