"""What Prometheus says of the rules that it has loaded, beside those that are declared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from provisioning.rules.expressions import canonical
from provisioning.verify.as_grafana import seconds


@dataclass(frozen=True)
class Loaded:
    """A rule in Prometheus. `holds` is how long an alert must hold, in seconds."""

    kind: Literal["alerting", "recording"]
    name: str
    expr: str
    labels: Mapping[str, str]
    holds: float = 0.0
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
    return Loaded("alerting", drawn["alert"], drawn["expr"], labels, seconds(drawn["for"]))


def found(wanted: Loaded, rules: Sequence[Loaded]) -> Loaded | None:
    """The rule in Prometheus that stands for a declared one. Several may record one metric, with different labels."""
    same = [rule for rule in rules if (rule.kind, rule.name) == (wanted.kind, wanted.name)]
    exact = [rule for rule in same if rule.labels == wanted.labels]
    if wanted.kind == "recording":
        return next(iter(exact), None)
    return next(iter(exact or same), None)


def differences(wanted: Loaded, there: Loaded) -> Iterator[str]:
    """How the rule in Prometheus differs from the declared one, a sentence each."""
    if canonical(wanted.expr) != canonical(there.expr):
        yield f"Prometheus has another expression: {' '.join(there.expr.split())}"
    if wanted.holds != there.holds:
        yield f"Prometheus waits {there.holds:g} s before it fires, not {wanted.holds:g} s"
    if wanted.labels != there.labels:
        yield f"Prometheus sets other labels: {', '.join(f'{k}={v}' for k, v in sorted(there.labels.items()))}"


def _loaded(rule: Mapping[str, Any]) -> Loaded:
    return Loaded(
        kind=rule["type"],
        name=rule["name"],
        expr=rule["query"],
        labels=rule.get("labels") or {},
        holds=float(rule.get("duration", 0)),
        health=rule.get("health", "ok"),
        last_error=rule.get("lastError", ""),
    )
