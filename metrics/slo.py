"""Service level objectives: how many events failed, and how much of the error budget they have used."""

from metrics import COUNT, RATIO, Recorded

SLO_EVENTS = Recorded(
    "kpi_slo_events_per_second",
    "Events that count for the objective, per second over 5 minutes.",
    unit=COUNT,
    labels=("slo",),
    adds_over=(),
    owner="platform",
)

SLO_FAILED_EVENTS = Recorded(
    "kpi_slo_failed_events_per_second",
    "Events that missed the objective, per second over 5 minutes; 0 where events came and none failed. More than came "
    "where a failure is told after the event behind it, such as a crash after the start of the app.",
    unit=COUNT,
    labels=("slo",),
    adds_over=(),
    owner="platform",
    better="lower",
)

SLO_ERROR_RATIO = Recorded(
    "kpi_slo_error_ratio",
    "Failed events ÷ events in the window, at most 1. A window without events has none.",
    unit=RATIO,
    labels=("slo", "window"),
    owner="platform",
    better="lower",
)

SLO_BURN_RATE = Recorded(
    "kpi_slo_error_budget_burn_rate",
    "Error ratio of the window ÷ (1 − objective): at 1 the budget lasts just as long as the window of the objective.",
    unit=COUNT,
    labels=("slo", "window"),
    adds_over=(),
    owner="platform",
    better="lower",
    warning=1,
    critical=6,
)

SLO_COMPLIANCE = Recorded(
    "kpi_slo_compliance_ratio",
    "Good events ÷ events in the window of the objective, 0 to 1. A window without events has none.",
    unit=RATIO,
    labels=("slo", "window"),
    owner="platform",
    better="higher",
)

SLO_BUDGET_CONSUMED = Recorded(
    "kpi_slo_error_budget_consumed_ratio",
    "(1 − compliance) ÷ (1 − objective) in the window of the objective. Above 1 the objective is missed.",
    unit=RATIO,
    labels=("slo", "window"),
    owner="platform",
    better="lower",
    critical=1,
)

SLO_BUDGET_REMAINING = Recorded(
    "kpi_slo_error_budget_remaining_ratio",
    "What is left of the error budget: 1 − consumed. Below 0 the objective is missed.",
    unit=RATIO,
    labels=("slo", "window"),
    owner="platform",
    better="higher",
    critical=0,
)
