"""What is declared of other exporters is what they expose: names, kinds and labels, seen on those that run here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from exporter.alertmanager import Alertmanager
from exporter.prometheus import Prometheus
from metrics import COUNT, Metric, alertmanager, exporter, external, prometheus
from metrics.catalogue import external_metrics
from tests.exporter.support import free_port, wait_for

CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
ALWAYS = "groups: [{name: always, rules: [{alert: Always, expr: vector(1)}]}]\n"
Exposed = dict[str, tuple[str, set[str]]]
"""The kind of each family by the names of its series, and the labels that any of them carries."""


@pytest.fixture(scope="module")
def exposed(program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exposed]:
    """What Prometheus and Alertmanager expose once an alert has come through."""
    folder = tmp_path_factory.mktemp("external")
    config, rules = folder / "alertmanager.yml", folder / "rules.yaml"
    config.write_text(CONFIG)
    rules.write_text(ALWAYS)
    port = free_port()
    with (
        Alertmanager(program("alertmanager"), folder / "alertmanager", config, free_port()) as receiving,
        Prometheus(
            program("prometheus"),
            folder / "prometheus",
            f"127.0.0.1:{port}",
            port,
            interval="1s",
            rules=[rules],
            alertmanager=receiving.address,
        ) as sending,
    ):
        wait_for(lambda: 'prometheus_notifications_sent_total{alertmanager="' in _metrics(sending.url))
        yield _read(_metrics(sending.url)) | _read(_metrics(receiving.url))


def _metrics(url: str) -> str:
    return requests.get(f"{url}/metrics", timeout=5).text


def _read(text: str) -> Exposed:
    found: Exposed = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, (family.type, set()))[1].update(sample.labels)
    return found


def of_module(module: object) -> list[Metric]:
    return [value for value in vars(module).values() if isinstance(value, Metric)]


@pytest.mark.xdist_group("external")
@pytest.mark.parametrize("metric", [*of_module(prometheus), *of_module(alertmanager)], ids=str)
def test_program_exposes_what_is_declared_of_it(metric: Metric, exposed: Exposed) -> None:
    for series in metric.series:
        assert exposed[series.name] == (metric.kind, set(series.labels))


@pytest.mark.parametrize("metric", external_metrics(), ids=str)
def test_each_help_is_a_sentence_that_a_reader_can_take_in(metric: Metric) -> None:
    assert metric.help.endswith(".")
    assert metric.help[0].isupper()
    assert 10 <= len(metric.help) <= 150


@pytest.mark.parametrize("prefix", ["node_", "kube_", "container_", "probe_", "haproxy_", "nginx_"])
def test_names_of_well_known_exporters_are_declared(prefix: str) -> None:
    assert sum(metric.name.startswith(prefix) for metric in external_metrics()) >= 8


def test_name_that_breaks_our_rules_may_be_declared_as_external() -> None:
    odd = external.counter("node_vmstat_oom_kill", "Kills.", unit=COUNT, labels=("instance",))
    assert odd.origin == "external"
    assert not odd.has_source
    assert exporter.SOURCE_UP.has_source, "what our exporter says about a source carries the labels of that source"
    assert not exporter.BUILD_INFO.has_source
