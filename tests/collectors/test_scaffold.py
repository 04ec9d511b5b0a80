"""`kpi new collector` writes a collector that works at once, with a test that passes, and overwrites nothing."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psycopg
import pytest

from collectors import Run, SqlCollector
from collectors.discovery import discover
from collectors.scaffold import ScaffoldError, write
from metrics import COUNT

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
BOTH: list[Literal["sql", "python"]] = ["sql", "python"]
EXPECTED = {("first", "1d"): 1, ("first", "7d"): 2, ("first", "30d"): 2, ("second", "7d"): 1, ("second", "30d"): 1}


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """Where the plugin folder will be."""
    return tmp_path / "new" / "plugins"


def run_test(folder: Path, dsn: str = "", *options: str) -> subprocess.CompletedProcess[str]:
    """Plain pytest in the folder, as its owner would run it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("KPI_", "PYTEST_", "COV"))}
    environment |= {"KPI_TEST_DSN": dsn} if dsn else {}
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", *options, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)


def test_a_query_is_written_with_its_test(plugins: Path) -> None:
    assert write("open_tickets", plugins, "sql") == [plugins / "open_tickets.sql", plugins / "test_open_tickets.py"]
    assert sorted(path.name for path in plugins.iterdir()) == ["open_tickets.sql", "test_open_tickets.py"]


def test_a_module_is_written_with_its_test(plugins: Path) -> None:
    assert write("help_desk", plugins, "python") == [plugins / "help_desk.py", plugins / "test_help_desk.py"]


@pytest.mark.parametrize(
    "name", ["a", "order", "windows", "count", "gauge", "collector", "class", "a1_2b", "payments_amount"]
)
@pytest.mark.parametrize("kind", BOTH)
def test_what_is_written_is_discovered_whatever_its_name(
    plugins: Path, name: str, kind: Literal["sql", "python"]
) -> None:
    write(name, plugins, kind)
    found = discover(plugins)
    assert found.problems == []
    (metric,) = found.collectors[name].metrics
    assert (metric.name.startswith(f"kpi_{name}_"), metric.unit, metric.owner) == (True, COUNT, "nobody yet")


@pytest.mark.parametrize("name", ["open_tickets", "windows"])
def test_the_query_runs_on_a_database_without_any_tables(plugins: Path, empty_database: str, name: str) -> None:
    collector = SqlCollector.from_file(write(name, plugins, "sql")[0])
    with psycopg.connect(empty_database) as connection:
        collector.queries[0].preflight(connection)
        readings = list(collector.collect(Run(as_of=NOON, connection=connection)))
    assert {reading.labels: reading.value for reading in readings} == EXPECTED


def test_the_module_runs_without_a_database(plugins: Path) -> None:
    write("help_desk", plugins, "python")
    collector = discover(plugins).collectors["help_desk"]
    readings = collector.collect(Run(as_of=NOON))
    assert {reading.labels: reading.value for reading in readings} == {("first",): 2, ("second",): 1}
    assert (collector.interval, collector.needs_source) == (300, False)


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_the_tests_pass_with_plain_pytest_wherever_a_database_is_named(
    plugins: Path, empty_database: str, mode: str
) -> None:
    write("open_tickets", plugins, "sql")
    write("help_desk", plugins, "python")
    done = run_test(plugins, empty_database, f"--import-mode={mode}")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_the_test_of_the_query_leaves_nothing_behind(plugins: Path, empty_database: str) -> None:
    _, test = write("open_tickets", plugins, "sql")
    making = test.read_text().replace(
        "    # For a table", '    connection.execute("CREATE TABLE left_over ()")\n    #', 1
    )
    test.write_text(making)
    assert run_test(plugins, empty_database).returncode == 0
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('left_over')").fetchone() == (None,)


def test_without_a_database_the_test_of_the_query_is_skipped_with_the_reason(plugins: Path) -> None:
    write("open_tickets", plugins, "sql")
    done = run_test(plugins)
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert "KPI_TEST_DSN names no database to run against" in done.stdout


@pytest.mark.parametrize("kind", BOTH)
def test_the_test_fails_when_the_collector_counts_otherwise(
    plugins: Path, empty_database: str, kind: Literal["sql", "python"]
) -> None:
    collector, _ = write("open_tickets", plugins, kind)
    changed = collector.read_text().replace("count(*)", "count(*) + 1").replace('"first": 2', '"first": 3')
    collector.write_text(changed)
    assert run_test(plugins, empty_database).returncode == 1


@pytest.mark.parametrize("name", ["open_tickets", "count"])
@pytest.mark.parametrize("kind", BOTH)
def test_what_is_written_keeps_the_style_of_the_project(
    plugins: Path, kind: Literal["sql", "python"], name: str
) -> None:
    paths = [str(path) for path in write(name, plugins, kind) if path.suffix == ".py"]
    for command in (
        ["ruff", "format", "--check"],
        ["ruff", "check", "--select=E,F,B,UP", "--line-length=120"],
        ["mypy"],
    ):
        done = subprocess.run([sys.executable, "-m", *command, *paths], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["", "Tickets", "open-tickets", "2fa", "_x", "a__b", "../x", "a.b", "größe", "x\n"])
def test_a_name_that_cannot_be_one_is_refused(plugins: Path, name: str) -> None:
    with pytest.raises(ScaffoldError) as error:
        write(name, plugins, "sql")
    assert str(error.value) == (
        f"could not write the collector {name!r}: its name must be snake_case, such as open_tickets, and not that of a "
        "test"
    )
    assert not plugins.exists()


@pytest.mark.parametrize("name", ["test_tickets", "conftest"])
def test_a_name_that_discovery_takes_for_a_test_is_refused(plugins: Path, name: str) -> None:
    with pytest.raises(ScaffoldError, match="and not that of a test"):
        write(name, plugins, "python")


def test_a_name_whose_metrics_would_be_refused_is_refused(plugins: Path) -> None:
    with pytest.raises(
        ScaffoldError, match=r"^could not write the collector exporter: could not declare kpi_exporter_new"
    ):
        write("exporter", plugins, "sql")


def test_the_name_of_an_installed_collector_is_refused(plugins: Path) -> None:
    with pytest.raises(ScaffoldError, match=r"^could not write the collector commerce: an installed"):
        write("commerce", plugins, "sql")


@pytest.mark.parametrize("taken", ["tickets.sql", "tickets.py", "test_tickets.py", "tickets"])
@pytest.mark.parametrize("kind", BOTH)
def test_nothing_is_overwritten_and_no_name_given_twice(
    plugins: Path, taken: str, kind: Literal["sql", "python"]
) -> None:
    plugins.mkdir(parents=True)
    (plugins / taken).write_text("mine")
    with pytest.raises(ScaffoldError) as error:
        write("tickets", plugins, kind)
    assert str(error.value) == f"could not write the collector tickets: {plugins / taken} is there already"
    assert [(path.name, path.read_text()) for path in plugins.iterdir()] == [(taken, "mine")]


def test_a_file_that_cannot_be_written_leaves_nothing_half_written(plugins: Path) -> None:
    name = "a" * 249  # the query fits into a file name, and its test does not
    with pytest.raises(ScaffoldError, match="File name too long"):
        write(name, plugins, "sql")
    assert list(plugins.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScaffoldError, match=r"^could not write the collector tickets: .*Not a directory"):
        write("tickets", tmp_path / "file" / "plugins", "sql")
