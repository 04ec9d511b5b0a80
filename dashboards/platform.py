"""Hosts, containers, load balancers and runtimes, as their own exporters see them."""

from dashboards import Board, bars, promql, row, section, stat, trend
from dashboards.queries import RATE
from metrics.haproxy_exporter import HAPROXY_BACKEND_RESPONSES
from metrics.kube_state_metrics import KUBE_CONTAINER_RESTARTS
from metrics.node_exporter import NODE_DISK_READ, NODE_DISK_WRITTEN
from metrics.opentelemetry import CIRCUIT_BREAKER_OPEN, JVM_GC_DURATION
from metrics.platform import (
    AUTOSCALING_EVENTS,
    CONTAINERS_READY,
    HTTP_CONNECTIONS_ACTIVE,
    LOAD_BALANCER_BACKENDS_HEALTHY,
    NETWORK_PACKET_LOSS,
    PROCESS_MEMORY_USAGE,
    THIRD_PARTY_API_ERRORS,
)

_HOSTS = "Prometheus scrapes no node_exporter."
_CONTAINERS = "Prometheus scrapes no cAdvisor."
_CLUSTER = "Prometheus scrapes no kube-state-metrics."
_BALANCER = "Prometheus scrapes no HAProxy."
_PINGS = "No blackbox_exporter pings."
_APPLICATIONS = "No application tells this by OpenTelemetry."

BOARD = Board(
    uid="platform",
    area="Infrastructure",
    name="Platform",
    description="Hosts, containers, load balancers and runtimes. Empty panels name the exporter that is not scraped.",
    questions=("Do containers restart or run out of memory?", "Are all servers behind the load balancer up?"),
    time="6h",
    content=[
        row(
            stat(
                promql(f"max({PROCESS_MEMORY_USAGE})", of=PROCESS_MEMORY_USAGE, legend="fullest"),
                title="Memory of the fullest process",
                may_be_empty=_CONTAINERS,
            ),
            stat(
                promql(f"min({CONTAINERS_READY})", of=CONTAINERS_READY, legend="least"),
                title="Ready containers, worst workload",
                may_be_empty=_CLUSTER,
            ),
            stat(
                LOAD_BALANCER_BACKENDS_HEALTHY,
                by="balancer",
                title="Healthy backends",
                may_be_empty=_BALANCER,
            ),
        ),
        row(
            trend(PROCESS_MEMORY_USAGE, by=("service", "server"), title="Process memory", may_be_empty=_CONTAINERS),
            trend(CONTAINERS_READY, by=("namespace", "workload"), title="Ready containers", may_be_empty=_CLUSTER),
        ),
        row(
            bars(
                KUBE_CONTAINER_RESTARTS,
                by=("namespace", "container"),
                span="1h",
                title="Container restarts in an hour",
                may_be_empty=_CLUSTER,
            ),
            trend(
                AUTOSCALING_EVENTS,
                by=("service", "direction"),
                title="Auto-scaling in the last hour",
                may_be_empty=_CLUSTER,
            ),
            trend(
                HAPROXY_BACKEND_RESPONSES,
                by="backend",
                unit="reqps",
                title="Load balancer requests",
                may_be_empty=_BALANCER,
            ),
        ),
        section(
            "Hosts and network",
            row(
                trend(
                    promql(
                        f"sum by (instance) (rate({NODE_DISK_READ}[{RATE}]))",
                        of=NODE_DISK_READ,
                        legend="{{instance}} read",
                    ),
                    promql(
                        f"sum by (instance) (rate({NODE_DISK_WRITTEN}[{RATE}]))",
                        of=NODE_DISK_WRITTEN,
                        legend="{{instance}} written",
                    ),
                    title="Disk bytes per second",
                    unit="Bps",
                    may_be_empty=_HOSTS,
                ),
                trend(NETWORK_PACKET_LOSS, by=("source", "target"), may_be_empty=_PINGS),
            ),
        ),
        section(
            "Applications",
            row(
                trend(HTTP_CONNECTIONS_ACTIVE, by="service", may_be_empty=_APPLICATIONS),
                trend(THIRD_PARTY_API_ERRORS, by="provider", may_be_empty=_APPLICATIONS),
            ),
            row(
                trend(JVM_GC_DURATION, quantiles=(0.95,), title="Garbage collection p95", may_be_empty=_APPLICATIONS),
                bars(
                    CIRCUIT_BREAKER_OPEN,
                    by="dependency",
                    span="1h",
                    title="Circuit breakers opened",
                    may_be_empty=_APPLICATIONS,
                ),
            ),
        ),
    ],
)
