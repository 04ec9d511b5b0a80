"""Holds the rules of a live Prometheus against those that are declared, and asks what their expressions ask."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from alert_rules import Alert, Group
from alert_rules.group import Rule
from dashboards.scope import Scope
from metrics import Metric
from provisioning.rules.expressions import selected, watched
from provisioning.rules.links import Links
from provisioning.rules.reading import Rules
from provisioning.rules.to_prometheus import drawn
from provisioning.verify import as_grafana
from provisioning.verify.answer import Answer
from provisioning.verify.check import Checked, Findings
from provisioning.verify.errors import Refused, Skipped
from provisioning.verify.loaded import Loaded, LoadedGroup, declared_rule, differences, found, loaded_groups
from provisioning.verify.questions import Query
from provisioning.verify.servers import Servers

THE_GROUP = "the group"
_NO_RULES = (
    "Prometheus has loaded none of the rules: name the built files, prometheus/rules/*.yaml, under rule_files in its "
    "configuration, and reload it."
)
_NO_ALERTMANAGER = (
    "Prometheus tells no Alertmanager: name one under alerting in its configuration, or nobody hears of an alert."
)
_FINDS_WITHIN = 6.0
"""Seconds within which Prometheus finds its Alertmanagers after a start, or after it read its configuration again."""
_PAUSE = 0.5
_AN_HOUR = 3600.0


def loaded_and_lacking(
    groups: Sequence[Group], servers: Servers, patience: float = _FINDS_WITHIN
) -> tuple[list[LoadedGroup], list[str]]:
    """The declared groups in Prometheus, and what it lacks as a whole, a sentence each.

    `patience` is for how many seconds it may be looking for its Alertmanagers.
    """
    names = {group.name for group in groups}
    loaded, lacking = [], []
    try:
        loaded = [there for there in loaded_groups(servers.rules()) if there.name in names]
        if not loaded:
            lacking.append(_NO_RULES)
        if not _tells_somebody(servers, patience):
            lacking.append(_NO_ALERTMANAGER)
    except Refused as error:
        lacking.append(f"could not ask Prometheus for its rules: {error}")
    except Skipped:  # its loss is told once, for all
        pass
    return loaded, lacking


def _tells_somebody(servers: Servers, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not (told := servers.alertmanagers()) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return bool(told)


@dataclass(frozen=True)
class RuleCheck:
    """Asks at `moment`, a Unix time. `loaded` are those of the groups that are in Prometheus, `slow` is in seconds.

    `links` are those that annotations should hold. Where none is loaded, that is not held against each rule.
    """

    servers: Servers
    rules: Rules
    loaded: Sequence[LoadedGroup]
    scope: Scope
    moment: float
    slow: float
    links: Links = field(default_factory=Links)

    def groups(self, pool: Executor) -> Iterator[Checked]:
        """What became of each rule, group by group, and of each group as a whole."""
        asked = [(group, [declared_rule(rule) for rule in self._drawn(group)]) for group in self.rules.groups]
        waiting = [pool.map(partial(self._rule, group), group.rules, wanted) for group, wanted in asked]
        for (group, wanted), checked in zip(asked, waiting, strict=True):
            yield from checked
            yield self._group(group, wanted)

    def _drawn(self, group: Group) -> list[Mapping[str, Any]]:
        rules: list[Mapping[str, Any]] = drawn(group, self.scope, self.links)["rules"]
        return rules

    def _group(self, group: Group, wanted: Sequence[Loaded]) -> Checked:
        """Whether the group is evaluated in time, and holds nothing that is not declared."""
        findings = Findings()
        present = [there for there in self.loaded if there.name == group.name]
        if self.loaded and not present:
            findings.add("error", "Prometheus has not loaded it")
        for there in present:
            if group.interval and there.interval != as_grafana.seconds(group.interval):
                findings.add("error", f"Prometheus evaluates it every {there.interval:g} s, not every {group.interval}")
            findings.seconds = max(findings.seconds, there.evaluation)
            if there.evaluation > there.interval:
                told = f"an evaluation took {there.evaluation:.1f} s, longer than its interval of {there.interval:g} s"
                findings.add("slow", told)
            declared = {(rule.kind, rule.name) for rule in wanted}
            for rule in there.rules:
                if (rule.kind, rule.name) not in declared or found(rule, wanted) is None:
                    findings.add("error", f"Prometheus has {rule.name} in it, which is not declared")
        return findings.worst(group.name, THE_GROUP)

    def _rule(self, group: Group, rule: Rule, wanted: Loaded) -> Checked:
        findings = Findings()
        beside = [each for there in self.loaded if there.name == group.name for each in there.rules]
        there = found(wanted, beside)
        if there is not None:
            for difference in differences(wanted, there):
                findings.add("error", difference)
            if there.health == "unknown":
                findings.add("expected", "not evaluated yet")
        elif beside:
            findings.add("error", "Prometheus has not loaded it")
        answered = self._ask_rule(rule, wanted.expr, findings)
        if answered and there is not None and there.health == "err":
            findings.add("error", f"Prometheus could not evaluate it: {there.last_error}")
        if findings.seconds > self.slow:
            findings.add("slow", f"took {findings.seconds:.1f} s, more than {self.slow:g} s")
        return findings.worst(group.name, wanted.name)

    def _ask_rule(self, rule: Rule, expr: str, findings: Findings) -> bool:
        """Whether there is an answer. An alert rightly has none while nothing is wrong; what it watches has one."""
        answer = self._ask(expr, findings)
        if answer is None or answer.shown:
            return answer is not None
        if isinstance(rule, Alert):
            if rule.absence:
                return True
            values = watched(expr)
            answer = self._ask(values, findings) if values != expr else answer
            if answer is None or answer.shown:
                return answer is not None
        behind = self.rules.behind(rule)
        if missing := self._not_recorded(behind):
            findings.add("expected", f"nothing yet, because {', '.join(missing)} is not recorded there")
        elif reasons := [metric.sparse for metric in behind if metric.sparse]:
            findings.add("expected", f"empty, as expected: {reasons[0]}")
        elif missing := list(self._without_series(rule, findings)):
            findings.add("empty", f"no data of {', '.join(missing)}")
        else:
            findings.add("expected", "no value now: its conditions do not hold")
        return True

    def _without_series(self, rule: Rule, findings: Findings) -> Iterator[str]:
        """The names in what the rule watches of which Prometheus has no series now."""
        for name in dict.fromkeys(one.name for one in selected(watched(rule.expr)) if one.name):
            answer = self._ask(f"count({name})", findings)
            if answer is not None and not answer.shown:
                yield name

    def _not_recorded(self, metrics: Sequence[Metric]) -> list[str]:
        """Those of the metrics that a rule should record, and Prometheus has no rule for."""
        there = {rule.name for group in self.loaded for rule in group.rules if rule.kind == "recording"}
        return [metric.name for metric in metrics if metric.origin == "recorded" and metric.name not in there]

    def _ask(self, expr: str, findings: Findings) -> Answer | None:
        span = as_grafana.range_of(_AN_HOUR, 0, self.moment)
        try:
            answer = self.servers.ask(Query(expr, instant=True), span, {})
        except Refused as error:
            findings.add("error", str(error))
            return None
        except Skipped as error:
            findings.add("skipped", str(error))
            return None
        findings.seconds = max(findings.seconds, answer.seconds)
        findings.answers = max(findings.answers, answer.series)
        return answer
