"""How hosts, containers, load balancers and runtimes are doing: recorded from what their own exporters expose.

A counter of another exporter is used as it is, under its own name; docs/infrastructure.md says which.
"""

from metrics import COUNT, RATIO, Recorded

PROCESS_MEMORY_USAGE = Recorded(
    "kpi_process_memory_usage_ratio",
    "Memory in use that cannot be taken back ÷ limit of the container. One without a limit has none.",
    unit=RATIO,
    labels=("service", "server"),
    owner="platform",
    better="lower",
    warning=0.85,
)
NETWORK_PACKET_LOSS = Recorded(
    "kpi_network_packet_loss_ratio",
    "Pings without an answer ÷ all pings of 15 minutes. The source is the job of Prometheus that pings.",
    unit=RATIO,
    labels=("source", "target"),
    owner="platform",
    better="lower",
)
CONTAINERS_READY = Recorded(
    "kpi_containers_ready_ratio",
    "Pods that serve ÷ pods that the deployment, stateful set or daemon set wants. One that wants 0 has none.",
    unit=RATIO,
    labels=("namespace", "workload"),
    owner="platform",
    better="higher",
)
AUTOSCALING_EVENTS = Recorded(
    "kpi_autoscaling_events",
    "How often the autoscaler changed the number of pods in the last hour, up or down. Changes between two scrapes are "
    "one.",
    unit=COUNT,
    labels=("service", "direction"),
    owner="platform",
)
LOAD_BALANCER_BACKENDS_HEALTHY = Recorded(
    "kpi_load_balancer_backends_healthy_ratio",
    "Servers that can serve ÷ servers that the load balancer knows.",
    unit=RATIO,
    labels=("balancer",),
    owner="platform",
    better="higher",
)
HTTP_CONNECTIONS_ACTIVE = Recorded(
    "kpi_http_connections_active",
    "Requests that the service is working on, as its server counts them.",
    unit=COUNT,
    labels=("service",),
    owner="platform",
)
THIRD_PARTY_API_ERRORS = Recorded(
    "kpi_third_party_api_error_ratio",
    "Failed calls ÷ all calls of another server in 15 minutes, as those who call it count them. A provider that nobody "
    "called has none.",
    unit=RATIO,
    labels=("provider",),
    owner="platform",
    better="lower",
)
