"""What haproxy_exporter says about a load balancer: its frontends, backends and the servers behind them."""

from functools import partial

from metrics import external
from metrics.unit import BYTES, COUNT, SECONDS

_SPARSE = "Not every Prometheus scrapes HAProxy."
_counter = partial(external.counter, sparse=_SPARSE)
_gauge = partial(external.gauge, sparse=_SPARSE)

_FRONTEND = ("frontend",)
_BACKEND = ("backend",)
_SERVER = ("backend", "server")

HAPROXY_UP = _gauge(
    "haproxy_up", "Whether HAProxy answered when last asked (1) or not (0).", unit=COUNT, adds_over=(), critical=1
)
HAPROXY_FRONTEND_SESSIONS = _gauge(
    "haproxy_frontend_current_sessions", "Sessions that are open now.", unit=COUNT, labels=_FRONTEND
)
HAPROXY_FRONTEND_SESSION_LIMIT = _gauge(
    "haproxy_frontend_limit_sessions", "The most sessions that may be open.", unit=COUNT, labels=_FRONTEND
)
HAPROXY_FRONTEND_REQUESTS = _counter(
    "haproxy_frontend_http_requests_total", "HTTP requests.", unit=COUNT, labels=_FRONTEND
)
HAPROXY_FRONTEND_RESPONSES = _counter(
    "haproxy_frontend_http_responses_total",
    "HTTP responses by class of status, 1xx to 5xx and other.",
    unit=COUNT,
    labels=(*_FRONTEND, "code"),
)
HAPROXY_FRONTEND_RECEIVED = _counter(
    "haproxy_frontend_bytes_in_total", "Bytes of requests.", unit=BYTES, labels=_FRONTEND
)
HAPROXY_FRONTEND_SENT = _counter(
    "haproxy_frontend_bytes_out_total", "Bytes of responses.", unit=BYTES, labels=_FRONTEND
)
HAPROXY_BACKEND_UP = _gauge(
    "haproxy_backend_up",
    "Whether any server of the backend can serve (1) or none (0).",
    unit=COUNT,
    labels=_BACKEND,
    better="higher",
    critical=1,
)
HAPROXY_BACKEND_QUEUE = _gauge(
    "haproxy_backend_current_queue", "Requests that wait for a server.", unit=COUNT, labels=_BACKEND, better="lower"
)
HAPROXY_BACKEND_RESPONSES = _counter(
    "haproxy_backend_http_responses_total",
    "HTTP responses by class of status, 1xx to 5xx and other.",
    unit=COUNT,
    labels=(*_BACKEND, "code"),
)
HAPROXY_BACKEND_RESPONSE_TIME = _gauge(
    "haproxy_backend_http_response_time_average_seconds",
    "Mean time to a response, over the last 1,024 requests.",
    unit=SECONDS,
    labels=_BACKEND,
    adds_over=(),
    better="lower",
)
HAPROXY_BACKEND_CONNECTION_ERRORS = _counter(
    "haproxy_backend_connection_errors_total",
    "Requests for which no server could be reached.",
    unit=COUNT,
    labels=_BACKEND,
    better="lower",
)
HAPROXY_SERVER_UP = _gauge(
    "haproxy_server_up",
    "Whether the server can serve (1) or not (0).",
    unit=COUNT,
    labels=_SERVER,
    better="higher",
    critical=1,
)
HAPROXY_SERVER_CHECK_FAILURES = _counter(
    "haproxy_server_check_failures_total",
    "Failed checks of the server's health.",
    unit=COUNT,
    labels=_SERVER,
    better="lower",
)
