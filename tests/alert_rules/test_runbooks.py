"""What a runbook tells people to run does run, and its words are there."""

import re
from typing import Any

import psycopg
import pytest

from alert_rules import Alert
from exporter.artefacts import load
from exporter.config import Config

ALERTS = {alert.name: alert for group in load(Config()).rules for alert in group.alerts}
_BLOCK = re.compile(r"(?:^    .*\n?)+", re.MULTILINE)
_INLINE = re.compile(r"`(SELECT [^`]*?);?`")
_GAP = re.compile("PID|…")
"""What the reader fills in."""


def statements(alert: Alert) -> list[str]:
    """The SQL that a runbook names: in indented blocks, and between backticks."""
    texts = (alert.runbook.means, alert.runbook.impact, *alert.runbook.check, *alert.runbook.mend)
    found = [block for text in texts for block in _BLOCK.findall(text) if "SELECT" in block]
    return found + [inline for text in texts for inline in _INLINE.findall(text) if not _GAP.search(inline)]


@pytest.mark.parametrize("name", [name for name, alert in ALERTS.items() if statements(alert)])
def test_the_sql_of_a_runbook_runs_on_the_contract_tables(name: str, connection: psycopg.Connection[Any]) -> None:
    for statement in statements(ALERTS[name]):
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    "name",
    [
        "HighErrorRate", "HighApiResponseTime", "HighCrashRate", "PaymentProcessingIssues", "ConversionRateDrop",
        "LowUserEngagement",
    ],
)  # fmt: skip
def test_the_runbook_of_a_business_alert_names_a_table_to_ask(name: str) -> None:
    assert any("FROM" in statement for statement in statements(ALERTS[name]))
