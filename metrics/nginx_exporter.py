"""What nginx-prometheus-exporter says about a web server, from the page `stub_status` of nginx."""

from metrics import external
from metrics.unit import COUNT

NGINX_UP = external.gauge(
    "nginx_up",
    "Whether nginx answered when last asked (1) or not (0).",
    unit=COUNT,
    adds_over=(),
    better="higher",
    critical=1,
)
NGINX_REQUESTS = external.counter("nginx_http_requests_total", "HTTP requests.", unit=COUNT)
NGINX_CONNECTIONS_ACCEPTED = external.counter(
    "nginx_connections_accepted", "Connections that nginx accepted.", unit=COUNT
)
NGINX_CONNECTIONS_HANDLED = external.counter(
    "nginx_connections_handled", "Connections that nginx served; it dropped the rest of those accepted.", unit=COUNT
)
NGINX_CONNECTIONS = external.gauge("nginx_connections_active", "Connections that are open now.", unit=COUNT)
NGINX_CONNECTIONS_READING = external.gauge(
    "nginx_connections_reading", "Connections on which nginx reads the head of a request.", unit=COUNT
)
NGINX_CONNECTIONS_WRITING = external.gauge(
    "nginx_connections_writing", "Connections on which nginx writes a response.", unit=COUNT
)
NGINX_CONNECTIONS_WAITING = external.gauge(
    "nginx_connections_waiting", "Connections that are open without a request.", unit=COUNT
)
