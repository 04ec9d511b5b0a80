"""How the demo starts Grafana. A small program stands in for it, and notes how it was started."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from exporter.grafana import Grafana, find
from exporter.program import ProgramError
from tests.exporter.support import free_port

STAND_IN = f"""#!{sys.executable}
import json, os, pathlib, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass

note = {{"arguments": sys.argv[1:], "environment": dict(os.environ)}}
pathlib.Path(__file__).with_name("started.json").write_text(json.dumps(note))
if "broken" in os.environ:
    sys.exit("the port is taken")
HTTPServer((os.environ["GF_SERVER_HTTP_ADDR"], int(os.environ["GF_SERVER_HTTP_PORT"])), Health).serve_forever()
"""


def installed(folder: Path, name: str) -> Path:
    """A program of this name in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(STAND_IN)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def started(program: Path) -> Any:
    return json.loads(program.with_name("started.json").read_text())


def test_it_is_on_loopback_for_anybody_to_look_at_and_calls_nobody(tmp_path: Path) -> None:
    program = installed(tmp_path / "bin", "grafana-server")
    given = {"KPI_PROMETHEUS_URL": "http://127.0.0.1:9090"}
    with Grafana(program, tmp_path / "data", tmp_path / "built", free_port(), given) as grafana:
        assert requests.get(f"{grafana.url}/api/health", timeout=5).status_code == 200
        environment = started(program)["environment"]

    assert environment["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    silent = ("REPORTING_ENABLED", "CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES")
    assert {environment[f"GF_ANALYTICS_{name}"] for name in silent} == {"false"}
    assert environment["KPI_DASHBOARDS"] == str(tmp_path / "built/grafana/dashboards")
    assert environment["GF_PATHS_PROVISIONING"] == str(tmp_path / "built/grafana/provisioning")
    assert environment["KPI_PROMETHEUS_URL"] == "http://127.0.0.1:9090"
    assert started(program)["arguments"] == [f"cfg:paths.data={tmp_path / 'data' / 'data'}"]
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{grafana.url}/api/health", timeout=5)


def test_it_finds_its_pages_around_the_program(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/defaults.ini").touch()
    program = installed(tmp_path / "bin", "grafana")
    with Grafana(program, tmp_path / "data", tmp_path / "built", free_port(), {}):
        arguments = started(program)["arguments"]
    assert arguments[:3] == ["server", "--homepath", str(tmp_path)]


def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    program = installed(tmp_path / "bin", "grafana-server")
    broken = Grafana(program, tmp_path / "data", tmp_path / "built", free_port(), {"broken": "yes"})
    with pytest.raises(ProgramError, match=r"could not start .*: the port is taken; see .*grafana-server\.log"), broken:
        pass


def test_either_name_is_found_on_the_path(tmp_path: Path) -> None:
    assert find(str(tmp_path)) is None
    program = installed(tmp_path, "grafana")
    assert find(str(tmp_path)) == program
    older = installed(tmp_path, "grafana-server")
    assert find(str(tmp_path)) == older
