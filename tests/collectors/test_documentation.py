"""What docs/collectors.md shows works, and its tables name what there is."""

import json
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg
import pytest

from collectors import Collector, Run, SqlCollector
from collectors.discovery import GROUP, discover
from collectors.header import DeclaredMetric, Header
from collectors.source import Source
from metrics import HistogramState

TEXT = (Path(__file__).parents[2] / "docs" / "collectors.md").read_text(encoding="utf-8")
BLOCKS: dict[str, str] = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A plugin folder with everything that the page shows."""
    for name, text in BLOCKS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "plugins"


@pytest.fixture
def tickets(empty_database: str) -> str:
    """The DSN of a database with the table of the examples."""
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE TABLE tickets (queue text, opened_at timestamptz, closed_at timestamptz)")
        connection.cursor().executemany(
            "INSERT INTO tickets VALUES (%s, %s, %s)",
            [
                ("post", NOON - 30 * HOUR, None),
                ("post", NOON - 2 * HOUR, NOON + HOUR),
                ("phone", NOON - 3 * HOUR, NOON - HOUR),
                ("phone", NOON + HOUR, None),
                ("mail", NOON - 240 * HOUR, NOON - 230 * HOUR),
            ],
        )
    return empty_database


def read(collector: Collector, dsn: str) -> dict[tuple[str, ...], object]:
    with Source("app", dsn).snapshot("test", 5) as connection:
        readings = list(collector.collect(Run(as_of=NOON, connection=connection)))
    return {(reading.metric.name, *reading.labels): reading.value for reading in readings}


def table(heading: str) -> list[str]:
    """The names in the first column of the table below a heading."""
    section = TEXT.split(f"### {heading}\n")[1].split("\n#")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def test_every_example_is_known_here() -> None:
    assert len(re.findall(r"^```(?:sql|python|toml)$", TEXT, re.MULTILINE)) == len(BLOCKS)
    assert set(BLOCKS) == {
        "plugins/open_tickets.sql", "plugins/new_tickets.sql", "plugins/pull_request_authors.sql",
        "plugins/ticket_events.sql", "plugins/agents.py", "plugins/test_open_tickets.py", "pyproject.toml",
    }  # fmt: skip


def test_the_examples_live_together(plugins: Path) -> None:
    found = discover(plugins)
    assert found.problems == []
    assert found.collectors.keys() >= {
        "open_tickets", "new_tickets", "pull_request_authors", "ticket_events", "agents",
    }  # fmt: skip


def test_open_tickets_are_those_of_the_moment(plugins: Path, tickets: str) -> None:
    assert read(SqlCollector.from_file(plugins / "open_tickets.sql"), tickets) == {
        ("kpi_open_tickets", "post"): 2,
        ("kpi_oldest_ticket_age_seconds", "post"): 30 * 3600,
    }


def test_new_tickets_are_0_where_the_queue_is_known(plugins: Path, tickets: str) -> None:
    assert read(SqlCollector.from_file(plugins / "new_tickets.sql"), tickets) == {
        ("kpi_new_tickets", "post", "1d"): 1,
        ("kpi_new_tickets", "post", "7d"): 2,
        ("kpi_new_tickets", "phone", "1d"): 1,
        ("kpi_new_tickets", "phone", "7d"): 1,
        ("kpi_new_tickets", "mail", "1d"): 0,
        ("kpi_new_tickets", "mail", "7d"): 0,
    }


def test_pull_requests_are_counted_by_author_and_window(plugins: Path, empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE TABLE pull_request_metrics (repo text, pr_author text, created_at timestamptz)")
        connection.cursor().executemany(
            "INSERT INTO pull_request_metrics VALUES ('api', %s, %s)",
            [("ann", NOON), ("ann", NOON - 240 * HOUR), ("bob", NOON - 168 * HOUR), ("bob", NOON + HOUR)],
        )
    assert read(SqlCollector.from_file(plugins / "pull_request_authors.sql"), empty_database) == {
        ("kpi_author_pull_requests_opened", "api", "ann", "7d"): 1,
        ("kpi_author_pull_requests_opened", "api", "ann", "30d"): 2,
        ("kpi_author_pull_requests_opened", "api", "bob", "30d"): 1,
    }


def test_closed_tickets_are_counted_as_events(plugins: Path, tickets: str) -> None:
    assert read(SqlCollector.from_file(plugins / "ticket_events.sql"), tickets) == {
        ("kpi_tickets_closed_total", "phone"): 1,
        ("kpi_ticket_duration_seconds", "phone"): HistogramState((0, 1, 1, 1), 7200),
    }


def test_the_python_example_asks_over_http(plugins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Helpdesk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"north": 3, "south": 5}).encode())

        def log_message(self, *words: object) -> None:
            """Nothing on the terminal."""

    with HTTPServer(("127.0.0.1", 0), Helpdesk) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setenv("HELPDESK_URL", f"http://127.0.0.1:{server.server_port}")
        readings = list(discover(plugins).collectors["agents"].collect(Run(as_of=NOON)))
    assert {reading.labels: reading.value for reading in readings} == {("north",): 3, ("south",): 5}


def test_the_entry_point_is_of_the_group_that_discovery_reads() -> None:
    assert tomllib.loads(BLOCKS["pyproject.toml"])["project"]["entry-points"] == {
        GROUP: {"agents": "acme_kpis.agents:Agents"}
    }


def test_the_example_of_a_test_passes(plugins: Path, empty_database: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_open_tickets.py"],
        cwd=plugins, env=environment | {"KPI_TEST_DSN": empty_database}, capture_output=True, text=True,
    )  # fmt: skip
    assert "1 passed" in done.stdout


def test_the_commands_write_collectors_that_run(tmp_path: Path, empty_database: str) -> None:
    kpi = Path(sys.executable).with_name("kpi")
    (tmp_path / "kpi.yaml").write_text(f"sources: {{app: {{dsn: '{empty_database}'}}}}\nplugins: plugins\n")
    (block,) = re.findall(r"^```\n(kpi .*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    commands = [*block.splitlines(), "kpi check", "kpi once tickets helpdesk --format text"]
    for command in commands:
        words = [str(kpi), *shlex.split(command)[1:]]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    assert 'kpi_tickets_new{kind="first",window="7d"} 2.0' in done.stdout
    assert 'kpi_helpdesk_now{kind="second"} 1.0' in done.stdout


def test_the_tables_name_every_key_and_every_field() -> None:
    assert table("Keys of the header") == [field.alias or name for name, field in Header.model_fields.items()]
    assert sorted(table("Fields of a declaration")) == sorted(DeclaredMetric.model_fields)


def test_the_tables_name_the_defaults() -> None:
    header = Header()
    stated = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", TEXT, re.MULTILINE))
    assert stated["windows"] == f"`{', '.join(header.windows)}`"
    assert (stated["settle"], header.settle) == ("`1m`", 60)
    assert (stated["backfill"], header.backfill) == ("`1d`", 86_400)
    assert stated["cap"] == f"`{DeclaredMetric.model_fields['cap'].default}`"
