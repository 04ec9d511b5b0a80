"""What applications say of themselves by OpenTelemetry: the names that Prometheus gives its semantic conventions.

The label `job` is the service. Circuit breakers have no convention: an application counts `circuit_breaker.open`.
"""

from functools import partial

from metrics import external
from metrics.unit import COUNT, SECONDS

_SPARSE = "Not every application tells this by OpenTelemetry."
_counter = partial(external.counter, sparse=_SPARSE)
_gauge = partial(external.gauge, sparse=_SPARSE)
_histogram = partial(external.histogram, sparse=_SPARSE)

HTTP_SERVER_ACTIVE_REQUESTS = _gauge(
    "http_server_active_requests",
    "Requests that the server is working on.",
    unit=COUNT,
    labels=("http_request_method", "url_scheme"),
)
HTTP_CLIENT_DURATION = _histogram(
    "http_client_request_duration_seconds",
    "Duration of requests to other servers; error_type says why one failed.",
    unit=SECONDS,
    labels=("server_address", "server_port", "http_request_method", "http_response_status_code", "error_type"),
    better="lower",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
)
CIRCUIT_BREAKER_OPEN = _counter(
    "circuit_breaker_open_total",
    "How often a circuit breaker opened, because calls of a dependency failed.",
    unit=COUNT,
    labels=("dependency",),
    better="lower",
)
JVM_GC_DURATION = _histogram(
    "jvm_gc_duration_seconds",
    "Duration of the pauses for garbage collection of a Java virtual machine.",
    unit=SECONDS,
    labels=("jvm_gc_name", "jvm_gc_action"),
    better="lower",
    buckets=(0.01, 0.1, 1, 10),
)
