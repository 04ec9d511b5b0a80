"""How pages load in the browser, and whether the background keeps up."""

from pathlib import Path

from dashboards import Board, Column, bars, distribution, promql, row, section, sql, stat, table, trend
from dashboards.panel import Panel
from dashboards.queries import RANGE
from metrics import COUNT, RATIO, SECONDS, Histogram
from metrics.jobs import (
    BACKGROUND_JOB_DURATION,
    BACKGROUND_JOB_SUCCESS,
    BACKGROUND_JOBS,
    BACKGROUND_JOBS_OLDEST_WAIT,
    BACKGROUND_JOBS_QUEUED,
)
from metrics.page_loads import PAGE_LOAD_DURATION, WEB_VITALS_CLS, WEB_VITALS_INP, WEB_VITALS_LCP

_SQL = Path(__file__).parent / "sql" / "pages_and_jobs"
_P75 = (0.75,)
_SEVERAL_LOADS = "3h"  # a small site has a few in an hour, which are no percentile


def _p75(metric: Histogram, title: str) -> Panel:
    """The 75th percentile of the chosen time, by which Core Web Vitals are judged."""
    expr = f"histogram_quantile(0.75, sum by (le) (rate({metric.bucket}[{RANGE}])))"
    return stat(promql(expr, of=metric, legend="p75"), title=f"{title} p75")


BOARD = Board(
    uid="pages-and-jobs",
    area="App performance",
    name="Pages and jobs",
    description="How pages load in the browser by the Core Web Vitals, and whether background jobs keep up.",
    questions=("Do pages load well?", "Which page is slow?", "Do jobs wait or fail?"),
    time="24h",
    content=[
        row(
            _p75(PAGE_LOAD_DURATION, "Page load"),
            _p75(WEB_VITALS_LCP, "Largest contentful paint"),
            _p75(WEB_VITALS_INP, "Interaction to next paint"),
            _p75(WEB_VITALS_CLS, "Cumulative layout shift"),
            stat(BACKGROUND_JOBS_QUEUED, by=(), title="Jobs that wait"),
        ),
        row(
            trend(PAGE_LOAD_DURATION, by="page", quantiles=_P75, span=_SEVERAL_LOADS),
            trend(WEB_VITALS_LCP, by="page", quantiles=_P75, span=_SEVERAL_LOADS),
        ),
        row(
            trend(WEB_VITALS_INP, by="page", quantiles=_P75, span=_SEVERAL_LOADS),
            trend(WEB_VITALS_CLS, by="page", quantiles=_P75, span=_SEVERAL_LOADS),
        ),
        row(
            distribution(PAGE_LOAD_DURATION, title="Page load times"),
        ),
        row(
            table(
                sql(_SQL / "slowest_pages.sql"),
                title="Slowest pages",
                description="Pages by the 75th percentile of their load time in the chosen time, with the vitals'.",
                columns=(
                    Column("Loads", unit=COUNT),
                    Column("Load time", unit=SECONDS),
                    Column("LCP", unit=SECONDS),
                    Column("INP", unit=SECONDS),
                    Column("CLS", unit=COUNT, decimals=3),
                ),
            ),
        ),
        section(
            "Background jobs",
            row(
                trend(BACKGROUND_JOBS_QUEUED, by="queue", title="Jobs that wait, by queue"),
                trend(BACKGROUND_JOBS_OLDEST_WAIT, by="queue", title="Wait of the oldest job"),
            ),
            row(
                bars(BACKGROUND_JOBS, by="result", span="1h"),
                trend(BACKGROUND_JOB_SUCCESS, by="queue", window="1d", title="Job success ratio (1 d)", unit=RATIO),
                trend(BACKGROUND_JOB_DURATION, by="queue", quantiles=(0.95,), span="1h"),
            ),
            row(
                table(
                    sql(_SQL / "kinds_of_job.sql"),
                    title="Kinds of job",
                    description="Jobs that ended in the chosen time, those that failed most often first.",
                    columns=(
                        Column("Ended", unit=COUNT),
                        Column("Failed", unit=COUNT),
                        Column("Wait p95", unit=SECONDS),
                        Column("Duration p95", unit=SECONDS),
                    ),
                )
            ),
        ),
    ],
)
