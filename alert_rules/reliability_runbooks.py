"""What on-call reads when a service is down, or an incident is not dealt with."""

from alert_rules.alert import Runbook
from metrics.app_performance import HTTP_ERROR_RATIO

_PROBES = """Which probes fail, from where, and since when?

    SELECT probe, count(*), count(*) FILTER (WHERE NOT success) AS failed, min(probed_at) FILTER (WHERE NOT success)
      FROM uptime_probes
     WHERE service = 'SERVICE' AND probed_at > now() - interval '1 day'
     GROUP BY 1;"""
_OPEN = """Which incidents are open, and who has them?

    SELECT incident_id, service, severity, started_at, detected_at, acknowledged_at, escalation_level
      FROM incidents
     WHERE kind = 'reliability' AND resolved_at IS NULL
     ORDER BY started_at;"""
_ONE_PLACE = "From one place only, the network between that place and us is at fault, and most users notice nothing."

DOWN = Runbook(
    means="No probe from outside was answered for 15 minutes, and at least two were sent: the service is not there for "
    "its users, whatever it says about itself.",
    impact="Nobody can use the service. With an objective of 99.9 %, 43 minutes use up the budget of a month.",
    check=(
        _PROBES,
        f"Do requests from inside fail, too? `{HTTP_ERROR_RATIO}` on the board *API and apps*. If not: name service, "
        "certificate, load balancer, firewall.",
        "What was deployed or changed shortly before the first failed probe?",
    ),
    mend=(
        "Roll back the last deployment, or start what is not running.",
        "If the way to the service is broken, lead traffic another way: another region, or the page that says so.",
        "Open an incident, take it, and tell support and customers.",
    ),
)
UPTIME = Runbook(
    means="Less than 99.9 % of the probes of the last day were answered, and at least two were not, so it is no single "
    "one. It goes on for a day after the last failed probe.",
    impact="A day with more than one and a half minutes of failure breaks what was promised, if the month goes on so.",
    check=(
        _PROBES,
        _ONE_PLACE,
        "Do the failures lie together, as one incident, or come again and again, as at a restart or a full hour?",
    ),
    mend=(
        "One incident that is over: see that its cause is written down, and silence this until the day is over.",
        "Failures that come again: find what runs at those times. They will be longer one day.",
    ),
)
UNACKNOWLEDGED = Runbook(
    means="A critical incident was noticed, and for more than 10 minutes nobody has taken it.",
    impact="Everybody believes that somebody else is at it; users wait in the meantime.",
    check=(_OPEN, "Who is on call now, and did the page reach them?"),
    mend=(
        "Take it: acknowledge it where incidents are kept, and say so in the channel.",
        "If you cannot, call the next one on the list.",
    ),
)
OPEN_TOO_LONG = Runbook(
    means="An incident of severity critical or high began more than 4 hours ago and is not resolved.",
    impact="Users have been without the service, or with a bad one, for hours; whoever works on it gets tired.",
    check=(
        _OPEN,
        "Is it over, and nobody closed it? Do probes and error ratio look well?",
        "If it goes on: does whoever works on it need others, or a rest?",
    ),
    mend=(
        "Resolve it where incidents are kept, with the time when the service was well again.",
        "Escalate it, and hand over to somebody fresh. Tell customers what to expect.",
        "If users are hardly touched any more, lower its severity.",
    ),
)
DRILL = Runbook(
    means="The last recovery test of the system that met its objectives for time and for lost data is more than 200 "
    "days ago.",
    impact="Nobody knows whether the system can be brought back after a disaster, and how long that would take.",
    check=("Was there a test that nobody reported? `kpi input list` shows what was given.",),
    mend=(
        "Recover the system from its backup on another machine, and measure how long it takes and what is lost.",
        "Report it with `kpi input set`, for the quarter in which it was done.",
    ),
)
