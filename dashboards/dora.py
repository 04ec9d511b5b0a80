"""The bands of DORA as colours and words, for the boards that judge by them."""

from math import inf, nextafter

from dashboards.look import GREEN, RED, YELLOW, amount
from dashboards.panel import Step
from metrics import COUNT, RATIO, SECONDS, Unit
from metrics.dora import (
    CHANGE_FAILURE_BANDS,
    DEPLOYMENTS_PER_DAY_BANDS,
    LEAD_TIME_BANDS,
    TIME_TO_RESTORE_BANDS,
    Band,
    Bands,
)

_COLORS = {Band.ELITE: "purple", Band.HIGH: GREEN, Band.MEDIUM: YELLOW, Band.LOW: RED}


def steps(bands: Bands) -> tuple[Step, ...]:
    """The colours of the bands, lowest value first. A step begins at its value, which a band may still include."""
    if bands.better == "higher":
        found = zip(reversed(bands.bounds), (Band.MEDIUM, Band.HIGH, Band.ELITE), strict=True)
        return (Step(None, _COLORS[Band.LOW]), *(Step(bound, _COLORS[band]) for bound, band in found))
    begins = (nextafter(bound, inf) if bands.inclusive else bound for bound in bands.bounds)
    found = zip(begins, (Band.HIGH, Band.MEDIUM, Band.LOW), strict=True)
    return (Step(None, _COLORS[Band.ELITE]), *(Step(bound, _COLORS[band]) for bound, band in found))


def _line(name: str, bands: Bands, unit: Unit) -> str:
    word = "at least" if bands.better == "higher" else "at most" if bands.inclusive else "less than"
    return " | ".join([name, *(f"{word} {_bound(bound, unit)}" for bound in bands.bounds)])


def _bound(value: float, unit: Unit) -> str:
    if unit is COUNT:
        return "1 a day" if value == 1 else f"1 in {1 / value:.0f} days"
    if unit is SECONDS:
        return "1 hour" if value == 3600 else f"{value / 86_400:.0f} d"
    return amount(value, unit)


TABLE = "\n".join(
    (
        "| | elite (purple) | high (green) | medium (yellow) |",
        "|---|---|---|---|",
        f"| {_line('Deployments of a service', DEPLOYMENTS_PER_DAY_BANDS, COUNT)} |",
        f"| {_line('Lead time for changes', LEAD_TIME_BANDS, SECONDS)} |",
        f"| {_line('Change failures', CHANGE_FAILURE_BANDS, RATIO)} |",
        f"| {_line('Time to restore service', TIME_TO_RESTORE_BANDS, SECONDS)} |",
        "",
        "What is worse is low (red). After the Accelerate State of DevOps Report 2023.",
    )
)
"""The bands as a table in Markdown."""
