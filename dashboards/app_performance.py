"""How fast and how reliably the API answers, and how the apps run on devices."""

from pathlib import Path

from dashboards import Board, Column, bars, dial, heat, promql, row, section, sql, stat, table, trend
from dashboards.look import steps
from dashboards.queries import RATE
from metrics import COUNT, RATIO, SECONDS, matches
from metrics.app_performance import (
    APDEX,
    APP_CRASHES,
    APP_MEMORY_USAGE,
    APP_STARTUP_DURATION,
    CRASHES_PER_1000_DEVICES,
    HTTP_ERROR_RATIO,
    HTTP_REQUEST_DURATION,
    HTTP_REQUEST_DURATION_MEAN,
    HTTP_REQUEST_DURATION_P95,
    HTTP_REQUESTS,
    HTTP_REQUESTS_PER_SECOND,
    HTTP_REQUESTS_THROTTLED,
    PERFORMANCE,
)
from metrics.promql import or_zero

_SQL = Path(__file__).parent / "sql" / "app_performance"

_ALL = f"sum by (service) (rate({HTTP_REQUESTS}[{RATE}]))"
_FAILED = or_zero(f"sum by (service) (rate({HTTP_REQUESTS(status=matches('5..'))}[{RATE}]))", _ALL)
_STARTUP = (
    f"sum by (device_os) (increase({APP_STARTUP_DURATION.sum}[1d]))"
    f" / sum by (device_os) (increase({APP_STARTUP_DURATION.count}[1d]))"
)
_NO_RULES = "No service answered requests, or Prometheus does not load the rules."

BOARD = Board(
    uid="app-performance",
    area="App performance",
    name="API and apps",
    description="How fast and how reliably the API answers, and how the mobile apps start, use memory and crash.",
    questions=("Is the API slow or failing, and which service?", "Which routes are slow?", "Do the apps crash?"),
    time="1h",
    content=[
        row(
            stat(HTTP_REQUEST_DURATION, span=RATE, title="Response time p95"),
            stat(
                promql(f"sum({_FAILED}) / sum({_ALL})", of=HTTP_REQUESTS, legend="errors"),
                title="Error ratio",
                description="Requests of all services with a status of 500 or above ÷ all requests.",
                unit=RATIO,
                steps=steps(HTTP_ERROR_RATIO),
            ),
            stat(promql(f"min({APDEX})", of=APDEX, legend="worst service"), title="Apdex, worst service"),
            stat(CRASHES_PER_1000_DEVICES, by="device_os", window="1d", title="Crash rate (1 d)"),
        ),
        row(
            trend(HTTP_REQUEST_DURATION, title="API response time"),
            trend(HTTP_REQUEST_DURATION, by="service", quantiles=(0.95,)),
        ),
        row(
            trend(HTTP_REQUESTS, by="service", unit="reqps"),
            trend(
                promql(f"{_FAILED} / ({_ALL} > 0)", of=HTTP_REQUESTS, legend="{{service}}"),
                title="Error ratio by service",
                description="Requests with a status of 500 or above ÷ all requests. A service without requests has "
                "none.",
                unit=RATIO,
                steps=steps(HTTP_ERROR_RATIO),
            ),
        ),
        section(
            "Requests in detail",
            row(
                heat(HTTP_REQUEST_DURATION, title="Response times"),
                trend(HTTP_REQUESTS_THROTTLED, by="client_class", unit="reqps"),
                trend(PERFORMANCE, by="service", maximum=100),
            ),
            row(
                table(
                    sql(_SQL / "slowest_routes.sql"),
                    title="Slowest routes",
                    description="Routes by the 95th percentile of their response time in the chosen time.",
                    columns=(
                        Column("Requests", unit=COUNT),
                        Column("p50", unit=SECONDS),
                        Column("p95", unit=SECONDS),
                        Column("Errors", unit=RATIO, decimals=1),
                    ),
                )
            ),
        ),
        section(
            "What alerts watch",
            row(
                trend(HTTP_ERROR_RATIO, by="service", title="Error ratio, 5 minutes", may_be_empty=_NO_RULES),
                trend(HTTP_REQUESTS_PER_SECOND, by="service", may_be_empty=_NO_RULES),
            ),
            row(
                trend(HTTP_REQUEST_DURATION_P95, by="service", title="p95, 5 minutes", may_be_empty=_NO_RULES),
                trend(HTTP_REQUEST_DURATION_MEAN, by="service", title="Mean, 5 minutes", may_be_empty=_NO_RULES),
            ),
        ),
        section(
            "Apps",
            row(
                dial(
                    promql(_STARTUP, of=APP_STARTUP_DURATION, legend="{{device_os}}"),
                    title="App start-up (1 d)",
                    maximum=3,
                    width=4,
                    height=8,
                ),
                trend(APP_MEMORY_USAGE, by="device_os", where={"statistic": "mean"}, title="Memory, mean"),
                trend(APP_MEMORY_USAGE, by="device_os", where={"statistic": "p95"}, title="Memory, p95"),
            ),
            row(
                trend(CRASHES_PER_1000_DEVICES, by="device_os", window="1d", title="Crash rate per 1,000 devices"),
                bars(APP_CRASHES, by="app_version", span="1h"),
            ),
            row(
                table(
                    sql(_SQL / "crashes.sql"),
                    title="Crashes by place",
                    description="Where the app crashed in the chosen time, on how many devices, and when last.",
                    may_be_empty="No app crashed in the chosen time.",
                    columns=(
                        Column("Crashes", unit=COUNT, bar=True),
                        Column("Devices", unit=COUNT),
                        Column("Last", unit="dateTimeFromNow"),
                    ),
                )
            ),
        ),
    ],
)
