"""How values look: Grafana's unit ids, colours of thresholds, and words, all from the declarations."""

import re
from math import inf, nextafter
from typing import Final

from dashboards.panel import Step
from metrics import Metric, Unit

GREEN, YELLOW, RED, NEUTRAL, BLUE = "green", "yellow", "red", "text", "blue"
PLAIN = (Step(None, NEUTRAL),)
"""The colours of what has no levels."""

MEANINGS: Final = {
    "severity": {"critical": RED, "high": "orange", "medium": YELLOW, "warning": YELLOW, "low": BLUE, "info": BLUE},
    "result": {
        **dict.fromkeys(("success", "succeeded", "passed", "sent"), GREEN),
        **dict.fromkeys(("failure", "failed"), RED),
        **dict.fromkeys(("cancelled", "skipped"), "semi-dark-purple"),
        "rolled_back": "orange",
    },
}
"""Colours of the values of labels that say good or bad, the gravest first; those of other labels take any."""

UNIT_IDS: Final = {
    Unit.SECONDS: "s",
    Unit.BYTES: "bytes",
    Unit.RATIO: "percentunit",
    Unit.CURRENCY: "short",
    Unit.SCORE: "none",
    Unit.TIMESTAMP: "dateTimeFromNow",
    Unit.MONTHS: "suffix:months",
    Unit.COUNT: "short",
}
PER_SECOND_IDS: Final = {Unit.COUNT: "cps", Unit.BYTES: "Bps", Unit.SECONDS: "percentunit"}

CURRENCY_IDS: Final = {
    "USD": "currencyUSD",
    "EUR": "currencyEUR",
    "GBP": "currencyGBP",
    "CHF": "currencyCHF",
    "JPY": "currencyJPY",
    "INR": "currencyINR",
    "BRL": "currencyBRL",
}
"""Currencies for which Grafana has a sign; the others show the plain number, and their code in the legend."""


def unit_id(unit: Unit | str, *, per_second: bool = False) -> str:
    """Grafana's id of a unit; an id stays as it is."""
    if isinstance(unit, str):
        return unit
    return PER_SECOND_IDS.get(unit, UNIT_IDS[unit]) if per_second else UNIT_IDS[unit]


def decimals(unit: Unit | None) -> int | None:
    """Ratios have one decimal; all else is left to Grafana, which keeps `517 ms` whole."""
    return 1 if unit is Unit.RATIO else None


def steps(metric: Metric) -> tuple[Step, ...]:
    """The colours of the metric's levels, lowest first; empty where it has none.

    Where lower is better: green, from `warning` yellow, from `critical` red; where higher is better the other way
    round. A target alone marks what reaches it green.
    """
    if metric.better == "none" or metric.unit is Unit.TIMESTAMP:  # a moment is no level: its age is
        return ()
    if metric.better == "lower":
        levels = [(metric.warning, YELLOW), (metric.critical, RED)]
        found = [Step(value, color) for value, color in levels if value is not None]
        if not found and metric.target is not None:
            found = [Step(nextafter(metric.target, inf), YELLOW)]  # what reaches the target is good
        return (Step(None, GREEN), *found) if found else ()
    levels = [(metric.critical, RED), (metric.warning, YELLOW)]
    below = [(value, color) for value, color in levels if value is not None]
    if not below:
        return () if metric.target is None else (Step(None, NEUTRAL), Step(metric.target, GREEN))
    values = [value for value, _ in below]
    colors = [*(color for _, color in below), GREEN]
    return (Step(None, colors[0]), *(Step(value, color) for value, color in zip(values, colors[1:], strict=True)))


def spell(span: str) -> str:
    """A span for people: `30d` becomes `30 d`, `5m` becomes `5 min`."""
    match = re.fullmatch(r"(\d+)([smhdwy])", span)
    if match is None:
        return span
    return f"{match[1]} {'min' if match[2] == 'm' else match[2]}"


def spell_each(span: str) -> str:
    """A span as one says `per …`: `1d` becomes `day`, `6h` becomes `6 h`."""
    return {"1m": "minute", "1h": "hour", "1d": "day", "1w": "week"}.get(span, spell(span))


def duration(seconds: float) -> str:
    """A time for people, in the greatest unit that leaves it whole: `90 s`, `5 min`, `2 d`."""
    if 0 < abs(seconds) < 1:
        return f"{_digits(seconds * 1000)} ms"
    units = ((86_400, "d"), (3600, "h"), (60, "min"))
    size, name = next((unit for unit in units if seconds and seconds % unit[0] == 0), (1, "s"))
    return f"{_digits(seconds / size)} {name}"


def amount(value: float, unit: Unit) -> str:
    """A level for people: `2 %`, `500 ms`, `2,500,000`."""
    if unit is Unit.RATIO:
        return f"{_digits(value * 100)} %"
    if unit is Unit.SECONDS:
        return f"{_digits(value * 1000)} ms" if 0 < abs(value) < 1 else f"{_digits(value)} s"
    if unit is Unit.BYTES:
        power = next((power for power in (3, 2, 1) if abs(value) >= 1024**power), 0)
        return f"{_digits(value / 1024**power)} {('B', 'KiB', 'MiB', 'GiB')[power]}"
    return f"{_digits(value)} months" if unit is Unit.MONTHS else _digits(value)


def _digits(value: float) -> str:
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def describe(metric: Metric) -> str:
    """What the panel says about the metric: its meaning, its levels and its owner."""
    levels = [
        f"{name} {amount(value, metric.unit)}"
        for name, value in (("target", metric.target), ("warning", metric.warning), ("critical", metric.critical))
        if value is not None
    ]
    if metric.better != "none":
        levels.insert(0, f"{metric.better} is better")
    facts = [*levels, f"owner {metric.owner}"]
    text = ", ".join(facts)
    return f"{metric.help}\n\n{text[:1].upper()}{text[1:]}."
