"""K6xx: what is said about alerts, recording rules, and the cases that prove alerts."""

from metrics.app_performance import HTTP_ERROR_RATIO, HTTP_REQUESTS
from provisioning.lint.code import Code

RULES = (
    Code(
        "K601",
        "A variable of Grafana in a rule",
        "Prometheus evaluates rules by itself and knows no variables. `$__rate_interval` is a syntax error there, and "
        '`"$tenant"` within a text selects a tenant of that name.',
        f"rate({HTTP_REQUESTS}[$__rate_interval])",
        "Write the window out, such as [5m]. Sources need no mention: each is judged apart.",
    ),
    Code(
        "K602",
        "An alert that one bad scrape can raise",
        "'for' shorter than two scrapes, or two evaluations of a group with an interval of its own, lets a single "
        "odd value wake somebody. 0s tells at once; that is right for what cannot recover, such as a failed build.",
        'for_="10s"',
        "Let the condition hold for at least two scrapes, or except the rule with the reason why one is enough.",
    ),
    Code(
        "K603",
        "An alert that always fires",
        "An alert fires for each series of its result, whatever the value. Without a comparison, `absent` or another "
        "part that leaves series out, the result is never empty while there is data; a comparison with `bool` leaves "
        "none out.",
        f"{HTTP_ERROR_RATIO}",
        "Compare: `> 0.05`. Take `bool` out.",
    ),
    Code(
        "K604",
        "A template in a label",
        "Labels are what an alert is known by. With a value in one, each evaluation makes a new alert, which begins to "
        "wait anew and never fires, or pages each time.",
        'Team("{{ $value }}", "#incidents")',
        "Put what changes into the description.",
    ),
    Code(
        "K605",
        "The description shows a label that the result does not have",
        "The expression drops the label, so that the page has a hole where it should say what is broken.",
        'sum by (service) (…) with the description "{{ $labels.route }} fails."',
        "Keep the label in `by`, or take it out of the description.",
    ),
    Code(
        "K606",
        "The unit of the alert is not that of its value",
        "The unit of an expression follows from its metrics and the functions around them. The page would show a "
        "fifth of a second as 20 %, or a share that was multiplied by 100 as 1,000 %.",
        f"{HTTP_ERROR_RATIO} > 0.05 with unit=SECONDS",
        "Give the unit of what the expression yields, and do not scale it.",
    ),
    Code(
        "K607",
        "A recording yields other labels than its metric declares",
        "Boards and alerts rely on the declared labels. One that is missing makes them empty; one too many, such as "
        "the instance of a target, splits each value and breaks every match with it. The labels of sources are kept by "
        "themselves.",
        "sum by (service, route) (…) recorded as a metric with labels=('service',)",
        "Group by exactly the declared labels, or mend the declaration.",
    ),
    Code(
        "K608",
        "A recorded metric without a rule",
        "The metric is declared as Recorded, and no rule records it: it will never have a value.",
        'Recorded("kpi_late_ratio", …) without Recording(LATE, …)',
        "Add the rule to a group in alert_rules/, or delete the declaration.",
    ),
    Code(
        "K609",
        "A metric is recorded twice with the same labels",
        "Two rules write the same series. Prometheus keeps whichever came first in each evaluation, refuses the other, "
        "and the curve jumps between both.",
        f"Recording({HTTP_ERROR_RATIO}, …) in two groups",
        "Delete one of them, or tell them apart by a label such as window.",
    ),
    Code(
        "K610",
        "The window of a rate holds too few scrapes",
        "A rate over fewer than four scrapes has no value as soon as two are missed, and the alert is silent when "
        "things go badly. Windows below two minutes, or two collections of the metric, are K210 already.",
        f"rate({HTTP_REQUESTS}[3m]) where Prometheus scrapes each minute",
        "Widen the window to at least four scrapes.",
    ),
    Code(
        "K611",
        "Two alerts with the same name",
        "The name leads to the runbook, and is what routes, silences and tests refer to.",
        "HighErrorRate in two groups",
        "Say in the name what differs.",
    ),
    Code(
        "K612",
        "Two alerts with the same condition and severity",
        "Both page at the same time about the same thing.",
        f"{HTTP_ERROR_RATIO} > 0.05 twice as critical",
        "Delete one, or let them differ in condition or severity.",
    ),
    Code(
        "K613",
        "A critical alert that pages nobody",
        "Critical means that somebody must act now. The team of the alert is told by chat and mail only, which nobody "
        "reads at night.",
        'severity="critical", team=PRODUCT',
        "Give it to a team with `pages`, or make it a warning.",
    ),
    Code(
        "K614",
        "A condition that can hardly be true",
        "Ratios here run from 0 to 1. A threshold of 1 or more for such a metric is never passed; often it was meant "
        "in percent. Metrics with a declared level above 1 are left alone.",
        f"{HTTP_ERROR_RATIO} > 5",
        "Write 5 % as 0.05. Where the ratio can pass 1, except the rule with the reason.",
        severity="notice",
    ),
    Code(
        "K615",
        "A rule looks further back than Prometheus keeps",
        "The window, or the window and the offset together, reach beyond the retention: the value is computed from "
        "less than it says, or from nothing.",
        f"avg_over_time({HTTP_ERROR_RATIO}[500d])",
        "Shorten the window, or take such numbers from the warehouse.",
        severity="notice",
    ),
    Code(
        "K616",
        "A metric is read before its group records it",
        "Prometheus evaluates a group from the first rule to the last. A rule that reads what a later one records "
        "works with the value of the evaluation before; one that reads what it records itself feeds on it.",
        f"An alert on {HTTP_ERROR_RATIO} above the rule that records it, in one group",
        "Put recordings before the rules that read them.",
    ),
    Code(
        "K617",
        "The board of an alert does not exist",
        "Whoever is paged follows the link and lands on an error page.",
        'board="app-perfomance"',
        "Use the uid of a board.",
    ),
    Code(
        "K618",
        "A family of one",
        "Within a family, a critical alert silences the warning about the same thing. With one member there is nothing "
        "to silence; often the name is mistyped.",
        'family="latnecy" on one alert, "latency" on the others',
        "Use the family of the alerts that belong together, or leave it out.",
        severity="notice",
    ),
    Code(
        "K619",
        "A function that Prometheus 2.42 does not know",
        "The oldest Prometheus that the rules are built for refuses a whole rule file because of one such function.",
        f"first_over_time({HTTP_ERROR_RATIO}[1h]) > 0.05",
        "Use a function of Prometheus 2.42.",
    ),
    Code(
        "K620",
        "An interval that Prometheus cannot read",
        "The interval of a group is a duration such as 30s or 5m. Prometheus refuses the whole file otherwise.",
        'interval="5 minutes"',
        'Write "5m", or leave it out for the usual interval.',
    ),
    Code(
        "K621",
        "Absence without a reason, or a reason without absence",
        "An alert that fires because there is no data says so by `absence`, with the reason why there must be some: "
        "many series are missing for honest reasons. The other way round, `absence` on an alert that asks for no "
        "absence takes away the case that proves it silent without data.",
        'absent(…) with absence=""',
        "Say why the series must exist, or take `absence` out.",
    ),
    Code(
        "K622",
        "A case with a series that nothing exposes",
        "The case feeds a metric or a label that the declarations do not know. It proves the rule with data that will "
        "never come, or stays silent for the wrong reason.",
        'silent("…", {"kpi_http_requests_totals": "0+1x10"}, at="5m")',
        "Build the selector from the declaration, with declared labels.",
    ),
    Code(
        "K623",
        "A case that asks after its last sample",
        "Beyond the last sample a series lives on for the five minutes of the lookback, then it is gone. What the case "
        "says there depends on that, and not on the values.",
        'fires("…", {…: "1x5"}, at="8m", …)',
        "Give samples up to the time of the question.",
        severity="notice",
    ),
    Code(
        "K624",
        "A label of the alert hides one of the result",
        "Alerts carry the labels alertname, severity and team, and family where one is given. A label of the same name "
        "on the series is lost; where two series then look the same, Prometheus gives up on the whole rule.",
        "max by (team) (…) > 5",
        "Aggregate the label away, or rename it with label_replace and leave the old one out.",
    ),
    Code(
        "K625",
        "Two groups with the same name",
        "A group is a file. Of two with one name the second would be written over the first, whose rules nobody would "
        "miss until they are needed.",
        'Group("commerce", …) in a plugin',
        "Give one of them another name.",
    ),
)
