"""Which rules read which metrics, directly and through recorded ones."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain

from alert_rules import Alert, Group, Recording
from alert_rules.group import Rule
from metrics import Metric
from provisioning.rules.expressions import Selected, selected


class Rules:
    """The rules of all groups, and the ways from a metric to the rules that read it and back.

    `metrics` are those that rules may read beside the recorded ones.
    """

    def __init__(self, groups: Sequence[Group] = (), metrics: Iterable[Metric] = ()) -> None:
        self.groups = tuple(groups)
        self.recordings = tuple(recording for group in self.groups for recording in group.recordings)
        self.alerts = tuple(alert for group in self.groups for alert in group.alerts)
        recorded = (recording.of for recording in self.recordings)
        self._metrics = {series.name: metric for metric in chain(metrics, recorded) for series in metric.series}

    @property
    def recorded(self) -> tuple[Metric, ...]:
        """The metrics that rules record, in the order of the rules."""
        return tuple(dict.fromkeys(recording.of for recording in self.recordings))

    def recordings_of(self, metric: Metric) -> tuple[Recording, ...]:
        """The rules that record a metric."""
        return tuple(recording for recording in self.recordings if recording.of is metric)

    def group_of(self, rule: Rule) -> Group:
        """The group of one of the rules."""
        return next(group for group in self.groups if rule in group.rules)

    def reads(self, rule: Rule) -> tuple[Metric, ...]:
        """The metrics whose series the rule selects."""
        found = (self._metrics.get(one.name) for one in selected(rule.expr))
        return tuple(dict.fromkeys(metric for metric in found if metric is not None))

    def below(self, rule: Rule) -> tuple[Recording, ...]:
        """The recording rules that the rule follows from, the nearest first."""
        found: dict[Recording, None] = {}
        waiting = [rule]
        while waiting:
            for one in selected(waiting.pop(0).expr):
                new = [recording for recording in self._recorded_as(one) if recording not in found]
                found |= dict.fromkeys(new)
                waiting += new
        return tuple(found)

    def behind(self, rule: Rule) -> tuple[Metric, ...]:
        """The metrics that the rule follows from, directly or through recorded ones, the nearest first."""
        return tuple(dict.fromkeys(metric for each in (rule, *self.below(rule)) for metric in self.reads(each)))

    def alerts_on(self, metric: Metric) -> tuple[Alert, ...]:
        """The alerts that follow from a metric."""
        return tuple(alert for alert, behind in self._behind.items() if metric in behind)

    def recorded_from(self, metric: Metric) -> tuple[Metric, ...]:
        """The recorded metrics whose rules select a metric."""
        reading = (recording.of for recording in self.recordings if metric in self.reads(recording))
        return tuple(dict.fromkeys(reading))

    @cached_property
    def _behind(self) -> dict[Alert, frozenset[Metric]]:
        return {alert: frozenset(self.behind(alert)) for alert in self.alerts}

    def _recorded_as(self, one: Selected) -> Iterator[Recording]:
        """The rules that record what a selector selects; those that set another value of a pinned label do not."""
        for recording in self.recordings:
            pinned = {label: value for label, value in one.pinned.items() if label in recording.labels}
            if recording.of.name == one.name and pinned.items() <= dict(recording.labels).items():
                yield recording
