"""The example of docs/alerting.md is a group that lints, that promtool proves, and whose words there are."""

import dataclasses
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from alert_rules import Alert
from exporter.artefacts import Artefacts, load
from exporter.config import Config
from provisioning.lint import lint
from provisioning.lint.codes import CODES
from provisioning.rules import Links, case_files, rule_files

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/alerting.md").read_text(encoding="utf-8")
(PLUGIN,) = re.findall(r"^<!-- plugins/alert_rules/\w+\.py -->\n```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
GROUP = "stuck-payments"


@pytest.fixture
def artefacts(tmp_path: Path) -> Artefacts:
    """All that is declared, with the example in the plugin folder."""
    (tmp_path / "alert_rules").mkdir()
    (tmp_path / "alert_rules/stuck_payments.py").write_text(PLUGIN, encoding="utf-8")
    found = load(Config(plugins=tmp_path))
    assert found.problems == ()
    return found


def test_the_example_has_no_fault(artefacts: Artefacts) -> None:
    findings = lint(artefacts.boards, artefacts.scope, artefacts.rules)
    about = [
        finding for finding in findings if re.search("stuck-payments|PaymentsStuck|payments_pending", str(finding))
    ]
    assert about == []


def test_the_cases_of_the_example_hold(artefacts: Artefacts, program: Callable[[str], Path], tmp_path: Path) -> None:
    groups = [group for group in artefacts.rules if group.name == GROUP]
    files = rule_files(groups, artefacts.scope, Links()) | case_files(groups, Links())
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    command: list[str | Path] = [program("promtool"), "test", "rules", tmp_path / f"prometheus/tests/{GROUP}.yaml"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_field_of_an_alert_is_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    fields = [field.name for field in dataclasses.fields(Alert) if field.name not in ("name", "_")]
    assert sorted(explained) == sorted(fields)


def test_codes_that_are_named_exist() -> None:
    assert set(re.findall(r"\bK\d{3}\b", PAGE)) <= set(CODES)
