"""Every command of the README is run here, as it stands there, and its example collector works."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SHELL_BLOCKS = [text for language, text in BLOCKS if not language]
COMMANDS = [
    line
    for block in SHELL_BLOCKS
    for line in block.splitlines()
    if re.match(r"(make|cp|export|docker-compose|\.venv/bin/kpi)( |$)", line)
]


INCIDENT = ".venv/bin/kpi demo --incident payments"


@pytest.fixture
def workplace(tmp_path: Path, demo_database: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a fresh clone has it, where `DATABASE_URL` names a database with the demo company."""
    for name in ("kpi.example.yaml", ".env.example"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", demo_database)
    return tmp_path


def test_the_readme_has_commands_for_the_first_screen_and_for_an_own_database() -> None:
    assert COMMANDS[0] == "make demo"
    assert ".venv/bin/kpi serve" in COMMANDS
    assert COMMANDS[-1] == "docker-compose up --build"  # the last of the page, so all were found


def test_every_command_is_run_by_a_test() -> None:
    tested = {"make demo", "docker-compose up --build", ".venv/bin/kpi serve", INCIDENT}
    quick = {command for command in COMMANDS if command.startswith(("cp ", "export ", ".venv/bin/kpi "))}

    assert set(COMMANDS) <= tested | quick


def test_commands_run_in_the_order_of_the_readme(workplace: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for command in COMMANDS:
        if command == INCIDENT:  # tests/exporter/test_demo_incident.py
            continue
        if " alerts add " in command:
            _adds_an_alert(command, workplace)
        elif command.startswith("cp ") or (command.startswith(".venv/bin/kpi") and not command.endswith("serve")):
            done = subprocess.run(_installed(command), cwd=workplace, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
            if command.endswith(" kpi.yaml"):
                with (workplace / "kpi.yaml").open("a", encoding="utf-8") as config:
                    config.write(f"\nlisten: 127.0.0.1:{port}\n")  # the usual one may be taken by somebody else
        elif command.endswith("serve"):
            _serves(command, workplace, port)


@pytest.fixture
def folder_for_postgres() -> Iterator[Path]:
    """Outside pytest's own folder, which pytest closes again and again to the user that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="kpi-test-") as folder:
        yield Path(folder)


def test_make_demo_shows_the_addresses_and_stops_on_ctrl_c(folder_for_postgres: Path) -> None:
    arguments = f"--scale 0.02 --history 1 --port 0 --directory {folder_for_postgres / 'demo'}"
    with subprocess.Popen(
        ["make", "demo", f"VENV={sys.prefix}", f"ARGS={arguments}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        shown = ""
        for line in process.stdout:
            shown += line
            if line.startswith("Rows arrive"):
                break
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) in (0, -signal.SIGINT)  # make may end by the signal, after the demo has ended well

    for name in (
        "PostgreSQL",
        "History",
        "Boards",
        "Rules",
        "Status page",
        "Metrics",
        "Prometheus",
        "Alertmanager",
        "Grafana",
    ):
        assert f"  {name}" in shown
        assert f"  {name}" in README


def test_make_test_is_what_ci_runs() -> None:
    plan = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "mypy" in plan
    assert "pytest" in plan
    assert "make test" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_docker_compose_accepts_what_the_readme_starts(program: Callable[[str], Path], workplace: Path) -> None:
    filled = re.sub(r"(?m)^(\w+)=\s*$", r"\1=a-password", (workplace / ".env.example").read_text(encoding="utf-8"))
    (workplace / ".env").write_text(filled, encoding="utf-8")

    done = subprocess.run(
        [
            program("docker-compose"),
            "--project-directory",
            ROOT,
            "--file",
            ROOT / "docker-compose.yml",
            "--env-file",
            workplace / ".env",
            "config",
            "--quiet",
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_the_example_collector_works(workplace: Path, demo_database: str) -> None:
    (sql,) = re.findall(r"^```sql\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    (workplace / "plugins").mkdir()
    (workplace / "plugins/tickets.sql").write_text(sql, encoding="utf-8")
    config = "sources: {app: {dsn: '${DATABASE_URL}'}}\nplugins: plugins\n"
    (workplace / "kpi.yaml").write_text(config, encoding="utf-8")
    with psycopg.connect(demo_database) as connection:
        connection.execute("CREATE TABLE tickets (queue text, closed_at timestamptz)")
        connection.execute("INSERT INTO tickets VALUES ('billing', NULL), ('billing', NULL), ('billing', '2026-01-01')")

    done = subprocess.run(
        [BIN / "kpi", "once", "tickets", "--format", "text"], cwd=workplace, capture_output=True, text=True, check=False
    )

    assert 'kpi_open_tickets{queue="billing"} 2.0' in done.stdout, done.stderr


def _installed(command: str) -> list[str]:
    return shlex.split(command.replace(".venv/bin/kpi", shlex.quote(str(BIN / "kpi"))))


def _serves(command: str, folder: Path, port: int) -> None:
    with subprocess.Popen(_installed(command), cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 20
            while True:
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline, "kpi serve did not become ready"
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2) as answer:
                        assert answer.status == 200
                        break
                except OSError:
                    time.sleep(0.1)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def _adds_an_alert(command: str, folder: Path) -> None:
    """With the keys that the page on alerts of users asks for; there is no Prometheus to tell, which is said."""
    config = folder / "kpi.yaml"
    text = config.read_text(encoding="utf-8")
    text = text.replace(
        "  #? user_rules_file: /var/lib/kpi-rules/user-alerts.yaml", "  user_rules_file: rules/user.yaml"
    )
    config.write_text(f"{text}\nwarehouse: {{dsn: '${{DATABASE_URL}}'}}\n", encoding="utf-8")
    done = subprocess.run(_installed(command), cwd=folder, capture_output=True, text=True, check=False)
    assert "Prometheus reads the rules when it is reloaded" in done.stdout + done.stderr
    assert "kpi_conversion_ratio" in (folder / "rules" / "user.yaml").read_text(encoding="utf-8")


def test_every_file_that_the_readme_shows_or_links_is_there() -> None:
    links = re.findall(r"\]\(([^):#]+)\)", README)
    assert any(link.endswith(".jpg") for link in links)
    assert [link for link in links if not (ROOT / link).exists()] == []
