"""What docs/inputs.md shows works."""

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

from collectors.discovery import discover
from collectors.inputs import Inputs
from exporter.input_csv import read
from exporter.input_values import Checker
from metrics import RATIO, Gauge, Input
from metrics.period import EXAMPLES
from warehouse.inputs import GivenValue

TEXT = (Path(__file__).parents[2] / "docs" / "inputs.md").read_text(encoding="utf-8")


def table(first: str) -> dict[str, str]:
    """The first two cells of the table whose first column is called so."""
    rows = TEXT.split(f"| {first} |")[1].split("\n\n")[0].splitlines()[2:]
    return {row.split("|")[1].strip(" `"): row.split("|")[2].strip().split("`")[1] for row in rows}


def test_the_example_of_a_plugin_is_found(tmp_path: Path) -> None:
    (example,) = re.findall(r"<!-- plugins/desks.py -->\n```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / "desks.py").write_text(example, encoding="utf-8")
    collector = discover(tmp_path).collectors["inputs"]
    assert isinstance(collector, Inputs)
    assert "kpi_desk_use_ratio" in {metric.name for metric in collector.inputs}


def test_the_example_of_a_file_is_good(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```\n(metric,.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / "october.csv").write_text(example, encoding="utf-8")
    metric = Input("kpi_team_utilization_ratio", "Booked ÷ available.", unit=RATIO, labels=("team",), owner="tests")
    checker = Checker({metric.name: metric}, date(2026, 11, 2))
    assert all(isinstance(checker.check(written), GivenValue) for _, written in read(tmp_path / "october.csv"))


def test_the_tables_name_every_period_and_every_field() -> None:
    assert table("every") == EXAMPLES
    defaults = table("field")
    assert defaults.keys() == {field.name for field in fields(Input)} - {field.name for field in fields(Gauge)}
    given = Input("kpi_desk_use_ratio", "Desks in use.", unit=RATIO, owner="tests")
    stated = {"every": given.every, "due_days": str(given.due_days), "least": "0", "most": "1", "whole": "False"}
    assert defaults == stated
    assert given.highest == 1
