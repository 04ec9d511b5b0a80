"""The examples of docs/dashboards.md and of the README are boards that build, and name what there is."""

import re
from pathlib import Path

from dashboards import discovery
from dashboards.scope import Scope
from dashboards.to_grafana import dashboard
from metrics.catalogue import all_metrics, domains, external_metrics, inputs, recorded
from provisioning.lint import lint
from provisioning.lint.codes import CODES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/dashboards.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
(BOARD,) = re.findall(r"^<!-- plugins/dashboards/\w+\.py -->\n```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_example_is_a_board_without_a_fault(tmp_path: Path) -> None:
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "dashboards/payments.py").write_text(BOARD, encoding="utf-8")
    found = discovery.discover(domains(), tmp_path)
    assert found.problems == []
    others = (metric for origin in (recorded(), inputs()) for declared in origin.values() for metric in declared)
    scope = Scope((*all_metrics(), *others, *external_metrics()))
    assert lint(found.found, scope) == []
    (payments,) = [board for board in found.found if board.uid == "payments"]
    assert len(dashboard(payments, scope)["panels"]) == 4


def test_the_readme_shows_the_same_board() -> None:
    (shown,) = re.findall(r"^```python\n(BOARD = .*?)^```", README, re.MULTILINE | re.DOTALL)
    assert shown in BOARD


def test_every_word_of_the_vocabulary_is_explained() -> None:
    import dashboards

    words = [
        name for name in dashboards.__all__ if name[0].islower() and name not in ("row", "section", "promql", "sql")
    ]
    explained = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(explained) == sorted(words)


def test_codes_that_are_named_exist() -> None:
    assert set(re.findall(r"\bK\d{3}\b", PAGE)) <= set(CODES)
