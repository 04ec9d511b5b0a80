"""Rules for what the page of an alert says, whom it wakes, and where it leads."""

import re
from collections.abc import Callable, Iterator

from promql_parser import BinaryExpr

from alert_rules import Alert
from metrics import Unit
from provisioning.lint.catalogue import did_you_mean
from provisioning.lint.promql import NAME
from provisioning.lint.query import Query
from provisioning.lint.rule_reading import ReadRule
from provisioning.lint.units import Dimension, unit_of

_LABEL = re.compile(r"(?:\$labels|\.Labels)\.(\w+)")
_SPELLED = (Unit.RATIO, Unit.SECONDS, Unit.BYTES, Unit.TIMESTAMP)
"""Units that a page spells out, so that a scaled number reads wrong."""
_TIMES_AS_MANY = (Unit.COUNT, Unit.SCORE)


def _lost_label(alert: Alert, read: ReadRule) -> Iterator[str]:
    if not read.shape.known:
        return
    labels = read.shape.labels - {NAME}
    for label in dict.fromkeys(_LABEL.findall(alert.text)):
        if label not in labels:
            has = ", ".join(sorted(labels)) or "no label"
            yield f"The description shows the label {label!r}, and the result has {has}{did_you_mean(label, labels)}"


def _unit(alert: Alert, read: ReadRule) -> Iterator[str]:
    found = unit_of(read.query.root, read.around.catalogue) if read.query else None
    if read.query is None or found is None:
        return
    if found.scaled:
        if alert.unit is found.unit and found.unit in _SPELLED:
            yield f"A number scales the {found.unit.value}, and the page shows it as if it did not."
    elif alert.unit is not found.unit and not (alert.unit in _TIMES_AS_MANY and _is_quotient(found, read.query)):
        yield f"The value is in {found.unit.value}, and the page shows it in {alert.unit.value}."


def _unpaged(alert: Alert, _: ReadRule) -> Iterator[str]:
    if alert.severity == "critical" and not alert.team.pages:
        yield f"The team {alert.team.name} is not paged."


def _no_board(alert: Alert, read: ReadRule) -> Iterator[str]:
    if alert.board not in read.around.boards:
        yield f"There is no board with the uid {alert.board!r}{did_you_mean(alert.board, read.around.boards)}"


def _overwritten(alert: Alert, read: ReadRule) -> Iterator[str]:
    free = read.shape.labels - read.shape.pins.keys()
    for label in ("alertname", *alert.labels):
        if label in free:
            yield f"The result has the label {label!r}, and so has the alert."


def _is_quotient(found: Dimension, query: Query) -> bool:
    """Whether the value says how many times as many: a division made it, and not a declaration."""
    return found.unit is Unit.RATIO and any(str(node.op) == "/" for node in query.each(BinaryExpr))


RULES: tuple[tuple[str, Callable[[Alert, ReadRule], Iterator[str]]], ...] = (
    ("K605", _lost_label),
    ("K606", _unit),
    ("K613", _unpaged),
    ("K617", _no_board),
    ("K624", _overwritten),
)
