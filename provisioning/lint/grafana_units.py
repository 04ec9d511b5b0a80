"""Which of Grafana's unit ids boards may use, and which fit a value."""

import re

from dashboards.look import CURRENCY_IDS
from metrics import Unit
from provisioning.lint.units import Dimension

_PLAIN = frozenset({"short", "none", "locale", "sishort"})
_FREE = re.compile(r"(suffix|prefix|count|si):.*\S.*")
_CURRENCY = re.compile(r"currency[A-Z]{3}|currency:.+")
_FITTING: dict[tuple[Unit, bool], frozenset[str]] = {
    (Unit.SECONDS, False): frozenset({"s", "dtdurations", "dthms", "dtdhms", "clocks"}),
    (Unit.BYTES, False): frozenset({"bytes", "decbytes"}),
    (Unit.BYTES, True): frozenset({"Bps", "binBps"}),
    (Unit.RATIO, False): frozenset({"percentunit"}),
    (Unit.CURRENCY, False): _PLAIN | frozenset(CURRENCY_IDS.values()),
    (Unit.CURRENCY, True): _PLAIN | frozenset(CURRENCY_IDS.values()),
    (Unit.SCORE, False): _PLAIN,
    (Unit.MONTHS, False): _PLAIN,
    (Unit.COUNT, False): _PLAIN | {"bool", "bool_yes_no", "bool_on_off"},
    (Unit.COUNT, True): frozenset({"cps", "ops", "reqps", "rps", "wps", "iops", "eps", "mps", "hertz"}),
}
_MOMENTS = frozenset({"dateTimeFromNow", "dateTimeAsIso", "dateTimeAsLocal", "dateTimeAsSystem", "dateTimeAsUS"})
_SCALED = frozenset({"percent", "ms", "m", "h", "d", "dtdurationms", "kbytes", "mbytes", "gbytes", "celsius", "cpm"})
_NUMBERS = (Unit.COUNT, Unit.CURRENCY, Unit.SCORE, Unit.MONTHS)

KNOWN = frozenset().union(*_FITTING.values(), _MOMENTS, _SCALED)
"""Every id that boards may use, beside those of `is_known`'s patterns."""


def is_known(unit: str) -> bool:
    """Whether Grafana has this unit, as far as boards here use its units."""
    return unit in KNOWN or bool(_FREE.fullmatch(unit) or _CURRENCY.fullmatch(unit))


def misfit(unit: str, found: Dimension, *, is_share: bool) -> str:
    """Why a value of this dimension must not be shown in the unit, empty where it may.

    `is_share` says of a ratio that it lies between 0 and 1 by its declaration, not that it divides any two numbers.
    """
    if found.unit is Unit.TIMESTAMP:
        return _misfit_of_moment(unit, found)
    fitting = _FITTING.get((found.unit, found.per_second))
    if fitting is None:
        return ""
    spelled = f"{found.unit.value}{' per second' if found.per_second else ''}"
    if found.scaled:
        # By how much is not known, but it is no longer what it was.
        scaled = unit in fitting and found.unit not in _NUMBERS
        return f"a number scales the {spelled}, and {unit} shows them as if it did not" if scaled else ""
    counts = found.unit in _NUMBERS or (found.unit is Unit.RATIO and not is_share)
    if unit in fitting or (counts and (unit in _PLAIN or _FREE.fullmatch(unit)) and not _needs_pace(unit, found)):
        return ""
    if found.unit is Unit.CURRENCY and _CURRENCY.fullmatch(unit):
        return ""
    return f"the value is in {spelled}, which is shown as {' or '.join(sorted(fitting))}, got {unit}"


def _needs_pace(unit: str, found: Dimension) -> bool:
    """A count per second must say so; amounts have no id for it."""
    return found.unit is Unit.COUNT and found.per_second and unit in _PLAIN


def _misfit_of_moment(unit: str, found: Dimension) -> str:
    if unit not in _MOMENTS:
        return f"the value is a moment, which is shown as {' or '.join(sorted(_MOMENTS))}, got {unit}"
    return "" if found.scaled else "Grafana's clock counts milliseconds; multiply the seconds by 1000"
