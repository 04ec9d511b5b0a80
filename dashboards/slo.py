"""What was promised, and how much of the room for failure is left."""

from dashboards import Board, bars, promql, row, section, stat, table, trend
from metrics.slo import (
    SLO_BUDGET_CONSUMED,
    SLO_BUDGET_REMAINING,
    SLO_BURN_RATE,
    SLO_COMPLIANCE,
    SLO_ERROR_RATIO,
    SLO_EVENTS,
    SLO_FAILED_EVENTS,
)

_QUIET = "No events in the window: nothing to hold against the objective."

BOARD = Board(
    uid="slo",
    area="Reliability",
    name="Error budgets",
    description="The objectives: which share of events was good, how much of each error budget is left, and how fast "
    "it burns.",
    questions=("Do we keep what we promised?", "How much failure can we afford?", "What burns, and how fast?"),
    time="7d",
    content=[
        row(
            *(
                stat(
                    promql(f"{function}({metric(window=window)})", of=metric, legend="worst objective"),
                    title=title,
                    may_be_empty=_QUIET,
                )
                for function, metric, window, title in (
                    ("min", SLO_COMPLIANCE, "30d", "Good events, worst (30 d)"),
                    ("min", SLO_BUDGET_REMAINING, "30d", "Budget left, least (30 d)"),
                    ("max", SLO_BURN_RATE, "1h", "Burn rate, worst (1 h)"),
                )
            ),
        ),
        row(
            table(
                SLO_BUDGET_CONSUMED,
                SLO_COMPLIANCE,
                by="slo",
                window="30d",
                title="Budget consumed and good events (30 d)",
                height=8,
                may_be_empty=_QUIET,
            ),
            bars(SLO_BURN_RATE, by="slo", window="1h", title="Burn rate (1 h)", may_be_empty=_QUIET),
        ),
        row(
            trend(SLO_BURN_RATE, by="slo", window="1h", title="Burn rate, 1 hour", may_be_empty=_QUIET),
            trend(SLO_BURN_RATE, by="slo", window="1d", title="Burn rate, 1 day", may_be_empty=_QUIET),
        ),
        row(
            trend(SLO_BUDGET_CONSUMED, by="slo", window="30d", title="Budget consumed (30 d)", may_be_empty=_QUIET),
            trend(SLO_ERROR_RATIO, by="slo", window="1h", title="Error ratio, 1 hour", may_be_empty=_QUIET),
        ),
        section(
            "Events",
            row(
                trend(SLO_EVENTS, title="Events per second", may_be_empty=_QUIET),
                trend(SLO_FAILED_EVENTS, title="Failed events per second", may_be_empty=_QUIET),
            ),
        ),
    ],
)
