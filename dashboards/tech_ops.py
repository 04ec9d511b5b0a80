"""What whoever runs the product looks at first: now, against what was promised, today and this week."""

from pathlib import Path

from dashboards import Board, Column, area, bars, promql, row, section, sql, stat, table, trend
from dashboards.derive import instant
from metrics import COUNT, RATIO, SCORE, SECONDS, matches
from metrics.app_performance import (
    APDEX,
    HTTP_ERROR_RATIO,
    HTTP_REQUEST_DURATION,
    HTTP_REQUEST_DURATION_P95,
    HTTP_REQUESTS,
    HTTP_REQUESTS_PER_SECOND,
    HTTP_REQUESTS_THROTTLED,
    PERFORMANCE,
)
from metrics.infrastructure import (
    CACHE_HITS,
    CPU_UTILIZATION,
    DB_CONNECTION_POOL_UTILIZATION,
    DB_CONNECTIONS_ACTIVE,
    DISK_UTILIZATION,
    MEMORY_UTILIZATION,
    NETWORK_ROUND_TRIP,
)
from metrics.jobs import BACKGROUND_JOB_DURATION, BACKGROUND_JOBS_QUEUED
from metrics.page_loads import WEB_VITALS_LCP
from metrics.platform import CONTAINERS_READY, HTTP_CONNECTIONS_ACTIVE
from metrics.promql import or_zero
from metrics.reliability import (
    INCIDENT_RESOLUTION_TIME,
    INCIDENTS,
    INCIDENTS_OPEN,
    RECENT_UPTIME,
    SERVICE_UPTIME,
    SLA_COMPLIANCE,
)
from metrics.slo import SLO_BUDGET_CONSUMED

_SQL = Path(__file__).parent / "sql" / "tech_ops"
_NO_INCIDENT = "No incident in that time."
_NOT_MEASURED = "No exporter measures it here: docs/infrastructure.md."
_NO_RULES = "No service answered requests, or Prometheus does not load the rules."
_ALL = f"sum(rate({HTTP_REQUESTS}[5m]))"
_FAILED = or_zero(f"sum(rate({HTTP_REQUESTS(status=matches('5..'))}[5m]))", _ALL)
_LATENCY = f"sum(rate({HTTP_REQUEST_DURATION.sum}[5m])) / (sum(rate({HTTP_REQUEST_DURATION.count}[5m])) > 0)"
_RESOLVED = INCIDENT_RESOLUTION_TIME.count

BOARD = Board(
    uid="tech-ops",
    area="Operations",
    name="Technical operations",
    description="The product as those see it who run it: what happens now, what was promised and what is kept, and how "
    "the last day and the last week were.",
    questions=("Is everything well now?", "Do we keep what we promised?", "How was the last week?"),
    time="24h",
    content=[
        section(
            "Now",
            row(
                stat(
                    promql(f"sum({HTTP_REQUESTS_PER_SECOND})", of=HTTP_REQUESTS_PER_SECOND),
                    title="Requests per second",
                    may_be_empty=_NO_RULES,
                    to="app-performance",
                ),
                stat(
                    promql(_LATENCY, of=HTTP_REQUEST_DURATION),
                    title="Mean response time",
                    unit=SECONDS,
                    may_be_empty=_NO_RULES,
                    to="app-performance",
                ),
                stat(
                    promql(f"{_FAILED} / ({_ALL} > 0)", of=HTTP_ERROR_RATIO),
                    title="Error ratio",
                    may_be_empty=_NO_RULES,
                    to="app-performance",
                ),
                stat(RECENT_UPTIME, by="service", title="Up now", to="reliability"),
            ),
            row(
                stat(DB_CONNECTIONS_ACTIVE, by="database", title="Database connections", to="servers"),
                stat(BACKGROUND_JOBS_QUEUED, by=(), title="Jobs that wait", to="pages-and-jobs"),
                stat(CACHE_HITS, by="cache", title="Cache hit ratio (1 h)", to="infrastructure-performance"),
                stat(INCIDENTS_OPEN, by=(), title="Open incidents", may_be_empty=_NO_INCIDENT, to="reliability"),
            ),
        ),
        section(
            "Promised and kept",
            row(
                table(
                    sql(_SQL / "targets.sql"),
                    title="Targets and current values",
                    description="Each objective with the share of good probes (availability) or requests (latency, "
                    "error rate) in the chosen time. More than the whole budget used means that the target is missed.",
                    may_be_empty="Nobody has agreed on an objective.",
                    columns=(
                        Column("Fast enough", unit=SECONDS),
                        Column("Target", unit=RATIO, decimals=2),
                        Column("Current", unit=RATIO, decimals=2),
                        Column("Budget used", unit=RATIO, decimals=0),
                    ),
                    width=8,
                    height=10,
                ),
                bars(
                    promql(
                        f"sort(bottomk(8, {SLA_COMPLIANCE(window='30d')}))",
                        of=SLA_COMPLIANCE,
                        legend="{{service}} {{sla}}",
                        per_source=True,
                    ),
                    title="Slots of 5 minutes that kept it (30 d)",
                    description="The 8 promises that were kept least, the worst first.",
                    may_be_empty="Nobody has agreed on an objective.",
                ),
            ),
        ),
        section(
            "Last 24 hours",
            row(
                stat(
                    promql(f"max_over_time(sum({HTTP_REQUESTS_PER_SECOND})[1d:5m])", of=HTTP_REQUESTS_PER_SECOND),
                    title="Most requests per second",
                    description="The highest throughput of all services together, over 5 minutes.",
                    may_be_empty=_NO_RULES,
                ),
                stat(
                    promql(f"max(max_over_time({HTTP_REQUEST_DURATION_P95}[1d]))", of=HTTP_REQUEST_DURATION_P95),
                    title="Slowest 5 minutes (p95)",
                    description="The highest 95th percentile of any service over 5 minutes.",
                    unit=SECONDS,
                    may_be_empty=_NO_RULES,
                ),
                stat(
                    promql(f"round(sum(increase({INCIDENTS}[1d])))", of=INCIDENTS),
                    title="Incidents (1 d)",
                    description="Incidents that were noticed in the last day.",
                    unit=COUNT,
                    may_be_empty=_NO_INCIDENT,
                ),
                stat(
                    promql(
                        f"max({SLO_BUDGET_CONSUMED(window='30d')})", of=SLO_BUDGET_CONSUMED, legend="worst objective"
                    ),
                    title="Most of an error budget used (30 d)",
                    may_be_empty=_NO_RULES,
                    to="slo",
                ),
            ),
            row(
                trend(HTTP_REQUEST_DURATION_P95, by="service", title="p95, 5 minutes", may_be_empty=_NO_RULES),
                trend(HTTP_ERROR_RATIO, by="service", title="Error ratio, 5 minutes", may_be_empty=_NO_RULES),
            ),
        ),
        section(
            "Last 7 days",
            row(
                stat(SERVICE_UPTIME, by="service", window="7d", title="Uptime (7 d)", decimals=2),
                stat(
                    promql(f"round(sum(increase({INCIDENTS}[7d])))", of=INCIDENTS),
                    title="Incidents (7 d)",
                    description="Incidents that were noticed in the last week.",
                    unit=COUNT,
                    may_be_empty=_NO_INCIDENT,
                ),
                stat(
                    instant(  # or the mean of a former week would stand there after a week without any
                        promql(
                            f"sum(increase({INCIDENT_RESOLUTION_TIME.sum}[7d])) / (sum(increase({_RESOLVED}[7d])) > 0)",
                            of=INCIDENT_RESOLUTION_TIME,
                        )
                    ),
                    title="Mean time to resolve (7 d)",
                    description="MTTR of the incidents that were resolved in the last week.",
                    unit=SECONDS,
                    may_be_empty=_NO_INCIDENT,
                ),
                stat(
                    promql(f"min(avg_over_time({PERFORMANCE}[7d]))", of=PERFORMANCE),
                    title="Lowest performance score (7 d)",
                    description="That of the worst service. A service's is the mean of its score over the last week, "
                    "without the times in which it has no requests.",
                    unit=SCORE,
                    may_be_empty=_NO_RULES,
                ),
            ),
        ),
        section(
            "Applications",
            row(
                trend(APDEX, by="service", maximum=1, to="app-performance"),
                trend(HTTP_REQUESTS_THROTTLED, by="client_class", to="app-performance"),
                trend(HTTP_CONNECTIONS_ACTIVE, by="service", may_be_empty=_NOT_MEASURED, to="platform"),
            ),
            row(
                trend(WEB_VITALS_LCP, quantiles=(0.75,), span="1d", to="pages-and-jobs"),
                trend(BACKGROUND_JOB_DURATION, by="queue", quantiles=(0.95,), span="1h", to="pages-and-jobs"),
                area(BACKGROUND_JOBS_QUEUED, by="queue", to="pages-and-jobs"),
            ),
        ),
        section(
            "Infrastructure",
            row(
                trend(CPU_UTILIZATION, by=("service", "server"), title="CPU", to="infrastructure-performance"),
                trend(MEMORY_UTILIZATION, by=("service", "server"), title="Memory", to="infrastructure-performance"),
                trend(DISK_UTILIZATION, by=("server", "mount"), title="Disks", to="infrastructure-performance"),
            ),
            row(
                trend(DB_CONNECTION_POOL_UTILIZATION, by="database", title="Pool utilization", to="servers"),
                trend(
                    NETWORK_ROUND_TRIP,
                    by="target",
                    quantiles=(0.95,),
                    span="1h",
                    title="Round trip p95 (1 h)",
                    may_be_empty="No service is probed.",
                    to="infrastructure-performance",
                ),
                trend(
                    CONTAINERS_READY,
                    by=("namespace", "workload"),
                    title="Containers ready",
                    may_be_empty=_NOT_MEASURED,
                    to="platform",
                ),
            ),
        ),
    ],
)
