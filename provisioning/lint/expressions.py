"""Checks an expression against the declared metrics."""

import provisioning.lint.rules  # noqa: F401  (fills the list of rules)
from provisioning.lint.catalogue import EXTRA_LABELS, Catalogue
from provisioning.lint.finding import Finding
from provisioning.lint.promql import PromqlError, parse
from provisioning.lint.query import RULES, Kind, Query


def check(
    expr: str,
    catalogue: Catalogue,
    place: str,
    *,
    legend: str = "",
    kind: Kind = "range",
    extra_labels: frozenset[str] = EXTRA_LABELS,
) -> list[Finding]:
    """What is wrong with `expr`, sorted, each finding once; Grafana's variables may stand in it.

    `kind` says how the panel asks, `legend` how it names the series. `extra_labels` are the labels that collected
    series carry beside the declared ones.
    """
    try:
        query = Query(parse(expr), catalogue, legend, kind, extra_labels)
    except PromqlError as error:
        return [Finding("K201", place, str(error))]
    return sorted({Finding(code, place, message) for code, rule in RULES for message in rule(query)})
