"""Collectors are found by entry point and in the plugin folder; a broken one is named, and the others run."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from collectors import Run, SqlCollector
from collectors.discovery import Discovery, DiscoveryError, discover

QUERIES = {"app_performance", "commerce", "engagement"}
BUILT_IN = {entry.name for entry in entry_points(group="kpi_exporter.collectors")}
SQL = """\
-- metrics:
--   - {{name: {0}, help: Tickets., unit: count, owner: support}}
SELECT 1 AS {0}
"""
PYTHON = """\
from collectors import Collector
from metrics import COUNT, Gauge

TICKETS = Gauge("kpi_tickets", "Tickets.", unit=COUNT, owner="support")


class Tickets(Collector):
    name = "tickets"
    metrics = (TICKETS,)

    def collect(self, run):
        yield TICKETS.reading(1)
"""

Put = Callable[[str, str], Path]


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """An empty plugin folder."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    return folder


@pytest.fixture
def put(plugins: Path) -> Put:
    """`put(name, text)`: a file in the plugin folder."""

    def write(name: str, text: str) -> Path:
        path = plugins / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return write


def own(found: Discovery) -> list[str]:
    """The names of the collectors that are not built in."""
    return [name for name in found.collectors if name not in BUILT_IN]


def conflicts(plugins: Path) -> list[str]:
    with pytest.raises(DiscoveryError) as error:
        discover(plugins)
    assert str(error.value) == "\n".join(error.value.problems)
    return error.value.problems


def test_the_built_in_collectors_come_by_entry_point() -> None:
    found = discover()
    assert found.problems == []
    assert found.collectors.keys() >= BUILT_IN
    assert all(isinstance(found.collectors[name], SqlCollector) for name in QUERIES)


def test_sql_files_folders_of_them_and_python_files_are_collectors(plugins: Path, put: Put) -> None:
    put("open.sql", SQL.format("kpi_open"))
    put("shop/one.sql", SQL.format("kpi_one"))
    put("shop/two.sql", SQL.format("kpi_two"))
    put("tickets.py", PYTHON)
    found = discover(plugins)
    assert found.problems == []
    assert own(found) == ["open", "shop", "tickets"]
    assert [part.name for part in found.collectors["shop"].parts] == ["one", "two"]
    run = Run(as_of=datetime.now(UTC))
    assert [reading.value for reading in found.collectors["tickets"].collect(run)] == [1]


def test_tests_hidden_files_and_whatever_else_lies_there_are_left_alone(plugins: Path, put: Put) -> None:
    for name in (
        "test_tickets.py",
        "conftest.py",
        "_helper.py",
        ".hidden.sql",
        ".hidden.py",
        "notes.md",
        "__init__.py",
    ):
        put(name, "raise RuntimeError('must not be loaded')")
    put("notes/readme.md", "")
    put("_old/one.sql", SQL.format("kpi_one"))
    found = discover(plugins)
    assert (own(found), found.problems) == ([], [])


def test_a_query_may_be_called_like_a_test(plugins: Path, put: Put) -> None:
    put("test_coverage.sql", SQL.format("kpi_coverage"))
    assert own(discover(plugins)) == ["test_coverage"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("broken.py", "import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("broken.py", "def collect(:", "SyntaxError: invalid syntax (broken.py, line 1)"),
        ("broken.py", "raise SystemExit(3)", "SystemExit: 3"),
        ("broken.py", "x = 1", "TypeError: it defines no Collector and no Input"),
        ("broken.py", "from collectors import Collector", "TypeError: it defines no Collector and no Input"),
        ("broken.py", PYTHON.replace('    name = "tickets"\n', ""),
         "TypeError: Tickets.name: expected letters, digits, - and _, got None"),
        ("broken.py", PYTHON.replace('"tickets"', '"my tickets"'),
         "TypeError: Tickets.name: expected letters, digits, - and _, got 'my tickets'"),
        ("broken.py", PYTHON.replace("(TICKETS,)", "('kpi_tickets',)"),
         "TypeError: Tickets.metrics: expected a tuple of metrics, got ('kpi_tickets',)"),
        ("broken.py", PYTHON.replace("(TICKETS,)", "()"),
         "TypeError: Tickets.metrics: expected a tuple of metrics, got ()"),
        ("broken.py", PYTHON.replace("owner=", "origin='external', owner="),
         "TypeError: Tickets.metrics: kpi_tickets is declared as external, so this collector cannot read it"),
        ("broken.py", PYTHON.replace("(TICKETS,)", "(TICKETS,)\n    interval = 0"),
         "TypeError: Tickets.interval: expected seconds above 0, got 0"),
        ("broken.py", PYTHON.replace('"Tickets."', '""'),
         "DeclarationError: could not declare kpi_tickets: The help text must say what the value means."),
    ],
)  # fmt: skip
def test_a_broken_plugin_is_named_and_the_others_are_there(
    plugins: Path, put: Put, name: str, text: str, reason: str
) -> None:
    path = put(name, text)
    put("good.sql", SQL.format("kpi_good"))
    found = discover(plugins)
    assert found.problems == [f"could not load {path}: {reason.format(path=path)}"]
    assert own(found) == ["good"]
    assert found.collectors.keys() >= BUILT_IN


FAULTS = "-- One row.\n-- every: often\n-- wndows: 1d\nSELECT now()\n"


def refusals(path: Path) -> list[str]:
    """What is wrong with a file that holds FAULTS."""
    return [
        f"{path}:2: every: expected a duration such as 10s, 15m or 1h30m, got 'often'",
        f"{path}:3: wndows: no such key; the keys are backfill, cursor, every, history, metrics, settle, timeout, "
        "windows",
        f"{path}:4: a query must not ask for the time; use as_of instead of now()",
    ]


def test_a_refused_file_is_one_problem_whose_lines_each_say_their_place_once(plugins: Path, put: Put) -> None:
    faulty = put("faulty.sql", FAULTS)
    in_folder = put("shop/faulty.sql", FAULTS)
    put("shop/good.sql", SQL.format("kpi_good"))
    other = "--   - {name: kpi_other, help: Others., unit: count, owner: support}\n"
    unfed = put("unfed.sql", SQL.format("kpi_unfed").replace("SELECT", other + "SELECT"))
    unknown = put("unknown.sql", "SELECT 1 AS kpi_none")
    unreadable = put("unreadable.sql", "")
    unreadable.unlink()
    unreadable.symlink_to("nowhere.sql")
    found = discover(plugins)
    assert found.problems == [
        "\n".join(refusals(faulty)),
        f"{unfed}: kpi_other: declared but never collected; add it to a query of unfed or delete it",
        f"{unknown}:1: kpi_none is no metric of this collector; declare it, or name the column differently",
        f"{unreadable}: could not read the file: No such file or directory",
        "\n".join(refusals(in_folder)),
    ]
    assert own(found) == ["shop"]


def test_a_module_that_builds_on_a_refused_file_is_named_with_each_fault(plugins: Path, put: Put) -> None:
    faulty = put("shop/faulty.sql", FAULTS)
    put("shop/good.sql", SQL.format("kpi_good"))
    module = put(
        "shops.py",
        "from pathlib import Path\nfrom collectors import SqlCollector\n"
        "SHOPS = SqlCollector.from_file(Path(__file__).parent / 'shop' / 'faulty.sql')\n",
    )
    said, _ = discover(plugins).problems
    assert said == "\n".join(f"could not load {module}: QueryRefused: {refusal}" for refusal in refusals(faulty))


def test_a_refused_file_in_a_folder_is_named_and_the_other_files_run(plugins: Path, put: Put) -> None:
    put("shop/good.sql", SQL.format("kpi_good"))
    put("shop/bad.sql", SQL.format("kpi_bad") + "WHERE now() > as_of\n")
    put("shop/.#good.sql", "left by an editor")
    found = discover(plugins)
    assert [part.name for part in found.collectors["shop"].parts] == ["good"]
    (problem,) = found.problems
    assert problem.startswith(f"{plugins}/shop/bad.sql:4: a query must not ask for the time")


def test_metrics_without_their_tuple_are_told(plugins: Path, put: Put) -> None:
    put("broken.py", PYTHON.replace("(TICKETS,)", "TICKETS"))
    (problem,) = discover(plugins).problems
    assert "Tickets.metrics: expected a tuple of metrics, got Gauge(name='kpi_tickets'" in problem


def test_a_plugin_folder_that_is_not_there_is_told(plugins: Path, put: Put) -> None:
    missing = plugins / "nowhere"
    assert discover(missing).problems == [f"could not read the plugin folder {missing}: it is not a folder"]
    file = put("file.sql", SQL.format("kpi_x"))
    assert discover(file).problems == [f"could not read the plugin folder {file}: it is not a folder"]


def test_two_collectors_of_one_name_are_refused(plugins: Path, put: Put) -> None:
    sql = put("tickets.sql", SQL.format("kpi_open"))
    python = put("tickets.py", PYTHON)
    assert conflicts(plugins) == [f"two collectors are called tickets: {python} and {sql}; rename one"]


def test_a_plugin_cannot_take_the_name_of_a_built_in_collector(plugins: Path, put: Put) -> None:
    sql = put("commerce.sql", SQL.format("kpi_open"))
    assert conflicts(plugins) == [
        "two collectors are called commerce: the entry point commerce (collectors.commerce:COLLECTOR) and "
        f"{sql}; rename one"
    ]


def test_two_collectors_that_claim_one_metric_are_refused(plugins: Path, put: Put) -> None:
    put("one.sql", SQL.format("kpi_tickets"))
    put("two.sql", SQL.format("kpi_active_users"))
    put("tickets.py", PYTHON)
    assert conflicts(plugins) == [
        "two collectors claim kpi_tickets: one and tickets; one of them must give it up",
        "two collectors claim kpi_active_users: engagement and two; one of them must give it up",
    ]


def test_two_metrics_of_one_openmetrics_family_are_refused(plugins: Path, put: Put) -> None:
    put("one.sql", SQL.format("kpi_tickets"))
    put("two.sql", SQL.format("kpi_tickets_total").replace("{name", "{type: counter, name"))
    assert conflicts(plugins) == [
        "kpi_tickets and kpi_tickets_total are one family kpi_tickets to OpenMetrics; rename one"
    ]


def test_a_reload_sees_a_change_within_the_same_second_and_of_the_same_length(plugins: Path, put: Put) -> None:
    def value() -> list[Any]:
        return [reading.value for reading in discover(plugins).collectors["tickets"].collect(Run(datetime.now(UTC)))]

    put("tickets.py", PYTHON)
    assert value() == [1]
    put("tickets.py", PYTHON.replace("reading(1)", "reading(2)"))
    assert value() == [2]
    assert not (plugins / "__pycache__").exists()


def test_a_reload_sees_changed_new_and_removed_queries(plugins: Path, put: Put) -> None:
    put("one.sql", SQL.format("kpi_one"))
    two = put("two.sql", SQL.format("kpi_two"))
    assert own(discover(plugins)) == ["one", "two"]
    put("one.sql", "-- every: 5m\n" + SQL.format("kpi_other"))
    two.unlink()
    put("three.sql", SQL.format("kpi_three"))
    found = discover(plugins)
    assert own(found) == ["one", "three"]
    assert [metric.name for metric in found.collectors["one"].metrics] == ["kpi_other"]
    assert found.collectors["one"].parts[0].interval == 300


def test_a_plugin_may_use_dataclasses_with_postponed_annotations(plugins: Path, put: Put) -> None:
    data = "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom typing import ClassVar\n"
    data += "@dataclass\nclass Row:\n    names: ClassVar[list[str]] = []\n    queue: str = ''\n"
    put("tickets.py", data + PYTHON)
    assert discover(plugins).problems == []


def test_imported_classes_are_not_the_plugin_s_own(plugins: Path, put: Put) -> None:
    put("tickets.py", "from collectors import SqlCollector\n" + PYTHON)
    found = discover(plugins)
    assert (own(found), found.problems) == (["tickets"], [])


def test_instances_count_once_and_stand_for_their_class(plugins: Path, put: Put) -> None:
    put("tickets.py", PYTHON + "\n\nONE = ALIAS = Tickets()\n")
    assert own(discover(plugins)) == ["tickets"]


def test_several_instances_of_one_class_are_several_collectors(plugins: Path, put: Put) -> None:
    put(
        "queues.py",
        """\
        from collectors import Collector
        from metrics import COUNT, Gauge

        class Queue(Collector):
            def __init__(self, name):
                self.name = name
                self.metrics = (Gauge(f"kpi_{name}", "Tickets.", unit=COUNT, owner="support"),)

            def collect(self, run):
                yield self.metrics[0].reading(1)

        POST, PHONE = Queue("post"), Queue("phone")
        """,
    )
    assert own(discover(plugins)) == ["post", "phone"]


def test_what_only_others_build_on_is_no_collector(plugins: Path, put: Put) -> None:
    more = """

class Shared(Collector):
    def collect(self, run):
        yield self.metrics[0].reading(self.number())


class Abstract(Shared):
    name = "abstract"

    @abstractmethod
    def number(self): ...


class Urgent(Abstract):
    name = "urgent"
    metrics = (Gauge("kpi_urgent", "Urgent tickets.", unit=COUNT, owner="support"),)

    def number(self):
        return 2


class Later(Urgent):
    name = "later"
    metrics = (Gauge("kpi_later", "Other tickets.", unit=COUNT, owner="support"),)
"""
    put("tickets.py", "from abc import abstractmethod\n" + PYTHON + more)
    found = discover(plugins)
    assert found.problems == []
    assert own(found) == ["tickets", "urgent", "later"]


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("third_party:Tickets", ["tickets"]),
        ("third_party:COLLECTOR", ["tickets"]),
        ("third_party", ["tickets"]),
        ("third_party:TICKETS", "TypeError: expected a Collector, got Gauge"),
        ("third_party:nothing", "AttributeError: module 'third_party' has no attribute 'nothing'"),
        ("third_parti", "ModuleNotFoundError: No module named 'third_parti'"),
    ],
)
def test_an_entry_point_may_name_an_instance_a_class_or_a_module(
    plugins: Path, put: Put, monkeypatch: pytest.MonkeyPatch, value: str, outcome: Any
) -> None:
    put("third_party.py", PYTHON + "\n\nCOLLECTOR = Tickets()\n")
    monkeypatch.syspath_prepend(plugins)
    entry = EntryPoint("tickets", value, "kpi_exporter.collectors")
    monkeypatch.setattr("collectors.discovery.entry_points", lambda group: [entry])
    found = discover()
    if isinstance(outcome, list):
        assert (list(found.collectors), found.problems) == (outcome, [])
    else:
        assert found.problems == [f"could not load the entry point tickets ({value}): {outcome}"]
