"""How servers, databases, caches and the CDN are doing, as they report it into the contract tables."""

from metrics import BYTES, COUNT, CURRENCY, RATIO, SECONDS, Counter, Gauge, Histogram, Input

_SERVICE = ("service", "server")

SERVER_RESPONSE_TIME = Gauge(
    "kpi_server_response_time_seconds",
    "Mean response time that the server reported last; one that was silent for an hour has none. The histogram of HTTP "
    "requests tells more.",
    unit=SECONDS,
    labels=("server",),
    owner="platform",
    better="lower",
)
CPU_UTILIZATION = Gauge(
    "kpi_cpu_utilization_ratio",
    "Used share of the processors, 0 to 1, as the server reported it last. One that was silent for an hour has none.",
    unit=RATIO,
    labels=_SERVICE,
    owner="platform",
    better="lower",
    warning=0.75,
    critical=0.90,
)
MEMORY_UTILIZATION = Gauge(
    "kpi_memory_utilization_ratio",
    "Used memory ÷ all memory, as the server reported it last. One that was silent for an hour has none.",
    unit=RATIO,
    labels=_SERVICE,
    owner="platform",
    better="lower",
    warning=0.85,
    critical=0.95,
)
DISK_UTILIZATION = Gauge(
    "kpi_disk_utilization_ratio",
    "Used space ÷ size of the disk, as the server reported it last. One that was silent for an hour has none.",
    unit=RATIO,
    labels=("server", "mount"),
    owner="platform",
    better="lower",
    warning=0.80,
    critical=0.90,
)
RESOURCE_HEADROOM = Gauge(
    "kpi_resource_headroom_ratio",
    "What is left when it is busy: 1 − 95th percentile of the utilisation in the last 7 days. The resource is cpu, "
    "memory or disk.",
    unit=RATIO,
    labels=("resource", "server"),
    owner="platform",
    better="higher",
)

DB_CONNECTIONS_ACTIVE = Gauge(
    "kpi_db_connections_active",
    "Connections in use, as the database server reported them last. One that was silent for an hour has none.",
    unit=COUNT,
    labels=("database",),
    owner="platform",
)
DB_CONNECTIONS_MAX = Gauge(
    "kpi_db_connections_max",
    "Connections that the database server allows, as it reported them last. One that was silent for an hour has none.",
    unit=COUNT,
    labels=("database",),
    owner="platform",
)
DB_CONNECTION_POOL_UTILIZATION = Gauge(
    "kpi_db_connection_pool_utilization_ratio",
    "Connections in use ÷ connections allowed, as the database server reported them last. One that allows 0 has none.",
    unit=RATIO,
    labels=("database",),
    owner="platform",
    better="lower",
    critical=0.90,
)
DB_SLOW_QUERIES = Counter(
    "kpi_db_slow_queries_total",
    "Queries that took longer than the threshold of the database server.",
    unit=COUNT,
    labels=("database",),
    owner="platform",
    better="lower",
)

REDIS_MEMORY_USED = Gauge(
    "kpi_redis_memory_used_bytes",
    "Memory that the Redis server uses, as it reported it last. One that was silent for an hour has none.",
    unit=BYTES,
    labels=("cache",),
    owner="platform",
)
CACHE_HITS = Gauge(
    "kpi_cache_hit_ratio",
    "Lookups that found a key ÷ all lookups, in the last hour, in which the counters may begin anew. A cache without "
    "lookups has none.",
    unit=RATIO,
    labels=("cache",),
    owner="platform",
    better="higher",
    sparse="No lookup in an hour, no ratio.",
)

CDN_RESPONSE_TIME = Gauge(
    "kpi_cdn_response_time_seconds",
    "Mean response time of the CDN over the requests of the last hour. A region without requests has none.",
    unit=SECONDS,
    labels=("region",),
    owner="platform",
    better="lower",
    sparse="No request in an hour, no mean.",
)
CDN_CACHE_HITS = Gauge(
    "kpi_cdn_cache_hit_ratio",
    "Share of the requests of the last hour that the cache of the CDN answered. A region without requests has none.",
    unit=RATIO,
    labels=("region",),
    owner="platform",
    better="higher",
    sparse="No request in an hour, no ratio.",
)
CDN_ERRORS = Gauge(
    "kpi_cdn_error_ratio",
    "Share of the requests of the last hour that the CDN failed to answer. A region without requests has none.",
    unit=RATIO,
    labels=("region",),
    owner="platform",
    better="lower",
    sparse="No request in an hour, no ratio.",
)
CDN_FAILED_REQUESTS = Gauge(
    "kpi_cdn_failed_requests",
    "Requests of the last hour that the CDN failed to answer: how much a high share of them rests on.",
    unit=COUNT,
    labels=("region",),
    owner="platform",
    better="lower",
    sparse="No request in an hour, none that failed.",
)

NETWORK_ROUND_TRIP = Histogram(
    "kpi_network_round_trip_seconds",
    "Round trip of the probes of a service: from where they came (source) to the service (target).",
    unit=SECONDS,
    labels=("source", "target"),
    owner="platform",
    better="lower",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)

CLOUD_COST = Input(
    "kpi_cloud_cost_amount",
    "Cost of the infrastructure in a day, as the provider bills it.",
    unit=CURRENCY,
    labels=("service", "provider", "currency"),
    owner="finance",
    better="lower",
    every="day",
    due_days=3,
)
COST_PER_1000_REQUESTS = Input(
    "kpi_cost_per_1000_requests_amount",
    "Cost efficiency: 1000 × cost of the infrastructure of a day ÷ HTTP requests of the same day. A day without "
    "requests has none.",
    unit=CURRENCY,
    labels=("service", "currency"),
    adds_over=(),
    owner="finance",
    better="lower",
    every="day",
    due_days=3,
)
