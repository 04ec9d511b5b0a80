"""A group of rules, which Prometheus evaluates one after the other, from the first to the last."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alert_rules.alert import Alert
from alert_rules.recording import Recording, RuleError

Rule = Alert | Recording
MOST_RULES = 20
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, eq=False)
class Group:
    """Rules of one domain, recorded metrics first. `interval` is how often they are evaluated, if not as usual.

    Raises RuleError.
    """

    name: str
    rules: Sequence[Rule]
    interval: str = ""

    def __post_init__(self) -> None:
        faults = []
        if not _NAME.fullmatch(self.name):
            faults.append("A group is named in lower-case words with hyphens.")
        if len(self.rules) > MOST_RULES:
            faults.append(f"It has {len(self.rules)} rules; split what has more than {MOST_RULES}.")
        if not self.rules:
            faults.append("It has no rules.")
        if faults:
            raise RuleError(self.name, faults)

    @property
    def alerts(self) -> Iterator[Alert]:
        """Its alerts, in order."""
        return (rule for rule in self.rules if isinstance(rule, Alert))

    @property
    def recordings(self) -> Iterator[Recording]:
        """Its recording rules, in order."""
        return (rule for rule in self.rules if isinstance(rule, Recording))
