"""A recording rule fills a metric that is declared for it."""

import pytest

from alert_rules import Recording
from alert_rules.recording import RuleError
from metrics import COUNT, RATIO, Gauge, Metric, Recorded, external

FAILED = Recorded("kpi_failed_ratio", "Failed.", unit=RATIO, labels=("service", "window"), owner="tests")
COLLECTED = Gauge("kpi_users", "Users.", unit=COUNT, owner="tests")
FOREIGN = external.gauge("node_load1", "Load.", unit=COUNT)


def test_a_recording_says_what_it_records_from_what() -> None:
    rule = Recording(FAILED, "a / b", {"window": "1h"})
    assert (rule.of, rule.expr, rule.labels) == (FAILED, "a / b", {"window": "1h"})


@pytest.mark.parametrize(("metric", "origin"), [(COLLECTED, "collected"), (FOREIGN, "external")])
def test_what_somebody_else_exposes_is_not_recorded(metric: Metric, origin: str) -> None:
    with pytest.raises(
        RuleError, match=f"could not declare the rule {metric}: .* is {origin}; declare it as Recorded."
    ):
        Recording(metric, "a")


def test_all_faults_come_at_once() -> None:
    with pytest.raises(RuleError) as raised:
        Recording(FAILED, " ", {"windows": "1h", "team": "x"})
    assert raised.value.faults == [
        "kpi_failed_ratio has no label 'windows'.",
        "kpi_failed_ratio has no label 'team'.",
        "It has no expression.",
    ]
