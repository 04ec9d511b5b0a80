"""Rules for the queries of a panel together: their form, units, legends and columns."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from promql_parser import MatchOp

from dashboards import look
from dashboards.columns import columns, title
from dashboards.panel import Kind, Panel, Promql, Sql
from metrics import Unit
from provisioning.lint.grafana_units import misfit
from provisioning.lint.promql import NAME
from provisioning.lint.query import Query
from provisioning.lint.units import Dimension, unit_of

_OVER_TIME: tuple[Kind, ...] = ("trend", "state", "heat")
_AT_ONE_MOMENT: tuple[Kind, ...] = ("table", "share", "bars", "funnel", "dial", "distribution")
_NAMELESS: tuple[Kind, ...] = ("stat", "dial")
_WITHOUT_UNIT: tuple[Kind, ...] = ("text", "state", "table")
_WITHOUT_LEGEND: tuple[Kind, ...] = ("table", "heat")
_SHAPES = {"table": "table", "heat": "heatmap"}
_SQL_SHAPES = {"trend": "time_series", "state": "time_series", "table": "table"}
_SCRAPE_LABELS = frozenset({"job", "instance"})
_CURRENCY = re.compile(r"\{\{\s*currency\s*\}\}")


class Asked(NamedTuple):
    """A PromQL query of a panel, and how it reads."""

    ref: str
    target: Promql
    query: Query


def _form(panel: Panel, queries: Sequence[Asked]) -> Iterator[str]:
    for ref, target, _ in queries:
        if target.instant and panel.kind in _OVER_TIME:
            yield f"Query {ref} asks for one moment, and a {panel.kind} panel shows a course."
        if not target.instant and panel.kind in _AT_ONE_MOMENT:
            yield f"Query {ref} asks for a course, and a {panel.kind} panel shows one moment."
        wanted = _SHAPES.get(panel.kind, "time_series")
        if target.shape != wanted:
            yield f"Query {ref} has the shape {target.shape}, and a {panel.kind} panel needs {wanted}."
    wanted = _SQL_SHAPES.get(panel.kind, "")
    for statement in panel.targets:
        if isinstance(statement, Sql) and wanted not in ("", statement.shape):
            yield f"{statement.file.name} has the shape {statement.shape}, and a {panel.kind} panel needs {wanted}."


def _no_unit(panel: Panel, _: Sequence[Asked]) -> Iterator[str]:
    if panel.unit or panel.values or panel.kind in _WITHOUT_UNIT:
        return
    if any(isinstance(target, Sql) or target.unit is None for target in panel.targets):
        yield "The panel has no unit."


def _unit(panel: Panel, queries: Sequence[Asked]) -> Iterator[str]:
    for ref, target, query in queries:
        found = _dimension(panel, target, query)
        unit = _shown_unit(panel, target)
        if found is None or not unit:
            continue
        is_share = any(metric.unit is Unit.RATIO for one in query.selectors if (metric := query.metric(one)))
        if reason := misfit(unit, found, is_share=is_share):
            yield f"Query {ref}: {reason}."


def _apart(panel: Panel, queries: Sequence[Asked]) -> Iterator[str]:
    if panel.kind in _WITHOUT_LEGEND:
        return
    for ref, target, query in queries:
        free = _free_labels(panel, query)
        missing = sorted(free.difference(query.legend_labels()))
        if target.legend and missing:
            yield f"Query {ref} yields series per {', '.join(missing)}, and its legend is {target.legend!r}."
    twice = [legend for legend, times in Counter(target.legend for _, target, _ in queries).items() if times > 1]
    yield from (f"Several queries have the legend {legend!r}." for legend in twice if legend)


def _no_legend(panel: Panel, queries: Sequence[Asked]) -> Iterator[str]:
    if panel.kind in _WITHOUT_LEGEND:
        return
    for ref, target, query in queries:
        is_named = panel.kind not in _NAMELESS or len(panel.targets) > 1 or _free_labels(panel, query)
        if not target.legend.strip() and is_named:
            yield f"Query {ref} has no legend."


def _no_currency(panel: Panel, queries: Sequence[Asked]) -> Iterator[str]:
    if panel.kind in _WITHOUT_LEGEND or panel.unit.startswith("currency"):
        return
    for ref, target, query in queries:
        found = unit_of(query.root, query.catalogue)
        if found is None or found.unit is not Unit.CURRENCY:
            continue
        is_named = any(currency in f"{target.legend} {panel.title}" for currency in _pinned_currencies(query))
        if not is_named and not _CURRENCY.search(target.legend):
            yield f"Query {ref} yields amounts, and the legend {target.legend!r} does not say of which currency."


def _missing_columns(panel: Panel, queries: Sequence[Asked]) -> Iterator[str]:
    if panel.kind != "table" or not queries or len(queries) < len(panel.targets):
        return
    labels = {label for _, _, query in queries for label in query.shapes.vector(query.root).labels}
    names = [title(target) for _, target, _ in queries]
    names += sorted(label.replace("_", " ").capitalize() for label in labels - {NAME, *_SCRAPE_LABELS, "window"})
    for column in panel.columns:
        if column.match not in (*names, *labels):
            yield f"The table has no column {column.match!r}; it has: {', '.join(names)}."


def _dimension(panel: Panel, target: Promql, query: Query) -> Dimension | None:
    """The unit of what the panel shows: for a heat map the bounds of the buckets, not how many there are."""
    if panel.kind == "heat":
        return Dimension(target.of.unit) if target.of else None
    return unit_of(query.root, query.catalogue)


def _shown_unit(panel: Panel, target: Promql) -> str:
    if panel.kind == "table":
        return next((look.unit_id(column.unit) for column in columns(panel) if column.match == title(target)), "")
    return look.unit_id(target.unit) if target.unit is not None else panel.unit


def _free_labels(panel: Panel, query: Query) -> frozenset[str]:
    """The labels by which the result has several series. Job and instance count where a metric declares them."""
    shape = query.shapes.vector(query.root)
    declared = {label for metric in panel.metrics for label in metric.labels}
    return shape.labels.difference(shape.pins, {NAME}, _SCRAPE_LABELS - declared)


def _pinned_currencies(query: Query) -> Iterator[str]:
    for selector in query.selectors:
        for matcher in selector.matchers:
            if matcher.name == "currency" and matcher.op == MatchOp.Equal and matcher.value:
                yield matcher.value


RULES: tuple[tuple[str, Callable[[Panel, Sequence[Asked]], Iterator[str]]], ...] = (
    ("K307", _form),
    ("K308", _no_unit),
    ("K310", _unit),
    ("K311", _apart),
    ("K312", _no_legend),
    ("K313", _no_currency),
    ("K322", _missing_columns),
)
