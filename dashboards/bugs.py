"""How many bugs are found, how grave they are, how long they stay, and how many reach the users first."""

from pathlib import Path

from dashboards import Board, Column, area, distribution, heat, promql, row, section, share, sql, stat, table, trend
from metrics import SECONDS
from metrics.bugs import (
    BUG_LEAK_RATIO,
    BUG_RESOLUTION_TIME,
    BUG_RESOLUTION_TIME_MEAN,
    BUGS_FIXED,
    BUGS_OPEN,
    BUGS_REPORTED,
    DEFECTS_PER_FEATURE_RELEASED,
    OLDEST_OPEN_BUG_AGE,
)

_SQL = Path(__file__).parent / "sql" / "bugs"
_FOUND = BUGS_REPORTED(window="1d")
_FOUND_CRITICAL = BUGS_REPORTED(window="1d", severity="critical")
_FEW = "No project has five bugs in the window."
_NONE_OPEN = "No critical bug is open."

BOARD = Board(
    uid="bug-metrics",
    area="Quality",
    name="Bugs",
    description="Bugs that are found, fixed and open, how long their resolution takes, and how many escaped to users.",
    questions=("Do we find more bugs than we fix?", "Do users meet them first?", "How long do they stay?"),
    time="30d",
    content=[
        row(
            stat(BUGS_REPORTED, by=(), window="7d", before="7d"),
            stat(BUGS_OPEN, by=()),
            stat(BUG_LEAK_RATIO, by="project", window="7d", may_be_empty=_FEW),
            stat(
                DEFECTS_PER_FEATURE_RELEASED,
                window="30d",
                title="Defects per feature (30 d)",
                may_be_empty="No feature was released in 30 days.",
            ),
        ),
        row(
            trend(
                promql(f"sum({_FOUND})", of=BUGS_REPORTED, legend="found"),
                promql(f"sum({_FOUND_CRITICAL})", of=BUGS_REPORTED, legend="of them critical"),
                title="Bug discovery rate (1 d)",
                width=8,
            ),
            share(BUGS_REPORTED, by="severity", window="30d", title="Severity of bugs (30 d)", width=4),
        ),
        row(
            heat(
                sql(_SQL / "resolution_hours.sql"),
                matrix=("Weekday", "hour", "hours"),
                title="Bug resolution time in hours",
                description="Mean hours from the report to the resolution, by the weekday and hour of the resolution, "
                "in the time zone of the database.",
                unit="none",
                decimals=0,
            )
        ),
        section(
            "Found and fixed",
            row(
                trend(BUGS_REPORTED, BUGS_FIXED, by=(), window="7d", title="Bugs found and fixed (7 d)"),
                area(BUGS_OPEN, by="severity", title="Open bugs"),
                trend(BUG_LEAK_RATIO, by="project", window="30d", may_be_empty=_FEW),
            ),
            row(
                table(
                    sql(_SQL / "oldest.sql"),
                    title="Open bugs, the gravest first",
                    description="Bugs that are open at the end of the chosen time.",
                    may_be_empty="No bug is open.",
                    columns=(Column("Reported", unit="dateTimeFromNow"),),
                )
            ),
        ),
        section(
            "Resolution",
            row(
                distribution(BUG_RESOLUTION_TIME, span="30d", title="Bug resolution time (30 d)"),
                trend(
                    OLDEST_OPEN_BUG_AGE,
                    by="project",
                    where={"severity": "critical"},
                    title="Age of the oldest critical bug",
                    may_be_empty=_NONE_OPEN,
                ),
                table(
                    BUG_RESOLUTION_TIME_MEAN,
                    by=("day_of_week", "hour"),
                    title="Slowest hours (30 d)",
                    columns=(
                        Column("Day of week", title="Day (1 Mon)"),
                        Column(BUG_RESOLUTION_TIME_MEAN.title, title="Mean", unit=SECONDS),
                    ),
                ),
            ),
        ),
    ],
)
