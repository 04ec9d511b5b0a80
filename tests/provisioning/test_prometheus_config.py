"""Prometheus' own configuration: what it says, and that Prometheus takes it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from metrics.exporter import UP
from provisioning.build import Surroundings, build
from provisioning.group import Group
from provisioning.paging import Paging
from provisioning.paging.settings import Servers
from provisioning.prometheus_config import JOB, prometheus_file
from tests.provisioning.paging.support import ALERTS, ARTEFACTS


@pytest.mark.parametrize("scrape_interval", [15, 0.5, 3600])
def test_promtool_takes_it_with_all_rules(
    scrape_interval: float, program: Callable[[str], Path], tmp_path: Path
) -> None:
    surroundings = Surroundings(scrape_interval=scrape_interval)
    built = build((), ARTEFACTS.rules, ARTEFACTS.scope, {}, surroundings, [Group.RULES])[Group.RULES]
    for name, text in built.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    command: list[str | Path] = [program("promtool"), "check", "config", tmp_path / "prometheus/prometheus.yml"]
    outcome = subprocess.run(command, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    assert f"{len(ARTEFACTS.rules)} rule files found" in outcome.stdout


def test_it_says_what_is_scraped_evaluated_and_told() -> None:
    servers = Servers(("a:1", "b:1"), ("e:1",), ("p:1",), ("x.yaml",), evaluation_interval=90)
    [text] = prometheus_file(servers, 5).values()
    content = yaml.safe_load(text)
    assert content["global"] == {"scrape_interval": "5s", "scrape_timeout": "5s", "evaluation_interval": "90s"}
    assert content["rule_files"] == ["x.yaml"]
    assert content["alerting"] == {"alertmanagers": [{"static_configs": [{"targets": ["a:1", "b:1"]}]}]}
    targets = {each["job_name"]: each["static_configs"][0]["targets"] for each in content["scrape_configs"]}
    assert targets == {"kpi_exporter": ["e:1"], "prometheus": ["p:1"], "alertmanager": ["a:1", "b:1"]}


def test_alerts_about_the_exporter_name_the_job_that_scrapes_it() -> None:
    about = [alert.expr for alert in ALERTS if f"{UP}{{job=" in alert.expr]
    assert all(f'job="{JOB}"' in expr for expr in about)
    assert JOB in prometheus_file(Paging().servers, 15)["prometheus/prometheus.yml"]
