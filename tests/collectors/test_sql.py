"""A folder of queries is one collector; every metric of it is fed by exactly one of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collectors import Run, SqlCollector
from collectors.errors import QueryRefused
from metrics import COUNT, Gauge

OPEN = Gauge("kpi_open_tickets", "Open tickets.", unit=COUNT, owner="support")
AGENTS = Gauge("kpi_agents", "Agents.", unit=COUNT, owner="support")
OWN = "-- metrics:\n--   - {name: kpi_teams, help: Teams., unit: count, owner: support}\nSELECT 3 AS kpi_teams"

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Write:
    """`folder(name=text)`: a folder with these files, `.sql` each."""

    def write(**files: str) -> Path:
        made = tmp_path / "support"
        made.mkdir()
        for name, text in files.items():
            (made / f"{name}.sql").write_text(text, encoding="utf-8")
        return made

    return write


def refused(made: Callable[[], object]) -> list[str]:
    with pytest.raises(QueryRefused) as error:
        made()
    return str(error.value).splitlines()


def test_each_file_is_a_part_with_its_own_interval_and_timeout(folder: Write) -> None:
    made = folder(open="-- every: 1h\n-- timeout: 9s\nSELECT 1 AS kpi_open_tickets", agents="SELECT 2 AS kpi_agents")
    collector = SqlCollector("support", made, (OPEN, AGENTS), interval=30)
    assert (collector.name, collector.interval, collector.timeout, collector.needs_source) == (
        "support",
        30,
        None,
        True,
    )
    assert [(part.name, part.interval, part.timeout, part.metrics) for part in collector.parts] == [
        ("agents", None, None, (AGENTS,)),
        ("open", 3600, 9, (OPEN,)),
    ]


def test_metrics_of_python_and_of_headers_are_the_metrics_of_the_collector(folder: Write) -> None:
    collector = SqlCollector("support", folder(a="SELECT 1 AS kpi_open_tickets", b=OWN), [OPEN])
    assert [metric.name for metric in collector.metrics] == ["kpi_open_tickets", "kpi_teams"]


def test_a_single_file_is_a_collector_of_its_own(folder: Write) -> None:
    collector = SqlCollector.from_file(folder(teams=OWN) / "teams.sql")
    assert (collector.name, collector.interval) == ("teams", 60)
    assert [metric.name for metric in collector.metrics] == ["kpi_teams"]


def test_all_files_are_checked_and_all_faults_told(folder: Write) -> None:
    made = folder(a="SELECT now() AS kpi_open_tickets", b="DELETE FROM agents", c="SELECT 1 AS kpi_agents")
    sentences = refused(lambda: SqlCollector("support", made, (OPEN, AGENTS)))
    assert sentences == [
        f"{made}/a.sql:1: a query must not ask for the time; use as_of instead of now()",
        f"{made}/b.sql:1: expected one SELECT, got DELETE",
        f"{made}/b.sql:1: no column is named like a metric of this collector",
    ]


def test_a_metric_that_no_file_feeds_is_refused(folder: Write) -> None:
    made = folder(a="SELECT 1 AS kpi_agents")
    assert refused(lambda: SqlCollector("support", made, (OPEN, AGENTS))) == [
        "kpi_open_tickets: declared but never collected; add it to a query of support or delete it"
    ]


def test_a_metric_that_two_files_feed_is_refused(folder: Write) -> None:
    made = folder(a="SELECT 1 AS kpi_agents", b="SELECT 2 AS kpi_agents")
    assert refused(lambda: SqlCollector("support", made, [AGENTS])) == [
        f"kpi_agents: fed by {made}/a.sql and again by {made}/b.sql; one file must feed it alone"
    ]


def test_a_metric_that_two_headers_declare_is_refused(folder: Write) -> None:
    made = folder(a=OWN, b=OWN)
    assert refused(lambda: SqlCollector("support", made)) == [
        f"kpi_teams: fed by {made}/a.sql and again by {made}/b.sql; one file must feed it alone"
    ]


def test_a_folder_without_queries_is_refused(folder: Write, tmp_path: Path) -> None:
    made = folder()
    assert refused(lambda: SqlCollector("support", made, [OPEN])) == [f"{made}: holds no .sql file"]
    assert refused(lambda: SqlCollector("support", tmp_path / "nowhere")) == [f"{tmp_path}/nowhere: holds no .sql file"]


def test_collecting_the_whole_reads_every_query_without_state(folder: Write, empty_database: str) -> None:
    closed = (
        "-- cursor: at\n-- metrics:\n"
        "--   - {name: kpi_closed_total, type: counter, help: Closed., unit: count, owner: support}\n"
        "SELECT as_of - interval '1 hour' AS at, 2 AS kpi_closed_total"
    )
    made = folder(a="SELECT 1 AS kpi_open_tickets UNION ALL SELECT NULL", b=OWN, c=closed)
    collector = SqlCollector("support", made, [OPEN])
    with psycopg.connect(empty_database) as connection:
        run: Run = Run(as_of=datetime(2026, 1, 31, tzinfo=UTC), connection=connection, state={"kept": 1})
        readings: dict[str, Any] = {str(reading.metric): reading.value for reading in collector.collect(run)}
    assert readings == {"kpi_open_tickets": 1, "kpi_teams": 3, "kpi_closed_total": 2}
    assert run.state == {"kept": 1}
    assert run.dropped == {"null": 1}
