"""Boards are found by entry point and in the plugin folder; a broken module is named, and the others are there."""

from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from dashboards import stat
from dashboards.board import Board
from dashboards.discovery import discover
from metrics import Metric
from metrics.plugins import Discovery
from tests.dashboards.support import QUEUE, USERS, board

BOARD = """\
from dashboards import Board, row, stat
from metrics.commerce import CONVERSION

BOARD = Board(uid="{0}", area="Plugin", name="{0}", description="D.", content=[row(stat(CONVERSION, window="1d"))])
"""
Put = Callable[[str, str], Path]
DOMAINS: dict[str, tuple[Metric, ...]] = {"queues": (QUEUE,), "people": (USERS,)}


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """An empty plugin folder."""
    return tmp_path


@pytest.fixture
def put(plugins: Path) -> Put:
    """`put(name, text)`: a file in the plugin folder's `dashboards/`."""

    def write(name: str, text: str) -> Path:
        path = plugins / "dashboards" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return write


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, object], None]:
    """`entry(name, what)`: an entry point that loads `what`, or raises it; without any there is none."""
    known: list[tuple[str, object]] = []

    class Loaded(EntryPoint):
        def load(self) -> object:
            found = dict(known)[self.name]
            if isinstance(found, BaseException):
                raise found
            return found

    monkeypatch.setattr(
        "metrics.plugins.entry_points", lambda group: [Loaded(name, f"shop.{name}", group) for name, _ in known]
    )
    return lambda name, what: known.append((name, what))


def uids(found: Discovery[Board]) -> list[str]:
    return [each.uid for each in found.found]


def own(found: Discovery[Board]) -> list[str]:
    """The boards of the plugin folder."""
    return [each.uid for each in found.found if each.area == "Plugin"]


def test_the_entry_points_of_this_project_are_its_boards() -> None:
    found = discover(DOMAINS)

    assert found.problems == []
    assert {"overview", "catalogue", "self", "app-performance", "user-activity", "conversion-funnel"} <= set(
        uids(found)
    )  # fmt: skip


def test_boards_come_in_the_order_of_their_titles(entry: Callable[[str, object], None]) -> None:
    entry("one", board(stat(QUEUE), uid="z", area="A", name="Z"))
    entry("two", board(stat(QUEUE), uid="b", area="B", name="A"))
    entry("three", board(stat(QUEUE), uid="a", area="A", name="A"))

    assert uids(discover(DOMAINS)) == ["a", "z", "b"]


def test_an_entry_point_gives_a_board_or_a_module_of_boards(entry: Callable[[str, object], None]) -> None:
    module = ModuleType("shop")
    module.FIRST = board(stat(QUEUE), uid="first", name="1")  # type: ignore[attr-defined]
    module.SECOND = board(stat(QUEUE), uid="second", name="2")  # type: ignore[attr-defined]
    module.AGAIN = module.FIRST  # type: ignore[attr-defined]
    entry("module", module)
    entry("single", board(stat(QUEUE), uid="single", name="3"))

    assert uids(discover(DOMAINS)) == ["first", "second", "single"]


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        (ImportError("no module named till"), "ImportError: no module named till"),
        (SystemExit(3), "SystemExit: 3"),
        (42, "TypeError: expected a Board or a module of them, got int"),
        (ModuleType("empty"), "TypeError: it defines no Board, and no function boards(domains)"),
    ],
)
def test_a_broken_entry_point_is_named_and_the_others_are_there(
    entry: Callable[[str, object], None], what: object, problem: str
) -> None:
    entry("broken", what)
    entry("good", board(stat(QUEUE), uid="good"))

    found = discover(DOMAINS)
    assert uids(found) == ["good"]
    assert found.problems == [f"could not load the entry point broken (shop.broken): {problem}"]


def test_python_files_of_the_plugin_folder_hold_boards(plugins: Path, put: Put) -> None:
    put("b.py", BOARD.format("b"))
    put("a.py", BOARD.format("a") + BOARD.format("a2").replace("BOARD =", "OTHER ="))

    found = discover(DOMAINS, plugins)
    assert found.problems == []
    assert own(found) == ["a", "a2", "b"]


def test_files_of_tests_private_files_and_others_are_left_alone(plugins: Path, put: Put) -> None:
    for name in ("_helper.py", "test_a.py", "conftest.py", ".hidden.py", "notes.txt", "query.sql"):
        put(name, "raise SystemExit")

    assert discover(DOMAINS, plugins).problems == []


def test_a_folder_without_boards_is_fine(plugins: Path) -> None:
    assert own(discover(DOMAINS, plugins)) == []
    assert discover(DOMAINS, plugins / "missing").problems == []


def test_boards_that_follow_from_the_metrics_get_all_of_them_by_domain(plugins: Path, put: Put) -> None:
    put(
        "made.py",
        """\
        from dashboards import Board, row, stat

        def boards(domains):
            for domain, metrics in domains.items():
                panels = [stat(metric) for metric in metrics]
                yield Board(uid=domain, area="Plugin", name=domain, description="D.", content=[row(*panels)])
        """,
    )

    assert own(discover(DOMAINS, plugins)) == ["people", "queues"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("import nothing_of_this_name", "1: ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("def", " SyntaxError: invalid syntax"),
        ("raise SystemExit('no')", "1: SystemExit: no"),
        ("from dashboards import stat", " TypeError: it defines no Board, and no function boards(domains)"),
        ("def boards(domains):\n    return [1]", " TypeError: boards(domains) gave 1, which is no Board"),
        ("def boards(domains):\n    return 1 / 0", "2: ZeroDivisionError: division by zero"),
        ("from dashboards import stat\nstat()", "2: PanelError: a stat panel that shows no metric needs a title"),
    ],
)
def test_a_broken_file_is_named_and_the_others_are_there(plugins: Path, put: Put, text: str, problem: str) -> None:
    broken = put("broken.py", text)
    put("good.py", BOARD.format("good"))

    found = discover(DOMAINS, plugins)
    assert own(found) == ["good"]
    assert len(uids(found)) == len(uids(discover(DOMAINS))) + 1
    (said,) = found.problems
    assert said.startswith(f"could not load {broken}:{problem}")


def test_a_board_that_another_file_imports_is_there_once(plugins: Path, put: Put) -> None:
    before = uids(discover(DOMAINS))
    put("more.py", "from dashboards.commerce import BOARD as SHOP\n" + BOARD.format("more"))

    assert sorted(uids(discover(DOMAINS, plugins))) == sorted([*before, "more"])


def test_a_change_within_the_same_second_is_seen(plugins: Path, put: Put) -> None:
    put("a.py", BOARD.format("one"))
    assert own(discover(DOMAINS, plugins)) == ["one"]

    put("a.py", BOARD.format("two"))
    assert own(discover(DOMAINS, plugins)) == ["two"]


def test_a_plugin_sees_its_own_path(plugins: Path, put: Put) -> None:
    put("a.py", "from pathlib import Path\nassert Path(__file__).name == 'a.py'\n" + BOARD.format("a"))

    assert discover(DOMAINS, plugins).problems == []
