"""The cases that prove the alerts of an objective, worked out from it: burning, healed, quiet, with little traffic."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from alert_rules.burn import Burn, minutes, plain
from alert_rules.case import Case, fires, silent

if TYPE_CHECKING:
    from alert_rules.slo import SLO

_PER_MINUTE = 10_000
_RAMP = 10  # minutes after which the rates over 5 minutes, and what is computed from them, have settled
Phase = tuple[int, int, int]
"""Minutes, and the good and bad events in each of them."""


def cases(slo: "SLO", burn: Burn) -> tuple[Case, ...]:
    """One case in which the alert fires, and those in which it stays silent."""
    wait, settled = minutes(burn.for_), minutes(burn.for_) + _RAMP
    failing = _share_of(slo, burn)
    share = f"{plain(100 * failing)}%"
    few = slo.least_failures - 1
    return (
        fires(
            f"{share} of the events fail",
            _series(slo, _phase(settled, failing)),
            at=f"{settled}m",
            value=share,
            description=slo.says(share, burn.long),
            slo=slo.name,
            window=burn.long,
        ),
        silent(
            "nearly as many fail as the objective allows",
            _series(slo, _phase(settled, slo.error_budget * Decimal("0.95"))),
            at=f"{settled}m",
        ),
        silent("for less than 'for'", _series(slo, _phase(settled, failing)), at=f"{wait // 2 + 1}m"),
        silent("no event at all comes", _series(slo, (settled, 0, 0)), at=f"{settled}m"),
        silent(
            "few events come, and all of them fail",
            _series(slo, (few, 0, 1), (settled, 0, 0)),
            at=f"{wait + few + 1}m",
        ),
        *_healed(slo, burn, _phase(settled, failing)),
    )


def _healed(slo: "SLO", burn: Burn, burning: Phase) -> Iterator[Case]:
    """A page ends soon after the trouble does. Tickets do so as well, but hours of samples would prove it."""
    if burn.severity == "critical":
        after = minutes(burn.short) + minutes(burn.keep) + _RAMP
        yield silent("it is over", _series(slo, burning, _phase(after, Decimal(0))), at=f"{burning[0] + after}m")


def _share_of(slo: "SLO", burn: Burn) -> Decimal:
    """A share of failed events that surely fires: a fifth above the threshold, in ten thousandths, below 1."""
    threshold = slo.threshold(burn.factor)
    share = min(threshold * Decimal("1.2"), (threshold + 1) / 2)
    return share.quantize(Decimal(1) / _PER_MINUTE, ROUND_CEILING)


def _phase(length: int, failing: Decimal) -> Phase:
    bad = int(failing * _PER_MINUTE)
    return length, _PER_MINUTE - bad, bad


def _series(slo: "SLO", *phases: Phase) -> Mapping[str, str]:
    """The counters as they grow, phase after phase, with a sample a minute."""
    names = dict.fromkeys((*slo.good_event, *slo.bad_event))
    return {name: " ".join(_samples(name in slo.good_event, name in slo.bad_event, phases)) for name in names}


def _samples(grows_with_good: bool, grows_with_bad: bool, phases: tuple[Phase, ...]) -> Iterator[str]:
    reached = 0
    for length, good, bad in phases:
        growth = good * grows_with_good + bad * grows_with_bad
        yield f"{reached}+{growth}x{length - 1}"
        reached += growth * length
    yield str(reached)
