"""Checks what the JSON of a board asks beside its panels: the queries of variables, and annotations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provisioning.lint.catalogue import Catalogue, did_you_mean
from provisioning.lint.expressions import check
from provisioning.lint.finding import Finding
from provisioning.lint.macros import variables_in
from provisioning.lint.promql import PromqlError, parse, selectors

_LABEL_VALUES = re.compile(r"\s*label_values\s*\((?P<selector>.+),\s*(?P<label>[a-zA-Z_]\w*)\s*\)\s*", re.DOTALL)


def check_drawn(
    drawn: Mapping[str, Any], title: str, catalogue: Catalogue, extra_labels: frozenset[str]
) -> Iterator[Finding]:
    """What is wrong with the variables and annotations of a board; `drawn` is its JSON."""
    known: list[str] = []
    for variable in drawn["templating"]["list"]:
        if variable["type"] == "query":
            place = f"{title} › variable {variable['name']}"
            yield from (
                Finding(code, place, message)
                for code, message in variable_faults(variable["query"], known, catalogue, extra_labels)
            )
        known.append(variable["name"])
    for annotation in drawn["annotations"]["list"]:
        if "expr" in annotation:
            legend = " ".join(annotation.get(key, "") for key in ("titleFormat", "textFormat"))
            place = f"{title} › annotation {annotation['name']}"
            yield from check(annotation["expr"], catalogue, place, legend=legend, extra_labels=extra_labels)


def variable_faults(
    query: str, known: Sequence[str], catalogue: Catalogue, extra_labels: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Codes and messages for the query of a variable. `known` are the variables above it, on which it may depend."""
    for name in dict.fromkeys(name for name, _, _ in variables_in(query)):
        if name not in known:
            above = ", ".join(known) or "none"
            yield "K321", f"The query depends on ${name}, which does not stand above it; above it: {above}."
    match = _LABEL_VALUES.fullmatch(query)
    if match is None:
        yield "K413", f"Expected label_values(selector, label), got {query!r}."
        return
    try:
        found = list(selectors(parse(match["selector"])))
    except PromqlError as error:
        yield "K413", str(error)
        return
    for selector in found:
        labels = catalogue.labels(selector.name, extra_labels)
        if labels is None:
            yield "K102", f"No metric exposes {selector.name}{catalogue.hint(selector.name or '')}"
            continue
        for matcher in selector.matchers:
            if matcher.name not in labels:
                yield "K203", f"{selector.name} has no label {matcher.name!r}{did_you_mean(matcher.name, labels)}"
        if match["label"] not in labels:
            hint = did_you_mean(match["label"], labels)
            yield "K414", f"{selector.name} has no label {match['label']!r}{hint} It has: {', '.join(sorted(labels))}."
