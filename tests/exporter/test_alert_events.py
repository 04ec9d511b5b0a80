"""What Alertmanager posts reaches the database, each event once, whatever happens to the exporter and the database."""

import json
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from pydantic import SecretStr

from exporter.alert_events import AlertEvents, Refusal
from exporter.alert_spool import AlertSpool, SpoolError
from exporter.config import Config
from exporter.config_alerting import Alerting, Events
from exporter.config_warehouse import Warehouse
from tests.exporter.support import Exporter, wait_for, write_config
from warehouse import alert_events, alerts
from warehouse.alerts import Definition
from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import migrate

TOKEN = "s3cret-token"
START = datetime.now(UTC)
Connection = psycopg.Connection[Any]


def alert(number: int = 0, *, ended: float | None = None, labels: dict[str, str] | None = None, **more: Any) -> Any:
    """An alert as Alertmanager writes it, which began at START; `ended` is in minutes after that."""
    ends = (START + timedelta(minutes=ended)).isoformat() if ended is not None else "0001-01-01T00:00:00Z"
    return {
        "status": "firing" if ended is None else "resolved",
        "labels": {"alertname": "LowShare", "severity": "warning", "shop": str(number), **(labels or {})},
        "annotations": {"value": "1.5%", "summary": "Low."},
        "startsAt": START.strftime("%Y-%m-%dT%H:%M:%S.%f789Z"),
        "endsAt": ends,
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": f"{number:016x}",
        **more,
    }


def body(*some: Any, **more: Any) -> bytes:
    told = {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "events", "alerts": some, **more}
    return json.dumps(told).encode()


def post(url: str, content: bytes, token: str = TOKEN) -> requests.Response:
    return requests.post(f"{url}/-/alerts", data=content, headers={"Authorization": f"Bearer {token}"}, timeout=20)


@pytest.fixture(autouse=True)
def a_while_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """START is eight minutes before each test: what ended long before it was last told of fires on."""
    start = (datetime.now(UTC) - timedelta(minutes=8)).replace(microsecond=123456)
    monkeypatch.setattr("tests.exporter.test_alert_events.START", start)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


@pytest.fixture
def configured(tmp_path: Path, token_file: Path) -> Callable[..., Path]:
    def make(dsn: str, **keys: Any) -> Path:
        alerting = {"events": {"token_file": str(token_file)}}
        return write_config(tmp_path, {}, warehouse={"dsn": dsn}, alerting=alerting, **keys)

    return make


def events_in(dsn: str) -> list[tuple[str, str]]:
    """Fingerprint and state of each event; nothing while the database is away."""
    try:
        with psycopg.connect(dsn, connect_timeout=2) as connected:
            return sorted((event.fingerprint, event.state) for event in alert_events.newest(connected, limit=10_000))
    except psycopg.OperationalError:
        return []


def test_an_alert_is_stored_with_its_end_and_counted_with_its_definition(
    database: str, configured: Callable[..., Path], connection: Connection
) -> None:
    defined = alerts.add(connection, Definition("kpi_share_ratio", "threshold", "<", 0.02)).id
    labels = {"alert_id": str(defined), "origin": "user"}
    said = {"value": "1.5%", "raw_value": "0.015"}
    with Exporter(configured(database)) as exporter:
        exporter.ready()
        for _ in range(2):
            answer = post(exporter.url, body(alert(labels=labels, annotations=said)))
            assert (answer.status_code, answer.text) == (200, "1 events are kept.\n")
        wait_for(lambda: events_in(database) == [("0" * 16, "firing")])
        assert post(exporter.url, body(alert(labels=labels, annotations=said, ended=5))).ok
        wait_for(lambda: events_in(database) == [("0" * 16, "resolved")])
        names = ("received_total", "stored_total", "refused_total", "waiting")
        wait_for(lambda: [exporter.samples()[f"kpi_exporter_alert_events_{name}"] for name in names] == [3, 3, 0, 0])
    (event,) = alert_events.newest(connection)
    assert (event.alert_id, event.alertname, event.severity) == (defined, "LowShare", "warning")
    assert (event.current_value, event.value_text) == (0.015, "1.5%")
    assert event.started_at == START
    assert event.resolved_at == START + timedelta(minutes=5)
    (stored,) = alerts.list_all(connection)
    assert (stored.trigger_count, stored.last_triggered_at) == (1, event.started_at)


def test_strangers_and_large_bodies_are_turned_away_and_basic_authentication_is_not_asked_for(
    database: str, configured: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "web.yaml").write_text(f"basic_auth_users: {{prometheus: $2b$04${'.' * 53}}}\n")
    with Exporter(configured(database, web_config_file="web.yaml")) as exporter:
        wait_for(lambda: "serving" in (tmp_path / "log").read_text())
        assert exporter.get("/metrics").status_code == 401
        assert exporter.get("/-/alerts").status_code == 405
        answer = requests.post(f"{exporter.url}/-/alerts", data=body(alert()), timeout=10)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert post(exporter.url, b"{").status_code == 400
        with suppress(requests.ConnectionError):  # the server may hang up while the body is still on its way
            assert post(exporter.url, body(alert(labels={"x": "y" * 10_000_000}))).status_code == 413
        assert post(exporter.url, body(alert())).status_code == 200
        wait_for(lambda: len(events_in(database)) == 1)


@pytest.fixture
def config(database: str, tmp_path: Path, token_file: Path) -> Config:
    data = tmp_path / "data"
    data.mkdir()
    return Config(
        warehouse=Warehouse(dsn=SecretStr(database)),
        alerting=Alerting(events=Events(token_file=token_file)),
        data_dir=data,
    )


@pytest.fixture
def events(config: Config) -> Iterator[AlertEvents]:
    """Not started: what it takes waits until a test starts it."""
    made = AlertEvents(config)
    yield made
    made.stop()


NONSENSE = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "another version": body(alert(), version="3"),
    "no alerts": body(),
    "an alert that is a text": body("x"),
    "deep": b"[" * 100_000,
    "no fingerprint": body({key: value for key, value in alert().items() if key != "fingerprint"}),
    "another state": body(alert(status="pending")),
    "labels that are no texts": body(alert(labels=None) | {"labels": {"a": {"b": "c"}}}),
    "no time": body(alert(startsAt="soon")),
    "a time without a zone": body(alert(startsAt="2026-11-01T12:00:00")),
    "a time before all times": body(alert(startsAt="0001-01-01T00:00:00+14:00")),
    "no UTF-8": body(alert()).replace(b"LowShare", b"\xff\xfe"),
    "half a letter": body(alert(labels={"shop": "\ud800"})),
}


@pytest.mark.parametrize("content", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_refused_in_one_sentence_and_not_kept(events: AlertEvents, content: bytes) -> None:
    with pytest.raises(Refusal, match="The body is none of Alertmanager's, version 4: ") as caught:
        events.take(content)
    assert caught.value.status == 400
    assert len(str(caught.value)) < 400
    assert (events.waiting, events.received) == (0, 0)


def test_one_strange_alert_does_not_cost_the_others(events: AlertEvents, database: str) -> None:
    assert events.take(body(alert(1), "x", alert(2, startsAt="soon"), alert(3))) == 2
    events.start()
    wait_for(lambda: [name[-1] for name, _ in events_in(database)] == ["1", "3"])


def test_hostile_text_is_stored_as_text(events: AlertEvents, connection: Connection) -> None:
    text = "'; DROP TABLE alert_events; --\"\\\n{{ $value }} ü 🚨 \x1b[31m"
    hostile = {"alertname": text, "alert_id": text, "severity": text, 'x"\\': text, "zero": "a\0b"}
    events.take(body(alert(labels=hostile, annotations={"value": text, "raw_value": "1e999"})))
    events.start()
    wait_for(lambda: events.stored == 1)
    (event,) = alert_events.newest(connection)
    assert (event.alertname, event.severity, event.value_text, event.current_value) == (text, text, text, None)
    assert event.alert_id is None
    assert event.labels['x"\\'] == text
    assert event.labels["zero"] == "a\ufffdb"


def test_a_thousand_alerts_in_one_body_are_stored(events: AlertEvents, database: str) -> None:
    assert events.take(body(*map(alert, range(1000)))) == 1000
    events.start()
    wait_for(lambda: (events.stored, events.waiting) == (1000, 0))
    assert len(events_in(database)) == 1000


def test_deliveries_of_two_alertmanagers_at_once_make_one_event_each(events: AlertEvents, database: str) -> None:
    events.start()
    bodies = [body(*map(alert, range(start, start + 5))) for start in range(0, 50, 5)] * 4
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(events.take, bodies)) == [5] * 40
    wait_for(lambda: events.stored == 200)
    assert len(events_in(database)) == 50


def test_an_event_that_the_database_refuses_is_set_aside_and_does_not_block_the_rest(
    events: AlertEvents, config: Config, database: str, connection: Connection
) -> None:
    connection.execute("ALTER TABLE alert_events ADD CHECK (alertname <> 'Poison')")
    events.take(body(alert(1), alert(2, labels={"alertname": "Poison"}), alert(3)))
    events.take(body(alert(4, labels={"alertname": "Poison"})))
    events.take(body(alert(1, ended=5)))
    events.start()
    wait_for(lambda: (events.stored, events.refused, events.waiting) == (3, 2, 0))
    assert [(name[-1], state) for name, state in events_in(database)] == [("1", "resolved"), ("3", "firing")]
    with sqlite3.connect(config.data_dir / "alert_events.sqlite") as spool:
        rows = spool.execute("SELECT body, reason FROM refused").fetchall()
    assert ["Poison" in text and "violates check constraint" in reason for text, reason in rows] == [True, True]


def test_events_wait_for_a_table_that_is_not_there_yet(
    events: AlertEvents, connection: Connection, database: str
) -> None:
    connection.execute("ALTER TABLE alert_events RENAME TO later")
    events.take(body(alert()))
    events.start()
    wait_for(lambda: events.waiting == 1)
    connection.execute("ALTER TABLE later RENAME TO alert_events")
    wait_for(lambda: len(events_in(database)) == 1)


def test_a_full_spool_asks_alertmanager_to_come_again(tmp_path: Path) -> None:
    spool = AlertSpool(tmp_path, capacity=3)
    spool.put(["a", "b"])
    with pytest.raises(SpoolError, match="2 events wait for the database, and more than 3 cannot"):
        spool.put(["c", "d"])
    spool.put(["c"])
    assert [one.body for one in spool.oldest(10)] == ["a", "b", "c"]
    spool.remove(spool.oldest(1))
    spool.put(["d"])
    spool.close()
    again = AlertSpool(tmp_path, capacity=3)
    assert ([one.body for one in again.oldest(10)], again.waiting) == (["b", "c", "d"], 3)
    again.close()


def test_a_full_spool_is_a_503(events: AlertEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events._spool, "_capacity", 1)
    with pytest.raises(Refusal, match="send them again") as caught:
        events.take(body(alert(1), alert(2)))
    assert caught.value.status == 503
    assert events.waiting == 0


def test_a_damaged_spool_is_set_aside_and_the_exporter_starts(tmp_path: Path) -> None:
    (tmp_path / "alert_events.sqlite").write_bytes(b"no database at all, and long enough to be taken for one" * 100)
    spool = AlertSpool(tmp_path)
    assert spool.set_aside
    assert spool.set_aside.read_bytes().startswith(b"no database")
    spool.put(["a"])
    assert spool.waiting == 1
    spool.close()


def test_a_spool_that_is_damaged_in_its_middle_is_set_aside_too(tmp_path: Path) -> None:
    spool = AlertSpool(tmp_path)
    spool.put([f"{number}" * 500 for number in range(100)])
    spool.close()
    content = bytearray(spool.path.read_bytes())
    content[4 * 4096 : 6 * 4096] = b"\xff" * 8192
    spool.path.write_bytes(content)
    again = AlertSpool(tmp_path)
    assert again.set_aside
    assert again.waiting == 0
    again.close()


@pytest.fixture
def own_server(server_directory: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(server_directory, {"fsync": "off"}) as server:
        migrate(server.dsn())
        yield server


def test_nothing_is_lost_while_the_database_is_away_and_the_exporter_is_killed(
    own_server: EmbeddedPostgres, configured: Callable[..., Path]
) -> None:
    dsn = own_server.dsn()
    path = configured(dsn)
    with Exporter(path) as exporter:
        exporter.ready()
        assert post(exporter.url, body(alert(0))).ok
        wait_for(lambda: len(events_in(dsn)) == 1)
        own_server.stop("immediate")
        assert post(exporter.url, body(alert(0, ended=5), *map(alert, range(1, 50)))).ok
        wait_for(lambda: exporter.samples()["kpi_exporter_alert_events_waiting"] == 50)
        exporter.signal(signal.SIGKILL)
        exporter.ended()
    with Exporter(path) as exporter:
        exporter.ready()
        assert exporter.samples()["kpi_exporter_alert_events_waiting"] == 50
        assert post(exporter.url, body(*(alert(number, ended=7) for number in range(1, 50)))).ok
        own_server.start()
        wait_for(lambda: exporter.samples()["kpi_exporter_alert_events_waiting"] == 0, 40)
    assert events_in(dsn) == [(f"{number:016x}", "resolved") for number in range(50)]


def test_killed_at_any_point_it_stores_each_answered_event_once(
    database: str, configured: Callable[..., Path], connection: Connection
) -> None:
    defined = alerts.add(connection, Definition("kpi_share_ratio", "threshold", "<", 0.02)).id
    path = configured(database)
    answered: set[int] = set()
    for attempt in range(2):
        with Exporter(path) as exporter:
            exporter.ready()
            killer = threading.Timer(0.2 + attempt / 10, exporter.signal, [signal.SIGKILL])
            killer.start()
            number = 1000 * attempt
            try:
                while post(exporter.url, body(alert(number, labels={"alert_id": str(defined)}))).ok:
                    answered.add(number)
                    number += 1
            except requests.RequestException:
                pass  # killed
            exporter.ended()
    with Exporter(path) as exporter:
        exporter.ready()
        wait_for(lambda: exporter.samples()["kpi_exporter_alert_events_waiting"] == 0)
    stored = {int(name, 16) for name, _ in events_in(database)}
    assert answered
    assert answered <= stored
    assert len(stored - answered) <= 2  # one at each kill may be kept, though its answer was not sent
    (told,) = alerts.list_all(connection)
    assert told.trigger_count == len(stored)


def test_a_reload_changes_where_events_go(
    events: AlertEvents, config: Config, database: str, empty_database: str
) -> None:
    migrate(empty_database)
    events.start()
    events.take(body(alert(1)))
    wait_for(lambda: events.stored == 1)
    events.config = config.model_copy(update={"warehouse": Warehouse(dsn=SecretStr(empty_database))})
    events.take(body(alert(2)))
    wait_for(lambda: events.stored == 2)
    assert [len(events_in(dsn)) for dsn in (database, empty_database)] == [1, 1]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \xff"])
def test_only_who_bears_the_token_is_let_in(events: AlertEvents, header: str) -> None:
    events.admit(f"bearer {TOKEN}")
    with pytest.raises(Refusal, match="The bearer token is missing or wrong") as caught:
        events.admit(header)
    assert caught.value.status == 401


def test_the_token_is_read_anew_and_without_one_nobody_is_let_in(events: AlertEvents, token_file: Path) -> None:
    token_file.write_text("renewed")
    events.admit("Bearer renewed")
    token_file.write_text("\n")
    with pytest.raises(Refusal, match="token_file cannot be read") as empty:
        events.admit("Bearer ")
    token_file.unlink()
    with pytest.raises(Refusal, match="token_file cannot be read") as missing:
        events.admit("Bearer renewed")
    assert [caught.value.status for caught in (empty, missing)] == [503, 503]  # Alertmanager comes again


def test_without_a_warehouse_nothing_is_taken_and_nothing_is_said_about_it(events: AlertEvents, config: Config) -> None:
    assert len(events.counts()) == 4
    events.config = config.model_copy(update={"warehouse": None})
    with pytest.raises(Refusal, match="no 'warehouse'") as caught:
        events.admit(f"Bearer {TOKEN}")
    assert caught.value.status == 404
    assert events.counts() == {}
