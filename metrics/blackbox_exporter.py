"""What blackbox_exporter sees of a service from outside: each probe of a target is a scrape.

The target is in the label `instance`, where the configuration of Prometheus puts it.
"""

from metrics import external
from metrics.unit import COUNT, SECONDS, TIMESTAMP

PROBE_SUCCESS = external.gauge(
    "probe_success",
    "Whether the target answered as it should (1) or not (0).",
    unit=COUNT,
    adds_over=(),
    better="higher",
    critical=1,
)
PROBE_DURATION = external.gauge(
    "probe_duration_seconds", "How long the whole probe took.", unit=SECONDS, better="lower"
)
PROBE_DNS_LOOKUP = external.gauge(
    "probe_dns_lookup_time_seconds", "How long the name took to look up.", unit=SECONDS, better="lower"
)
PROBE_HTTP_DURATION = external.gauge(
    "probe_http_duration_seconds",
    "How long each phase took: resolve, connect, tls, processing, transfer.",
    unit=SECONDS,
    labels=("phase",),
    adds_over=("phase",),
    better="lower",
)
PROBE_HTTP_STATUS = external.gauge(
    "probe_http_status_code", "The HTTP status of the answer; 0 without one.", unit=COUNT, adds_over=()
)
PROBE_HTTP_TLS = external.gauge(
    "probe_http_ssl", "Whether the last answer came over TLS (1) or not (0).", unit=COUNT, adds_over=()
)
PROBE_CERTIFICATE_EXPIRY = external.gauge(
    "probe_ssl_earliest_cert_expiry",
    "When the first certificate of the chain that the target sent expires.",
    unit=TIMESTAMP,
    better="higher",
)
PROBE_ICMP_DURATION = external.gauge(
    "probe_icmp_duration_seconds",
    "How long each phase of a ping took: resolve, setup, rtt.",
    unit=SECONDS,
    labels=("phase",),
    adds_over=("phase",),
    better="lower",
)
