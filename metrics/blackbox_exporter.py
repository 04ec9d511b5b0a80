"""What blackbox_exporter sees of a service from outside: each probe of a target is a scrape.

The target is in the label `instance`, where the configuration of Prometheus puts it.
"""

from functools import partial

from metrics import external
from metrics.unit import COUNT, SECONDS, TIMESTAMP

_SPARSE = "Not every Prometheus scrapes a blackbox_exporter."
_gauge = partial(external.gauge, sparse=_SPARSE)

PROBE_SUCCESS = _gauge(
    "probe_success",
    "Whether the target answered as it should (1) or not (0).",
    unit=COUNT,
    adds_over=(),
    better="higher",
    critical=1,
)
PROBE_DURATION = _gauge("probe_duration_seconds", "How long the whole probe took.", unit=SECONDS, better="lower")
PROBE_DNS_LOOKUP = _gauge(
    "probe_dns_lookup_time_seconds", "How long the name took to look up.", unit=SECONDS, better="lower"
)
PROBE_HTTP_DURATION = _gauge(
    "probe_http_duration_seconds",
    "How long each phase took: resolve, connect, tls, processing, transfer.",
    unit=SECONDS,
    labels=("phase",),
    adds_over=("phase",),
    better="lower",
)
PROBE_HTTP_STATUS = _gauge(
    "probe_http_status_code", "The HTTP status of the answer; 0 without one.", unit=COUNT, adds_over=()
)
PROBE_HTTP_TLS = _gauge(
    "probe_http_ssl", "Whether the last answer came over TLS (1) or not (0).", unit=COUNT, adds_over=()
)
PROBE_CERTIFICATE_EXPIRY = _gauge(
    "probe_ssl_earliest_cert_expiry",
    "When the first certificate of the chain that the target sent expires.",
    unit=TIMESTAMP,
    better="higher",
)
PROBE_ICMP_DURATION = _gauge(
    "probe_icmp_duration_seconds",
    "How long each phase of a ping took: resolve, setup, rtt.",
    unit=SECONDS,
    labels=("phase",),
    adds_over=("phase",),
    better="lower",
)
