"""A real Prometheus scrapes a real exporter of the demo company, and every metric is read back through its API."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg
import pytest
import requests

from exporter.alertmanager import Alertmanager
from exporter.program import ProgramError
from exporter.prometheus import Prometheus
from metrics import Histogram, postgresql
from metrics.catalogue import domains
from tests.exporter.support import Exporter, free_port, redis_server, samples, wait_for, write_config
from tests.uncounted import uncounted
from warehouse.demo import load
from warehouse.migrate import migrate

pytestmark = pytest.mark.xdist_group("scraped")
NEED_MORE_THAN_A_SERVER = {
    postgresql.REPLICATION_LAG: "a replica",
    postgresql.SLOW_STATEMENT_KINDS: "the extension pg_stat_statements",
    postgresql.STATEMENTS: "the extension pg_stat_statements",
    postgresql.STATEMENT_DURATION: "the extension pg_stat_statements",
}
"""What tests/collectors/test_postgresql.py reads from servers that have it."""
METRICS = {
    metric.name: metric for domain in domains().values() for metric in domain if metric not in NEED_MORE_THAN_A_SERVER
}


class Scraped(NamedTuple):
    """An exporter, and a Prometheus that has scraped it."""

    exporter: Exporter
    prometheus: Prometheus

    def ask(self, path: str, **parameters: str) -> Any:
        answer = requests.get(f"{self.prometheus.url}/api/v1/{path}", params=parameters, timeout=5).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return found


@pytest.fixture(scope="module")
def scraped(
    postgres: Any, program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scraped]:
    """The demo company up to now, `kpi serve` over it, and Prometheus; shared by tests that only look."""
    prometheus = program("prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    with (
        redis_server(program("redis-server"), folder) as port,
        psycopg.connect(postgres.dsn(), autocommit=True) as administrator,
    ):
        administrator.execute("CREATE DATABASE demo_until_now")
        dsn = postgres.dsn("demo_until_now")
        migrate(dsn)
        with uncounted():
            load(dsn, seed=7, scale=0.05, until=datetime.now(UTC))
        redis = {"redis": {"options": {"url": f"redis://127.0.0.1:{port}"}, "sources": ["app"]}}
        source = {"dsn": dsn, "labels": {"tenant": "acme"}}
        config = write_config(folder, {"app": source}, built_in=True, collectors=redis)
        with Exporter(config) as exporter:
            target = exporter.ready().url.removeprefix("http://")
            with Prometheus(prometheus, folder / "prometheus", target, free_port(), interval="1s") as running:
                found = Scraped(exporter, running)
                wait_for(lambda: found.query("kpi_exporter_build_info"))
                yield found
        administrator.execute("DROP DATABASE demo_until_now WITH (FORCE)")


def test_the_programs_are_installed(program: Callable[[str], Path]) -> None:
    """In CI this fails where they are not; elsewhere it is skipped, as is the rest of this file."""
    assert program("prometheus").exists()
    assert program("promtool").exists()


def test_the_target_is_up_and_its_samples_have_the_labels_of_the_source(scraped: Scraped) -> None:
    (up,) = scraped.query("up")
    assert (up["metric"]["job"], up["value"][1]) == ("kpi_exporter", "1")
    assert {series["metric"]["tenant"] for series in scraped.query('{__name__=~"kpi_active_users.*"}')} == {"acme"}


@pytest.mark.parametrize("name", METRICS)
def test_every_declared_metric_is_read_back_with_its_type_and_help(scraped: Scraped, name: str) -> None:
    metric = METRICS[name]
    sample = f"{name}_bucket" if isinstance(metric, Histogram) else name
    found = scraped.query(sample)
    assert found, f"{sample} has no series"
    labels = {*metric.labels, "tenant", "__name__", "instance", "job"} | ({"le"} if sample != name else set())
    for series in found:
        # Prometheus leaves out labels whose value is empty.
        assert set(series["metric"]) <= labels
    family = name.removesuffix("_total")  # as OpenMetrics calls it, which is what Prometheus asks for
    (told,) = scraped.ask("metadata", metric=family)[family]
    assert (told["type"], told["help"]) == (metric.kind, metric.help)


def test_prometheus_holds_exactly_what_the_exporter_serves(scraped: Scraped) -> None:
    """The queries of the demo company run at least a minute apart, so that values stand still for this look."""
    served = {series: value for series, value in scraped.exporter.samples().items() if is_ours(series)}
    held = {}
    for series in scraped.query('{__name__=~"kpi_.*", __name__!~"kpi_exporter_.*"}'):
        labels = {key: value for key, value in series["metric"].items() if key not in ("__name__", "instance", "job")}
        text = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        held[f"{series['metric']['__name__']}{{{text}}}"] = float(series["value"][1])
    assert len(held) > 500
    assert held == pytest.approx(served)


def is_ours(series: str) -> bool:
    return series.startswith("kpi_") and not series.startswith("kpi_exporter_")


def test_what_the_exporter_says_of_itself_is_held_too(scraped: Scraped) -> None:
    names = {
        "collector_up", "collector_last_success_timestamp_seconds", "collector_run_duration_seconds_count",
        "collector_runs_total", "collector_readings", "source_up", "build_info", "config_last_reload_successful",
        "config_last_reload_success_timestamp_seconds",
    }  # fmt: skip
    held = {series["metric"]["__name__"] for series in scraped.query('{__name__=~"kpi_exporter_.*"}')}
    assert {f"kpi_exporter_{name}" for name in names} <= held
    down = scraped.query("kpi_exporter_collector_up == 0")
    assert down == []


def test_promtool_finds_nothing_to_say_about_the_full_output(scraped: Scraped, program: Callable[[str], Path]) -> None:
    text = scraped.exporter.get("/metrics").content
    assert len(samples(text)) > 500
    ended = subprocess.run([program("promtool"), "check", "metrics"], input=text, capture_output=True)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, b"")


def test_the_graph_that_the_demo_points_to_is_there(scraped: Scraped) -> None:
    assert requests.get(scraped.prometheus.graph("kpi_active_users"), timeout=5).status_code == 200


def test_a_prometheus_that_cannot_start_says_why(tmp_path: Path, program: Callable[[str], Path]) -> None:
    prometheus = Prometheus(program("prometheus"), tmp_path, "127.0.0.1:1", 1, interval="nonsense")
    with pytest.raises(ProgramError, match=r"could not start .*prometheus: .*; see .*prometheus\.log"), prometheus:
        pass
    assert not (tmp_path / "data" / "lock").exists()


def test_a_prometheus_that_does_not_stop_is_killed(
    tmp_path: Path, program: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.program._SECONDS_TO_STOP", 0.2)
    with Prometheus(program("prometheus"), tmp_path, "127.0.0.1:1", free_port()):
        process = psutil.Process(int((tmp_path / "prometheus.pid").read_text()))
        process.suspend()
    assert not process.is_running()


def test_a_prometheus_that_was_left_behind_is_ended_by_the_next_one(
    tmp_path: Path, program: Callable[[str], Path]
) -> None:
    first = Prometheus(program("prometheus"), tmp_path, "127.0.0.1:1", free_port())
    first.__enter__()
    left = psutil.Process(int((tmp_path / "prometheus.pid").read_text()))
    with Prometheus(program("prometheus"), tmp_path, "127.0.0.1:1", free_port()) as second:
        assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE
        assert requests.get(f"{second.url}/-/ready", timeout=5).status_code == 200
    first.__exit__(None, None, None)


def test_it_evaluates_rules_and_tells_an_alertmanager_and_a_reload_reads_rules_again(
    tmp_path: Path, program: Callable[[str], Path]
) -> None:
    config, rules = tmp_path / "alertmanager.yml", tmp_path / "rules"
    config.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    rules.mkdir()
    (rules / "a.yaml").write_text(rule_file("AlwaysThere"))
    with (
        Alertmanager(program("alertmanager"), tmp_path / "alertmanager", config, free_port()) as told,
        Prometheus(
            program("prometheus"),
            tmp_path,
            "127.0.0.1:1",
            free_port(),
            interval="1s",
            rules=[rules / "*.yaml"],
            alertmanager=told.address,
        ) as running,
    ):

        def alerts() -> set[str]:
            found = requests.get(f"{told.url}/api/v2/alerts", timeout=5).json()
            return {alert["labels"]["alertname"] for alert in found}

        wait_for(lambda: alerts() == {"AlwaysThere"}, 40)
        (rules / "b.yaml").write_text(rule_file("AddedLater"))
        assert requests.post(f"{running.url}/-/reload", timeout=5).status_code == 200
        wait_for(lambda: alerts() == {"AlwaysThere", "AddedLater"}, 40)


def rule_file(name: str) -> str:
    """A group with one alert, which fires once Prometheus has had the time to find its Alertmanager."""
    return f"groups: [{{name: {name}, rules: [{{alert: {name}, expr: vector(1), for: 8s}}]}}]"
