"""What on-call does when hosts, containers or load balancers are in trouble."""

from alert_rules import Runbook
from metrics.cadvisor import CONTAINER_OUT_OF_MEMORY
from metrics.haproxy_exporter import HAPROXY_SERVER_CHECK_FAILURES
from metrics.kube_state_metrics import KUBE_CONTAINER_TERMINATED, KUBE_CONTAINER_WAITING

MEMORY = Runbook(
    means="A container has used more than 85 % of its memory limit for five minutes.",
    impact="At the limit Linux kills it: requests that it works on are lost, and it starts anew with empty caches.",
    check=(
        f"Was it killed before? Look at `{CONTAINER_OUT_OF_MEMORY}`.",
        "Does the memory grow without end since the last deployment? Then it leaks.",
        "Does it follow the load? Then the limit is too low, or there are too few instances.",
    ),
    mend=(
        "A leak: roll back, or restart the containers one by one until it is found.",
        "Load: add instances, or raise the limit within what the host has.",
    ),
)
RESTARTS = Runbook(
    means="A container ended more than three times in an hour, and was started again.",
    impact="Each time its requests are lost, and the others carry its load.",
    check=(
        f"Why did it end? `{KUBE_CONTAINER_TERMINATED}` says OOMKilled or Error; `kubectl logs --previous` the rest.",
        f"Does it wait for its next start? Look at `{KUBE_CONTAINER_WAITING}`.",
        "Does its liveness probe ask for something that another service must answer?",
    ),
    mend=(
        "Since a deployment: `kubectl rollout undo deployment/NAME`.",
        "OOMKilled: raise its memory limit, and look for the leak.",
    ),
)
NOT_READY = Runbook(
    means="For a quarter of an hour fewer pods of a workload have served than it wants.",
    impact="What is left carries the load of all; with the next failure it may be too little.",
    check=(
        "`kubectl get pods` and `kubectl describe pod NAME`: is there a node with room, an image, a volume?",
        "Is a roll-out stuck? `kubectl rollout status deployment/NAME`.",
    ),
    mend=(
        "A stuck roll-out: `kubectl rollout undo deployment/NAME`.",
        "No room: add a node, or lower what the pods ask for.",
    ),
)
BACKENDS = Runbook(
    means="The load balancer has marked half of its servers, or more, as down: their health checks fail.",
    impact="The rest gets twice the requests or more. When they fall, too, nothing is served.",
    check=(
        f"Which servers, and since when? Look at `{HAPROXY_SERVER_CHECK_FAILURES}` by server.",
        "Do they answer when asked directly? If so, the check or the network between is wrong.",
        "Was something deployed to all of them at once?",
    ),
    mend=(
        "Roll back what was deployed, or restart the servers that hang, one by one.",
        "A check that asks too much: let it ask for the server alone, not for what is behind it.",
    ),
)
