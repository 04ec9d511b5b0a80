"""What Redis servers say about themselves (`INFO`), asked directly."""

from metrics import BYTES, COUNT, Counter, Gauge

_CACHE = ("cache",)
_NOT_ASKED = "It needs a server that was named and answers."

UP = Gauge(
    "kpi_redis_server_up",
    "Whether the Redis server answered when last asked (1) or not (0).",
    unit=COUNT,
    labels=_CACHE,
    adds_over=(),
    owner="platform",
    better="higher",
    critical=1,
    sparse="It needs a server that was named.",
)
MEMORY_USED = Gauge(
    "kpi_redis_server_memory_used_bytes",
    "Memory that the Redis server uses for its data.",
    unit=BYTES,
    labels=_CACHE,
    owner="platform",
    sparse=_NOT_ASKED,
)
MEMORY_LIMIT = Gauge(
    "kpi_redis_server_memory_limit_bytes",
    "Memory beyond which the Redis server evicts keys or refuses to write (maxmemory). One without a limit has none.",
    unit=BYTES,
    labels=_CACHE,
    owner="platform",
    sparse="A server may have no limit.",
)
CLIENTS = Gauge(
    "kpi_redis_server_clients",
    "Connections of clients to the Redis server.",
    unit=COUNT,
    labels=_CACHE,
    owner="platform",
    sparse=_NOT_ASKED,
)
LOOKUPS = Counter(
    "kpi_redis_server_lookups_total",
    "Lookups of keys since the server started: the result is hit or miss.",
    unit=COUNT,
    labels=("cache", "result"),
    owner="platform",
    sparse=_NOT_ASKED,
)
EVICTED_KEYS = Counter(
    "kpi_redis_server_evicted_keys_total",
    "Keys that the server dropped because its memory was full.",
    unit=COUNT,
    labels=_CACHE,
    owner="platform",
    better="lower",
    sparse=_NOT_ASKED,
)
