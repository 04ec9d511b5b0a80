"""Which alerts fire, as Prometheus says, and which rules it could tell that of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ValidationError

_SECONDS = 10.0


class FiringError(Exception):
    """Prometheus did not say what fires."""


class _Alert(BaseModel):
    state: str
    labels: dict[str, str]


class _Rule(BaseModel):
    type: Literal["alerting", "recording"]
    name: str
    health: str
    alerts: list[_Alert] = []


class _Group(BaseModel):
    rules: list[_Rule]


class _Rules(BaseModel):
    groups: list[_Group]


class Firing:
    """What fires by one answer of Prometheus about its rules."""

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._evaluated: dict[str, bool] = {}
        self._firing: dict[str, list[Mapping[str, str]]] = defaultdict(list)
        for rule in rules:
            if rule.type == "alerting":
                self._evaluated[rule.name] = rule.health == "ok" and self._evaluated.get(rule.name, True)
                self._firing[rule.name] += (alert.labels for alert in rule.alerts if alert.state == "firing")

    def has_rule(self, name: str) -> bool:
        """Whether Prometheus has a rule of this name."""
        return name in self._evaluated

    def is_evaluated(self, name: str) -> bool:
        """Whether all rules of this name were evaluated since they were loaded, and well."""
        return self._evaluated.get(name, False)

    def includes(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether an alert fires that Alertmanager got with these labels: to its own, external ones may be added."""
        return any(alert.items() <= labels.items() for alert in self._firing.get(name, ()))


def ask(url: str) -> Firing:
    """Ask the Prometheus at `url`. Raises FiringError."""
    # Here, because it brings along what builds boards, which an exporter does not need to start.
    from provisioning.verify.errors import Refused, Unreachable
    from provisioning.verify.prometheus import PrometheusApi

    try:
        told = _Rules.model_validate(PrometheusApi(url, timeout=_SECONDS).rules())
    except Unreachable as error:
        raise FiringError(str(error)) from error
    except (Refused, ValidationError) as error:
        cause = "the answer is not Prometheus' own" if isinstance(error, ValidationError) else str(error)
        raise FiringError(f"could not ask Prometheus for its rules: {cause}") from error
    return Firing(rule for group in told.groups for rule in group.rules)
