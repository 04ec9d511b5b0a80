"""The alerts on the error budget of an objective, one for each rate at which it may burn."""

from decimal import Decimal
from typing import TYPE_CHECKING

from alert_rules.alert import VALUE, Alert, Runbook
from alert_rules.burn import Burn, in_words, minutes, plain
from alert_rules.burn_cases import cases
from metrics import RATIO
from metrics.slo import SLO_ERROR_RATIO, SLO_FAILED_EVENTS

if TYPE_CHECKING:
    from alert_rules.slo import SLO


def burn_alert(slo: "SLO", burn: Burn) -> Alert:
    """The alert of an objective for one rate of burning."""
    allowed = f"{plain(100 * slo.error_budget)}%"
    times = f"{plain(burn.factor)} times" if burn.factor != 1 else "once"
    lasts = _lasts(minutes(slo.window) / burn.factor)
    return Alert(
        _camel(slo.name) + burn.suffix,
        expression(slo, burn),
        for_=burn.for_,
        keep_firing_for=burn.keep,
        severity=burn.severity,
        team=slo.team,
        unit=RATIO,
        family=f"slo-{slo.name}",
        summary=f"{slo.title}: the error budget of {in_words(slo.window)} is gone within {lasts} at this rate.",
        description=slo.says(VALUE, burn.long),
        board=slo.board,
        runbook=Runbook(
            means=f"{slo.title} has the objective of {plain(100 * slo.objective)} % good events in "
            f"{in_words(slo.window)}, so {allowed} may fail. Over the last {in_words(burn.long)}, and over the last "
            f"{in_words(burn.short)} too, more than {times} that share failed: {slo.least_failures} events or more."
            + f" {slo.measures}".rstrip(),
            impact=slo.impact,
            check=(
                f"Does it go on? On the board, the burn rate of {burn.short} falls first; the alert ends with it.",
                *slo.check,
            ),
            mend=slo.mend,
        ),
        cases=cases(slo, burn),
    )


def expression(slo: "SLO", burn: Burn) -> str:
    """True where both windows burn too fast, and enough failures stand behind it."""
    threshold = plain(slo.threshold(burn.factor))
    conditions = [f"{SLO_ERROR_RATIO(slo=slo.name, window=window)} > {threshold}" for window in (burn.long, burn.short)]
    counted = burn.long if burn.severity == "critical" else burn.short
    failures = f"60 * sum_over_time({SLO_FAILED_EVENTS(slo=slo.name)}[{counted}])"  # a rate per second, every minute
    return " and ignoring (window) ".join([*conditions, f"{failures} >= {slo.least_failures}"])


def _camel(name: str) -> str:
    """`ApiAvailability` for api-availability."""
    return "".join(word.capitalize() for word in name.split("-"))


def _lasts(length: Decimal) -> str:
    """A duration in minutes, in whole hours or days."""
    hours = int(length / 60)
    return f"{hours} hours" if hours <= 120 else f"{hours // 24} days"
