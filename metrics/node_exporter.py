"""What node_exporter says about a host. Prometheus adds which: the label `instance`."""

from metrics import external
from metrics.unit import BYTES, COUNT, SECONDS, TIMESTAMP

_FILESYSTEM = ("device", "fstype", "mountpoint")
_DEVICE = ("device",)

NODE_CPU = external.counter(
    "node_cpu_seconds_total",
    "Time that each processor spent in each mode, such as idle, user, system, iowait.",
    unit=SECONDS,
    labels=("cpu", "mode"),
)
NODE_LOAD1 = external.gauge(
    "node_load1", "Processes that run or wait to run, averaged over 1 minute.", unit=COUNT, adds_over=()
)
NODE_LOAD5 = external.gauge(
    "node_load5", "Processes that run or wait to run, averaged over 5 minutes.", unit=COUNT, adds_over=()
)
NODE_LOAD15 = external.gauge(
    "node_load15", "Processes that run or wait to run, averaged over 15 minutes.", unit=COUNT, adds_over=()
)

NODE_MEMORY_TOTAL = external.gauge("node_memory_MemTotal_bytes", "Memory of the host.", unit=BYTES)
NODE_MEMORY_AVAILABLE = external.gauge(
    "node_memory_MemAvailable_bytes", "Memory that programs can get without swapping, as Linux estimates.", unit=BYTES
)
NODE_SWAP_TOTAL = external.gauge("node_memory_SwapTotal_bytes", "Space to swap memory to.", unit=BYTES)
NODE_SWAP_FREE = external.gauge("node_memory_SwapFree_bytes", "Space for swapping that is not in use.", unit=BYTES)
NODE_OOM_KILLS = external.counter(
    "node_vmstat_oom_kill", "Processes that Linux killed because memory ran out.", unit=COUNT, better="lower"
)

NODE_FILESYSTEM_SIZE = external.gauge(
    "node_filesystem_size_bytes", "Size of the file system.", unit=BYTES, labels=_FILESYSTEM
)
NODE_FILESYSTEM_AVAILABLE = external.gauge(
    "node_filesystem_avail_bytes",
    "Space that users other than root can still fill.",
    unit=BYTES,
    labels=_FILESYSTEM,
    better="higher",
)
NODE_FILESYSTEM_FILES = external.gauge(
    "node_filesystem_files", "Files that the file system can hold (inodes).", unit=COUNT, labels=_FILESYSTEM
)
NODE_FILESYSTEM_FILES_FREE = external.gauge(
    "node_filesystem_files_free",
    "Files that the file system can still take.",
    unit=COUNT,
    labels=_FILESYSTEM,
    better="higher",
)
NODE_FILESYSTEM_READ_ONLY = external.gauge(
    "node_filesystem_readonly",
    "Whether the file system is mounted for reading only (1) or not (0).",
    unit=COUNT,
    labels=_FILESYSTEM,
    better="lower",
)
NODE_DISK_BUSY = external.counter(
    "node_disk_io_time_seconds_total", "Time in which the disk had work.", unit=SECONDS, labels=_DEVICE
)
NODE_DISK_READ = external.counter("node_disk_read_bytes_total", "Bytes read from the disk.", unit=BYTES, labels=_DEVICE)
NODE_DISK_WRITTEN = external.counter(
    "node_disk_written_bytes_total", "Bytes written to the disk.", unit=BYTES, labels=_DEVICE
)

NODE_NETWORK_RECEIVED = external.counter(
    "node_network_receive_bytes_total", "Bytes received by the network device.", unit=BYTES, labels=_DEVICE
)
NODE_NETWORK_SENT = external.counter(
    "node_network_transmit_bytes_total", "Bytes sent by the network device.", unit=BYTES, labels=_DEVICE
)
NODE_NETWORK_RECEIVE_ERRORS = external.counter(
    "node_network_receive_errs_total", "Packets received in error.", unit=COUNT, labels=_DEVICE, better="lower"
)
NODE_NETWORK_SEND_ERRORS = external.counter(
    "node_network_transmit_errs_total", "Packets that could not be sent.", unit=COUNT, labels=_DEVICE, better="lower"
)

NODE_BOOT_TIME = external.gauge("node_boot_time_seconds", "When the host was started.", unit=TIMESTAMP)
NODE_TIME = external.gauge("node_time_seconds", "What the clock of the host shows.", unit=TIMESTAMP)
NODE_FILE_HANDLES = external.gauge("node_filefd_allocated", "Files that processes hold open.", unit=COUNT)
NODE_FILE_HANDLES_LIMIT = external.gauge(
    "node_filefd_maximum", "The most files that processes may hold open.", unit=COUNT
)
