"""The two alerts that follow from the warning and the critical level of a declaration."""

from collections.abc import Sequence

from alert_rules.alert import KEEP_FIRING_FOR, Alert, Runbook, Severity
from alert_rules.case import Case
from alert_rules.recording import RuleError
from alert_rules.teams import Team
from metrics import Metric, Unit


def levels(
    of: Metric,
    name: str,
    *,
    only: str = "",
    for_: tuple[str, str] = ("10m", "5m"),
    keep_firing_for: str = KEEP_FIRING_FOR,
    teams: tuple[Team, Team],
    family: str,
    follows: Sequence[str] = (),
    what: str,
    description: str,
    runbook: Runbook,
    board: str,
    cases: tuple[Sequence[Case], Sequence[Case]],
) -> tuple[Alert, Alert]:
    """`NameWarning` and `NameCritical`: the metric beyond its level, in the direction that is not better.

    Pairs are for the warning and the critical one. `only` is what must hold beside it, such as a least volume, and
    `what` the subject of the summary. Raises RuleError for a metric without both levels or without a direction.
    """
    if of.warning is None or of.critical is None or of.better == "none":
        raise RuleError(name, [f"{of} must declare 'warning', 'critical' and 'better'."])
    beyond = ">" if of.better == "lower" else "<"
    above = "above" if of.better == "lower" else "below"
    condition = f" and {only}" if only else ""
    both: tuple[Severity, Severity] = ("warning", "critical")
    warning, critical = (
        Alert(
            f"{name}{severity.title()}",
            f"{of} {beyond} {level:g}{condition}",
            for_=lasting,
            keep_firing_for=keep_firing_for,
            severity=severity,
            team=team,
            unit=of.unit,
            family=family,
            follows=follows,
            summary=f"{what} is {above} the {severity} level of {_spelled(level, of.unit)}.",
            description=description,
            runbook=runbook,
            board=board,
            cases=proof,
        )
        for severity, level, lasting, team, proof in zip(
            both, (of.warning, of.critical), for_, teams, cases, strict=True
        )
    )
    return warning, critical


def _spelled(level: float, unit: Unit) -> str:
    if unit is Unit.RATIO:
        return f"{level * 100:g} %"
    return f"{level:g} s" if unit is Unit.SECONDS else f"{level:g}"
