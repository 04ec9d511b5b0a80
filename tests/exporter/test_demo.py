"""`kpi demo` in the foreground, as a visitor starts and stops it."""

import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.exporter.demos import Demo, Start, demos, only_prometheus
from tests.exporter.support import kpi, samples, wait_for
from tests.exporter.test_grafana import installed, started

pytestmark = pytest.mark.timeout(400)
together = pytest.mark.xdist_group("demo")
"""For the tests that look at the demo of this module, so that it is started once, not by each worker."""


@pytest.fixture(scope="module")
def running(companies: Path) -> Iterator[Demo]:
    """A demo for tests that only look."""
    with demos(companies) as begin:
        yield begin(history=10, counted=True).ready()


def test_it_starts_serves_stops_and_goes_on_with_its_data(start: Start) -> None:
    first = start(empty=True, counted=True).ready()
    assert re.search(r"PostgreSQL +2 demo companies of 120 days, [\d,]+ rows in [\d.]+ s", first.output)
    found = first.samples()
    assert sum(value for series, value in found.items() if series.startswith("kpi_active_users{")) > 0
    assert all(value == 1 for series, value in found.items() if series.startswith("kpi_exporter_collector_up"))
    assert first.stop() < 5
    assert first.process.returncode == 0
    assert "Traceback" not in first.output
    assert first.left_behind() == []
    counters = {series: value for series, value in found.items() if series.split("{")[0].endswith("_total")}

    second = start().ready()
    assert "with the demo companies of the last start" in second.output
    now = second.samples()
    ours = {series: value for series, value in counters.items() if not series.startswith(("kpi_exporter", "process"))}
    assert ours
    assert {series for series, value in ours.items() if now[series] < value} == set()  # counters go on
    assert second.stop(signal.SIGTERM) < 5
    assert second.process.returncode == 0


def test_a_program_that_dies_under_it_is_told_and_one_that_it_ends_is_not(
    start: Start, program: Callable[[str], Path], tmp_path: Path
) -> None:
    program("prometheus")
    demo = start(PATH=str(only_prometheus(tmp_path / "bin"))).ready()
    log = demo.directory / "prometheus" / "prometheus.log"
    psutil.Process(int(log.with_suffix(".pid").read_text())).kill()
    told = f"  Prometheus   ended with -9; see {log}. The rest goes on; Ctrl-C and a new start bring it back\n"
    wait_for(lambda: told in demo.output)
    assert demo.samples()["kpi_exporter_source_up{source=acme,tenant=acme}"] == 1
    demo.stop()
    assert demo.output.count("ended with") == 1


def test_killed_with_its_children_left_it_starts_again(start: Start) -> None:
    first = start().ready()
    first.process.kill()
    first.process.wait()
    assert any("postgres" in command for command in first.left_behind())
    second = start().ready()
    prometheus = [command for command in second.left_behind() if "prometheus.yml" in command]
    assert len(prometheus) <= 1
    assert all(value == 1 for series, value in second.samples().items() if series.startswith("kpi_exporter_source_up"))
    second.stop()
    assert second.process.returncode == 0
    assert second.left_behind() == []


@together
def test_two_demos_side_by_side_have_their_own_ports_and_one_directory_takes_one(running: Demo, start: Start) -> None:
    again = kpi("demo", "--directory", running.directory)
    assert again.returncode == 3
    directory = f"the directory {running.directory} is in use by another process ({running.process.pid})"
    assert again.stderr == f"could not start the demo: {directory}; give each its own\n"
    other = start(port=int(running.url.rpartition(":")[2])).ready()
    assert other.url != running.url
    for demo in (running, other):  # the refused one has harmed nothing
        assert demo.samples()["kpi_exporter_source_up{source=acme,tenant=acme}"] == 1


@together
def test_prometheus_scrapes_where_it_is_installed(running: Demo, program: Callable[[str], Path]) -> None:
    program("prometheus")
    prometheus = running.address("Prometheus").partition("/graph")[0]

    def up() -> bool:
        found = requests.get(f"{prometheus}/api/v1/query", params={"query": "up"}, timeout=5).json()
        jobs = {series["metric"]["job"]: series["value"][1] for series in found["data"]["result"]}
        return "kpi_exporter" in jobs and set(jobs.values()) == {"1"}

    wait_for(up)


@together
def test_alertmanager_is_told_by_prometheus_and_mails_are_caught(running: Demo, program: Callable[[str], Path]) -> None:
    program("alertmanager")
    prometheus = running.address("Prometheus").partition("/graph")[0]
    alertmanager = running.address("Alertmanager")

    def known() -> list[str]:
        found = requests.get(f"{prometheus}/api/v1/alertmanagers", timeout=5).json()["data"]
        return [each["url"] for each in found["activeAlertmanagers"]]

    wait_for(known, 15)  # what is configured is looked up every few seconds
    assert known() == [f"{alertmanager}api/v2/alerts"]
    groups = requests.get(f"{prometheus}/api/v1/rules", timeout=5).json()["data"]["groups"]
    assert "PaymentProcessingIssues" in {rule["name"] for group in groups for rule in group["rules"]}
    assert requests.get(f"{alertmanager}-/ready", timeout=5).status_code == 200
    assert requests.get(running.address("Mails"), timeout=5).status_code == 200


@together
def test_no_message_of_alertmanager_fails(running: Demo, program: Callable[[str], Path]) -> None:
    program("alertmanager")
    alertmanager = running.address("Alertmanager")
    told = [{"labels": {"alertname": "Rehearsal", "team": "devops", "severity": "critical"}}]
    assert requests.post(f"{alertmanager}api/v2/alerts", json=told, timeout=5).status_code == 200

    def sent(result: str) -> dict[str, float]:
        found = samples(requests.get(f"{alertmanager}metrics", timeout=5).text)
        name = f"alertmanager_notifications{result}_total{{integration="
        return {series: value for series, value in found.items() if series.startswith(name) and value}

    wait_for(lambda: all(channel in str(sent("")) for channel in ("slack", "pagerduty", "email", "webhook")))
    assert sent("_failed") == {}


@together
def test_prometheus_knows_the_past_and_the_exporter_counts_on_from_it(
    running: Demo, program: Callable[[str], Path]
) -> None:
    program("promtool")
    assert re.search(r"History +10 days in Prometheus, written in [\d.]+ s", running.output)
    prometheus = running.address("Prometheus").partition("/graph")[0]

    def value(expression: str, days_ago: float = 0) -> float:
        parameters = {"query": expression, "time": f"{time.time() - days_ago * 86_400}"}
        found = requests.get(f"{prometheus}/api/v1/query", params=parameters, timeout=5).json()["data"]["result"]
        return float(found[0]["value"][1]) if found else 0

    for days_ago in (9.9, 7, 1):
        assert value('sum(kpi_active_users{window="30d"})', days_ago) > 0
    wait_for(lambda: value("max(up)") == 1)
    yesterday = value("sum(increase(kpi_http_requests_total[1d]))", 1)
    assert yesterday > 0
    wait_for(lambda: value("count(kpi_http_requests_total)") > 0)
    assert value("sum(resets(kpi_http_requests_total[1d]))") == 0
    assert value("sum(increase(kpi_http_requests_total[10m]))") < yesterday / 2
    assert not (running.directory / "prometheus" / "history").exists()


def test_the_history_is_written_at_the_first_start_only(start: Start, program: Callable[[str], Path]) -> None:
    program("promtool")
    first = start(history=1).ready()
    assert "History      1 day in Prometheus, written in " in first.output
    first.stop()
    second = start(history=1).ready()
    assert "History" not in second.output


def test_without_promtool_there_is_no_history(start: Start, program: Callable[[str], Path], tmp_path: Path) -> None:
    program("prometheus")
    demo = start(history=1, PATH=str(only_prometheus(tmp_path / "programs"))).ready()
    assert "History      left out: promtool is not on the PATH\n" in demo.output


def test_no_history_is_written_where_none_is_wanted(start: Start, program: Callable[[str], Path]) -> None:
    program("promtool")
    demo = start(history=0).ready()
    assert "History      left out, as --history 0 says\n" in demo.output


def test_a_promtool_that_fails_is_told_and_the_demo_goes_on(
    start: Start, program: Callable[[str], Path], tmp_path: Path
) -> None:
    program("prometheus")
    only_prometheus(tmp_path)
    demo = start(history=1, PATH=false_program("promtool", tmp_path, "import sys; sys.exit('out of order')")).ready()
    assert re.search(r"History +left out: could not make blocks of .*history\.txt: out of order\n", demo.output)
    assert not (demo.directory / "prometheus" / "history").exists()


def test_interrupted_while_the_history_is_written_it_begins_anew_at_the_next_start(
    start: Start, program: Callable[[str], Path]
) -> None:
    program("promtool")
    first = start(history=1)
    wait_for((first.directory / "prometheus" / "history").exists)
    assert first.stop() < 8
    assert "Traceback" not in first.output
    assert first.left_behind() == []
    assert not (first.directory / "prometheus" / "data").exists()
    second = start(history=1).ready()
    assert "History" in second.output


def test_without_prometheus_it_says_how_to_see_it(start: Start) -> None:
    demo = start(PATH="/nowhere").ready()
    assert re.search(r"Prometheus +not on the PATH; install it and start again to see it scrape", demo.output)
    assert re.search(r"Alertmanager +not on the PATH; install it and start again to watch a page arrive", demo.output)


def test_grafana_is_started_with_the_boards_where_it_is_installed(
    start: Start, program: Callable[[str], Path], tmp_path: Path
) -> None:
    program("prometheus")
    grafana = installed(only_prometheus(tmp_path / "programs"), "grafana-server")
    demo = start(PATH=str(grafana.parent)).ready()
    address = demo.address("Grafana").removesuffix("/d/overview")
    assert requests.get(f"{address}/api/health", timeout=5).status_code == 200
    environment = started(grafana)["environment"]
    boards = sorted(path.name for path in Path(environment["KPI_DASHBOARDS"]).rglob("*.json"))
    assert "overview.json" in boards
    sources = Path(environment["GF_PATHS_PROVISIONING"], "datasources", "kpi.yaml").read_text()
    assert "user: kpi_reader_acme" in sources, "anybody on this machine may send it SQL"
    demo.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/api/health", timeout=5)


def test_a_grafana_that_cannot_start_is_told_and_the_demo_goes_on(
    start: Start, program: Callable[[str], Path], tmp_path: Path
) -> None:
    program("prometheus")
    grafana = installed(only_prometheus(tmp_path / "programs"), "grafana-server")
    demo = start(PATH=str(grafana.parent), broken="yes").ready()
    assert re.search(r"Grafana +could not start .*grafana-server: the port is taken; see ", demo.output)
    assert not re.search(r"Grafana +not on the PATH", demo.output)
    assert demo.samples()


def test_a_directory_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = kpi("demo", "--directory", tmp_path / "file")
    assert ended.returncode == 3
    assert ended.stderr == f"could not start the demo: could not write to the directory {tmp_path}/file: File exists\n"


@pytest.mark.parametrize("sign", ["KPI Exporter demo", "PostgreSQL", "Metrics"])
def test_interrupted_while_it_starts_it_leaves_nothing_behind(start: Start, sign: str) -> None:
    demo = start(empty=True)
    wait_for(lambda: sign in demo.output, 120)
    assert demo.stop() < 8
    assert "Traceback" not in demo.output
    wait_for(lambda: demo.left_behind() == [], 5)  # a program that was about to begin may end a moment later


def test_interrupted_while_prometheus_starts_it_leaves_nothing_behind(start: Start, tmp_path: Path) -> None:
    demo = start(PATH=false_program("prometheus", tmp_path, "import time; time.sleep(60)"))
    wait_for((demo.directory / "prometheus" / "prometheus.pid").exists, 60)
    assert demo.stop() < 8
    assert demo.left_behind() == []


def test_a_prometheus_that_does_not_start_is_told(start: Start, tmp_path: Path) -> None:
    demo = start(PATH=false_program("prometheus", tmp_path, "import sys; sys.exit('out of order')"))
    assert demo.process.wait(30) == 3
    log = demo.directory / "prometheus" / "prometheus.log"
    assert demo.output.splitlines()[-1] == f"could not start {tmp_path}/prometheus: out of order; see {log}"
    assert demo.left_behind() == []


def false_program(name: str, folder: Path, code: str) -> str:
    """A PATH on which there is nothing but a program in Python that is called `name`."""
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{code}\n")
    program.chmod(0o755)
    return str(folder)
