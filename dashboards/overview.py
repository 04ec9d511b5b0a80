"""The numbers that matter, one screen, each with the way to its details."""

from dashboards import Board, dora, promql, row, stat, trend
from dashboards.look import GREEN, RED
from dashboards.panel import Step
from dashboards.queries import RATE
from metrics import COUNT
from metrics.app_performance import CRASHES_PER_1000_DEVICES, HTTP_REQUEST_DURATION
from metrics.bugs import BUGS_OPEN
from metrics.commerce import CONVERSION, PAYMENT_FAILURE, REVENUE
from metrics.delivery import CHANGE_FAILURE, CI_BUILD_LAST_SUCCESS
from metrics.dora import CHANGE_FAILURE_BANDS
from metrics.engagement import ACTIVE_USERS
from metrics.exporter import COLLECTOR_UP
from metrics.promql import count_of_0
from metrics.reliability import INCIDENTS_OPEN, SERVICE_UPTIME
from metrics.security import VULNERABILITIES_OVERDUE

BOARD = Board(
    uid="overview",
    area="Company",
    name="Overview",
    description="The numbers that matter most, with the way to their details.",
    questions=("Is everything all right?", "Where should I look closer?"),
    time="1h",
    up="",
    content=[
        row(
            stat(
                ACTIVE_USERS,
                by=(),
                window="1d",
                before="7d",
                steps=(Step(None, RED), Step(100, GREEN)),
                to="user-activity",
                width=3,
            ),
            stat(HTTP_REQUEST_DURATION, span=RATE, title="API response time p95", to="app-performance"),
            stat(REVENUE, by="currency", window="30d", to="conversion-funnel", width=3),
            stat(CONVERSION, window="7d", to="conversion-funnel"),
            stat(
                promql(count_of_0(COLLECTOR_UP), of=COLLECTOR_UP, legend="parts"),
                title="Collectors down",
                description="Parts of collectors whose last run failed: their numbers may be old.",
                unit=COUNT,
                steps=(Step(None, GREEN), Step(1, RED)),
                to="self",
            ),
        ),
        row(
            stat(
                promql(f"min({SERVICE_UPTIME(window='1d')})", of=SERVICE_UPTIME, legend="worst service"),
                title="Uptime, worst service (1 d)",
                decimals=2,
                to="reliability",
            ),
            stat(
                INCIDENTS_OPEN, by=(), title="Open incidents", may_be_empty="No incident in 90 days.", to="reliability"
            ),
            stat(
                promql(f"max({CHANGE_FAILURE(window='30d')})", of=CHANGE_FAILURE, legend="worst service"),
                title="Change failures (worst)",
                steps=dora.steps(CHANGE_FAILURE_BANDS),
                to="devops",
            ),
            stat(
                promql(count_of_0(CI_BUILD_LAST_SUCCESS), of=CI_BUILD_LAST_SUCCESS, legend="branches"),
                title="Broken branches",
                description="Branches that are released from, and whose newest build failed.",
                unit=COUNT,
                steps=(Step(None, GREEN), Step(1, RED)),
                to="build-status",
            ),
            stat(BUGS_OPEN, by=(), title="Open bugs", to="quality-metrics"),
            stat(
                VULNERABILITIES_OVERDUE,
                by=(),
                title="Overdue vulnerabilities",
                steps=(Step(None, GREEN), Step(1, RED)),
                may_be_empty="None has been found yet.",
                to="security",
            ),
        ),
        row(
            trend(ACTIVE_USERS, by="user_type", window="1d", to="user-activity"),
            trend(HTTP_REQUEST_DURATION, title="API response time", to="app-performance"),
        ),
        row(
            trend(PAYMENT_FAILURE, by="provider", window="1d", to="conversion-funnel"),
            trend(
                CRASHES_PER_1000_DEVICES,
                by="device_os",
                window="1d",
                title="Crash rate per 1,000 devices",
                to="app-performance",
            ),
        ),
    ],
)
