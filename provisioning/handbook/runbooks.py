"""The runbook of an alert: what its author says, and what follows from its rule, in the same places on each page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from textwrap import indent

from alert_rules import Alert, Recording, Severity
from collectors.durations import parse_duration
from dashboards.board import Board
from metrics import Metric
from provisioning.handbook.entry import Entry, span
from provisioning.handbook.markdown import block, code, first_sentence, page, plain, table
from provisioning.handbook.places import Places
from provisioning.rules.expressions import pretty, watched
from provisioning.rules.reading import Rules

HEADINGS = ("What it means", "How bad it is", "Check", "Mend", "Who", "The rule")
"""Those of each runbook, in this order: what to do comes before what it is made of."""

_URGENCY: Mapping[Severity, str] = {"critical": "act now", "warning": "act today", "info": "good to know"}
_SHOWN_RULES = 6


@dataclass(frozen=True)
class Runbooks:
    """Writes the runbooks of all alerts. `entries` are those of the handbook, `boards` the ones to look at."""

    rules: Rules
    entries: Sequence[Entry]
    boards: Sequence[Board]
    places: Places

    def page(self, alert: Alert) -> str:
        """The Markdown of the page of one alert."""
        return page(f"# {alert.name}", f"**{plain(alert.summary)}**", *self.pieces(alert))

    def pieces(self, alert: Alert) -> Iterator[str]:
        """What stands below the name of the alert and its summary."""
        book = alert.runbook
        bodies = (
            (book.means.strip(), *self._absence(alert)),
            (book.impact.strip(),),
            (self._look(alert), _steps(book.check), *self._watched(alert), *self._sources(alert)),
            (_steps(book.mend),),
            (self._who(alert),),
            (*self._rule(alert), *self._recorded(alert)),
        )
        yield table(("", ""), self._facts(alert))
        for heading, body in zip(HEADINGS, bodies, strict=True):
            yield f"## {heading}"
            yield from body

    def _facts(self, alert: Alert) -> Iterator[tuple[str, str]]:
        yield "severity", f"{alert.severity}: {_URGENCY[alert.severity]}"
        yield "team", plain(alert.team.name)
        yield "fires after", holds(alert)
        yield "group", code(self.rules.group_of(alert).name)
        yield "board", self._board(alert)
        family = [other for other in self.rules.alerts if alert.family and other.family == alert.family]
        if relatives := [self.places.alert(other.name) for other in family if other is not alert]:
            yield "family", f"{code(alert.family)}, with {', '.join(relatives)}: a critical one silences warnings"

    def _absence(self, alert: Alert) -> Iterator[str]:
        if alert.absence:
            yield f"It fires where there is no data: {plain(alert.absence)}"

    def _rule(self, alert: Alert) -> Iterator[str]:
        held = "which fires at once" if _seconds(alert) == 0 else f"which must hold for {holds(alert)}"
        yield f"The condition, {held}:"
        yield block(pretty(alert.expr), "promql")

    def _look(self, alert: Alert) -> str:
        return f"Look at the board {self._board(alert)}."

    def _watched(self, alert: Alert) -> Iterator[str]:
        yield "What it watches, whether it fires or not; paste this into Prometheus:"
        yield block(pretty(watched(alert.expr)), "promql")

    def _recorded(self, alert: Alert) -> Iterator[str]:
        below = self.rules.below(alert)
        for recording in below[:_SHOWN_RULES]:
            yield f"{self._metric(recording.of)}{_labelled(recording)} is recorded from:"
            yield block(pretty(recording.expr), "promql")
        if len(below) > _SHOWN_RULES:
            yield f"{len(below) - _SHOWN_RULES} more recorded rules lie below these."

    def _sources(self, alert: Alert) -> Iterator[str]:
        if behind := [metric for metric in self.rules.behind(alert) if metric.origin != "recorded"]:
            yield "Behind it:"
            yield "\n".join(f"- {self._metric(metric)}: {self._origin(metric)}" for metric in behind)

    def _origin(self, metric: Metric) -> str:
        """What a metric means, and which collector makes it out of which tables."""
        text = plain(first_sentence(metric.help))
        entry = self._entries.get(metric.name)
        if metric.origin == "external":
            return text if entry else f"{text} Another exporter tells it."
        if entry is None:
            return text
        tables = ", ".join(map(self.places.table, entry.tables))
        made = f"by {self.places.file(entry.file)}" if entry.file else f"by {code(entry.domain)}"
        return f"{text} Collected every {span(entry.interval)} {made}{f' from {tables}' if tables else ''}."

    def _who(self, alert: Alert) -> str:
        team = alert.team
        own = team.mail if alert.severity != "info" else ""  # what is for information goes to chat alone
        boxes = [code(name) for name in (own, alert.mail) if name]
        ways = [f"the channel {code(team.chat)}"]
        if boxes:
            ways.append(f"the mailbox{'es' * (len(boxes) > 1)} {' and '.join(boxes)}")
        if team.pages and alert.severity == "critical":
            ways.append("PagerDuty")
        return f"The team {plain(team.name)} answers for it. It is told by {_listed(ways)}."

    def _board(self, alert: Alert) -> str:
        found = next((board for board in self.boards if board.uid == alert.board), None)
        return self.places.board_of(alert, found)

    def _metric(self, metric: Metric) -> str:
        return self.places.metric(metric.name) if metric.name in self._entries else code(metric.name)

    @cached_property
    def _entries(self) -> Mapping[str, Entry]:
        return {entry.metric.name: entry for entry in self.entries}


def holds(alert: Alert) -> str:
    """How long the condition of an alert must hold: `5 min`, or `at once`."""
    seconds = _seconds(alert)
    return {0.0: "at once", 60.0: "1 min"}.get(seconds, span(seconds))


def _seconds(alert: Alert) -> float:
    return 0.0 if alert.for_ == "0s" else parse_duration(alert.for_)


def _steps(steps: Sequence[str]) -> str:
    """A numbered list; code that belongs to a step stands below it."""
    return "\n".join(f"{number}. {indent(step, '   ').strip()}" for number, step in enumerate(steps, 1))


def _labelled(recording: Recording) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in recording.labels.items())
    return f" with {code(labels)}" if labels else ""


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
