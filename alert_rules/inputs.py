"""When values that people give are due and missing."""

from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.teams import PRODUCT
from metrics import COUNT
from metrics.inputs import KEPT_PERIODS, MANUAL_VALUES_STALE

_ONE = "kpi_team_utilization_ratio"
_STALE = MANUAL_VALUES_STALE(metric=_ONE)

MANUAL_INPUT_MISSING = Alert(
    "ManualInputMissing",
    f"{MANUAL_VALUES_STALE} > 0",
    for_="1d",
    severity="info",
    team=PRODUCT,
    unit=COUNT,
    summary="A value that somebody has to give is overdue.",
    description="{{ $labels.metric }} lacks the values of VALUE series for the newest period that is due. "
    "`kpi input list --missing` names them.",
    board="inputs",
    runbook=Runbook(
        means="No system knows the metric: people give its values, for each day, week, month, quarter or year. That of "
        "the newest period that is due has not been given for a day. The handbook names the owner of the metric.",
        impact=f"Boards show the value of a former period, and none any more when {KEPT_PERIODS} periods are overdue.",
        check=(
            "`kpi input list --missing` shows which series and which period, and who gave the last value.",
            "Was it given, but refused? A file with one fault is not imported at all.",
            "Was it given for another source? `kpi input list --source NAME` shows what the source has.",
        ),
        mend=(
            "Ask the owner, and give it: `kpi input set METRIC VALUE --period PERIOD --label NAME=VALUE`.",
            "If a series is there by mistake, take its values back: `kpi input withdraw METRIC --period PERIOD --label "
            "NAME=VALUE`.",
            f"A series that has ended, such as that of a team that is no more, counts no longer once the others are "
            f"{KEPT_PERIODS} periods ahead.",
            "If nobody wants the metric any more, silence the alert for it in Alertmanager, and delete its rows from "
            "`manual_metric_values`, or its declaration.",
        ),
    ),
    cases=(
        fires(
            "two teams have not given theirs for more than a day",
            {_STALE: "0x10 2x1500"},
            at="1460m",
            metric=_ONE,
            value="2",
            description=f"{_ONE} lacks the values of 2 series for the newest period that is due. "
            "`kpi input list --missing` names them.",
        ),
        silent("all are given", {_STALE: "0x1500"}, at="1460m"),
        silent("missing for half a day", {_STALE: "0x10 2x1500"}, at="730m"),
        silent("given within the day", {_STALE: "0x10 2x1000 0x500"}, at="1460m"),
        silent(
            "a metric that nobody ever gave is not there",
            {MANUAL_VALUES_STALE(metric="kpi_other"): "0x1500"},
            at="1460m",
        ),
    ),
)

GROUP = Group("inputs", (MANUAL_INPUT_MISSING,), interval="5m")
