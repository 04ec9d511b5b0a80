"""`kpi check`: what it finds on a database, and what it tells to do."""

import os
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.exporter.support import kpi, write_config, write_python, write_query


def test_on_tables_that_fit_everything_is_good(tmp_path: Path, database: str) -> None:
    write_config(tmp_path, {"app": database}, built_in=True)
    ended = kpi("check", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0] == "app"
    assert lines[1] == "  note  the role may write; warehouse/roles/select_only.sql makes one that cannot"
    assert [line for line in lines[2:] if not line.startswith("  ok    ")] == [
        "  later postgresql: only a run can tell",
        "without a source",
        "  off   redis: no server is named; set collectors.redis.options.url",
    ]
    assert {"  ok    commerce/payments", "  ok    freshness", "  ok    inputs"} < {*lines}


def test_a_missing_table_is_no_fault_and_the_view_that_is_printed_runs_as_it_is(
    tmp_path: Path, database: str, connection: psycopg.Connection[Any]
) -> None:
    connection.execute("DROP TABLE payment_metrics CASCADE")
    config = write_config(tmp_path, {"app": database}, built_in=True)
    ended = kpi("check", folder=tmp_path)
    assert ended.returncode == 0
    assert "  off   commerce/payments: the table payment_metrics is missing" in ended.stdout
    needed = "payment_metrics is needed by commerce, security. If your tables differ, fill in and run:"
    assert needed in ended.stdout.splitlines()
    view = ended.stdout[ended.stdout.index("-- One row") :]
    assert view.count("CREATE VIEW") == 1
    connection.execute(view)
    again = kpi("check", "--config", config, folder=tmp_path)
    assert again.returncode == 0
    assert [line for line in again.stdout.splitlines() if line.startswith("  off ") and "redis" not in line] == []
    once = kpi("once", "commerce", folder=tmp_path)
    assert (once.returncode, once.stderr) == (0, "")


def test_a_fault_in_a_query_is_told_with_file_and_line(tmp_path: Path, empty_database: str) -> None:
    write_query(tmp_path / "plugins", "good", "SELECT 1 AS kpi_good")
    write_python(tmp_path / "plugins", "yield", needs_source=True)
    path = write_query(tmp_path / "plugins", "bad", "SELECT numbr AS kpi_bad\n  FROM (SELECT 1 AS number) AS n")
    write_config(tmp_path, {"app": empty_database})
    ended = kpi("check", folder=tmp_path)
    assert ended.returncode == 1
    assert f'  fault bad\n{path}:9: column "numbr" does not exist' in ended.stdout
    assert "  ok    good" in ended.stdout
    assert "  later tickets: only a run can tell" in ended.stdout


def test_collectors_in_python_are_off_where_what_they_need_is_missing(tmp_path: Path, empty_database: str) -> None:
    write_config(tmp_path, {"app": empty_database}, built_in=True)
    ended = kpi("check", folder=tmp_path)
    assert ended.returncode == 0
    assert {
        "  off   inputs: the table manual_metric_values is missing",
        "  off   freshness: none of the contract tables is there and may be read",
    } < {*ended.stdout.splitlines()}


def test_a_table_that_python_needs_and_may_not_read_is_a_fault(
    tmp_path: Path, database: str, connection: psycopg.Connection[Any]
) -> None:
    reader = f"reader_{os.getpid()}"
    connection.execute(f"CREATE ROLE {reader} LOGIN")
    try:
        dsn = psycopg.conninfo.make_conninfo(database, user=reader)
        write_config(tmp_path, {"app": dsn}, collectors={"inputs": {"enabled": True}})
        ended = kpi("check", folder=tmp_path)
    finally:
        connection.execute(f"DROP ROLE {reader}")
    assert ended.returncode == 1
    refusal = "the server refused: permission denied for table manual_metric_values"
    assert ended.stdout == f"app\n  fault inputs\n{refusal}\n"


def test_what_a_check_of_a_plugin_raises_is_a_fault_and_the_others_are_checked(
    tmp_path: Path, empty_database: str
) -> None:
    write_query(tmp_path / "plugins", "good", "SELECT 1 AS kpi_good")
    write_python(tmp_path / "plugins", "yield", "", "def check(self, run):", "    raise KeyError('no queue')")
    plugin = tmp_path / "plugins" / "tickets.py"
    plugin.write_text(plugin.read_text().replace("        def check(", "    def check("))
    write_config(tmp_path, {"app": empty_database})
    ended = kpi("check", folder=tmp_path)
    told = "app\n  ok    good\nwithout a source\n  fault tickets\nKeyError: 'no queue'\n"
    assert (ended.returncode, ended.stdout) == (1, told)


def test_nothing_is_run(tmp_path: Path, empty_database: str) -> None:
    write_query(tmp_path / "plugins", "slow", "SELECT length(pg_sleep(600)::text) AS kpi_slow")
    write_query(tmp_path / "plugins", "divides", "SELECT 1 / n AS kpi_divides FROM generate_series(0, 9) AS n")
    write_config(tmp_path, {"app": empty_database})
    ended = kpi("check", folder=tmp_path)
    assert (ended.returncode, re.findall(r"ok +(\w+)", ended.stdout)) == (0, ["divides", "slow"])


def test_a_source_that_is_down_is_told_and_the_others_are_checked(tmp_path: Path, empty_database: str) -> None:
    write_query(tmp_path / "plugins", "good", "SELECT 1 AS kpi_good")
    write_config(tmp_path, {
        "gone": {"dsn": f"{empty_database}&port=1", "labels": {"tenant": "gone"}},
        "here": {"dsn": empty_database, "labels": {"tenant": "here"}},
    })  # fmt: skip
    ended = kpi("check", folder=tmp_path)
    assert ended.returncode == 1
    gone, here = ended.stdout.split("here\n", 1)
    assert "  down  could not reach the source gone: " in gone
    assert here == "  ok    good\n"


def test_without_a_source_it_says_how_to_name_one(tmp_path: Path) -> None:
    write_config(tmp_path, {})
    ended = kpi("check", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (
        0, "There is no source: name a database under 'sources' in the configuration.\n",
    )  # fmt: skip


def test_where_nothing_needs_a_source_it_asks_for_none(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    write_python(tmp_path / "plugins", "yield TICKETS.reading(1, queue='a')")
    write_config(tmp_path, {})
    ended = kpi("check", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "without a source\n  later tickets: only a run can tell\n")


def test_where_one_of_several_needs_a_source_it_says_how_to_name_one(tmp_path: Path) -> None:
    write_query(tmp_path / "plugins", "orders", "SELECT 1 AS kpi_orders")
    write_python(tmp_path / "plugins", "yield TICKETS.reading(1, queue='a')")
    write_config(tmp_path, {})
    ended = kpi("check", folder=tmp_path)
    asked = "There is no source: name a database under 'sources' in the configuration.\n"
    assert (ended.returncode, ended.stdout) == (
        0, f"{asked}without a source\n  later tickets: only a run can tell\n",
    )  # fmt: skip


def test_a_plugin_that_cannot_be_loaded_is_named_and_ends_with_1(tmp_path: Path, empty_database: str) -> None:
    write_query(tmp_path / "plugins", "good", "SELECT 1 AS kpi_good")
    (tmp_path / "plugins" / "broken.py").write_text("import no_such_module")
    write_config(tmp_path, {"app": empty_database})
    ended = kpi("check", folder=tmp_path)
    assert ended.returncode == 1
    assert "broken.py: ModuleNotFoundError: No module named 'no_such_module'" in ended.stderr
    assert "  ok    good" in ended.stdout


def test_a_faulty_web_configuration_ends_with_2(tmp_path: Path, empty_database: str) -> None:
    config = write_config(tmp_path, {"app": empty_database})
    with config.open("a") as file:
        file.write("\nweb_config_file: web.yaml\n")
    (tmp_path / "web.yaml").write_text("rubbish")
    ended = kpi("check", folder=tmp_path)
    assert ended.returncode == 2
    assert "web.yaml:1: expected keys with values" in ended.stderr


@pytest.mark.parametrize("command", ["check", "once", "serve"])
def test_commands_that_need_a_file_say_so(tmp_path: Path, command: str) -> None:
    ended = kpi(command, folder=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("there is no kpi.yaml; ")


def test_an_alert_that_cannot_be_loaded_and_a_token_that_is_not_there_are_named(
    tmp_path: Path, empty_database: str
) -> None:
    plugin = tmp_path / "plugins" / "alert_rules" / "orders.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("GROUP = Group(\n")
    events = {"events": {"token_file": "no-token"}}
    write_config(tmp_path, {"app": empty_database}, warehouse={"dsn": empty_database}, alerting=events)
    ended = kpi("check", folder=tmp_path)
    assert ended.returncode == 1
    said = ended.stdout.replace("\n", "")
    assert f"fault could not load {plugin}" in said
    refusal = f"could not read alerting.events.token_file, {tmp_path / 'no-token'}: No such file"
    assert f"fault no events of alerts are taken: {refusal}" in said


@pytest.mark.parametrize(
    ("alerting", "told", "code"),
    [
        ({}, "note  ", 0),
        ({"grafana_url": "http://grafana"}, "note  ", 0),
        ({"prometheus_url": "http://prometheus"}, "fault ", 1),
        ({"user_rules_file": "rules.yaml", "rule_files": ["rules.yaml"]}, "fault ", 1),
    ],
)
def test_a_token_that_is_not_there_is_a_fault_where_events_are_wanted(
    tmp_path: Path, empty_database: str, alerting: dict[str, Any], told: str, code: int
) -> None:
    write_config(tmp_path, {"app": empty_database}, warehouse={"dsn": empty_database}, alerting=alerting)
    ended = kpi("check", folder=tmp_path)
    said = f"{told}no events of alerts are taken: could not read alerting.events.token_file, /run/secrets/"
    assert (ended.returncode, ended.stdout.startswith(said)) == (code, True)


def test_without_a_warehouse_no_token_is_needed(tmp_path: Path, empty_database: str) -> None:
    write_config(tmp_path, {"app": empty_database}, alerting={"events": {"token_file": "no-token"}})
    ended = kpi("check", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "app\n")
