"""When the way from a rule to whoever is paged, and to the history of alerts, is broken somewhere."""

from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.teams import DEVOPS
from metrics import COUNT
from metrics.alertmanager import ALERTMANAGER_NOTIFICATIONS_FAILED
from metrics.exporter import ALERT_EVENTS_WAITING
from metrics.prometheus import PROMETHEUS_RULE_FAILURES

_BOARD = "self"
_WAITING = str(ALERT_EVENTS_WAITING)
_SLACK = ALERTMANAGER_NOTIFICATIONS_FAILED(integration="slack")
_GROUP = PROMETHEUS_RULE_FAILURES(rule_group="/etc/prometheus/rules/commerce.yaml;commerce")

RULES_FAILING = Alert(
    "RulesFailing",
    f"round(sum by (rule_group) (increase({PROMETHEUS_RULE_FAILURES}[15m]))) > 0",
    for_="5m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="Prometheus cannot evaluate a rule.",
    description="VALUE evaluations of rules in {{ $labels.rule_group }} failed in the last 15 minutes.",
    board=_BOARD,
    runbook=Runbook(
        means="Prometheus loaded the rule and gives up on it each time: two series match where one must, an expression "
        "runs into its timeout, or it reads too many samples.",
        impact="What the rule records has no value, and an alert that fails cannot fire: that it is silent means "
        "nothing.",
        check=(
            "Which rule, and why? Prometheus' page Status → Rules shows the error beside the rule; its log repeats it.",
            "`kpi verify --prometheus http://PROMETHEUS:9090` evaluates every rule, and names those that fail.",
            "What was deployed last: a rule, or a source whose labels are those of another one?",
        ),
        mend=(
            "Mend the rule, `kpi build`, and reload Prometheus; or take the last version of its file back.",
            "If it is the rule of an alert that a user defined: `kpi alerts disable ID`, and tell whoever did.",
        ),
    ),
    cases=(
        fires(
            "a rule fails in each minute",
            {_GROUP: "0x10 1+1x30"},
            at="30m",
            rule_group="/etc/prometheus/rules/commerce.yaml;commerce",
            value="15",
            description="15 evaluations of rules in /etc/prometheus/rules/commerce.yaml;commerce failed in the last 15 "
            "minutes.",
        ),
        silent("none fails", {_GROUP: "7x40"}, at="30m"),
        silent("failing for three minutes", {_GROUP: "0x10 1+1x30"}, at="14m"),
    ),
)

NOTIFICATIONS_FAILING = Alert(
    "NotificationsFailing",
    f"round(sum by (integration) (increase({ALERTMANAGER_NOTIFICATIONS_FAILED}[15m]))) > 0",
    for_="5m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="Alertmanager cannot deliver messages.",
    description="VALUE messages by {{ $labels.integration }} failed in the last 15 minutes.",
    board=_BOARD,
    runbook=Runbook(
        means="A channel refuses the messages of Alertmanager, or does not answer. It tries each of them for minutes "
        "before it counts as failed, and again when its group is due.",
        impact="Whoever is told by this channel only hears nothing. You read this because another one works.",
        check=(
            "The log of Alertmanager says why: `Notify for alerts failed`, with the receiver and the answer.",
            "Was a password, a key or an address changed? docs/alertmanager.md names the file of each.",
            "Is the service down? Slack and PagerDuty have a page on their status; a webhook has a log of its own.",
        ),
        mend=(
            "Put the new secret into its file: Alertmanager reads it with the next message.",
            "If `kpi build` has to change an address, reload Alertmanager afterwards: `curl -X POST "
            "http://ALERTMANAGER:9093/-/reload`.",
            "Until then look at Alertmanager's own page for what fires.",
        ),
    ),
    cases=(
        fires(
            "one message in five minutes fails",
            {_SLACK: "0x10 1x4 2x4 3x20", ALERTMANAGER_NOTIFICATIONS_FAILED(integration="email"): "2x40"},
            at="23m",
            integration="slack",
            value="3",
            description="3 messages by slack failed in the last 15 minutes.",
        ),
        silent("all arrive", {_SLACK: "3x40"}, at="23m"),
        silent("failing for three minutes", {_SLACK: "0x10 1x20"}, at="14m"),
    ),
)

EVENTS_WAITING = Alert(
    "AlertEventsWaiting",
    f"{ALERT_EVENTS_WAITING} > 0",
    for_="30m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="The history of alerts is not written to the database.",
    description="VALUE events of alerts have been waiting for the database for more than 30 minutes.",
    board=_BOARD,
    runbook=Runbook(
        means="Alertmanager told the exporter of alerts, and the exporter cannot write them to the database that "
        "`warehouse` names. They are on its disk, and it goes on trying.",
        impact="`kpi alerts events` and whoever reads the table do not know them yet. Pages are not affected. Beyond "
        "100,000 events that wait, Alertmanager has to keep the rest.",
        check=(
            "The log of the exporter says what the database answers.",
            "Is the database up, and does it accept the role? `psql` with the connection string of `warehouse` tells.",
            "Is the table `alert_events` there, and may the role write to it? `kpi migrate` and "
            "warehouse/roles/alerts_writer.sql see to both.",
        ),
        mend=(
            "Start the database, or give the role of `warehouse` its right to write.",
            "Nothing else is to be done: what waits is written as soon as the database takes it, in its order.",
        ),
    ),
    cases=(
        fires(
            "two events wait for forty minutes",
            {_WAITING: "0x4 2x50"},
            at="45m",
            value="2",
            description="2 events of alerts have been waiting for the database for more than 30 minutes.",
        ),
        silent("none waits", {_WAITING: "0x50"}, at="45m"),
        silent("waiting for twenty minutes", {_WAITING: "0x4 2x50"}, at="25m"),
        silent("each waits for a moment", {_WAITING: "0x4 2x20 0 1x20 0 2x20"}, at="45m"),
    ),
)

GROUP = Group("pipeline", (RULES_FAILING, NOTIFICATIONS_FAILING, EVENTS_WAITING))
