"""The numbers that matter, one screen, each with the way to its details."""

from dashboards import Board, promql, row, stat, trend
from dashboards.look import GREEN, RED
from dashboards.panel import Step
from dashboards.queries import RATE
from metrics import COUNT
from metrics.app_performance import CRASHES_PER_1000_DEVICES, HTTP_REQUEST_DURATION
from metrics.commerce import CONVERSION, PAYMENT_FAILURE, REVENUE
from metrics.engagement import ACTIVE_USERS
from metrics.exporter import COLLECTOR_UP

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
                promql(f"count({COLLECTOR_UP} == 0) or 0 * count({COLLECTOR_UP})", of=COLLECTOR_UP, legend="parts"),
                title="Collectors down",
                description="Parts of collectors whose last run failed: their numbers may be old.",
                unit=COUNT,
                steps=(Step(None, GREEN), Step(1, RED)),
                to="self",
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
