"""Alerts and recordings over the small catalogue, in which nothing is wrong but what a test puts there."""

from collections.abc import Sequence
from typing import Any

from alert_rules import Alert, Group, Recording, Runbook, fires, silent
from alert_rules.group import Rule
from alert_rules.teams import INCIDENTS
from dashboards.scope import Scope
from metrics import COUNT, RATIO, Recorded
from provisioning.lint import Finding, lint
from tests.provisioning.lint.board_support import board
from tests.provisioning.lint.support import METRICS

FAILURES = Recorded("kpi_failure_ratio", "Failed ÷ all.", unit=RATIO, labels=("region",), owner="tests")
SCOPE = Scope((*METRICS, FAILURES))
BOARD = board()

_ORDERS = 'kpi_orders_total{status="ok", region="eu"}'
CASES = (
    fires("many", {_ORDERS: "0+600x10"}, at="10m", value="10", description="At 10."),
    silent("few", {_ORDERS: "0+1x10"}, at="10m"),
)
RECORDING = Recording(
    FAILURES,
    'sum by (region) (rate(kpi_orders_total{status="failed"}[5m])) / sum by (region) (rate(kpi_orders_total[5m]) > 0)',
)


def alert(expr: str, name: str = "ManyOrders", **given: Any) -> Alert:
    """An alert with all that it needs, of the unit of a count."""
    fields: dict[str, Any] = {
        "for_": "5m",
        "severity": "warning",
        "team": INCIDENTS,
        "unit": COUNT,
        "summary": "Too much of it.",
        "description": "At VALUE.",
        "board": BOARD.uid,
        "cases": CASES,
        "runbook": Runbook(means="Much.", impact="None.", check=("Look.",), mend=("Wait.",)),
        **given,
    }
    return Alert(name, expr, **fields)


def group(*rules: Rule, **given: Any) -> Group:
    """A group of these rules."""
    return Group(given.pop("name", "orders"), rules, **given)


def findings(groups: Sequence[Group], scope: Scope = SCOPE, scrape_interval: float = 15) -> list[Finding]:
    """What the linter says of the rules, with a rule for the recorded metric, but for metrics that nothing reads."""
    records = any(rule.of is FAILURES for each in groups for rule in each.recordings)
    all_groups = [*groups, *([] if records else [group(RECORDING, name="recorded")])]
    found = lint([BOARD], scope, all_groups, scrape_interval=scrape_interval)
    return [finding for finding in found if finding.code != "K101"]


def codes(*groups: Group) -> list[str]:
    """The codes of what the linter says."""
    return [finding.code for finding in findings(groups)]
