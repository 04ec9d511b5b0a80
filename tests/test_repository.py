"""Promises about the repository itself: its files, its layers, its requirements, its wheel."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterable
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("metrics", "warehouse", "collectors", "dashboards", "alert_rules", "provisioning", "exporter")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
REQUIREMENTS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")
# Each part is written apart, so that this file does not find itself.
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", r"HA" + r"CK\b")))
ADDRESS = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|\s@\s")


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """Every file that is, or would be, in version control."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip(f"not a git checkout: {listed.stderr.strip()}")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def pinned(name: str) -> dict[str, str]:
    """Distribution to version, of a requirements file and the files that it includes."""
    pins: dict[str, str] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("-r "):
            pins |= pinned(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            distribution_name, _, version = line.partition("==")
            pins[canonicalize_name(distribution_name)] = version
    return pins


def needed(requirements: Iterable[str], extra: str = "") -> set[str]:
    """The distributions that the requirements lead to, as installed here."""
    found: set[str] = set()
    for requirement in map(Requirement, requirements):
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        name = canonicalize_name(requirement.name)
        if applies and name != PROJECT["project"]["name"]:
            found.add(name)
            below = distribution(name).requires or ()
            for chosen in ("", *requirement.extras):
                found |= needed(below, chosen)
    return found


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_are_exact_versions_without_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not ADDRESS.search(text)
    assert all(re.fullmatch(r"\d[\w.]*", version) for version in pinned(name).values())


@pytest.mark.parametrize(("name", "extra"), list(zip(REQUIREMENTS, ("", "demo", "dev"), strict=True)))
def test_requirements_pin_all_that_the_project_needs_and_nothing_else(name: str, extra: str) -> None:
    project = PROJECT["project"]
    wanted = list(project["dependencies"]) + (project["optional-dependencies"][extra] if extra else [])
    if extra == "dev":
        wanted += project["optional-dependencies"]["demo"]
    assert pinned(name).keys() == needed(wanted)


def test_pinned_versions_lie_in_the_ranges_of_the_project() -> None:
    project = PROJECT["project"]
    pins = pinned("requirements-dev.txt")
    for text in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        requirement = Requirement(text)
        if requirement.name != project["name"]:
            version = pins[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version, prereleases=True), f"{text} against {version}"


def test_no_file_names_unfinished_work(files: list[Path]) -> None:
    assert [str(path) for path in files if UNFINISHED.search(path.read_text(errors="replace"))] == []


def test_no_file_names_a_place_on_one_machine(files: list[Path]) -> None:
    place = re.compile(r"/(?:work|root|home/\w+|opt/wheels)/|/tmp/venv")
    assert [str(path) for path in files if place.search(path.read_text(errors="replace"))] == [str(Path(__file__))]


def test_code_stays_in_files_that_can_be_read_at_once(files: list[Path]) -> None:
    code = [path for path in files if path.suffix in {".py", ".sql", ".html"} and "tests" not in path.parts]
    assert code
    assert [str(path) for path in code if len(path.read_text().splitlines()) > 300] == []


def test_metrics_need_the_standard_library_only() -> None:
    allowed = {"metrics", *sys.stdlib_module_names}
    for path in (ROOT / "metrics").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "metrics")
            assert {name.partition(".")[0] for name in names} <= allowed, path


def test_every_entry_point_can_be_loaded() -> None:
    points = [point for point in distribution(PROJECT["project"]["name"]).entry_points if point.load()]
    groups = PROJECT["project"]["entry-points"]
    declared = {(group, name) for group in groups for name in groups[group]} | {("console_scripts", "kpi")}
    assert {(point.group, point.name) for point in points} == declared


def test_wheel_holds_every_file_of_the_packages(files: list[Path], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    names = {path.relative_to(ROOT) for path in files}
    assert inside == {str(name) for name in names if name.parts[0] in PACKAGES}


def test_make_alone_explains_every_target() -> None:
    printed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"^  make (\w+) +\S", printed, re.MULTILINE) == phony.split()
    assert {"demo", "test", "check", "bench", "build"} <= set(phony.split())


def test_make_refuses_an_old_python_with_a_clear_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    pretend = "import sys; sys.version_info = (3, 10, 9); exec(sys.argv[1])"
    old.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{pretend}' \"$2\"\n")
    old.chmod(0o755)
    outcome = subprocess.run(
        ["make", f"PYTHON={old}", f"VENV={tmp_path}/venv", "check"], cwd=ROOT, capture_output=True, text=True
    )
    assert outcome.returncode != 0
    assert f"{old} is older than Python 3.11" in outcome.stderr


def test_missing_programs_are_named_and_do_not_stop_the_tests(tmp_path: Path, program: Callable[[str], Path]) -> None:
    for name in ("bash", "id"):
        (tmp_path / name).symlink_to(program(name))
    outcome = subprocess.run([ROOT / ".ci/packages"], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert outcome.returncode == 0
    assert re.search(r"Not installed, .*prometheus.*chromium.*docker-compose.*skipped", outcome.stderr)


def test_continuous_integration_runs_make_test() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test"
