"""A recording rule: which metric it records, and from what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from metrics import Metric


class RuleError(ValueError):
    """A rule cannot be made from what it was given. `faults` lists each as a sentence."""

    def __init__(self, name: str, faults: list[str]) -> None:
        super().__init__(f"could not declare the rule {name}: " + " ".join(faults))
        self.faults = faults


@dataclass(frozen=True, eq=False)
class Recording:
    """Records `expr` as the metric `of`. `labels` are set on the result, such as the window that the rule looks over.

    Sources need no mention: when built, groupings keep their labels. `ignore` gives reasons for lint codes that do not
    apply here. Raises RuleError.
    """

    of: Metric
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
    ignore: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        faults = []
        if self.of.origin != "recorded":
            faults.append(f"{self.of} is {self.of.origin}; declare it as Recorded.")
        faults += [f"{self.of} has no label {label!r}." for label in self.labels if label not in self.of.labels]
        if not self.expr.strip():
            faults.append("It has no expression.")
        if faults:
            raise RuleError(self.of.name, faults)
