"""What a board asks its data sources, read from the JSON that Grafana loads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dashboards import Board
from dashboards.layout import panel_id
from dashboards.panel import Kind, Panel
from dashboards.scope import Scope
from dashboards.to_grafana import dashboard
from provisioning.verify.as_grafana import seconds

_LABEL_VALUES = re.compile(r"label_values\((.+),\s*(\w+)\)", re.DOTALL)
_ANNOTATION_STEP = "60s"


@dataclass(frozen=True)
class Query:
    """One query. `name` tells it from the others of its panel."""

    text: str
    name: str = ""
    language: Literal["promql", "sql"] = "promql"
    instant: bool = False
    course: bool = True
    """Whether the answer is shown over time, so that the time column does not count as data."""


@dataclass(frozen=True)
class Subject:
    """What asks: a panel, or an annotation of a board.

    `length` is the time that it shows, and `interval` the least step of its queries, 0 where it does not care; both in
    seconds. `may_be_empty` says why no answer is no fault.
    """

    name: str
    queries: tuple[Query, ...]
    kind: Kind | Literal["annotation"]
    length: float
    interval: float = 0.0
    may_be_empty: str = ""


@dataclass(frozen=True)
class Variable:
    """A label that people choose by: the values of `label` in the series that `selector` names."""

    name: str
    selector: str
    label: str


@dataclass(frozen=True)
class Questions:
    """All that one board asks. `length` is the time that it opens with, in seconds."""

    uid: str
    title: str
    length: float
    variables: tuple[Variable, ...]
    subjects: tuple[Subject, ...]


def questions(board: Board, scope: Scope) -> Questions:
    """What the board asks, in reading order. Raises whatever a board of a plugin raises when it is drawn."""
    drawn = dashboard(board, scope)
    declared = {panel_id(section, panel.title): panel for section, panel in board.panels()}
    length = _length(drawn["time"]["from"])
    annotations = (_annotation(each, length) for each in drawn["annotations"]["list"] if "expr" in each)
    panels = (_subject(each, declared[each["id"]], length) for each in _panels(drawn) if each.get("targets"))
    return Questions(
        uid=board.uid,
        title=board.title,
        length=length,
        variables=tuple(_variables(drawn["templating"]["list"])),
        subjects=(*panels, *annotations),
    )


def _panels(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for panel in holder["panels"]:
        if panel["type"] == "row":
            yield from _panels({"panels": panel.get("panels", ())})
        else:
            yield panel


def _subject(drawn: Mapping[str, Any], declared: Panel, length: float) -> Subject:
    return Subject(
        name=drawn["title"],
        queries=tuple(map(_query, drawn["targets"])),
        kind=declared.kind,
        length=_length(drawn["timeFrom"]) if "timeFrom" in drawn else length,
        interval=seconds(drawn["interval"]) if "interval" in drawn else 0.0,
        may_be_empty=declared.may_be_empty,
    )


def _query(target: Mapping[str, Any]) -> Query:
    ref, legend = target["refId"], target.get("legendFormat")
    if "rawSql" in target:
        return Query(target["rawSql"], f"query {ref}", "sql", course=target["format"] == "time_series")
    return Query(target["expr"], f"query {ref} ({legend})" if legend else f"query {ref}", instant=target["instant"])


def _annotation(annotation: Mapping[str, Any], length: float) -> Subject:
    return Subject(
        name=f"annotation {annotation['name']}",
        queries=(Query(annotation["expr"]),),
        kind="annotation",
        length=length,
        interval=seconds(annotation.get("step", _ANNOTATION_STEP)),
    )


def _variables(drawn: list[Mapping[str, Any]]) -> Iterator[Variable]:
    for variable in drawn:
        if variable["type"] == "query" and (match := _LABEL_VALUES.fullmatch(variable["query"])):
            yield Variable(variable["name"], match[1], match[2])


def _length(time: str) -> float:
    """`now-30d`, or `30d` alone, in seconds."""
    return seconds(time.removeprefix("now-"))
