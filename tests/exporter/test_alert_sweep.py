"""Events whose end nobody told are closed, by what a real Prometheus says; those of what fires stay open."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
import yaml
from pydantic import SecretStr

from exporter import alert_sweep
from exporter.alert_sweep import AlertSweep
from exporter.alertmanager import Alertmanager
from exporter.config import Config
from exporter.config_alerting import Alerting
from exporter.config_warehouse import Warehouse
from exporter.firing import FiringError
from exporter.prometheus import Prometheus
from provisioning.verify.prometheus import PrometheusApi
from tests.exporter.conftest import Running
from tests.exporter.support import Exporter, free_port, wait_for, write_config
from warehouse.alert_events import Delivery, newest, record

pytestmark = pytest.mark.xdist_group("alert_sweep")

NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)
START = NOW - 60 * MINUTE
PATIENCE = 15 * MINUTE
TRUE, FALSE = "vector(1)", "vector(0) > 0"
FAILING = 'label_replace(vector(1), "no name", "", "", "")'
TOKEN = "s3cret-token"
Connection = psycopg.Connection[Any]
Sweeps = Callable[..., AlertSweep]
Starts = Callable[..., Prometheus]


def write_rules(path: Path, **alerts: str) -> None:
    """One rule for each alert, by name and expression. Only `Dead` is critical, and only `Pending` waits."""
    rules = [
        {
            "alert": name,
            "expr": expr,
            "for": "1h" if name == "Pending" else "0s",
            "labels": {"severity": "critical" if name == "Dead" else "warning", "shop": "a"},
        }
        for name, expr in alerts.items()
    ]
    path.write_text(yaml.safe_dump({"groups": [{"name": "tests", "rules": rules}]}))


@pytest.fixture(scope="module")
def starts(program: Callable[[str], Path]) -> Starts:
    """Makes a Prometheus with the rules in `rules.yaml` of a folder, not started."""

    def make(folder: Path, **more: Any) -> Prometheus:
        given = {"interval": "1s", "target": f"127.0.0.1:{free_port()}", "rules": [folder / "rules.yaml"], **more}
        return Prometheus(program("prometheus"), folder / "prometheus", port=free_port(), **given)

    return make


@pytest.fixture(scope="module")
def prometheus(starts: Starts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Of its alerts one fires, one is pending, one is silent and one cannot be evaluated."""
    folder = tmp_path_factory.mktemp("sweep")
    write_rules(folder / "rules.yaml", Fires=TRUE, Pending=TRUE, Silent=FALSE, Failing=FAILING)
    with starts(folder) as running:
        health = {"Fires": "ok", "Pending": "ok", "Silent": "ok", "Failing": "err"}
        wait_for(lambda: {rule["name"]: rule["health"] for rule in rules_of(running)} == health)
        yield running


def rules_of(prometheus: Prometheus) -> list[dict[str, Any]]:
    told = requests.get(f"{prometheus.url}/api/v1/rules", timeout=10).json()
    return [rule for group in told["data"]["groups"] for rule in group["rules"]]


@pytest.fixture
def sweeps(database: str) -> Sweeps:
    """`sweeps(url)` looks at the events in the database, and at the Prometheus there."""

    def make(url: str, waiting: int = 0) -> AlertSweep:
        return AlertSweep(config_of(database, url), lambda: waiting)

    return make


def config_of(dsn: str, url: str) -> Config:
    return Config(warehouse=Warehouse(dsn=SecretStr(dsn)), alerting=Alerting(prometheus_url=url))


def fired(
    connection: Connection,
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    started: datetime = START,
    told: datetime = START,
) -> None:
    """The alert of a shop is told to be firing."""
    all_labels = {"alertname": name, "severity": "warning", "shop": "a", **(labels or {})}
    fingerprint = "/".join(all_labels.values())
    record(connection, Delivery(fingerprint, name, "warning", all_labels, started, None, told))


def events(connection: Connection) -> dict[str, datetime | None]:
    """When each event ended, by the name of its alert."""
    return {event.alertname: event.resolved_at for event in newest(connection)}


def test_a_warning_that_ends_while_its_critical_twin_mutes_it_is_closed_when_it_was_last_seen(
    database: str,
    connection: Connection,
    starts: Starts,
    sweeps: Sweeps,
    program: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    (tmp_path / "token").write_text(TOKEN)
    alerting = {"events": {"token_file": str(tmp_path / "token")}}
    with Exporter(write_config(tmp_path, {}, warehouse={"dsn": database}, alerting=alerting)) as exporter:
        alertmanager_file = tmp_path / "alertmanager.yml"
        alertmanager_file.write_text(told_to(exporter.ready().url))
        write_rules(tmp_path / "rules.yaml", Slow="slow == 1", Dead="dead == 1")
        alertmanager = Alertmanager(program("alertmanager"), tmp_path / "am", alertmanager_file, free_port())
        trouble = {"slow": 0, "dead": 0}

        def held() -> set[str]:
            answer = requests.get(f"{alertmanager.url}/api/v2/alerts", timeout=10).json()
            return {alert["labels"]["alertname"] for alert in answer}

        with (
            serving(lambda: "".join(f"{name} {value}\n" for name, value in trouble.items())) as scraped,
            alertmanager,
            starts(tmp_path, target=scraped, alertmanager=alertmanager.address) as prometheus,
        ):
            wait_for(lambda: PrometheusApi(prometheus.url).alertmanagers(), 20)  # before, it would tell nobody
            trouble["slow"] = 1
            wait_for(lambda: events(connection) == {"Slow": None})
            trouble["dead"] = 1
            wait_for(lambda: events(connection) == {"Slow": None, "Dead": None})
            sweep, seen = sweeps(prometheus.url), datetime.now(UTC)
            assert sweep.look(seen) == 0

            trouble["slow"] = 0
            wait_for(lambda: held() == {"Dead"})
            time.sleep(3)  # within a second, its group is looked at, and what is over and muted is forgotten
            assert sweep.look(seen + MINUTE) == 0
            assert events(connection) == {"Slow": None, "Dead": None}
            assert sweep.look(seen + 2 * MINUTE + PATIENCE) == 1
            assert events(connection) == {"Slow": seen, "Dead": None}

            trouble["dead"] = 0
            wait_for(lambda: events(connection)["Dead"], 20)  # an ordinary end comes from Alertmanager
            assert events(connection)["Slow"] == seen  # and none for what was muted, even now


@contextmanager
def serving(text: Callable[[], str], status: int = 200) -> Iterator[str]:
    """The address of a server that answers every GET so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = text().encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def told_to(url: str) -> str:
    """A configuration of Alertmanager that tells the exporter, and mutes warnings while something is critical."""
    hook = {"url": f"{url}/-/alerts", "http_config": {"authorization": {"credentials": TOKEN}}}
    return yaml.safe_dump(
        {
            "route": {
                "receiver": "events",
                "group_by": ["alertname"],
                "group_wait": "0s",
                "group_interval": "1s",
                "repeat_interval": "4h",
            },
            "inhibit_rules": [
                {
                    "source_matchers": ['severity="critical"'],
                    "target_matchers": ['severity="warning"'],
                    "equal": ["shop"],
                }
            ],
            "receivers": [{"name": "events", "webhook_configs": [hook]}],
        }
    )


def test_one_that_was_never_seen_to_fire_ends_when_it_was_first_seen_not_to(
    prometheus: Prometheus, connection: Connection, sweeps: Sweeps
) -> None:
    fired(connection, "Fires", labels={"cluster": "external"})
    fired(connection, "Pending")
    fired(connection, "Silent")
    sweep = sweeps(prometheus.url)
    assert [sweep.look(NOW + minutes * MINUTE) for minutes in (0, 5, 10, 15)] == [0, 0, 0, 0]
    assert sweep.look(NOW + 16 * MINUTE) == 2
    assert events(connection) == {"Fires": None, "Pending": NOW, "Silent": NOW}


def test_the_series_of_another_shop_does_not_keep_an_event_open(
    prometheus: Prometheus, connection: Connection, sweeps: Sweeps
) -> None:
    fired(connection, "Fires", labels={"shop": "b"})
    sweep = sweeps(prometheus.url)
    assert [sweep.look(NOW + minutes * MINUTE) for minutes in (0, 16)] == [0, 1]


def test_what_was_told_again_or_counts_as_told_later_stays_open(
    prometheus: Prometheus, connection: Connection, sweeps: Sweeps
) -> None:
    fired(connection, "Silent")
    sweep = sweeps(prometheus.url)
    assert sweep.look(NOW) == 0
    fired(connection, "Silent", told=NOW + 10 * MINUTE)
    assert [sweep.look(NOW + minutes * MINUTE) for minutes in (16, 25)] == [0, 0]
    assert sweep.look(NOW + 26 * MINUTE) == 1
    assert events(connection) == {"Silent": NOW + 10 * MINUTE}


def test_one_that_fires_anew_closes_the_former_one_of_the_same_labels(
    prometheus: Prometheus, connection: Connection, sweeps: Sweeps
) -> None:
    fired(connection, "Fires")
    sweep = sweeps(prometheus.url)
    assert sweep.look(NOW) == 0
    fired(connection, "Fires", started=NOW + MINUTE, told=NOW + MINUTE)
    assert [sweep.look(NOW + minutes * MINUTE) for minutes in (2, 18)] == [0, 1]
    assert [(event.started_at, event.resolved_at) for event in newest(connection)] == [
        (NOW + MINUTE, None),
        (START, NOW),
    ]


def test_a_rule_that_cannot_be_evaluated_says_nothing_about_its_alert(
    prometheus: Prometheus, connection: Connection, sweeps: Sweeps
) -> None:
    fired(connection, "Failing")
    sweep = sweeps(prometheus.url)
    assert [sweep.look(NOW + hours * 60 * MINUTE) for hours in range(6)] == [0] * 6


def test_one_without_a_rule_may_be_told_by_others_and_ends_when_it_is_not_repeated(
    prometheus: Prometheus, connection: Connection, sweeps: Sweeps
) -> None:
    fired(connection, "Removed")
    sweep = sweeps(prometheus.url)
    assert [sweep.look(NOW + hours * 60 * MINUTE) for hours in range(5)] == [0] * 5
    assert sweep.look(NOW + 4 * 60 * MINUTE + PATIENCE + MINUTE) == 1


def test_while_prometheus_is_away_or_has_just_started_nothing_is_closed(
    connection: Connection, starts: Starts, sweeps: Sweeps, tmp_path: Path
) -> None:
    fired(connection, "Silent")
    write_rules(tmp_path / "rules.yaml", Silent=FALSE)
    prometheus = starts(tmp_path, interval="1d")
    sweep = sweeps(prometheus.url)
    away = r"could not reach Prometheus at http://127\.0\.0\.1:\d+: Connection refused"
    for minutes in (0, 20):
        with pytest.raises(FiringError, match=away):
            sweep.look(NOW + minutes * MINUTE)
    with prometheus:
        assert [rule["health"] for rule in rules_of(prometheus)] == ["unknown"]
        assert [sweep.look(NOW + minutes * MINUTE) for minutes in (30, 90)] == [0, 0]
    assert events(connection) == {"Silent": None}


def test_a_failure_of_prometheus_begins_the_wait_anew(
    prometheus: Prometheus, connection: Connection, sweeps: Sweeps, database: str
) -> None:
    fired(connection, "Silent")
    sweep = sweeps(prometheus.url)
    assert sweep.look(NOW) == 0
    sweep.config = config_of(database, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(FiringError):
        sweep.look(NOW + MINUTE)
    sweep.config = config_of(database, prometheus.url)
    assert [sweep.look(NOW + minutes * MINUTE) for minutes in (20, 34)] == [0, 0]
    assert sweep.look(NOW + 36 * MINUTE) == 1


ANSWERS = {
    "an error": (500, '{"status": "error", "errorType": "internal", "error": "no storage"}'),
    "a page": (200, "<html>Log in</html>"),
    "no groups": (200, '{"status": "success", "data": {}}'),
    "no data": (200, '{"status": "success", "data": null}'),
    "half a rule": (200, '{"status": "success", "data": {"groups": [{"rules": [{"type": "alerting"}]}]}}'),
    "strange labels": (
        200,
        '{"status": "success", "data": {"groups": [{"rules": [{"type": "alerting", "name": "Silent", "health": "ok",'
        ' "alerts": [{"state": "firing", "labels": {"shop": 1}}]}]}]}}',
    ),
}


@pytest.mark.parametrize(("status", "body"), ANSWERS.values(), ids=ANSWERS)
def test_a_bad_answer_closes_nothing(connection: Connection, sweeps: Sweeps, status: int, body: str) -> None:
    fired(connection, "Silent")
    with serving(lambda: body, status) as address:
        sweep = sweeps(f"http://{address}")
        for hours in (0, 12):
            with pytest.raises(FiringError, match="could not ask Prometheus for its rules: "):
                sweep.look(NOW + hours * 60 * MINUTE)
    assert events(connection) == {"Silent": None}


def test_it_rests_while_deliveries_wait_and_without_a_warehouse_or_prometheus(
    prometheus: Prometheus, connection: Connection, sweeps: Sweeps, database: str
) -> None:
    fired(connection, "Silent")
    config = config_of(database, prometheus.url)
    resting = [sweeps(prometheus.url, waiting=1)]
    resting += [
        AlertSweep(config.model_copy(update=update), lambda: 0)
        for update in ({"warehouse": None}, {"alerting": Alerting()})
    ]
    for sweep in resting:
        assert [sweep.look(NOW + minutes * MINUTE) for minutes in (0, 60)] == [0, 0]


def test_the_exporter_looks_while_it_runs_and_says_once_when_it_cannot(
    prometheus: Prometheus,
    connection: Connection,
    database: str,
    run: Callable[..., Running],
    log: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alert_sweep, "_EVERY", 0.1)
    monkeypatch.setattr(alert_sweep, "_MARGIN", timedelta())
    fired(connection, "Fires")
    fired(connection, "Silent")
    warehouse = Warehouse(dsn=SecretStr(database))
    nowhere = Alerting(prometheus_url=f"http://127.0.0.1:{free_port()}", group_interval=0.5)
    running = run({}, warehouse=warehouse, alerting=nowhere)
    told = "could not look which alerts are over; their events stay open"
    wait_for(lambda: [entry["event"] for entry in log].count(told))
    time.sleep(0.5)  # some more looks
    running.config = running.config.model_copy(
        update={"alerting": Alerting(prometheus_url=prometheus.url, group_interval=0.5)}
    )
    running.service.reload()
    wait_for(lambda: events(connection)["Silent"])
    assert events(connection)["Fires"] is None
    assert [entry["event"] for entry in log].count(told) == 1
    wait_for(lambda: any(entry.get("events") == 1 for entry in log))
