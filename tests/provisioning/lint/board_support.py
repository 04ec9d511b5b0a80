"""Boards over the small catalogue, in which nothing is wrong but what a test puts there."""

from collections.abc import Sequence
from typing import Any

from dashboards import Board, Panel, Row, Section, row, stat
from dashboards.scope import Scope
from provisioning.lint import Finding, lint
from tests.provisioning.lint.support import METRICS, WINS

SCOPE = Scope(METRICS)
OPENING = row(stat(WINS, window="1d", title="Opening"))


def board(*content: Row | Section | Panel, **given: Any) -> Board:
    """A board that opens with a number, then has the content; each panel gets a row of its own."""
    fields: dict[str, Any] = {
        "uid": "orders",
        "area": "Commerce",
        "name": "Orders",
        "description": "What is ordered.",
        "questions": ("How many orders?",),
        "up": "",
        **given,
    }
    rows = [row(part) if isinstance(part, Panel) else part for part in content]
    return Board(content=[OPENING, *rows], **fields)


def findings(boards: Sequence[Board], scope: Scope = SCOPE) -> list[Finding]:
    """What the linter says, but for metrics that are on no board."""
    return [finding for finding in lint(boards, scope) if finding.code != "K101"]


def codes(*boards: Board) -> list[str]:
    """The codes of what the linter says."""
    return [finding.code for finding in findings(boards)]
