"""What Prometheus says of the rules that it has loaded, beside those that are declared."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from provisioning.rules.expressions import canonical
from provisioning.verify.as_grafana import seconds

_GROUPING = re.compile(r"\b(by|without|on|ignoring)\s*\([^()]*\)")
_OTHER_CONFIGURATION = "were the rules built with another configuration than that of --config?"


@dataclass(frozen=True)
class Loaded:
    """A rule in Prometheus. `holds` is how long an alert must hold, `keeps` how long it goes on after that, in seconds.

    Annotations are templates.
    """

    kind: Literal["alerting", "recording"]
    name: str
    expr: str
    labels: Mapping[str, str]
    holds: float = 0.0
    keeps: float = 0.0
    annotations: Mapping[str, str] = field(default_factory=dict)
    health: str = "ok"
    last_error: str = ""


@dataclass(frozen=True)
class LoadedGroup:
    """A group in Prometheus, its interval and how long the last evaluation took, in seconds."""

    name: str
    interval: float
    evaluation: float
    rules: Sequence[Loaded]


def loaded_groups(data: Mapping[str, Any]) -> list[LoadedGroup]:
    """The groups in an answer of `/api/v1/rules`."""
    return [
        LoadedGroup(
            name=group["name"],
            interval=float(group["interval"]),
            evaluation=float(group.get("evaluationTime", 0)),
            rules=[_loaded(rule) for rule in group["rules"]],
        )
        for group in data["groups"]
    ]


def declared_rule(drawn: Mapping[str, Any]) -> Loaded:
    """The same of a rule as it stands in a rule file."""
    labels = drawn.get("labels", {})
    if "record" in drawn:
        return Loaded("recording", drawn["record"], drawn["expr"], labels)
    return Loaded(
        "alerting",
        drawn["alert"],
        drawn["expr"],
        labels,
        holds=seconds(drawn["for"]),
        keeps=seconds(drawn["keep_firing_for"]),
        annotations=drawn["annotations"],
    )


def found(wanted: Loaded, rules: Sequence[Loaded]) -> Loaded | None:
    """The rule in Prometheus that stands for a declared one. Several may record one metric, with different labels."""
    same = [rule for rule in rules if (rule.kind, rule.name) == (wanted.kind, wanted.name)]
    exact = [rule for rule in same if rule.labels == wanted.labels]
    if wanted.kind == "recording":
        return next(iter(exact), None)
    return next(iter(exact or same), None)


def differences(wanted: Loaded, there: Loaded) -> Iterator[str]:
    """How the rule in Prometheus differs from the declared one, with both texts, a sentence each."""
    ours, theirs = canonical(wanted.expr), canonical(there.expr)
    if ours != theirs:
        hint = f"; only groupings differ: {_OTHER_CONFIGURATION}" if _ungrouped(ours) == _ungrouped(theirs) else ""
        yield f"Prometheus has another expression: {theirs}, not {ours}{hint}"
    if wanted.holds != there.holds:
        yield f"Prometheus waits {there.holds:g} s before it fires, not {wanted.holds:g} s"
    if wanted.labels != there.labels:
        yield f"Prometheus sets other labels: {_told(there.labels)}, not {_told(wanted.labels)}"
    if wanted.keeps != there.keeps:
        yield f"Prometheus lets it fire for {there.keeps:g} s more, not {wanted.keeps:g} s"
    for name in dict.fromkeys((*wanted.annotations, *there.annotations)):
        said, declared = there.annotations.get(name), wanted.annotations.get(name)
        if said != declared:
            hint = f"; {_OTHER_CONFIGURATION}" if name.endswith("_url") else ""
            yield f"Prometheus has another {name}: {_quoted(said)}, not {_quoted(declared)}{hint}"


def _ungrouped(expr: str) -> str:
    """The expression without what it groups and joins by, which differs by the labels of sources."""
    return "".join(_GROUPING.sub("", expr).split())


def _told(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items())) or "none"


def _quoted(text: str | None) -> str:
    return "none" if text is None else f"'{text}'"


def _loaded(rule: Mapping[str, Any]) -> Loaded:
    return Loaded(
        kind=rule["type"],
        name=rule["name"],
        expr=rule["query"],
        labels=rule.get("labels") or {},
        holds=float(rule.get("duration", 0)),
        keeps=float(rule.get("keepFiringFor", 0)),
        annotations=rule.get("annotations") or {},
        health=rule.get("health", "ok"),
        last_error=rule.get("lastError", ""),
    )
