"""Asks what the boards ask, and judges the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from provisioning.verify import as_grafana
from provisioning.verify.answer import Answer
from provisioning.verify.as_grafana import Range
from provisioning.verify.errors import Refused, Skipped
from provisioning.verify.questions import Query, Questions, Subject
from provisioning.verify.servers import Servers

Outcome = Literal["error", "empty", "slow", "skipped", "expected", "many", "ok"]
FAULTS: Final[tuple[Outcome, ...]] = ("error", "empty", "slow")
_WORST_FIRST: Final[tuple[Outcome, ...]] = (*FAULTS, "skipped", "expected", "many")

SLOW = 2.0
_OK: Final[Outcome] = "ok"
_MANY = 40
_TRIED = 5
"""How many values of a variable are tried before the choice counts as broken: one may rightly have no data."""

Choices = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Checked:
    """What became of a panel, a variable or an annotation of a board, or of a rule of a group: the worst found.

    `message` says all that was found. `seconds` is the duration of its slowest query, `answers` how many series or
    rows came back.
    """

    board: str
    subject: str
    outcome: Outcome
    message: str
    seconds: float
    answers: int


@dataclass
class Findings:
    """What is found while a subject is checked."""

    seconds: float = 0.0
    answers: int = 0
    told: list[tuple[Outcome, str]] = field(default_factory=list)

    def add(self, outcome: Outcome, message: str, query: str = "") -> None:
        self.told.append((outcome, f"{query}: {message}" if query else message))

    def worst(self, board: str, subject: str) -> Checked:
        found: dict[Outcome, list[str]] = {outcome: [] for outcome in _WORST_FIRST}
        for outcome, message in dict.fromkeys(self.told):
            found[outcome].append(message)
        worst = next((outcome for outcome in _WORST_FIRST if found[outcome]), _OK)
        message = "; ".join(message for messages in found.values() for message in messages)
        return Checked(board, subject, worst, message, self.seconds, self.answers)


class Check:
    """Asks for the time before `moment`, a Unix time.

    `slow` is the longest that a query may take and `scrape_interval` how often Prometheus scrapes, both in seconds.
    """

    def __init__(self, servers: Servers, moment: float, *, slow: float, scrape_interval: float) -> None:
        self._servers = servers
        self._moment = moment
        self._slow = slow
        self._scrape_interval = scrape_interval

    def variables(self, asked: Questions) -> tuple[dict[str, list[str]], list[Checked]]:
        """The values of each variable of a board, and what became of asking for them."""
        choices: dict[str, list[str]] = {}
        checked = []
        span = self._span(asked.length)
        for variable in asked.variables:
            found = Findings()
            choices[variable.name] = []
            try:
                choices[variable.name] = self._servers.values(variable, span, _everything(choices))
            except Refused as error:
                found.add("error", str(error))
            except Skipped as error:
                found.add("skipped", str(error))
            else:
                if not choices[variable.name]:  # with All, panels show everything all the same
                    found.add("expected", f"there is nothing to choose: no series has the label {variable.label}")
            found.answers = len(choices[variable.name])
            checked.append(found.worst(asked.title, f"variable {variable.name}"))
        return choices, checked

    def subject(self, asked: Questions, subject: Subject, choices: Choices) -> Checked:
        """A panel or an annotation: with everything chosen, then with single values of each variable."""
        found = Findings()
        span = self._span(subject.length, subject.interval)
        shown, series = [], 0
        for query in subject.queries:
            name = query.name if len(subject.queries) > 1 else ""
            answer = self._ask(query, span, _everything(choices), found, name)
            if answer is None:
                continue
            found.answers += answer.series
            series += answer.series if query.language == "promql" else 0
            found.seconds = max(found.seconds, answer.seconds)
            if answer.shown:
                shown.append(query)
            elif subject.may_be_empty:
                found.add("expected", f"empty, as expected: {subject.may_be_empty}")
            elif query.language == "promql" and not query.instant and self._has_value_now(query, span, choices):
                found.add(
                    "expected", f"too new: it has a value now, but none yet at a multiple of {span.step:g} s", name
                )
            elif subject.kind != "annotation":
                found.add("empty", "only NaN or infinite values" if answer.series else "no data", name)
        if found.seconds > self._slow:
            found.add("slow", f"took {found.seconds:.1f} s, more than {self._slow:g} s")
        if subject.kind == "trend" and series > _MANY:
            found.add("many", f"{series} series in one trend, more than {_MANY}")
        for name, values in choices.items():
            mentioning = [query for query in shown if as_grafana.used(query.text, [name])]
            if mentioning and values:
                self._choose(name, values[:_TRIED], mentioning, span, choices, found)
        return found.worst(asked.title, subject.name)

    def _has_value_now(self, query: Query, span: Range, choices: Choices) -> bool:
        """Whether the query shows something at this moment; boards ask at multiples of their step only."""
        try:
            return self._servers.ask(replace(query, instant=True), span, _everything(choices)).shown > 0
        except (Refused, Skipped):
            return False

    def _choose(
        self,
        name: str,
        values: Sequence[str],
        queries: Sequence[Query],
        span: Range,
        choices: Choices,
        found: Findings,
    ) -> None:
        """One value after another, until one shows something."""
        for value in values:
            for query in queries:
                chosen = as_grafana.promql_choice(value) if query.language == "promql" else as_grafana.sql_choice(value)
                answer = self._ask(query, span, {**_everything(choices), name: chosen}, found, f"{name}={value}")
                if answer is None or answer.shown:
                    return
        found.add("empty", f"choosing a {name} shows nothing, tried {', '.join(values)}")

    def _ask(self, query: Query, span: Range, values: Mapping[str, str], found: Findings, name: str) -> Answer | None:
        """The answer; where there is none, the reason is among the findings."""
        try:
            return self._servers.ask(query, span, values)
        except Refused as error:
            found.add("error", str(error), name)
        except Skipped as error:
            found.add("skipped", str(error), name)
        return None

    def _span(self, length: float, interval: float = 0) -> Range:
        return as_grafana.range_of(length, interval, self._moment, self._scrape_interval)


def _everything(choices: Choices) -> dict[str, str]:
    return dict.fromkeys(choices, as_grafana.ALL)
