"""What PostgreSQL and Redis servers say about themselves."""

from dashboards import Board, area, bars, promql, row, section, stat, trend
from dashboards.queries import RATE
from metrics import RATIO, SECONDS
from metrics.postgresql import (
    CONNECTIONS,
    CONNECTIONS_LIMIT,
    DATABASE_SIZE,
    LONGEST_TRANSACTION,
    REPLICATION_LAG,
    SLOW_STATEMENT_KINDS,
    SLOW_STATEMENTS,
    STATEMENT_DURATION,
    STATEMENTS,
)
from metrics.redis import CLIENTS, EVICTED_KEYS, LOOKUPS, MEMORY_LIMIT, MEMORY_USED, UP

_NO_REPLICA = "The server has no replica."
_NO_EXTENSION = "The server has no pg_stat_statements."
_NO_REDIS = "No Redis is named: collectors.redis.options.url."
_MEAN = f"sum by (database) (rate({STATEMENT_DURATION}[{RATE}])) / (sum by (database) (rate({STATEMENTS}[{RATE}])) > 0)"
_HITS = f"sum by (cache) (rate({LOOKUPS(result='hit')}[{RATE}])) / (sum by (cache) (rate({LOOKUPS}[{RATE}])) > 0)"
_FULL = f"max by (cache) ({MEMORY_USED} / ({MEMORY_LIMIT} > 0))"

BOARD = Board(
    uid="servers",
    area="Infrastructure",
    name="PostgreSQL and Redis",
    description="What the database servers and caches themselves say: connections, statements, replicas, memory.",
    questions=(
        "Do connections run out, and who holds them?",
        "What runs for too long?",
        "Are replicas and caches well?",
    ),
    time="6h",
    content=[
        row(
            stat(promql(f"sum({CONNECTIONS})", of=CONNECTIONS, legend="connections"), title="Connections"),
            stat(CONNECTIONS_LIMIT),
            stat(SLOW_STATEMENTS, by="database"),
            stat(UP, by="cache", title="Redis up", may_be_empty=_NO_REDIS),
        ),
        row(
            area(CONNECTIONS, by="state", title="Connections by state"),
            trend(LONGEST_TRANSACTION, by="database", title="Longest transaction"),
        ),
        row(
            trend(SLOW_STATEMENTS, by="database", title="Slow statements that run"),
            trend(REPLICATION_LAG, by="replica", title="Replication lag", may_be_empty=_NO_REPLICA),
        ),
        section(
            "Statements and size",
            row(
                trend(STATEMENTS, by="database", may_be_empty=_NO_EXTENSION),
                trend(
                    promql(_MEAN, of=STATEMENT_DURATION, legend="{{database}}"),
                    title="Mean duration of statements",
                    unit=SECONDS,
                    may_be_empty=_NO_EXTENSION,
                ),
            ),
            row(
                trend(
                    SLOW_STATEMENT_KINDS, by="database", title="Kinds of slow statements", may_be_empty=_NO_EXTENSION
                ),
                trend(DATABASE_SIZE, by="database"),
            ),
        ),
        section(
            "Redis",
            row(
                trend(MEMORY_USED, by="cache", title="Memory", may_be_empty=_NO_REDIS),
                trend(
                    promql(_FULL, of=MEMORY_USED, legend="{{cache}}"),
                    title="Memory, of the limit",
                    unit=RATIO,
                    may_be_empty=_NO_REDIS,
                ),
            ),
            row(
                trend(
                    promql(_HITS, of=LOOKUPS, legend="{{cache}}"),
                    title="Hit ratio",
                    unit=RATIO,
                    may_be_empty=_NO_REDIS,
                ),
                trend(CLIENTS, by="cache", title="Clients", may_be_empty=_NO_REDIS),
                bars(EVICTED_KEYS, by="cache", span="1h", title="Evicted keys", may_be_empty=_NO_REDIS),
            ),
        ),
    ],
)
