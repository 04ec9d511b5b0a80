"""Alerts that users define as rules for Prometheus, checked like those that are declared in code.

Each alert is a group of its own, whose name never changes: Prometheus keeps the state of an alert only while its group
keeps its name, so a former alert that is taken out must not move the others.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from alert_rules.alert import KEEP_FIRING_FOR
from dashboards.board import Board
from dashboards.scope import Scope
from metrics import Metric
from provisioning.lint import Catalogue, check
from provisioning.lint.catalogue import did_you_mean
from provisioning.lint.conditions import impossible, shortest_hold
from provisioning.lint.promql import parse
from provisioning.lint.query import Query
from provisioning.paging.settings import duration
from provisioning.rules import user_runbook
from provisioning.rules.links import Links
from provisioning.rules.to_prometheus import dumped
from provisioning.rules.user_conditions import SHORTEST_WINDOW, condition, looks_back
from provisioning.rules.user_texts import MessageError, message, summary, value
from warehouse.alerts import Definition, StoredAlert

LONGEST_NAME = 40
_OWN_LABELS = ("alert_id", "alertname", "channels", "origin", "recipients", "severity")
_SCRAPE_LABELS = frozenset({"job", "instance"})
_WORD = re.compile(r"[A-Za-z0-9]+")
_CATALOGUE, _OVERVIEW = "catalogue", "overview"
_ID_LETTERS = 8

HEAD = "# Written by 'kpi alerts', which overwrites it with each change.\n"
"""By it a file of rules is known to be ours."""


class RuleFile(NamedTuple):
    """The text of a rule file, a sentence for each alert that is left out of it, and the names of its groups."""

    text: str
    problems: tuple[str, ...]
    groups: tuple[str, ...]


class Rules:
    """Compiles definitions for the metrics in `scope`. `pace` is how often rules see a new sample, in seconds."""

    def __init__(self, scope: Scope, boards: Sequence[Board], links: Links, pace: float = 15) -> None:
        self._scope = scope
        self._boards = boards
        self._links = links
        self._catalogue = Catalogue(scope.metrics, scope.intervals)
        self._extra_labels = _SCRAPE_LABELS.union(scope.source_labels)
        self._shortest_hold = shortest_hold(timedelta(seconds=pace)).total_seconds()

    def faults(self, definition: Definition) -> list[str]:
        """What is wrong with the definition, a sentence each: in itself, and for the metric that it names."""
        return [*self._unfit(definition), *self._haste(definition)]

    def file(self, alerts: Sequence[StoredAlert]) -> RuleFile:
        """The rules of the active alerts among `alerts`. One that was to fire too soon, by the intervals that are now
        configured, waits for the second sample.
        """
        groups: list[dict[str, Any]] = []
        problems: list[str] = []
        for alert in alerts:
            if not alert.is_active:
                continue
            found, faults = self._catalogue.find(alert.definition.metric_name), self._unfit(alert.definition)
            if found and not faults:
                groups.append({"name": f"user-{alert.id}", "rules": [self._rule(alert, found[0])]})
            else:
                problems.append(f"The alert {alert.id} is left out: {' '.join(faults)}")
        return RuleFile(HEAD + dumped({"groups": groups}), tuple(problems), tuple(group["name"] for group in groups))

    def _unfit(self, definition: Definition) -> list[str]:
        return [*definition.faults(), *self._faults(definition)]

    def _haste(self, definition: Definition) -> Iterator[str]:
        if 0 <= definition.for_seconds < self._shortest_hold:
            yield (
                f"The 'for' must be at least {duration(self._shortest_hold)}, in which two samples are taken, so that "
                f"one bad sample pages nobody, got {definition.for_seconds} s."
            )

    def _faults(self, definition: Definition) -> Iterator[str]:
        name = definition.metric_name
        found = self._catalogue.find(name)
        histogram = self._catalogue.histogram(name)
        if histogram or (found and found[0].kind == "histogram"):
            yield f"{name} is of a histogram, which has no single value; alerts of users watch gauges and counters."
        elif found is None:
            yield f"There is no metric {name}{self._catalogue.hint(name)}"
        else:
            yield from self._faults_of(definition, found[0])

    def _faults_of(self, definition: Definition, metric: Metric) -> Iterator[str]:
        labels = self._labels(metric)
        own = [
            f"{metric} has no label {label!r}{did_you_mean(label, labels)}"
            for label in definition.matchers
            if label not in labels
        ]
        own += [
            f"{metric} carries the label {label!r}, which its alerts need." for label in _OWN_LABELS if label in labels
        ]
        least = max(SHORTEST_WINDOW, round(2 * self._catalogue.interval(metric).total_seconds()))
        if looks_back(definition, metric) and definition.window_seconds < least:
            own.append(
                f"The window must be at least {duration(least)}, in which {metric} is collected twice, "
                f"got {duration(definition.window_seconds)}."
            )
        try:
            message(definition, metric, labels)
        except MessageError as error:
            own.append(str(error))
        yield from own
        if not own and not list(definition.faults()):
            expr = condition(definition, metric)
            said = check(
                expr, self._catalogue, name_of(metric, definition), kind="instant", extra_labels=self._extra_labels
            )
            yield from (finding.message for finding in said)
            if not said:
                yield from impossible(
                    Query(parse(expr), self._catalogue, kind="instant", extra_labels=self._extra_labels)
                )

    def _labels(self, metric: Metric) -> frozenset[str]:
        return self._catalogue.labels(metric.series[0].name, self._extra_labels) or frozenset()

    def _rule(self, alert: StoredAlert, metric: Metric) -> dict[str, Any]:
        definition, labels = alert.definition, self._labels(metric)
        return {
            "alert": f"{name_of(metric, definition)}{alert.id.hex[:_ID_LETTERS]}",
            "expr": condition(definition, metric),
            "for": duration(max(definition.for_seconds, self._shortest_hold)),
            "keep_firing_for": KEEP_FIRING_FOR,
            "labels": {
                "origin": "user",
                "alert_id": str(alert.id),
                "severity": definition.severity,
                # A label of the rule would replace that of the series, and make one of several.
                **({} if "team" in labels else {"team": metric.owner}),
                **({"channels": f",{','.join(definition.channels)},"} if definition.channels else {}),
                **({"recipients": ",".join(definition.recipients)} if definition.recipients else {}),
            },
            "annotations": {
                "summary": summary(definition, metric),
                "description": message(definition, metric, labels),
                "value": value(definition, metric),
                "raw_value": "{{ $value }}",
                "runbook_url": self._links.runbook(user_runbook.NAME),
                "dashboard_url": self._links.board(self._board(metric)),
            },
        }

    def _board(self, metric: Metric) -> str:
        """The uid of the first board that shows the metric; those that show everything come last."""
        showing = [board.uid for board in self._boards if any(metric in panel.metrics for _, panel in board.panels())]
        special = [uid for uid in showing if uid.partition("-")[0] not in (_CATALOGUE, _OVERVIEW)]
        return next(iter([*special, *showing]), _OVERVIEW)


def name_of(metric: Metric, definition: Definition) -> str:
    """The name without the letters of the id: `ConversionRatioThreshold`. Long names of metrics are cut."""
    kind = definition.alert_type.capitalize()
    words = (word[:1].upper() + word[1:].lower() for word in _WORD.findall(metric.name.removeprefix("kpi_")))
    return "".join(words)[: LONGEST_NAME - _ID_LETTERS - len(kind)] + kind
