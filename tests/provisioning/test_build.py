"""What a build holds: which files belong to which group, and that equal declarations give equal text."""

import subprocess
import sys
from pathlib import Path

import pytest

from alert_rules import Alert, Runbook, fires, silent
from alert_rules import Group as RuleGroup
from alert_rules.teams import DEVELOPMENT
from collectors.discovery import discover
from dashboards import Board, row, stat
from dashboards.scope import Scope
from metrics import COUNT, Gauge
from provisioning.build import Surroundings, build
from provisioning.database import Database
from provisioning.errors import BuildError
from provisioning.group import Group

ORDERS = Gauge("kpi_open_orders", "Open orders.", unit=COUNT, owner="sales")
SCOPE = Scope((ORDERS,))
BOARD = Board(uid="orders", area="Shop", name="Orders", description="Orders.", content=[row(stat(ORDERS))])
RULES = RuleGroup(
    "orders",
    (
        Alert(
            "ManyOpenOrders",
            f"{ORDERS} > 10",
            for_="5m",
            severity="warning",
            team=DEVELOPMENT,
            unit=COUNT,
            summary="Orders stay open.",
            description="VALUE orders are open.",
            board="orders",
            runbook=Runbook("Orders pile up.", "Customers wait.", ("Look at the oldest.",), ("Ship it.",)),
            cases=(
                fires("eleven", {f"{ORDERS}": "11x9"}, at="6m", value="11", description="11 orders are open."),
                silent("ten", {f"{ORDERS}": "10x9"}, at="6m"),
            ),
        ),
    ),
)
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("group", Group)
def test_each_group_is_built_alone_and_lies_in_its_folder(group: Group) -> None:
    built = build([BOARD], [RULES], SCOPE, discover().collectors, Surroundings(), [group])
    assert [*built] == [group]
    assert built[group]
    assert all(path.startswith(group.folder) for path in built[group])


def test_every_text_ends_with_one_newline() -> None:
    built = build([BOARD], [RULES], SCOPE, discover().collectors, Surroundings((Database("acme"),)), [*Group])
    for files in built.values():
        for path, text in files.items():
            assert text.endswith("\n"), path
            assert not text.endswith("\n\n"), path


def test_no_file_names_a_machine_or_the_time() -> None:
    script = (
        "from dashboards import *; from tests.provisioning import test_build as t; from provisioning.build import *;"
        "print(build([t.BOARD], [t.RULES], t.SCOPE, t.discover().collectors, Surroundings(), [*Group]))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert str(ROOT).encode() not in texts.pop()


def test_a_fault_in_one_group_stops_all() -> None:
    twins = Surroundings((Database("a-b"), Database("a_b")))
    with pytest.raises(BuildError, match="would share the variable"):
        build([BOARD], [RULES], SCOPE, {}, twins, [Group.DASHBOARDS, Group.PROVISIONING])
