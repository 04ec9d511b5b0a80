"""Checks a panel: what it says of itself, its scale and links; with `panel_queries` and `statements` what it asks."""

import re
from collections.abc import Callable, Collection, Iterator
from string import ascii_uppercase
from typing import NamedTuple

from dashboards.panel import LONGEST_TITLE, Panel, Promql, Sql
from provisioning.lint import panel_queries
from provisioning.lint.catalogue import Catalogue
from provisioning.lint.expressions import check
from provisioning.lint.finding import Finding
from provisioning.lint.grafana_units import is_known
from provisioning.lint.macros import BUILT_IN, MACROS, variables_in
from provisioning.lint.promql import PromqlError, parse
from provisioning.lint.query import Kind, Query
from provisioning.lint.statements import check_text

_MOST_QUERIES = len(ascii_uppercase)
_DURATION = re.compile(r">?\d+(ms|[smhdwMy])")
_LINK = re.compile(r"\]\(/d/([\w-]+)")
_KINDS: dict[str, Kind] = {"heat": "heatmap", "table": "table"}
_IN_PROMQL = frozenset(
    {"__rate_interval", "__interval", "__interval_ms", "__range", "__range_s", "__range_ms", "__from", "__to"}
)


class Surroundings(NamedTuple):
    """What a panel may refer to: metrics, labels beside the declared ones, uids of boards, variables of its board."""

    catalogue: Catalogue
    extra_labels: frozenset[str]
    boards: Collection[str]
    variables: Collection[str]


def check_panel(panel: Panel, around: Surroundings, place: str) -> Iterator[Finding]:
    """What is wrong with the panel, its variables being in its expressions. Exceptions are not taken out."""
    for code, rule in _RULES:
        yield from (Finding(code, place, message) for message in rule(panel, around))
    queries: list[panel_queries.Asked] = []
    for ref, target in zip(ascii_uppercase, panel.targets, strict=False):
        where = f"{place}, query {ref}" if len(panel.targets) > 1 else place
        if isinstance(target, Sql):
            yield from (Finding(code, where, message) for code, message in check_text(target, panel))
            continue
        kind = _KINDS.get(panel.kind, "instant" if target.instant else "range")
        yield from check(
            target.expr, around.catalogue, where, legend=target.legend, kind=kind, extra_labels=around.extra_labels
        )
        try:
            read = Query(parse(target.expr), around.catalogue, target.legend, kind, around.extra_labels)
        except PromqlError:
            continue
        queries.append(panel_queries.Asked(ref, target, read))
    for code, query_rule in panel_queries.RULES:
        yield from (Finding(code, place, message) for message in query_rule(panel, queries))


def _title(panel: Panel, _: Surroundings) -> Iterator[str]:
    if not panel.title.strip():
        yield f"A {panel.kind} panel has no title."


def _description(panel: Panel, _: Surroundings) -> Iterator[str]:
    if not panel.description.strip():
        yield "The panel has no description."


def _long_title(panel: Panel, _: Surroundings) -> Iterator[str]:
    if len(panel.title) > LONGEST_TITLE:
        yield f"The title has {len(panel.title)} characters; at most {LONGEST_TITLE} can be read."


def _nothing(panel: Panel, _: Surroundings) -> Iterator[str]:
    if panel.kind == "text":
        if not panel.content.strip():
            yield "The text panel has no text."
    elif not panel.targets:
        yield "The panel has no query."


def _many(panel: Panel, _: Surroundings) -> Iterator[str]:
    if len(panel.targets) > _MOST_QUERIES:
        yield f"The panel has {len(panel.targets)} queries; at most {_MOST_QUERIES} can be named."


def _unknown_unit(panel: Panel, _: Surroundings) -> Iterator[str]:
    given = [panel.unit, *(column.unit for column in panel.columns if isinstance(column.unit, str))]
    for unit in dict.fromkeys(given):
        if unit and not is_known(unit):
            yield f"The unit {unit!r} is none that boards use."


def _links(panel: Panel, around: Surroundings) -> Iterator[str]:
    for uid in dict.fromkeys([*filter(None, [panel.to]), *_LINK.findall(panel.content)]):
        if uid not in around.boards:
            yield f"There is no board with the uid {uid!r}."


def _levels(panel: Panel, _: Surroundings) -> Iterator[str]:
    columns = ((f"the column {column.match}", column.steps) for column in panel.columns)
    for what, steps in (("the panel", panel.steps), *columns):
        values = [step.value for step in steps]
        rising = [value for value in values[1:] if value is not None]
        if values and (values[0] is not None or len(rising) < len(values) - 1):
            yield f"The levels of {what} must begin with one that has no value, and only that one has none."
        elif rising != sorted(set(rising)):
            yield f"The levels of {what} must rise, got {', '.join(f'{value:g}' for value in rising)}."


def _scale(panel: Panel, _: Surroundings) -> Iterator[str]:
    if panel.minimum is not None and panel.maximum is not None and panel.minimum >= panel.maximum:
        yield f"The scale begins at {panel.minimum:g} and ends at {panel.maximum:g}."


def _durations(panel: Panel, _: Surroundings) -> Iterator[str]:
    for field, given, example in (("interval", panel.interval, "5m"), ("time", panel.time, "90d")):
        if given and not _DURATION.fullmatch(given):
            yield f"'{field}' must be a duration such as {example}, got {given!r}."


def _variables(panel: Panel, around: Surroundings) -> Iterator[str]:
    for target in panel.targets:
        text, own = (target.expr, _IN_PROMQL) if isinstance(target, Promql) else (target.text, BUILT_IN | MACROS)
        for name in dict.fromkeys(name for name, _, _ in variables_in(text)):
            if name not in own and name not in around.variables:
                yield f"The board has no variable ${name}; it has: {', '.join(around.variables) or 'none'}."


_RULES: tuple[tuple[str, Callable[[Panel, Surroundings], Iterator[str]]], ...] = (
    ("K301", _title),
    ("K302", _description),
    ("K303", _long_title),
    ("K305", _nothing),
    ("K306", _many),
    ("K309", _unknown_unit),
    ("K314", _links),
    ("K315", _levels),
    ("K316", _scale),
    ("K317", _durations),
    ("K321", _variables),
)
