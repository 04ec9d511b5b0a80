"""What an operator, a database or a disk may do wrong, and what `kpi serve` makes of it. One test per line of the list.

Bad configurations have tests of their own in test_config, bad runs in test_runner and bad servers in test_service.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.exporter.support import KPI, Exporter, free_port, kpi, wait_for, write_config, write_python, write_query

ROWS = 1_000_000


def memory(exporter: Exporter) -> float:
    """The largest resident memory of the process so far, in MB."""
    facts = dict(line.split(":", 1) for line in Path(f"/proc/{exporter.pid}/status").read_text().splitlines())
    return int(facts["VmHWM"].removesuffix("kB")) / 1000


def test_a_million_rows_are_a_clear_error_and_cost_little_memory(tmp_path: Path, postgres: Any) -> None:
    query = f"SELECT n::text AS shop, n AS kpi_orders FROM generate_series(1, {ROWS}) AS n"
    write_query(tmp_path / "plugins", "stock", "SELECT 1 AS kpi_stock", every="200ms")
    path = write_query(tmp_path / "plugins", "orders", query, labels=["shop"], every="200ms", timeout="20s")
    path.rename(path.with_suffix(".later"))
    with Exporter(write_config(tmp_path, {"app": {"dsn": postgres.dsn(), "max_rows": 100_000}})) as exporter:
        exporter.ready()
        before = memory(exporter)
        path.with_suffix(".later").rename(path)
        exporter.signal(signal.SIGHUP)
        (event,) = wait_for(lambda: [event for event in exporter.log() if event.get("part") == "orders"])
        assert event["error"] == f"{path}: more than 100,000 rows; aggregate in the query, or raise max_rows"
        wait_for(lambda: exporter.samples().get(runs("orders", "too_many_rows"), 0) >= 3)
        assert memory(exporter) - before < 60  # a hundred thousand small rows, and not ten times as many
        assert exporter.samples()["kpi_stock"] == 1
        assert not [event for event in exporter.log() if event.get("part") == "orders"][1:]  # told once


def test_a_hundred_thousand_label_values_are_capped_and_cost_little_memory(tmp_path: Path, postgres: Any) -> None:
    query = "SELECT n::text AS shop, n AS kpi_orders FROM generate_series(1, 100000) AS n"
    write_query(tmp_path / "plugins", "orders", query, labels=["shop"], every="1h", other=["shop"])
    with Exporter(write_config(tmp_path, {"app": postgres.dsn()})) as exporter:
        exporter.ready()
        shops = {series: value for series, value in exporter.samples().items() if series.startswith("kpi_orders{")}
        assert len(shops) == 1000
        assert sum(shops.values()) == 100_000 * 100_001 / 2
        assert memory(exporter) < 250


def runs(part: str, outcome: str) -> str:
    return f"kpi_exporter_collector_runs_total{{collector={part},outcome={outcome},part={part},source=app}}"


def test_a_broken_plugin_is_named_in_the_log_and_the_others_run(tmp_path: Path, postgres: Any) -> None:
    write_query(tmp_path / "plugins", "stock", "SELECT 1 AS kpi_stock")
    (tmp_path / "plugins" / "broken.py").write_text("import no_such_module\n")
    with Exporter(write_config(tmp_path, {"app": postgres.dsn()})) as exporter:
        exporter.ready()
        assert exporter.samples()["kpi_stock"] == 1
        (event,) = [event for event in exporter.log() if event["event"] == "a collector is left out"]
        reason = "ModuleNotFoundError: No module named 'no_such_module'"
        assert event["error"] == f"could not load {tmp_path}/plugins/broken.py: {reason}"


@pytest.mark.parametrize("place", ["file", "file/data", "/proc/kpi"])
def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    write_config(tmp_path, {}, data_dir=place)
    ended = kpi("serve", folder=tmp_path)
    assert ended.returncode == 3
    assert ended.stderr.startswith(f"could not write to the directory {tmp_path / place}: ")
    assert ended.stderr.count("\n") == 1


def test_a_full_disk_takes_only_the_counters_and_the_process_goes_on(
    tmp_path: Path, empty_database: str, app: psycopg.Connection[Any]
) -> None:
    """No file may grow past a limit, which is what a full disk does to SQLite."""
    app.execute("CREATE TABLE sales (sold_at timestamptz, shop text)")
    app.execute("INSERT INTO sales VALUES (now() - interval '1 minute', 'books')")
    write_query(tmp_path / "plugins", "stock", "SELECT count(*) AS kpi_stock FROM sales")
    write_query(
        tmp_path / "plugins", "sales", "SELECT shop, sold_at, 1 AS kpi_sales_total FROM sales",
        labels=["shop"], metric="kpi_sales_total", type="counter", cursor="sold_at", settle="1ms",
    )  # fmt: skip
    limited = (
        "import resource, signal, sys; from exporter.cli import main; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)); sys.argv[0] = 'kpi'; main()"
    )
    config = write_config(tmp_path, {"app": empty_database}, stale_after_intervals=1000)
    with Exporter(config, sys.executable, "-c", limited, "serve") as exporter:
        exporter.ready()
        assert exporter.samples()["kpi_sales_total{shop=books}"] == 1
        shops = "md5(n::text) || repeat('x', 300) FROM generate_series(1, 900) AS n"
        app.execute(f"INSERT INTO sales SELECT now(), {shops}")

        def told() -> list[Any]:
            return [event for event in exporter.log() if event.get("part") == "sales" and "error" in event]

        (event,) = wait_for(told)
        assert re.fullmatch(rf"could not store the state in {tmp_path}/data: .*(full|disk I/O).*", event["error"])
        wait_for(lambda: exporter.samples()["kpi_stock"] == 901)
        found = exporter.samples()
        assert {series for series in found if series.startswith("kpi_sales")} == {"kpi_sales_total{shop=books}"}
        assert found["kpi_sales_total{shop=books}"] == 1
    assert exporter.ended() == 0


def test_a_state_file_that_is_corrupt_is_set_aside_and_the_process_starts(tmp_path: Path, postgres: Any) -> None:
    write_query(tmp_path / "plugins", "stock", "SELECT 1 AS kpi_stock")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "state.sqlite").write_bytes(os.urandom(20_000))
    with Exporter(write_config(tmp_path, {"app": postgres.dsn()})) as exporter:
        exporter.ready()
        event = exporter.log()[0]
        assert event["event"] == "the state file was damaged and is set aside; counters begin anew"
        assert Path(event["file"]).stat().st_size == 20_000
        assert exporter.samples()["kpi_stock"] == 1


def test_a_secret_of_a_file_or_of_the_environment_appears_nowhere(tmp_path: Path) -> None:
    write_query(tmp_path / "plugins", "stock", "SELECT 1 AS kpi_stock")
    (tmp_path / "dsn").write_text("postgresql://me:hunter2secret@127.0.0.1:1/shop\n")
    sources = {
        "file": {"dsn_file": "dsn", "labels": {"tenant": "a"}},
        "environment": {"dsn": "postgresql://me:${SHOP_PASSWORD}@127.0.0.1:1/shop", "labels": {"tenant": "b"}},
    }
    with Exporter(write_config(tmp_path, sources, log_level="debug"), SHOP_PASSWORD="hunter2secret") as exporter:
        exporter.ready()
        shown = "".join(exporter.get(path).text for path in ("/", "/metrics", "/-/ready", "/collectors/stock"))
        assert "could not reach the source environment" in shown
        exporter.config.write_text(exporter.config.read_text().replace("labels", "lables"))
        exporter.signal(signal.SIGHUP)
        wait_for(lambda: "lables" in exporter.get("/").text)
        shown += exporter.get("/").text
    assert "hunter2secret" not in shown + str(exporter.log())


def test_a_secret_in_an_error_of_a_collector_appears_nowhere(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    write_python(tmp_path / "plugins", "import http.client", "http.client.HTTPSConnection('me:hunter2@host')", "yield")
    with Exporter(write_config(tmp_path, {}, log_level="debug")) as exporter:
        exporter.ready()
        (event,) = wait_for(lambda: [event for event in exporter.log() if event.get("part") == "tickets"])
        shown = "".join(exporter.get(path).text for path in ("/", "/metrics", "/collectors/tickets"))
    assert event["error"] == "InvalidURL (message withheld: it may hold a secret)"
    assert re.search(r"tickets\.py:\d+ in collect\n", event["exception"])
    assert "InvalidURL" in shown
    assert "hunter2" not in shown + str(exporter.log())


def test_a_redis_that_is_away_is_named_once_with_the_reason_and_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    settings = {"options": {"url": f"redis://me:hunter2@127.0.0.1:{port}"}, "interval": "200ms"}
    with Exporter(write_config(tmp_path, {}, log_level="debug", collectors={"redis": settings})) as exporter:
        exporter.ready()
        success = "kpi_exporter_collector_runs_total{collector=redis,outcome=success,part=redis,source=}"
        wait_for(lambda: exporter.samples().get(success, 0) >= 3)
        assert exporter.samples()[f"kpi_redis_server_up{{cache=127.0.0.1:{port}}}"] == 0
        (event,) = [event for event in exporter.log() if event.get("part") == "redis"]
        shown = "".join(exporter.get(path).text for path in ("/", "/metrics", "/collectors/redis"))
    assert (event["event"], event["piece"]) == ("piece is missing", f"127.0.0.1:{port}")
    refused = f"Error 111 connecting to 127.0.0.1:{port}. Connection refused."
    assert event["error"] == refused
    assert f"127.0.0.1:{port}: {refused}" in shown
    assert "hunter2" not in shown + str(exporter.log())
    once = kpi("once", "redis", "--config", exporter.config)
    assert once.returncode == 0
    assert f"redis: 127.0.0.1:{port}: {refused}" in once.stderr.replace("\n", " ")
    assert "hunter2" not in once.stderr + once.stdout


@pytest.mark.parametrize("command", ["check", "serve"])
def test_an_address_of_redis_that_its_client_cannot_use_is_told_at_once_without_its_password(
    tmp_path: Path, command: str
) -> None:
    settings = {"options": {"url": "redis://cache-1 redis://me:hunter2@cache-2?foo=hunter2"}}
    ended = kpi(command, "--config", write_config(tmp_path, {}, collectors={"redis": settings}))
    assert ended.returncode == 2
    assert "collectors.redis.options.url: could not use the address of cache-2:6379: a setting" in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout


@pytest.mark.parametrize("variable", ["", "${KPI_NO_SUCH_VARIABLE}"])
def test_what_the_configuration_lacks_is_told_before_anything_starts(tmp_path: Path, variable: str) -> None:
    write_config(tmp_path, {"app": variable or {"dsn_file": "gone"}})
    ended = kpi("serve", folder=tmp_path)
    assert ended.returncode == 2
    assert re.match(r"kpi\.yaml:\d+: sources\.app\.dsn(_file)?: ", ended.stderr), ended.stderr
    assert not (tmp_path / "data").exists()


def test_a_reader_that_breaks_off_harms_nobody(tmp_path: Path, postgres: Any) -> None:
    query = "SELECT repeat(n::text, 20) AS shop, n AS kpi_orders FROM generate_series(1, 20000) AS n"
    write_query(tmp_path / "plugins", "orders", query, labels=["shop"], every="1h", cap=20_000)
    with Exporter(write_config(tmp_path, {"app": postgres.dsn()})) as exporter:
        exporter.ready()
        for _ in range(20):
            with exporter.get("/metrics", stream=True) as answer:
                answer.raw.read(10)
        assert exporter.answers("/-/healthy")
        assert len(exporter.samples()) > 20_000
        assert [event["event"] for event in exporter.log()] == ["serving"]


def test_nothing_is_leaked_while_a_source_stays_down(tmp_path: Path, postgres: Any) -> None:
    for number in range(5):
        name = f"query_{number}"
        write_query(tmp_path / "plugins", name, f"SELECT 1 AS kpi_{name}", every="50ms")
    with Exporter(write_config(tmp_path, {"app": f"{postgres.dsn()}&port=1"})) as exporter:
        exporter.ready()
        process = psutil.Process(exporter.pid)
        time.sleep(0.5)
        files, threads = process.num_fds(), process.num_threads()
        time.sleep(2.5)
        assert process.num_fds() <= files + 2
        assert process.num_threads() <= threads + 2


def test_the_command_says_where_it_comes_from() -> None:
    """These tests run the `kpi` of this environment, and not one that happens to be on the PATH."""
    ended = subprocess.run([KPI, "--help"], capture_output=True, text=True)
    assert ended.returncode == 0
    assert "kpi demo" in ended.stdout
