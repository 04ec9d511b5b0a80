"""How fast an error budget may burn before somebody is told: two windows for each rate, as in the SRE workbook.

The long window says that enough of the budget is gone to be worth a page. The short one says that it still burns, so
that the alert ends soon after the trouble does. (Beyer et al., The Site Reliability Workbook, chapter 5.)
"""

from dataclasses import dataclass
from decimal import Decimal

from alert_rules.alert import Severity

_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080}
_IN_WORDS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Burn:
    """An alert: from which multiple of the allowed rate on, over which two windows, and how urgent that is.

    `for_` is how long it must last, and `keep` for how long it may pause: with little traffic the short window may hold
    no failure, and the page would come again and again. A page (critical) needs enough failures in its long window; a
    ticket can wait until its short window holds as many.
    """

    suffix: str
    factor: Decimal
    long: str
    short: str
    for_: str
    keep: str
    severity: Severity


BURNS = (
    Burn("FastBurn", Decimal("14.4"), "1h", "5m", "2m", "15m", "critical"),
    Burn("SlowBurn", Decimal(6), "6h", "30m", "15m", "30m", "critical"),
    Burn("DayBurn", Decimal(3), "1d", "2h", "30m", "1h", "warning"),
    Burn("LongBurn", Decimal(1), "3d", "6h", "30m", "1h", "warning"),
)
"""Of the budget of 30 days, a page when 2 % goes in 1 hour or 5 % in 6, a ticket when 10 % goes in 1 day or in 3."""


def minutes(duration: str) -> int:
    """The minutes of a duration such as 30m, 6h or 3d."""
    return int(duration[:-1]) * _MINUTES[duration[-1]]


def plain(number: Decimal) -> str:
    """The number without exponent and trailing zeros, as PromQL and people read it."""
    return f"{number.normalize():f}"


def in_words(duration: str) -> str:
    """`6 hours` for 6h, `day` for 1d."""
    word = _IN_WORDS[duration[-1]]
    return word.removesuffix("s") if duration[:-1] == "1" else f"{duration[:-1]} {word}"
