"""When the API or the app performs badly: errors, latency, crashes."""

from alert_rules import Alert, Group, Recording, Runbook, fires, silent
from alert_rules.teams import INCIDENTS
from metrics import RATIO, matches
from metrics.app_performance import HTTP_ERROR_RATIO, HTTP_REQUESTS

_ALL = f"sum by (service) (rate({HTTP_REQUESTS}[5m]))"
_FAILED = f"sum by (service) (rate({HTTP_REQUESTS(status=matches('5..'))}[5m]))"
_GOOD, _BAD = HTTP_REQUESTS(service="api", status="200"), HTTP_REQUESTS(service="api", status="500")

HIGH_ERROR_RATE = Alert(
    "HighErrorRate",
    f"{HTTP_ERROR_RATIO} > 0.05",
    for_="1m",
    severity="critical",
    team=INCIDENTS,
    unit=RATIO,
    family="errors",
    summary="More than one request in twenty fails.",
    description="{{ $labels.service }} answers VALUE of its requests of the last 5 minutes with a server error.",
    board="app-performance",
    runbook=Runbook(
        means="A service answers more than 5 % of its requests with a status of 500 or above.",
        impact="Users see errors now. At this rate a monthly error budget of 0.1 % is gone within 15 hours.",
        check=(
            "Which route fails? Open the board and look at errors by route.",
            "Did a deployment go out in the last hour?",
        ),
        mend=("Roll back the last deployment of the service.", "If one route fails, switch its feature off."),
    ),
    cases=(
        fires(
            "one request in ten fails",
            {_GOOD: "0+90x15", _BAD: "0+10x15"},
            at="10m",
            service="api",
            value="10%",
            description="api answers 10% of its requests of the last 5 minutes with a server error.",
        ),
        silent("one request in twenty-five fails", {_GOOD: "0+96x15", _BAD: "0+4x15"}, at="10m"),
        silent("no request fails, and the service has never failed", {_GOOD: "0+90x15"}, at="10m"),
        silent("failed for less than a minute", {_GOOD: "0+90x15", _BAD: "0x8 300+0x5"}, at="9m"),
    ),
)

GROUP = Group(
    "app-performance",
    (
        Recording(HTTP_ERROR_RATIO, f"({_FAILED} or 0 * {_ALL}) / ({_ALL} > 0)"),
        HIGH_ERROR_RATE,
    ),
)
