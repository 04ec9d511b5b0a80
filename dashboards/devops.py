"""How often and how fast the company delivers, and how well that holds: the four keys of DORA, and what is behind."""

from dataclasses import replace
from math import inf, nextafter
from pathlib import Path

from dashboards import Board, Column, Promql, bars, distribution, promql, row, section, sql, stat, table, text, trend
from dashboards.look import GREEN, RED, YELLOW, amount
from dashboards.panel import Step
from dashboards.queries import RANGE, quantile
from metrics import COUNT, RATIO, SECONDS, Histogram, Unit
from metrics.delivery import (
    CHANGE_FAILURE,
    CI_BUILD_DURATION,
    DEPLOYMENT_DURATION,
    DEPLOYMENT_SUCCESS,
    DEPLOYMENTS,
    DEPLOYMENTS_PER_DAY,
    DEPLOYMENTS_YEAR_GROWTH,
    LAST_DEPLOYMENT,
    LAST_INCIDENT,
    LEAD_TIME_FOR_CHANGES,
    PERFORMANCE_TEST_PASS,
    PROCESS_AUTOMATION,
    SECURITY_SCAN_PASS,
    TIME_TO_RESTORE_SERVICE,
)
from metrics.dora import (
    CHANGE_FAILURE_BANDS,
    DEPLOYMENTS_PER_DAY_BANDS,
    LEAD_TIME_BANDS,
    TIME_TO_RESTORE_BANDS,
    Band,
    Bands,
)

_SQL = Path(__file__).parent / "sql" / "devops"
_COLORS = {Band.ELITE: "purple", Band.HIGH: GREEN, Band.MEDIUM: YELLOW, Band.LOW: RED}
_PRODUCTION = {"environment": "production"}
_MONTH = DEPLOYMENTS_PER_DAY(window="30d")
_NO_INCIDENT = "No deployment caused an incident that ended in the chosen time."
_YOUNG = "Before two years of deployments are known, there is no year to compare with."


def _steps(bands: Bands) -> tuple[Step, ...]:
    """The colours of the bands, lowest value first. A step begins at its value, which a band may still include."""
    if bands.better == "higher":
        found = zip(reversed(bands.bounds), (Band.MEDIUM, Band.HIGH, Band.ELITE), strict=True)
        return (Step(None, _COLORS[Band.LOW]), *(Step(bound, _COLORS[band]) for bound, band in found))
    begins = (nextafter(bound, inf) if bands.inclusive else bound for bound in bands.bounds)
    found = zip(begins, (Band.HIGH, Band.MEDIUM, Band.LOW), strict=True)
    return (Step(None, _COLORS[Band.ELITE]), *(Step(bound, _COLORS[band]) for bound, band in found))


def _median_and_p90(metric: Histogram) -> tuple[Promql, ...]:
    return tuple(quantile(metric, level, by=(), where={}, span=RANGE) for level in (0.5, 0.9))


def _median_by_service(metric: Histogram) -> Promql:
    return replace(quantile(metric, 0.5, by=("service",), where={}, span=RANGE), legend="{{service}}")


def _line(name: str, bands: Bands, unit: Unit) -> str:
    word = "at least" if bands.better == "higher" else "at most" if bands.inclusive else "less than"
    return " | ".join([name, *(f"{word} {_bound(bound, unit)}" for bound in bands.bounds)])


def _bound(value: float, unit: Unit) -> str:
    if unit is COUNT:
        return "1 a day" if value == 1 else f"1 in {1 / value:.0f} days"
    if unit is SECONDS:
        return "1 hour" if value == 3600 else f"{value / 86_400:.0f} d"
    return amount(value, unit)


_TEXT = "\n".join(
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

BOARD = Board(
    uid="devops",
    area="Engineering",
    name="DevOps and delivery",
    description="How often and how fast the company delivers, how often that breaks something, and how long it takes "
    "to mend it: the four keys of DORA, in the bands of its report.",
    questions=("How well do we deliver, compared with others?", "What slows us down?", "Which deployments broke?"),
    time="30d",
    content=[
        row(
            stat(
                promql(f"avg({_MONTH})", of=DEPLOYMENTS_PER_DAY, legend="deployments"),
                title="Deployments per day and service",
                steps=_steps(DEPLOYMENTS_PER_DAY_BANDS),
                decimals=2,
            ),
            stat(
                *_median_and_p90(LEAD_TIME_FOR_CHANGES),
                title="Lead time for changes",
                steps=_steps(LEAD_TIME_BANDS),
            ),
            stat(
                promql(f"max({CHANGE_FAILURE(window='30d')})", of=CHANGE_FAILURE, legend="worst service"),
                title="Change failures, worst service",
                steps=_steps(CHANGE_FAILURE_BANDS),
            ),
            stat(
                *_median_and_p90(TIME_TO_RESTORE_SERVICE),
                title="Time to restore service",
                steps=_steps(TIME_TO_RESTORE_BANDS),
                may_be_empty=_NO_INCIDENT,
            ),
        ),
        row(
            bars(
                DEPLOYMENTS_PER_DAY,
                by="service",
                window="30d",
                where=_PRODUCTION,
                title="Deployments per day",
                steps=_steps(DEPLOYMENTS_PER_DAY_BANDS),
            ),
            bars(
                _median_by_service(LEAD_TIME_FOR_CHANGES),
                title="Lead time, median by service",
                steps=_steps(LEAD_TIME_BANDS),
            ),
            bars(
                CHANGE_FAILURE,
                by="service",
                window="30d",
                title="Change failures by service",
                steps=_steps(CHANGE_FAILURE_BANDS),
            ),
            bars(
                _median_by_service(TIME_TO_RESTORE_SERVICE),
                title="Time to restore, median by service",
                steps=_steps(TIME_TO_RESTORE_BANDS),
                may_be_empty=_NO_INCIDENT,
            ),
        ),
        row(
            trend(LEAD_TIME_FOR_CHANGES, quantiles=(0.5, 0.9), span="7d", title="Lead time, 7 days"),
            trend(CHANGE_FAILURE, by="service", window="30d"),
        ),
        row(text(_TEXT, title="Bands", height=6)),
        section(
            "How often",
            row(
                *(
                    stat(
                        promql(f"sum({DEPLOYMENTS_PER_DAY(window=f'{days}d')}) * {days}", of=DEPLOYMENTS_PER_DAY),
                        title=f"Deployments of {words}",
                        decimals=0,
                    )
                    for days, words in ((1, "a day"), (7, "a week"), (30, "a month"))
                ),
                stat(DEPLOYMENTS_YEAR_GROWTH, title="Year over year", may_be_empty=_YOUNG),
            ),
            row(
                bars(DEPLOYMENTS, by="service", where=_PRODUCTION, span="1d"),
                bars(DEPLOYMENTS, by="result", span="1d"),
            ),
        ),
        section(
            "How well",
            row(
                stat(DEPLOYMENT_SUCCESS, by="service", window="30d", where=_PRODUCTION, title="Successful deployments"),
                stat(PROCESS_AUTOMATION, title="Without a step by hand", width=3),
            ),
            row(
                trend(SECURITY_SCAN_PASS, by="repo", window="7d"),
                trend(PERFORMANCE_TEST_PASS, by="repo", window="7d"),
            ),
            row(
                table(
                    sql(_SQL / "broken_deployments.sql"),
                    title="Deployments that broke something",
                    description="Deployments to production of the chosen time that failed, were rolled back or caused "
                    "an incident.",
                    may_be_empty="No deployment of the chosen time broke anything.",
                    columns=(Column("Ended", unit="dateTimeAsIso"), Column("Restored after", unit=SECONDS)),
                ),
                table(
                    LAST_DEPLOYMENT,
                    by="service",
                    title="Newest deployments",
                    width=3,
                    columns=(Column("Service", unit="none"),),
                ),
                table(
                    LAST_INCIDENT,
                    by=("service", "severity"),
                    title="Newest incidents",
                    width=3,
                    columns=(
                        Column("Service", unit="none"),
                        Column("Severity", unit="none"),
                    ),
                    may_be_empty="No incident in 90 days.",
                ),
            ),
        ),
        section(
            "How fast",
            row(
                trend(DEPLOYMENT_DURATION, where=_PRODUCTION, quantiles=(0.5, 0.9), span="7d"),
                trend(CI_BUILD_DURATION, quantiles=(0.5, 0.9), span="1d", to="build-status"),
            ),
            row(
                distribution(LEAD_TIME_FOR_CHANGES),
                distribution(TIME_TO_RESTORE_SERVICE, may_be_empty=_NO_INCIDENT),
            ),
        ),
    ],
)
