"""The cases of alerts as unit tests for promtool: one file for each group."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from alert_rules import Alert, Case, Firing, Group, Recording
from collectors.durations import parse_duration
from provisioning.rules.expressions import Selected, selected
from provisioning.rules.links import Links
from provisioning.rules.to_prometheus import annotations, dumped, path

FOLDER = "prometheus/tests/"
_STEP = "1m"
_SAMPLE = re.compile(r"[-+]?(\d+(\.\d+)?(e[-+]?\d+)?|Inf)", re.IGNORECASE)
_TIMES = re.compile(r"x(\d+)$")


def case_files(groups: Sequence[Group], links: Links) -> dict[str, str]:
    """A file for each group with alerts, by path. Each loads its own rules and those that record what they read.

    Rules are evaluated as often as Prometheus does for the groups in the file.
    """
    return {f"{FOLDER}{group.name}.yaml": dumped(_file(group, groups, links)) for group in groups if any(group.alerts)}


def cases(alert: Alert) -> Iterator[Case]:
    """The declared cases, and those that hold for every alert: without series, and with NaN only, it is silent."""
    yield from alert.cases
    if alert.absence:
        return
    firing = next(case for case in alert.cases if case.firing)
    yield Case("no data", {}, firing.at)
    nothing = {selector: _without_numbers(values) for selector, values in firing.series.items()}
    yield replace(firing, title="only NaN", series=nothing, firing=())


def _file(group: Group, groups: Sequence[Group], links: Links) -> dict[str, Any]:
    loaded = _behind(group, groups)
    return {
        "rule_files": [f"../rules/{path(each).rpartition('/')[2]}" for each in loaded],
        "evaluation_interval": min((each.interval or _STEP for each in loaded), key=parse_duration),
        "group_eval_order": [each.name for each in loaded],
        "tests": [_test(alert, case, links) for alert in group.alerts for case in cases(alert)],
    }


def _behind(group: Group, groups: Sequence[Group]) -> list[Group]:
    """The group and those that record what it reads, or what they read. All groups in each test would take minutes."""
    loaded, waiting = {group}, [group]
    while waiting:
        reads = [series for rule in waiting.pop().rules for series in selected(rule.expr)]
        for other in groups:
            if other not in loaded and any(_records(rule, series) for rule in other.recordings for series in reads):
                loaded.add(other)
                waiting.append(other)
    return [each for each in groups if each in loaded]


def _records(rule: Recording, series: Selected) -> bool:
    return series.name == rule.of.name and all(
        series.pinned.get(label, value) == value for label, value in rule.labels.items()
    )


def _without_numbers(values: str) -> str:
    """The samples with NaN in place of numbers. `0+60x10` stands for eleven of them, `_x3` for three gaps."""
    return " ".join(_nothing(sample) if _SAMPLE.match(sample) else sample for sample in values.split())


def _nothing(sample: str) -> str:
    times = _TIMES.search(sample)
    return " ".join(["NaN"] * (int(times[1]) + 1 if times else 1))


def _said(firing: Firing, templates: Mapping[str, str]) -> dict[str, str]:
    """The annotations as they are rendered in a case."""
    value = {"value": firing.value} if "value" in templates else {}
    return {"description": firing.description, **value}


def _test(alert: Alert, case: Case, links: Links) -> dict[str, Any]:
    said = annotations(alert, links)
    return {
        "name": f"{alert.name}: {case.title}",
        "interval": _STEP,
        "input_series": [{"series": selector, "values": values} for selector, values in case.series.items()],
        "alert_rule_test": [
            {
                "eval_time": case.at,
                "alertname": alert.name,
                "exp_alerts": [
                    {
                        "exp_labels": {**alert.labels, **firing.labels},
                        "exp_annotations": {**said, **_said(firing, said)},
                    }
                    for firing in case.firing
                ],
            }
        ],
    }
