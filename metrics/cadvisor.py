"""What cAdvisor, alone or within the kubelet, says about containers.

The labels namespace, pod and container are there in Kubernetes only; id, image and name everywhere.
"""

from functools import partial

from metrics import external
from metrics.unit import BYTES, COUNT, SECONDS, TIMESTAMP

_SPARSE = "Not every Prometheus scrapes cAdvisor."
_counter = partial(external.counter, sparse=_SPARSE)
_gauge = partial(external.gauge, sparse=_SPARSE)

_CONTAINER = ("namespace", "pod", "container", "id", "image", "name")

CONTAINER_CPU = _counter(
    "container_cpu_usage_seconds_total",
    "Processor time that the container used.",
    unit=SECONDS,
    labels=(*_CONTAINER, "cpu"),
)
CONTAINER_CPU_PERIODS = _counter(
    "container_cpu_cfs_periods_total",
    "Periods in which the container's share of the processor was enforced.",
    unit=COUNT,
    labels=_CONTAINER,
)
CONTAINER_CPU_THROTTLED_PERIODS = _counter(
    "container_cpu_cfs_throttled_periods_total",
    "Periods in which the container was held back from the processor.",
    unit=COUNT,
    labels=_CONTAINER,
    better="lower",
)
CONTAINER_MEMORY = _gauge(
    "container_memory_working_set_bytes",
    "Memory in use that cannot be taken back: what the limit is compared with.",
    unit=BYTES,
    labels=_CONTAINER,
    better="lower",
)
CONTAINER_MEMORY_LIMIT = _gauge(
    "container_spec_memory_limit_bytes",
    "The most memory that the container may use; 0 without a limit.",
    unit=BYTES,
    labels=_CONTAINER,
)
CONTAINER_OUT_OF_MEMORY = _counter(
    "container_oom_events_total",
    "How often the container ran out of memory.",
    unit=COUNT,
    labels=_CONTAINER,
    better="lower",
)
CONTAINER_FILES = _gauge(
    "container_fs_usage_bytes", "Space that the container fills.", unit=BYTES, labels=(*_CONTAINER, "device")
)
CONTAINER_FILES_LIMIT = _gauge(
    "container_fs_limit_bytes",
    "The most space that the container may fill.",
    unit=BYTES,
    labels=(*_CONTAINER, "device"),
)
CONTAINER_RECEIVED = _counter(
    "container_network_receive_bytes_total",
    "Bytes received over the network.",
    unit=BYTES,
    labels=(*_CONTAINER, "interface"),
)
CONTAINER_SENT = _counter(
    "container_network_transmit_bytes_total",
    "Bytes sent over the network.",
    unit=BYTES,
    labels=(*_CONTAINER, "interface"),
)
CONTAINER_STARTED = _gauge(
    "container_start_time_seconds", "When the container was started.", unit=TIMESTAMP, labels=_CONTAINER
)
CONTAINER_SEEN = _gauge("container_last_seen", "When the container was last there.", unit=TIMESTAMP, labels=_CONTAINER)
