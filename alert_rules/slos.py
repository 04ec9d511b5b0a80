"""The objectives of the company: what users may expect of the API, of payments and of the app."""

from decimal import Decimal

from alert_rules.group import Group
from alert_rules.slo import SLO
from alert_rules.teams import FINANCE, INCIDENTS
from metrics import matches
from metrics.app_performance import APP_CRASHES, APP_STARTUP_DURATION, HTTP_REQUEST_DURATION, HTTP_REQUESTS
from metrics.commerce import PAYMENTS
from metrics.number import number

_FAST_ENOUGH = number(HTTP_REQUEST_DURATION.warning or 0)
_ROUTE = {"service": "catalog", "method": "GET", "route": "/search"}
_STARTUP = {"device_os": "Android", "app_version": "4.2.0"}

API_AVAILABILITY = SLO(
    "api-availability",
    title="API availability",
    objective=Decimal("0.999"),
    total=str(HTTP_REQUESTS),
    bad=HTTP_REQUESTS(status=matches("5..")),
    team=INCIDENTS,
    events="API requests",
    failed="failed with a server error",
    impact="Users see errors. When the budget is gone, what was promised to customers for the month is broken.",
    check=(
        "Which service and route fails? Open the board 'API and apps' and look at the error ratio by service.",
        "Did a deployment go out shortly before the ratio rose?",
    ),
    mend=("Roll back the last deployment of the failing service.", "If one route fails, switch its feature off."),
    good_event=(HTTP_REQUESTS(**_ROUTE, status="200"),),
    bad_event=(HTTP_REQUESTS(**_ROUTE, status="503"),),
)

API_LATENCY = SLO(
    "api-latency",
    title="API latency",
    objective=Decimal("0.99"),
    total=HTTP_REQUEST_DURATION.count(),
    good=HTTP_REQUEST_DURATION.bucket(le=_FAST_ENOUGH),
    team=INCIDENTS,
    events="API requests",
    failed=f"took longer than {_FAST_ENOUGH} s",
    impact="Users wait. Pages that need several requests feel broken, and people leave.",
    check=(
        "Which service is slow? Open the board 'API and apps': response time by service, then the slowest routes.",
        "Is the database or another service behind it slow? Compare with traffic: more requests, or slower ones?",
    ),
    mend=(
        "Roll back what was deployed shortly before.",
        "Add instances where traffic has grown; stop heavy jobs on the database.",
    ),
    good_event=(HTTP_REQUEST_DURATION.bucket(**_ROUTE, le=_FAST_ENOUGH), HTTP_REQUEST_DURATION.count(**_ROUTE)),
    bad_event=(HTTP_REQUEST_DURATION.count(**_ROUTE),),
)

PAYMENT_SUCCESS = SLO(
    "payment-success",
    title="Payment success",
    objective=Decimal("0.95"),  # cards are declined for good reasons, too
    total=PAYMENTS(status=matches("completed|failed")),
    bad=PAYMENTS(status="failed"),
    least_failures=10,  # single failed payments are ordinary
    team=FINANCE,
    events="payments",
    failed="failed",
    impact="Customers who want to pay cannot, and may not come back to try again.",
    check=(
        "One provider or all? Open the board 'Conversion funnel' and look at failures by provider.",
        "Which code do the failed payments have? The table of failed payments says it.",
        "Does the provider's status page report trouble?",
    ),
    mend=("Route payments to another provider.", "Tell support, so that customers hear when to try again."),
    good_event=(PAYMENTS(status="completed", provider="stripe"),),
    bad_event=(PAYMENTS(status="failed", provider="stripe"),),
)

CRASH_FREE_DEVICES = SLO(
    "crash-free-devices",
    title="Crash-free devices, by starts of the app",
    objective=Decimal("0.995"),
    total=APP_STARTUP_DURATION.count(),
    bad=APP_CRASHES(fatal="true"),
    team=INCIDENTS,
    events="starts of the app on devices",
    failed="ended in a crash",
    measures="The ratio is fatal crashes ÷ starts of the app, at most 1, and not a share of devices: distinct devices "
    "of days cannot be added up to those of a month, starts can. A device that crashes at each start counts each time.",
    impact="The app ends under its users' hands; some of them rate it, and delete it.",
    check=(
        "One version or system? Open the board 'API and apps' and look at crashes by version.",
        "Where does it crash? The table 'Crashes by place' says it.",
    ),
    mend=(
        "Halt the roll-out of the version in the stores.",
        "If a server-side switch or answer caused it, turn that back.",
    ),
    good_event=(APP_STARTUP_DURATION.count(**_STARTUP),),
    bad_event=(APP_STARTUP_DURATION.count(**_STARTUP), APP_CRASHES(**_STARTUP, fatal="true")),
)

OBJECTIVES = (API_AVAILABILITY, API_LATENCY, PAYMENT_SUCCESS, CRASH_FREE_DEVICES)


def groups(_domains: object) -> list[Group]:
    """Two groups for each objective."""
    return [group for objective in OBJECTIVES for group in objective.groups]
