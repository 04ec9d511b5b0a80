"""How servers, databases, caches and the CDN are doing."""

from dashboards import Board, area, bars, dial, promql, row, section, stat, table, trend
from metrics.infrastructure import (
    CACHE_HITS,
    CDN_CACHE_HITS,
    CDN_ERRORS,
    CDN_FAILED_REQUESTS,
    CDN_RESPONSE_TIME,
    CLOUD_COST,
    COST_PER_1000_REQUESTS,
    CPU_UTILIZATION,
    DB_CONNECTION_POOL_UTILIZATION,
    DB_CONNECTIONS_ACTIVE,
    DB_CONNECTIONS_MAX,
    DB_SLOW_QUERIES,
    DISK_UTILIZATION,
    MEMORY_UTILIZATION,
    NETWORK_ROUND_TRIP,
    REDIS_MEMORY_USED,
    RESOURCE_HEADROOM,
    SERVER_RESPONSE_TIME,
)

_NOT_GIVEN = "Nobody has given a cost yet: kpi input set."
_NO_PROBES = "No service is probed."
_FREE = f"sort({DB_CONNECTIONS_MAX} - {DB_CONNECTIONS_ACTIVE})"

BOARD = Board(
    uid="infrastructure-performance",
    area="Infrastructure",
    name="Infrastructure",
    description="How busy servers, databases, caches and the CDN are, and what is left.",
    questions=(
        "Which server is slow or busy?",
        "Do connections, memory or disks run out?",
        "Does the CDN do its work?",
    ),
    time="6h",
    content=[
        row(
            *(
                stat(promql(f"max({of})", of=of, legend="fullest"), title=f"{title}, busiest server")
                for of, title in ((CPU_UTILIZATION, "CPU"), (MEMORY_UTILIZATION, "Memory"), (DISK_UTILIZATION, "Disk"))
            ),
            stat(CACHE_HITS, by="cache", title="Cache hit ratio (1 h)"),
        ),
        row(trend(SERVER_RESPONSE_TIME, by="server", title="Server response time")),
        row(
            dial(
                DB_CONNECTION_POOL_UTILIZATION,
                by="database",
                title="Database connection pool",
                maximum=1,
                width=4,
                height=8,
            ),
            trend(DB_CONNECTIONS_ACTIVE, by="database", title="Connections in use"),
            area(REDIS_MEMORY_USED, by="cache", title="Redis memory usage"),
        ),
        row(
            table(
                CDN_RESPONSE_TIME,
                CDN_CACHE_HITS,
                CDN_ERRORS,
                by="region",
                title="CDN performance",
            ),
        ),
        section(
            "Servers",
            row(
                trend(CPU_UTILIZATION, by=("service", "server"), title="CPU"),
                trend(MEMORY_UTILIZATION, by=("service", "server"), title="Memory"),
            ),
            row(
                trend(DISK_UTILIZATION, by=("server", "mount"), title="Disks"),
                bars(
                    promql(
                        f"sort(bottomk(8, {RESOURCE_HEADROOM}))",
                        of=RESOURCE_HEADROOM,
                        legend="{{resource}} {{server}}",
                        per_source=True,
                    ),
                    title="Least headroom (p95 of 7 d)",
                ),
            ),
        ),
        section(
            "Databases and caches",
            row(
                trend(DB_CONNECTION_POOL_UTILIZATION, by="database", title="Pool utilization"),
                bars(
                    promql(_FREE, of=DB_CONNECTIONS_MAX, legend="{{database}}", per_source=True),
                    title="Connections left",
                    description="Connections that the database server allows − those in use, the fewest first.",
                ),
            ),
            row(
                bars(DB_SLOW_QUERIES, by="database", span="1h", title="Slow queries in an hour"),
                trend(CACHE_HITS, by="cache"),
            ),
        ),
        section(
            "CDN and network",
            row(
                trend(CDN_RESPONSE_TIME, by="region"),
                trend(CDN_CACHE_HITS, by="region"),
                trend(CDN_ERRORS, by="region"),
            ),
            row(
                trend(CDN_FAILED_REQUESTS, by="region"),
                trend(
                    NETWORK_ROUND_TRIP,
                    by=("source", "target"),
                    quantiles=(0.95,),
                    span="1h",
                    title="Round trip p95 (1 h)",
                    may_be_empty=_NO_PROBES,
                ),
            ),
        ),
        section(
            "Cost",
            row(
                trend(CLOUD_COST, by=("service", "currency"), title="Cost of a day", may_be_empty=_NOT_GIVEN),
                trend(
                    COST_PER_1000_REQUESTS,
                    by=("service", "currency"),
                    title="Cost per 1,000 requests",
                    may_be_empty=_NOT_GIVEN,
                ),
            ),
        ),
    ],
)
