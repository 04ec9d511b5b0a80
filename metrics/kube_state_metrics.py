"""What kube-state-metrics says about the objects of a Kubernetes cluster."""

from functools import partial

from metrics import external
from metrics.unit import BYTES, COUNT, TIMESTAMP

_SPARSE = "Not every Prometheus scrapes kube-state-metrics."
_counter = partial(external.counter, sparse=_SPARSE)
_gauge = partial(external.gauge, sparse=_SPARSE)

_POD = ("namespace", "pod", "uid")
_CONTAINER = (*_POD, "container")
_DEPLOYMENT = ("namespace", "deployment")
_STATEFUL_SET = ("namespace", "statefulset")
_DAEMON_SET = ("namespace", "daemonset")
_CLAIM = ("namespace", "persistentvolumeclaim")
_AUTOSCALER = ("namespace", "horizontalpodautoscaler")

KUBE_POD_PHASE = _gauge(
    "kube_pod_status_phase",
    "Whether the pod is in the phase (1) or not (0): Pending, Running, Succeeded, Failed, Unknown.",
    unit=COUNT,
    labels=(*_POD, "phase"),
)
KUBE_POD_READY = _gauge(
    "kube_pod_status_ready",
    "Whether the pod can serve: 1 in the series whose condition (true, false, unknown) holds.",
    unit=COUNT,
    labels=(*_POD, "condition"),
)
KUBE_CONTAINER_RESTARTS = _counter(
    "kube_pod_container_status_restarts_total",
    "How often the container was started again.",
    unit=COUNT,
    labels=_CONTAINER,
    better="lower",
)
KUBE_CONTAINER_WAITING = _gauge(
    "kube_pod_container_status_waiting_reason",
    "Why the container waits, such as CrashLoopBackOff or ImagePullBackOff (1).",
    unit=COUNT,
    labels=(*_CONTAINER, "reason"),
    better="lower",
)
KUBE_CONTAINER_TERMINATED = _gauge(
    "kube_pod_container_status_last_terminated_reason",
    "Why the container ended the last time, such as OOMKilled or Error (1).",
    unit=COUNT,
    labels=(*_CONTAINER, "reason"),
)
KUBE_CONTAINER_REQUESTS = _gauge(
    "kube_pod_container_resource_requests",
    "What the container asks for: cores where the resource is cpu, bytes where it is memory.",
    unit=COUNT,
    labels=(*_CONTAINER, "node", "resource", "unit"),
    adds_over=(*_CONTAINER, "node"),
)
KUBE_CONTAINER_LIMITS = _gauge(
    "kube_pod_container_resource_limits",
    "The most that the container may use: cores where the resource is cpu, bytes where it is memory.",
    unit=COUNT,
    labels=(*_CONTAINER, "node", "resource", "unit"),
    adds_over=(*_CONTAINER, "node"),
)

KUBE_DEPLOYMENT_WANTED = _gauge(
    "kube_deployment_spec_replicas", "Pods that the deployment wants.", unit=COUNT, labels=_DEPLOYMENT
)
KUBE_DEPLOYMENT_AVAILABLE = _gauge(
    "kube_deployment_status_replicas_available", "Pods of the deployment that serve.", unit=COUNT, labels=_DEPLOYMENT
)
KUBE_STATEFUL_SET_WANTED = _gauge(
    "kube_statefulset_replicas", "Pods that the stateful set wants.", unit=COUNT, labels=_STATEFUL_SET
)
KUBE_STATEFUL_SET_READY = _gauge(
    "kube_statefulset_status_replicas_ready", "Pods of the stateful set that serve.", unit=COUNT, labels=_STATEFUL_SET
)
KUBE_DAEMON_SET_WANTED = _gauge(
    "kube_daemonset_status_desired_number_scheduled",
    "Nodes that should run a pod of the daemon set.",
    unit=COUNT,
    labels=_DAEMON_SET,
)
KUBE_DAEMON_SET_UNAVAILABLE = _gauge(
    "kube_daemonset_status_number_unavailable",
    "Nodes that should run a pod of the daemon set, and on which none serves.",
    unit=COUNT,
    labels=_DAEMON_SET,
    better="lower",
)
KUBE_AUTOSCALER_PODS = _gauge(
    "kube_horizontalpodautoscaler_status_current_replicas",
    "Pods that the autoscaler runs now.",
    unit=COUNT,
    labels=_AUTOSCALER,
)
KUBE_AUTOSCALER_WANTED = _gauge(
    "kube_horizontalpodautoscaler_status_desired_replicas",
    "Pods that the autoscaler wants.",
    unit=COUNT,
    labels=_AUTOSCALER,
)
KUBE_AUTOSCALER_MOST = _gauge(
    "kube_horizontalpodautoscaler_spec_max_replicas",
    "The most pods that the autoscaler may run.",
    unit=COUNT,
    labels=_AUTOSCALER,
)

KUBE_JOB_FAILED = _gauge(
    "kube_job_failed",
    "Whether the job has failed: 1 in the series whose condition (true, false, unknown) holds.",
    unit=COUNT,
    labels=("namespace", "job_name", "condition"),
    better="lower",
)
KUBE_CRON_JOB_SUCCESS = _gauge(
    "kube_cronjob_status_last_successful_time",
    "When a job of the cron job last ended well.",
    unit=TIMESTAMP,
    labels=("namespace", "cronjob"),
)
KUBE_NODE_CONDITION = _gauge(
    "kube_node_status_condition",
    "Whether a condition, such as Ready or DiskPressure, has the status true, false or unknown (1).",
    unit=COUNT,
    labels=("node", "condition", "status"),
)
KUBE_CLAIM_PHASE = _gauge(
    "kube_persistentvolumeclaim_status_phase",
    "Whether the claim is in the phase (1) or not (0): Pending, Bound, Lost.",
    unit=COUNT,
    labels=(*_CLAIM, "phase"),
)
KUBE_CLAIM_SIZE = _gauge(
    "kube_persistentvolumeclaim_resource_requests_storage_bytes",
    "Space that the claim asks for.",
    unit=BYTES,
    labels=_CLAIM,
)
