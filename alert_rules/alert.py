"""An alert as one declaration: its rule, who is told, what to do, and the cases that prove it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal, get_args

from alert_rules.case import Case
from alert_rules.recording import RuleError
from alert_rules.teams import Team
from metrics import Unit

Severity = Literal["critical", "warning", "info"]
LONGEST_NAME = 40
KEEP_FIRING_FOR = "6m"
"""Where numbers are missing, trouble is not over: this lasts until ExporterDown, which waits for 5m, silences what it
knows nothing about."""
_NAME = re.compile(r"([A-Z][a-z0-9]*)+")
_DURATION = re.compile(r"0s|[1-9]\d*[smhd]")
_FAMILY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_HUMAN = {
    Unit.RATIO: "{{ $value | humanizePercentage }}",
    Unit.SECONDS: "{{ $value | humanizeDuration }}",
    Unit.BYTES: "{{ $value | humanize1024 }}B",
    Unit.TIMESTAMP: "{{ $value | humanizeTimestamp }}",
}


@dataclass(frozen=True)
class Runbook:
    """What on-call reads at three in the morning, in Markdown.

    `means` says what the alert means, `impact` how bad it is and for whom, `check` the steps that tell the cause, and
    `mend` what makes it good again. The page adds the query, the tables and collectors behind it, the board and who.
    """

    means: str
    impact: str
    check: Sequence[str]
    mend: Sequence[str]


@dataclass(frozen=True, eq=False)
class Alert:
    """One alert rule. Raises RuleError with all faults.

    `expr` is true where something is wrong, and stays so for `for_` before anybody is told. `unit` is that of the
    expression's value. `summary` is a fixed sentence; `description` may hold templates such as `{{ $labels.service }}`
    and `VALUE`. `board` is the uid of the board to look at. Within one `family`, a critical alert silences the warning
    about the same thing. `follows` names alerts that say as much: while one of them fires about the same thing, this
    one is muted, so that nobody is paged twice for one outage. `absence` marks an alert that fires because there is no
    data, with the reason.
    """

    name: str
    expr: str
    _: KW_ONLY
    for_: str
    severity: Severity
    team: Team
    unit: Unit
    summary: str
    description: str
    runbook: Runbook
    board: str
    cases: Sequence[Case]
    family: str = ""
    follows: Sequence[str] = ()
    absence: str = ""
    mail: str = ""
    """A mailbox that is told beside that of the team."""
    keep_firing_for: str = KEEP_FIRING_FOR
    """How long it goes on after the condition was last true."""
    ignore: Mapping[str, str] = field(default_factory=dict)
    """Reasons for lint codes that do not apply here."""

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise RuleError(self.name, faults)

    @property
    def value(self) -> str:
        """The template of the value with its unit."""
        return humanised(self.unit)

    @property
    def text(self) -> str:
        """The description as the rule says it, the value filled in by its template."""
        return self.description.replace(VALUE, self.value)

    @property
    def labels(self) -> dict[str, str]:
        """The labels that the rule sets."""
        family = {"family": self.family} if self.family else {}
        return {"severity": self.severity, "team": self.team.name, **family}

    def _faults(self) -> Iterator[str]:
        for name, kind in (("team", Team), ("unit", Unit), ("runbook", Runbook)):
            if not isinstance(given := getattr(self, name), kind):
                yield f"'{name}' must be a {kind.__name__}, got {given!r}."
                return
        if not _NAME.fullmatch(self.name) or len(self.name) > LONGEST_NAME:
            yield f"A name is in CamelCase, with at most {LONGEST_NAME} letters and digits."
        if not self.expr.strip():
            yield "It has no expression."
        if not _DURATION.fullmatch(self.for_):
            yield f"'for_' must be a duration such as 5m, or 0s, got {self.for_!r}."
        if not _DURATION.fullmatch(self.keep_firing_for):
            yield f"'keep_firing_for' must be a duration such as 6m, or 0s, got {self.keep_firing_for!r}."
        if self.severity not in get_args(Severity):
            yield f"The severity must be {', '.join(get_args(Severity))}, got {self.severity!r}."
        if self.family and not _FAMILY.fullmatch(self.family):
            yield f"A family is in lower-case words with hyphens, got {self.family!r}."
        if not self.summary.strip() or "{{" in self.summary:
            yield "The summary must be a fixed sentence; what differs belongs into the description."
        if "{{" not in self.text:
            yield "The description must say what is the case, with VALUE or labels in it."
        if not all((self.runbook.means.strip(), self.runbook.impact.strip(), self.runbook.check, self.runbook.mend)):
            yield "The runbook must say what the alert means, how bad it is, what to check and how to mend it."
        if not any(case.firing for case in self.cases) or all(case.firing for case in self.cases):
            yield "It needs a case in which it fires, and one in which it stays silent."


def humanised(unit: Unit) -> str:
    """The template of a value in this unit."""
    return _HUMAN.get(unit, "{{ $value | humanize }}")


VALUE = "VALUE"
"""Stands for the value in a description, and becomes the template that fits the unit."""
