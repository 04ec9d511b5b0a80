"""`kpi build`, `kpi lint` and `kpi verify`: what they print, what they write, and how they end."""

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.exporter.support import KPI, ROOT, kpi, write_config, write_query

BOARD = """
from dashboards import Board, row, stat


def boards(domains):
    (orders,) = domains["orders"]
    yield Board(
        uid="orders",
        area="Shop",
        name="Orders",
        description="What is open.",
        questions=("How much is open?",),
        content=[row(stat(orders))],
    )
"""
SINCE = "Nothing was written."


def built(folder: Path) -> set[str]:
    """The names of all files below the folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a configuration, and a plugin that has a metric and a board."""
    write_query(tmp_path / "plugins", "orders", "SELECT 1 AS kpi_orders", help="Open orders.")
    (tmp_path / "plugins" / "dashboards").mkdir()
    (tmp_path / "plugins" / "dashboards" / "orders.py").write_text(BOARD)
    write_config(tmp_path, {})
    return tmp_path


class TestBuild:
    def test_the_committed_files_are_what_is_declared(self, tmp_path: Path) -> None:
        ended = kpi("build", "--check", "--out", ROOT / "provisioning", "--docs", ROOT / "docs", folder=tmp_path)
        assert ended.stdout.endswith("The built files are what is declared.\n"), ended.stdout + ended.stderr
        assert ended.returncode == 0
        assert built(tmp_path) == set()

    def test_a_changed_declaration_shows_a_readable_difference(self, shop: Path) -> None:
        assert kpi("build", folder=shop, counted=False).returncode == 0
        plugin = shop / "plugins" / "orders.sql"
        plugin.write_text(plugin.read_text().replace("Open orders.", "Orders that wait."))
        before = built(shop)
        ended = kpi("build", "--check", folder=shop, counted=False)
        assert ended.returncode == 1
        lines = ended.stdout.splitlines()
        assert "--- provisioning/grafana/dashboards/shop/orders.json" in lines
        assert any(re.match(r"-.*Open orders\.", line) for line in lines)
        assert any(re.match(r"\+.*Orders that wait\.", line) for line in lines)
        assert lines[-1].endswith("of the built files differ from what is declared; run 'kpi build'.")
        assert "\x1b" not in ended.stdout
        assert built(shop) == before
        assert kpi("build", folder=shop, counted=False).returncode == 0
        assert kpi("build", "--check", folder=shop, counted=False).returncode == 0

    def test_the_difference_is_coloured_on_a_terminal(self, shop: Path) -> None:
        mine, theirs = pty.openpty()
        environ = {**os.environ, "TERM": "xterm-256color"}
        environ.pop("NO_COLOR", None)
        process = subprocess.Popen([KPI, "build", "--check"], cwd=shop, env=environ, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(mine, 65_536):
                shown += chunk
        except OSError:  # that is how the end of a terminal looks
            pass
        assert process.wait(60) == 1
        assert b"\x1b[32m+" in shown

    def test_plain_build_writes_boards_providers_sources_and_handbook(self, shop: Path) -> None:
        ended = kpi("build", folder=shop)
        assert ended.returncode == 0, ended.stderr
        files = built(shop / "provisioning")
        assert "grafana/dashboards/shop/orders.json" in files
        assert "grafana/provisioning/dashboards/shop.yaml" in files
        assert "grafana/provisioning/datasources/kpi.yaml" in files
        assert not any(name.startswith("kubernetes/") for name in files)
        assert {"metrics.md", "contract.md", "boards.md", "lint.md"} <= built(shop / "docs")
        board = json.loads((shop / "provisioning/grafana/dashboards/shop/orders.json").read_text())
        assert board["title"] == "Shop / Orders"
        assert "added   provisioning/grafana/dashboards/shop/orders.json" in ended.stdout
        again = kpi("build", folder=shop, counted=False)
        assert re.fullmatch(r"(\d+) of \1 files were up to date\.\n", again.stdout)

    def test_another_folder_brings_no_handbook_unless_asked_for(self, shop: Path) -> None:
        kpi("build", "--out", "here", folder=shop, counted=False)
        assert (shop / "here").is_dir()
        assert not (shop / "docs").exists()
        kpi("build", "--out", "here", "--docs", "there", folder=shop, counted=False)
        assert (shop / "there" / "metrics.md").is_file()

    def test_only_what_is_named_is_built_and_config_maps_on_request(self, shop: Path) -> None:
        ended = kpi("build", "--only", "kubernetes", "--namespace", "monitoring", folder=shop)
        assert ended.returncode == 0
        assert "namespace: monitoring" in (shop / "provisioning/kubernetes/kpi-orders.yaml").read_text()
        assert not (shop / "provisioning/grafana").exists()
        kpi("build", "--only", "handbook", "--out", "here", folder=shop, counted=False)
        assert (shop / "docs/metrics.md").is_file()
        assert not (shop / "here").exists()

    def test_a_board_that_is_gone_is_removed_and_a_check_says_so_first(self, shop: Path) -> None:
        kpi("build", folder=shop, counted=False)
        (shop / "plugins/dashboards/orders.py").unlink()
        checked = kpi("build", "--check", folder=shop)
        assert checked.returncode == 1
        assert "--- provisioning/grafana/dashboards/shop/orders.json\n+++ /dev/null\n" in checked.stdout
        assert re.search(r"^… and \d+ more lines$", checked.stdout, re.MULTILINE)
        ended = kpi("build", folder=shop, counted=False)
        assert "removed provisioning/grafana/dashboards/shop/orders.json" in ended.stdout
        assert not (shop / "provisioning/grafana/dashboards/shop").exists()

    def test_a_foreign_file_is_left_alone_and_nothing_else_is_written(self, shop: Path) -> None:
        (shop / "docs").mkdir()
        (shop / "docs/metrics.md").write_text("mine\n")
        ended = kpi("build", folder=shop)
        assert ended.returncode == 1
        assert ended.stderr.splitlines()[-2:] == [
            "docs/metrics.md was not written by 'kpi build': move it away, or build into another folder",
            SINCE,
        ]
        assert (shop / "docs/metrics.md").read_text() == "mine\n"
        assert not (shop / "provisioning").exists()

    def test_a_fault_stops_the_build_before_anything_is_written(self, shop: Path) -> None:
        plugin = shop / "plugins/dashboards/orders.py"
        plugin.write_text(BOARD.replace("stat(orders)", "stat(orders, title='x' * 60)"))
        ended = kpi("build", folder=shop)
        assert ended.returncode == 1
        assert re.search(r"^Shop / Orders\n(  .*\n)*  fault  K\d{3}  x{60}: ", ended.stderr, re.MULTILINE)
        assert ended.stderr.endswith(f"{SINCE} 'kpi lint --explain CODE' says more.\n")
        assert not (shop / "provisioning").exists()

    def test_a_board_that_cannot_be_loaded_stops_the_build(self, shop: Path) -> None:
        (shop / "plugins/dashboards/broken.py").write_text("raise RuntimeError('no')")
        ended = kpi("build", folder=shop, counted=False)
        assert ended.returncode == 1
        assert f"could not load {shop / 'plugins/dashboards/broken.py'}:1: RuntimeError: no\n{SINCE}\n" in ended.stderr
        assert not (shop / "provisioning").exists()

    def test_a_folder_that_cannot_be_written_is_told(self, shop: Path) -> None:
        (shop / "provisioning").write_text("")
        ended = kpi("build", folder=shop, counted=False)
        assert ended.returncode == 1
        assert re.search(r"^could not read provisioning/\S+: Not a directory$", ended.stderr, re.MULTILINE)
        assert "Traceback" not in ended.stderr

    @pytest.mark.parametrize("arguments", [["--only", "everything"], ["--namespace", "Our Monitoring"]])
    def test_wrong_usage_ends_with_2(self, arguments: list[str], tmp_path: Path) -> None:
        assert kpi("build", *arguments, folder=tmp_path).returncode == 2

    def test_faults_of_the_configuration_are_told_with_their_lines(self, tmp_path: Path) -> None:
        (tmp_path / "kpi.yaml").write_text("grafana: {handbook: here}\n")
        for command in ("build", "lint"):
            ended = kpi(command, folder=tmp_path)
            assert (ended.returncode, ended.stdout) == (2, "")
            assert ended.stderr == "kpi.yaml:1: grafana.handbook: unknown key; did you mean handbook_url?\n"


class TestLint:
    def test_findings_are_grouped_by_board_and_faults_end_with_1(self, shop: Path) -> None:
        plugin = shop / "plugins/dashboards/orders.py"
        plugin.write_text(BOARD.replace("stat(orders)", "stat(orders, title='x' * 60)"))
        ended = kpi("lint", folder=shop)
        assert ended.returncode == 1
        assert re.search(r"^Shop / Orders\n(  .*\n)*  fault  K\d{3}  x{60}: ", ended.stdout, re.MULTILINE)
        assert re.search(
            r"\d+ boards, \d+ panels, \d+ rules, \d+ alerts?, \d+ cases: 1 fault, \d+ notices?\.\n$", ended.stdout
        )

    def test_our_own_boards_have_no_fault(self, tmp_path: Path) -> None:
        ended = kpi("lint", folder=tmp_path, counted=False)
        assert ended.returncode == 0, ended.stdout
        assert " 0 faults, " in ended.stdout

    def test_what_cannot_be_loaded_is_told_and_the_rest_is_linted(self, shop: Path) -> None:
        (shop / "plugins/dashboards/broken.py").write_text("raise RuntimeError('no')")
        ended = kpi("lint", folder=shop, counted=False)
        assert ended.returncode == 1
        assert f"could not load {shop / 'plugins/dashboards/broken.py'}:1: RuntimeError: no\n" in ended.stdout
        assert " 0 faults, " in ended.stdout

    def test_sql_is_described_by_a_database_where_one_is_named(self, tmp_path: Path, database: str) -> None:
        ended = kpi("lint", "--postgres", database, folder=tmp_path)
        assert ended.returncode == 0, ended.stdout

    def test_missing_tables_are_found_by_the_database(self, tmp_path: Path, empty_database: str) -> None:
        ended = kpi("lint", "--postgres", empty_database, folder=tmp_path, counted=False)
        assert ended.returncode == 1
        assert "does not exist" in ended.stdout

    def test_a_database_that_cannot_be_asked_is_told_without_its_password(self, tmp_path: Path) -> None:
        dead = kpi("lint", "--postgres", "postgresql://me:hunter2secret@127.0.0.1:1/nothing", folder=tmp_path)
        assert dead.returncode == 3
        assert dead.stderr.startswith("could not describe the SQL of panels: ")
        misspelt = kpi("lint", "--postgres", "postgresql://me:hunter2@secret@nowhere/nothing", folder=tmp_path)
        assert misspelt.returncode == 2
        assert "secret" not in dead.stderr + misspelt.stderr + dead.stdout + misspelt.stdout

    def test_a_code_is_explained(self, tmp_path: Path) -> None:
        ended = kpi("lint", "--explain", "k201", folder=tmp_path)
        assert ended.returncode == 0
        assert ended.stdout.startswith("K201 ")
        assert "Remedy: " in ended.stdout

    def test_an_unknown_code_suggests_one(self, tmp_path: Path) -> None:
        ended = kpi("lint", "--explain", "K2011", folder=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert re.fullmatch(r"there is no code K2011; did you mean K2\d\d\?\n", ended.stderr)


class TestVerify:
    def test_an_unknown_board_is_wrong_usage(self, tmp_path: Path) -> None:
        ended = kpi("verify", "--prometheus", "http://127.0.0.1:1", "--board", "nothing", folder=tmp_path)
        assert ended.returncode == 2
        assert ended.stderr.startswith("there is no board 'nothing'; there are: ")

    def test_a_prometheus_that_does_not_answer_ends_with_3(self, tmp_path: Path) -> None:
        ended = kpi("verify", "--prometheus", "http://127.0.0.1:1", folder=tmp_path)
        assert ended.returncode == 3
        assert "Traceback" not in ended.stderr

    def test_the_address_of_prometheus_must_be_given(self, tmp_path: Path) -> None:
        assert kpi("verify", folder=tmp_path).returncode == 2


def test_no_secret_is_needed_where_no_database_is_asked(tmp_path: Path) -> None:
    (tmp_path / "kpi.yaml").write_text(
        "sources:\n"
        "  app: {dsn: '${NOT_SET_HERE}', labels: {tenant: a}}\n"
        "  b: {dsn: 'postgresql://u:${NOR_HERE}@h/d', labels: {tenant: b}}\n"
    )
    for command in (["lint"], ["build", "--out", "built"], ["metrics"], ["collectors"]):
        ended = kpi(*command, folder=tmp_path)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    sources = (tmp_path / "built/grafana/provisioning/datasources/kpi.yaml").read_text()
    assert "url: $KPI_POSTGRES_APP_URL" in sources
    assert "url: h:5432" in sources

    asked = kpi("check", folder=tmp_path)
    assert (asked.returncode, "NOT_SET_HERE is not set" in asked.stderr) == (2, True)
