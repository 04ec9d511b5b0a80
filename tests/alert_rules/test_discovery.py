"""Groups are found by entry points and in the plugin folder; what breaks is named, and the rest is still there."""

from pathlib import Path
from textwrap import dedent

import pytest

from alert_rules import discovery
from metrics.catalogue import domains, recorded

ALL = {name: (*declared, *recorded().get(name, ())) for name, declared in domains().items()}
BUILT_IN = {"app-performance", "commerce", "engagement"}
QUEUES = """
    from alert_rules import Group, Recording
    from metrics import COUNT, Recorded

    DEPTH = Recorded("kpi_queue_depth", "Depth.", unit=COUNT, owner="shop")
    GROUP = Group("a-queue", (Recording(DEPTH, "sum(kpi_users)"),))
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    (tmp_path / "alert_rules").mkdir()
    return tmp_path


def write(plugins: Path, name: str, text: str) -> None:
    (plugins / "alert_rules" / name).write_text(dedent(text), encoding="utf-8")


def names(plugins: Path | None = None) -> list[str]:
    found = discovery.discover(ALL, plugins)
    assert found.problems == []
    return [group.name for group in found.found]


def test_each_domain_brings_its_group() -> None:
    assert set(names()) >= BUILT_IN


def test_groups_come_in_the_order_of_their_names(plugins: Path) -> None:
    write(plugins, "z.py", QUEUES)
    found = names(plugins)
    assert "a-queue" in found
    assert found == sorted(found)


def test_a_function_makes_groups_from_the_metrics(plugins: Path) -> None:
    write(
        plugins,
        "counted.py",
        QUEUES.replace(
            'GROUP = Group("a-queue", (',
            "def groups(domains):\n        yield Group(str(*sorted(domains)[:1]).replace('_', '-') + '-all', (",
        ).replace('"sum(kpi_users)"),))', '"sum(kpi_users)"),))'),
    )
    assert f"{min(ALL).replace('_', '-')}-all" in names(plugins)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "from alert_rules import Group\nGroup('Bad Name', ())\n",
            ":2: RuleError: could not declare the rule Bad Name: ",
        ),
        ("import metrics.nowhere\n", ":1: ModuleNotFoundError: "),
        ("x = 1\n", ": TypeError: it defines no Group, and no function groups(domains)"),
        ("def groups(domains):\n    return [1]\n", ": TypeError: groups(domains) gave 1, which is no Group"),
        ("raise SystemExit(3)\n", ":1: SystemExit: 3"),
    ],
)
def test_a_broken_plugin_is_named_and_the_others_are_there(plugins: Path, text: str, problem: str) -> None:
    write(plugins, "broken.py", text)
    write(plugins, "queues.py", QUEUES)
    found = discovery.discover(ALL, plugins)
    assert {"a-queue", *BUILT_IN} <= {group.name for group in found.found}
    (said,) = found.problems
    assert said.startswith(f"could not load {plugins / 'alert_rules' / 'broken.py'}{problem}")


def test_files_for_tests_and_hidden_ones_are_no_plugins(plugins: Path) -> None:
    for name in ("test_queues.py", "conftest.py", "_shared.py", ".hidden.py"):
        write(plugins, name, QUEUES)
    assert "a-queue" not in names(plugins)
