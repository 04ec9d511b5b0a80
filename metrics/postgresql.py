"""What a PostgreSQL server says about itself (`pg_stat_*`), asked directly."""

from metrics import BYTES, COUNT, SECONDS, Counter, Gauge

_DATABASE = ("database",)
_EXTENSION = "It needs the extension pg_stat_statements."

CONNECTIONS = Gauge(
    "kpi_postgresql_connections",
    "Connections of clients, by database and state: active, idle, idle in transaction. The state is unknown to a role "
    "that may not see it.",
    unit=COUNT,
    labels=("database", "state"),
    owner="platform",
)
CONNECTIONS_LIMIT = Gauge(
    "kpi_postgresql_connections_limit",
    "Connections that the server allows to clients: max_connections less what is kept for superusers.",
    unit=COUNT,
    owner="platform",
)
SLOW_STATEMENTS = Gauge(
    "kpi_postgresql_slow_statements",
    "Statements that run now, and have for longer than the option slow_after (1 s by default).",
    unit=COUNT,
    labels=_DATABASE,
    owner="platform",
    better="lower",
)
LONGEST_TRANSACTION = Gauge(
    "kpi_postgresql_longest_transaction_seconds",
    "Age of the oldest transaction that is open; 0 without any.",
    unit=SECONDS,
    labels=_DATABASE,
    owner="platform",
    better="lower",
)
REPLICATION_LAG = Gauge(
    "kpi_postgresql_replication_lag_seconds",
    "How far a replica is behind: what its primary says of each by its name, and a standby of itself as this. One that "
    "has replayed all that it received is 0 behind.",
    unit=SECONDS,
    labels=("replica",),
    owner="platform",
    better="lower",
    warning=30,
    critical=300,
    sparse="A server may have no replica.",
)
DATABASE_SIZE = Gauge(
    "kpi_postgresql_database_size_bytes",
    "Space on disk of the database that the source names.",
    unit=BYTES,
    labels=_DATABASE,
    owner="platform",
)
STATEMENTS = Counter(
    "kpi_postgresql_statements_total",
    "Statements that ended, of the database that the source names.",
    unit=COUNT,
    labels=_DATABASE,
    owner="platform",
    sparse=_EXTENSION,
)
STATEMENT_DURATION = Counter(
    "kpi_postgresql_statement_duration_seconds_total",
    "Time that statements took, of the database that the source names.",
    unit=SECONDS,
    labels=_DATABASE,
    owner="platform",
    sparse=_EXTENSION,
)
SLOW_STATEMENT_KINDS = Gauge(
    "kpi_postgresql_slow_statement_kinds",
    "Kinds of statement that take longer than the option slow_after (1 s by default) on average, of the database that "
    "the source names.",
    unit=COUNT,
    labels=_DATABASE,
    owner="platform",
    better="lower",
    sparse=_EXTENSION,
)
