"""Tables out of query results: which columns remain, and what they are called."""

import re
from string import ascii_uppercase
from typing import Any

from dashboards import look
from dashboards.panel import Column, Panel, Promql
from metrics.declaration import ACRONYMS

Json = dict[str, Any]

_NEVER_SHOWN = ("Time", "job", "instance")


def transformations(panel: Panel) -> list[Json]:
    """What Grafana does with the answers before it shows them."""
    if panel.matrix:
        row, column, value = panel.matrix
        options = {"rowField": row, "columnField": column, "valueField": value}
        return [{"id": "groupingToMatrix", "options": options}]
    queries = [target for target in panel.targets if isinstance(target, Promql)]
    if not queries:
        return []
    values = {_value(ref, queries): title(query) for ref, query in zip(ascii_uppercase, queries, strict=False)}
    labels = {label: _head(label) for label in _labels(panel)}
    pinned = [label for label in labels if all(re.search(rf'\b{label}="', query.expr) for query in queries)]
    organize = {
        "excludeByName": dict.fromkeys((*_NEVER_SHOWN, *pinned), True),
        "indexByName": {name: position for position, name in enumerate([*labels, *values])},
        "renameByName": {**labels, **values},
    }
    sort = {"sort": [{"field": next(iter(values.values())), "desc": True}]}
    return [
        # Rows are merged that agree in all columns, which series of two names never do.
        {"id": "filterFieldsByName", "options": {"exclude": {"names": ["__name__"]}}},
        {"id": "merge", "options": {}},
        {"id": "organize", "options": organize},
        {"id": "sortBy", "options": sort},
    ]


def columns(panel: Panel) -> tuple[Column, ...]:
    """How the columns of a table are shown: those of its queries from their metrics, and what the author says."""
    given = {column.match for column in panel.columns}
    found = [
        Column(title(query), "", query.of.unit, look.decimals(query.of.unit), steps=look.steps(query.of))
        for query in panel.targets
        if isinstance(query, Promql) and query.of and title(query) not in given
    ]
    return (*found, *panel.columns)


def title(query: Promql) -> str:
    """What the column of a query's values is called."""
    words = "" if "{{" in query.legend else query.legend
    return words or (query.of.title if query.of else "Value")


def _head(label: str) -> str:
    """The name of a label in words: `Day of week`, `SLO`."""
    text = " ".join(ACRONYMS.get(word, word) for word in label.split("_"))
    return text[:1].upper() + text[1:]


def _value(ref: str, queries: list[Promql]) -> str:
    return "Value" if len(queries) == 1 else f"Value #{ref}"


def _labels(panel: Panel) -> list[str]:
    own = (label for metric in panel.metrics for label in metric.labels)
    return list(dict.fromkeys((*own, *panel.sources)))
