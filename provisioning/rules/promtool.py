"""The cases of alerts as unit tests for promtool: one file for each group."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from alert_rules import Alert, Case, Group
from provisioning.rules.links import Links
from provisioning.rules.to_prometheus import annotations, dumped, path

FOLDER = "prometheus/tests/"
_STEP = "1m"
_SAMPLE = re.compile(r"[-+]?(\d+(\.\d+)?(e[-+]?\d+)?|Inf)", re.IGNORECASE)
_TIMES = re.compile(r"x(\d+)$")


def case_files(groups: Sequence[Group], links: Links) -> dict[str, str]:
    """A file for each group with alerts, by path. Each loads the rules of all groups, from which its own may follow."""
    rules = [f"../rules/{path(group).rpartition('/')[2]}" for group in groups]
    return {
        f"{FOLDER}{group.name}.yaml": dumped(
            {
                "rule_files": rules,
                "evaluation_interval": _STEP,
                "group_eval_order": [each.name for each in groups],
                "tests": [_test(alert, case, links) for alert in group.alerts for case in cases(alert)],
            }
        )
        for group in groups
        if any(group.alerts)
    }


def cases(alert: Alert) -> Iterator[Case]:
    """The declared cases, and those that hold for every alert: without series, and with NaN only, it is silent."""
    yield from alert.cases
    if alert.absence:
        return
    firing = next(case for case in alert.cases if case.firing)
    yield Case("no data", {}, firing.at)
    nothing = {selector: _without_numbers(values) for selector, values in firing.series.items()}
    yield replace(firing, title="only NaN", series=nothing, firing=())


def _without_numbers(values: str) -> str:
    """The samples with NaN in place of numbers. `0+60x10` stands for eleven of them, `_x3` for three gaps."""
    return " ".join(_nothing(sample) if _SAMPLE.match(sample) else sample for sample in values.split())


def _nothing(sample: str) -> str:
    times = _TIMES.search(sample)
    return " ".join(["NaN"] * (int(times[1]) + 1 if times else 1))


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
                        "exp_annotations": {**said, "description": firing.description, "value": firing.value},
                    }
                    for firing in case.firing
                ],
            }
        ],
    }
