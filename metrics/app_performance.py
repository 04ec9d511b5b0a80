"""Performance of the application: its API as the server sees it, the app as the device sees it."""

from metrics import BYTES, COUNT, RATIO, SCORE, SECONDS, Counter, Gauge, Histogram, Recorded

HTTP_REQUESTS = Counter(
    "kpi_http_requests_total",
    "HTTP requests by status code.",
    unit=COUNT,
    labels=("service", "method", "route", "status"),
    owner="platform",
    other=("route",),
)

HTTP_REQUEST_DURATION = Histogram(
    "kpi_http_request_duration_seconds",
    "Duration of HTTP requests. The bounds hold the thresholds of the levels, and T = 0.5 s and 4T of Apdex.",
    unit=SECONDS,
    labels=("service", "method", "route"),
    owner="platform",
    better="lower",
    target=0.2,
    warning=0.5,
    critical=1,
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    cap=300,
    other=("route",),
)

HTTP_ERROR_RATIO = Recorded(
    "kpi_http_error_ratio",
    "Requests with a status of 500 or above ÷ all requests, over 5 minutes. A service without requests has none.",
    unit=RATIO,
    labels=("service",),
    owner="platform",
    better="lower",
    target=0.001,
    warning=0.005,
    critical=0.01,
)

HTTP_REQUESTS_PER_SECOND = Recorded(
    "kpi_http_requests_per_second",
    "Throughput: HTTP requests per second, over 5 minutes.",
    unit=COUNT,
    labels=("service",),
    adds_over=("service",),
    owner="platform",
)

HTTP_REQUEST_DURATION_MEAN = Recorded(
    "kpi_http_request_duration_mean_seconds",
    "Mean duration of the HTTP requests of 5 minutes. A service without requests has none.",
    unit=SECONDS,
    labels=("service",),
    owner="platform",
    better="lower",
)

HTTP_REQUEST_DURATION_P95 = Recorded(
    "kpi_http_request_duration_p95_seconds",
    "95th percentile of the durations of the HTTP requests of 5 minutes. A service without requests has none.",
    unit=SECONDS,
    labels=("service",),
    owner="platform",
    better="lower",
    warning=HTTP_REQUEST_DURATION.warning,
    critical=HTTP_REQUEST_DURATION.critical,
)

HTTP_REQUESTS_THROTTLED = Counter(
    "kpi_http_requests_throttled_total",
    "HTTP requests rejected by a rate limit (status 429).",
    unit=COUNT,
    labels=("service", "client_class"),
    owner="platform",
    better="lower",
)

APDEX = Gauge(
    "kpi_apdex_score",
    "Apdex of the last 5 minutes, 0 to 1: (satisfied + tolerating ÷ 2) ÷ all requests. Satisfied means within T = "
    "0.5 s, tolerating within 4T; requests with status 500 or above are frustrated.",
    unit=SCORE,
    labels=("service",),
    owner="platform",
    better="higher",
    sparse="No request in 5 minutes, no score.",
)

PERFORMANCE = Gauge(
    "kpi_performance_score",
    "Composite performance, 0 to 100. A proxy, because no source defines it: 100 × Apdex of the last 5 minutes.",
    unit=SCORE,
    labels=("service",),
    owner="platform",
    better="higher",
    sparse="No request in 5 minutes, no score.",
)

APP_STARTUP_DURATION = Histogram(
    "kpi_app_startup_duration_seconds",
    "Start-up time of the app as devices report it.",
    unit=SECONDS,
    labels=("device_os", "app_version"),
    owner="mobile",
    better="lower",
    buckets=(0.25, 0.5, 1, 1.5, 2, 3, 5, 10),
    cap=100,
    other=("app_version",),
)

APP_MEMORY_USAGE = Gauge(
    "kpi_app_memory_usage_bytes",
    "Memory that the app uses, as devices reported it in the last 5 minutes: statistic mean, or p95 (95th percentile).",
    unit=BYTES,
    labels=("device_os", "statistic"),
    adds_over=(),
    owner="mobile",
    better="lower",
    sparse="At night no device may report for 5 minutes.",
)

APP_CRASHES = Counter(
    "kpi_app_crashes_total",
    "Crash reports received.",
    unit=COUNT,
    labels=("device_os", "app_version", "fatal"),
    owner="mobile",
    better="lower",
    other=("app_version",),
    sparse="An app may never have crashed.",
)

CRASHES_PER_1000_DEVICES = Gauge(
    "kpi_crashes_per_1000_devices",
    "Crash rate: 1000 × crash reports ÷ distinct active devices, over the last day. A device is active when it sent "
    "telemetry or crashed.",
    unit=COUNT,
    labels=("device_os", "window"),
    adds_over=(),
    owner="mobile",
    better="lower",
    critical=10,
    sparse="No device in a day, no rate.",
)
