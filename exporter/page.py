"""The status page `/`: one document without outside assets, readable without a mouse, a script or colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from exporter.status import PartStatus, ProcessStatus, State

# A collector is shown in the first of these that one of its parts is in, hence as off only when all of it is.
STATES: tuple[State, ...] = ("down", "waiting", "up", "off")


@dataclass(frozen=True)
class SourceDown:
    """A source that does not answer, told once for all parts that read it."""

    name: str
    reason: str
    parts: int
    parts_down: int


@dataclass(frozen=True)
class Group:
    """One collector with its parts, as a section of the page."""

    name: str
    rows: tuple[PartStatus, ...]

    @property
    def state(self) -> State:
        return min((row.state for row in self.rows), key=STATES.index)

    @property
    def series(self) -> int:
        return sum(row.series for row in self.rows)

    @property
    def has_sources(self) -> bool:
        return any(row.source for row in self.rows)


def render(rows: Sequence[PartStatus], process: ProcessStatus) -> str:
    """The page as HTML. Collectors, parts and sources stand in the order of the alphabet, whatever their state."""
    ordered = sorted(rows, key=lambda row: (row.collector, row.part, row.source))
    groups = [Group(name, tuple(members)) for name, members in groupby(ordered, key=lambda row: row.collector)]
    return _template().render(
        groups=groups,
        sources_down=[_source_down(name, reason, rows) for name, reason in sorted(process.sources_down.items())],
        down=[row for row in ordered if row.state == "down" and not row.source_down],
        counts={state: sum(row.state == state for row in rows) for state in STATES},
        series=sum(row.series for row in rows),
        process=process,
    )


def length(seconds: float) -> str:
    """A length of time as people say it: `412 ms`, `1.2 s`, `3 min 20 s`, `12 min`, `2 d 4 h`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    for size, unit, smaller, small_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            number, rest = divmod(whole, size)
            return f"{number} {unit}" + (f" {rest // smaller} {small_unit}" if number < 10 and rest >= smaller else "")
    return f"{whole} s"


def age(moment: datetime, now: datetime) -> str:
    """How long ago a moment was, in whole seconds: a page is read, not measured with."""
    seconds = (now - moment).total_seconds()
    return "now" if seconds < 1 else length(int(seconds)) + " ago"


def ahead(moment: datetime, now: datetime) -> str:
    """How far ahead a moment lies; `now` when it has come."""
    seconds = (moment - now).total_seconds()
    return "now" if seconds < 1 else "in " + length(int(seconds))


def anchor(row: PartStatus) -> str:
    """The id of a part's row. Names hold no blanks, so the ids are unique."""
    return "-".join(filter(None, ("part", row.collector, row.part, row.source)))


def _source_down(name: str, reason: str, rows: Sequence[PartStatus]) -> SourceDown:
    reading = [row for row in rows if row.source == name]
    return SourceDown(name, reason, len(reading), sum(row.source_down for row in reading))


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"length": length, "age": age, "ahead": ahead, "anchor": anchor}
    return environment.get_template("page.html")
