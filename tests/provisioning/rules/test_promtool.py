"""The files that promtool runs: what they load."""

import yaml

from alert_rules import Group
from alert_rules.exporter import GROUP as EXPORTER
from alert_rules.slos import API_AVAILABILITY, API_LATENCY
from provisioning.rules import Links, case_files


def loaded(groups: list[Group], name: str) -> list[str]:
    """The groups that the tests of a group load, in order."""
    return list(yaml.safe_load(case_files(groups, Links())[f"prometheus/tests/{name}.yaml"])["group_eval_order"])


def test_the_tests_of_a_group_load_its_own_rules_and_those_that_record_what_it_reads() -> None:
    recorded, alerts = Group("recorded", API_AVAILABILITY.recordings), Group("alerts", API_AVAILABILITY.alerts)
    groups = [EXPORTER, recorded, alerts]
    assert loaded(groups, "alerts") == ["recorded", "alerts"]
    assert loaded(groups, "exporter") == ["exporter"]


def test_a_recording_of_another_objective_is_not_what_it_reads() -> None:
    groups = [*API_AVAILABILITY.groups, *API_LATENCY.groups]
    assert loaded(groups, "slo-api-latency") == ["slo-api-latency"]
    assert "prometheus/tests/slo-api-latency-budget.yaml" not in case_files(groups, Links())
