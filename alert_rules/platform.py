"""What is recorded of hosts, containers, load balancers and runtimes, and when they are in trouble."""

from alert_rules import Alert, Group, Recording, fires, silent
from alert_rules.platform_runbooks import BACKENDS, MEMORY, NOT_READY, RESTARTS
from alert_rules.teams import DEVELOPMENT, DEVOPS
from metrics import COUNT, RATIO, is_not
from metrics.blackbox_exporter import PROBE_ICMP_DURATION, PROBE_SUCCESS
from metrics.cadvisor import CONTAINER_MEMORY, CONTAINER_MEMORY_LIMIT
from metrics.haproxy_exporter import HAPROXY_SERVER_UP
from metrics.kube_state_metrics import (
    KUBE_AUTOSCALER_WANTED,
    KUBE_CONTAINER_RESTARTS,
    KUBE_DAEMON_SET_UNAVAILABLE,
    KUBE_DAEMON_SET_WANTED,
    KUBE_DEPLOYMENT_AVAILABLE,
    KUBE_DEPLOYMENT_WANTED,
    KUBE_STATEFUL_SET_READY,
    KUBE_STATEFUL_SET_WANTED,
)
from metrics.opentelemetry import HTTP_CLIENT_DURATION, HTTP_SERVER_ACTIVE_REQUESTS
from metrics.platform import (
    AUTOSCALING_EVENTS,
    CONTAINERS_READY,
    HTTP_CONNECTIONS_ACTIVE,
    LOAD_BALANCER_BACKENDS_HEALTHY,
    NETWORK_PACKET_LOSS,
    PROCESS_MEMORY_USAGE,
    THIRD_PARTY_API_ERRORS,
)
from metrics.promql import or_zero, renamed
from metrics.selector import Series

_BOARD = "platform"


def _ready(serving: str, wanted: str, kind: str) -> str:
    return f"max by (namespace, workload) ({renamed(f'{serving} / ({wanted} > 0)', workload=kind)})"


# Without an image it is no container, but a group of them. Docker tells a name, Kubernetes a container and a pod.
_MEMORY = f"{CONTAINER_MEMORY(image=is_not(''))} / ({CONTAINER_MEMORY_LIMIT(image=is_not(''))} > 0)"
_BY_NAME = renamed(_MEMORY, service="name", server="instance")
_PINGS = f"avg_over_time({PROBE_SUCCESS}[15m]) and on (job, instance) {PROBE_ICMP_DURATION(phase='rtt')}"
_CALLS = f"sum by (server_address) (rate({HTTP_CLIENT_DURATION.count}[15m]))"
_FAILED = f"sum by (server_address) (rate({HTTP_CLIENT_DURATION.count(error_type=is_not(''))}[15m]))"
_ERRORS = f"{or_zero(_FAILED, _CALLS)} / ({_CALLS} > 0)"


def _scaled(sign: str) -> str:
    """How often in an hour the autoscaler wanted more pods than a minute before (`>`), or fewer (`<`)."""
    changed = f"count_over_time(({KUBE_AUTOSCALER_WANTED} {sign} {KUBE_AUTOSCALER_WANTED} offset 1m)[1h:1m])"
    named = renamed(or_zero(changed, str(KUBE_AUTOSCALER_WANTED)), service="horizontalpodautoscaler")
    return f"sum by (service) ({named})"


_CONTAINER = {"namespace": "shop", "pod": "web-1", "container": "web", "image": "shop/web"}
_DEPLOYMENT = {"namespace": "shop", "deployment": "web"}
_USED, _LIMIT = CONTAINER_MEMORY(**_CONTAINER), CONTAINER_MEMORY_LIMIT(**_CONTAINER)
_RESTARTS = KUBE_CONTAINER_RESTARTS(namespace="shop", pod="web-1", uid="1", container="web")
_WANTED, _SERVING = KUBE_DEPLOYMENT_WANTED(**_DEPLOYMENT), KUBE_DEPLOYMENT_AVAILABLE(**_DEPLOYMENT)
_SERVERS = [Series(HAPROXY_SERVER_UP.name, ("server", "instance"))(server=n, instance="lb:9101") for n in ("a", "b")]

HIGH_MEMORY_USAGE = Alert(
    "HighMemoryUsage",
    f"{PROCESS_MEMORY_USAGE} > {PROCESS_MEMORY_USAGE.warning}",
    for_="5m",
    severity="warning",
    team=DEVELOPMENT,
    unit=RATIO,
    summary="A process uses more than 85 % of the memory that it may use.",
    description="Process memory usage of {{ $labels.service }} on {{ $labels.server }} is VALUE of its limit.",
    board=_BOARD,
    runbook=MEMORY,
    cases=(
        fires(
            "nine tenths of the limit",
            {_USED: "90x20", _LIMIT: "100x20"},
            at="15m",
            service="web",
            server="web-1",
            value="90%",
            description="Process memory usage of web on web-1 is 90% of its limit.",
        ),
        silent("exactly at the level", {_USED: "85x20", _LIMIT: "100x20"}, at="15m"),
        silent("it has no limit", {_USED: "90x20", _LIMIT: "0x20"}, at="15m"),
        silent("for less than five minutes", {_USED: "50x10 90x5", _LIMIT: "100x20"}, at="14m"),
    ),
)

CONTAINER_RESTARTING = Alert(
    "ContainerRestarting",
    f"round(sum by (namespace, pod, container) (increase({KUBE_CONTAINER_RESTARTS}[1h]))) > 3",
    for_="5m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="A container is started again and again.",
    description="{{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} was started again VALUE times in "
    "an hour.",
    board=_BOARD,
    runbook=RESTARTS,
    cases=(
        fires(
            "every ten minutes",
            {_RESTARTS: "70x3 71x9 72x9 73x9 74x9 75x40"},
            at="65m",
            namespace="shop",
            pod="web-1",
            container="web",
            value="4",
            description="web of shop/web-1 was started again 4 times in an hour.",
        ),
        silent("three times", {_RESTARTS: "0x9 1x9 2x9 3x50"}, at="65m"),
        silent("many times, long ago", {_RESTARTS: "99x80"}, at="75m"),
    ),
)

CONTAINERS_NOT_READY = Alert(
    "ContainersNotReady",
    f"{CONTAINERS_READY} < 1",
    for_="15m",
    severity="warning",
    team=DEVOPS,
    unit=RATIO,
    summary="Not all pods of a workload serve.",
    description="VALUE of the pods that {{ $labels.namespace }}/{{ $labels.workload }} wants have served for a quarter "
    "of an hour.",
    board=_BOARD,
    runbook=NOT_READY,
    cases=(
        fires(
            "one of four pods is missing",
            {_SERVING: "3x30", _WANTED: "4x30"},
            at="20m",
            namespace="shop",
            workload="web",
            value="75%",
            description="75% of the pods that shop/web wants have served for a quarter of an hour.",
        ),
        silent("all serve", {_SERVING: "4x30", _WANTED: "4x30"}, at="20m"),
        silent("none is wanted", {_SERVING: "0x30", _WANTED: "0x30"}, at="20m"),
        silent("a roll-out of ten minutes", {_SERVING: "4x10 3x10 4x20", _WANTED: "4x40"}, at="22m"),
    ),
)

LOAD_BALANCER_BACKENDS_DOWN = Alert(
    "LoadBalancerBackendsDown",
    f"{LOAD_BALANCER_BACKENDS_HEALTHY} <= 0.5",
    for_="5m",
    severity="critical",
    team=DEVOPS,
    unit=RATIO,
    summary="Half of the servers behind a load balancer are down, or more.",
    description="Only VALUE of the servers behind {{ $labels.balancer }} can serve.",
    board=_BOARD,
    runbook=BACKENDS,
    cases=(
        fires(
            "one of two is down",
            {_SERVERS[0]: "1x20", _SERVERS[1]: "0x20"},
            at="10m",
            balancer="lb:9101",
            value="50%",
            description="Only 50% of the servers behind lb:9101 can serve.",
        ),
        silent("both serve", {_SERVERS[0]: "1x20", _SERVERS[1]: "1x20"}, at="10m"),
        silent("one is restarted", {_SERVERS[0]: "1x20", _SERVERS[1]: "1x5 0x3 1x12"}, at="9m"),
    ),
)

GROUP = Group(
    "platform",
    (
        Recording(
            PROCESS_MEMORY_USAGE,
            f"max by (service, server) ({renamed(_BY_NAME, service='container', server='pod')})",
        ),
        Recording(
            NETWORK_PACKET_LOSS,
            f"max by (source, target) ({renamed(f'1 - ({_PINGS})', source='job', target='instance')})",
        ),
        Recording(
            CONTAINERS_READY,
            " or ".join(
                (
                    _ready(str(KUBE_DEPLOYMENT_AVAILABLE), str(KUBE_DEPLOYMENT_WANTED), "deployment"),
                    _ready(str(KUBE_STATEFUL_SET_READY), str(KUBE_STATEFUL_SET_WANTED), "statefulset"),
                    _ready(
                        f"({KUBE_DAEMON_SET_WANTED} - {KUBE_DAEMON_SET_UNAVAILABLE})",
                        str(KUBE_DAEMON_SET_WANTED),
                        "daemonset",
                    ),
                )
            ),
        ),
        Recording(AUTOSCALING_EVENTS, _scaled(">"), {"direction": "up"}),
        Recording(AUTOSCALING_EVENTS, _scaled("<"), {"direction": "down"}),
        Recording(
            LOAD_BALANCER_BACKENDS_HEALTHY,
            f"avg by (balancer) ({renamed(f'{HAPROXY_SERVER_UP}', balancer='instance')})",
        ),
        Recording(
            HTTP_CONNECTIONS_ACTIVE,
            f"sum by (service) ({renamed(f'{HTTP_SERVER_ACTIVE_REQUESTS}', service='job')})",
        ),
        Recording(THIRD_PARTY_API_ERRORS, f"max by (provider) ({renamed(f'({_ERRORS})', provider='server_address')})"),
        HIGH_MEMORY_USAGE,
        CONTAINER_RESTARTING,
        CONTAINERS_NOT_READY,
        LOAD_BALANCER_BACKENDS_DOWN,
    ),
)
