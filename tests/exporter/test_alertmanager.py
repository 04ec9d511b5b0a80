"""How an Alertmanager is started: a real one."""

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import requests

from exporter.alertmanager import Alertmanager, find
from exporter.program import ProgramError, end_left_behind
from tests.exporter.support import free_port

CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def test_it_listens_on_loopback_only_and_opens_no_port_for_peers(
    tmp_path: Path, program: Callable[[str], Path]
) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(CONFIG)
    with Alertmanager(program("alertmanager"), tmp_path / "run", config, free_port()) as running:
        status = requests.get(f"{running.url}/api/v2/status", timeout=5).json()
        [pid] = (tmp_path / "run").glob("*.pid")
        sockets = psutil.Process(int(pid.read_text())).net_connections("inet")
    listening = [":".join(map(str, each.laddr)) for each in sockets if each.status == psutil.CONN_LISTEN]
    assert listening == [running.address]
    assert status["cluster"]["status"] == "disabled"
    assert "nobody" in status["config"]["original"]
    assert {path.name for path in (tmp_path / "run" / "data").iterdir()} >= {"nflog", "silences"}
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{running.url}/-/ready", timeout=5)


def test_one_that_cannot_read_its_configuration_says_why(tmp_path: Path, program: Callable[[str], Path]) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text("route: {receiver: somebody}\n")
    broken = Alertmanager(program("alertmanager"), tmp_path / "run", config, free_port())
    with pytest.raises(ProgramError, match=r"could not start .*alertmanager: .*somebody.*; see .*\.log"), broken:
        pass


def test_what_a_killed_process_left_behind_is_ended_and_what_others_run_is_not(
    tmp_path: Path, program: Callable[[str], Path]
) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(CONFIG)
    folders = tmp_path / "killed" / "run", tmp_path / "other" / "run"
    ours, others = (Alertmanager(program("alertmanager"), folder, config, free_port()) for folder in folders)
    with ours, others:
        [pid] = folders[1].glob("*.pid")
        (tmp_path / "killed" / "again").mkdir()
        (tmp_path / "killed" / "again" / pid.name).write_text(pid.read_text())  # numbers are used again
        end_left_behind(tmp_path / "killed")
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{ours.url}/-/ready", timeout=5)
        assert requests.get(f"{others.url}/-/ready", timeout=5).ok


def test_either_name_is_found_on_the_path(tmp_path: Path) -> None:
    assert find(str(tmp_path)) is None
    for name in ("prometheus-alertmanager", "alertmanager"):  # the name that Debian gives it, and its own
        program = tmp_path / name
        program.touch(mode=0o755)
        assert find(str(tmp_path)) == program
