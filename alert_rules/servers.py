"""When PostgreSQL or Redis servers are in trouble, as they say themselves."""

from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.infrastructure_runbooks import POOL
from alert_rules.teams import DEVOPS
from alert_rules.threshold import levels
from metrics import COUNT, RATIO, SECONDS
from metrics.postgresql import CONNECTIONS, CONNECTIONS_LIMIT, LONGEST_TRANSACTION, REPLICATION_LAG
from metrics.redis import CLIENTS, EVICTED_KEYS, LOOKUPS, MEMORY_LIMIT, MEMORY_USED, UP

_BOARD = "servers"
_LAG = REPLICATION_LAG(replica="replica-1")
_OPEN = LONGEST_TRANSACTION(database="orders")
_ACTIVE, _IDLE = (CONNECTIONS(database="orders", state=state) for state in ("active", "idle"))
_CACHE = "cache:6379"

REPLICATION = levels(
    REPLICATION_LAG,
    "ReplicationLag",
    for_=("5m", "5m"),
    teams=(DEVOPS, DEVOPS),
    family="replication-lag",
    what="The lag of a replica",
    description="The replica {{ $labels.replica }} is VALUE behind.",
    board=_BOARD,
    runbook=Runbook(
        means="A replica has been behind its primary for minutes: what is written there is not to be seen here yet.",
        impact="Who reads from the replica reads what is old. If the primary is lost now, so is what was not sent.",
        check=(
            "On the primary: `SELECT application_name, state, replay_lag FROM pg_stat_replication;`.",
            "A long statement on the replica holds it back: look for it in its `pg_stat_activity`.",
            "Was much written at once, such as a migration or an import? Then it catches up by itself.",
        ),
        mend=(
            "End the statement that holds the replica back: `SELECT pg_cancel_backend(PID);`.",
            "Not connected: restart the replica; when the primary no longer has what it needs, make it anew.",
        ),
    ),
    cases=(
        (
            fires(
                "a minute behind",
                {_LAG: "60x20"},
                at="10m",
                replica="replica-1",
                value="1m 0s",
                description="The replica replica-1 is 1m 0s behind.",
            ),
            silent("exactly at the level", {_LAG: "30x20"}, at="10m"),
            silent("for three minutes", {_LAG: "0x10 60x2 0x10"}, at="13m"),
        ),
        (
            fires(
                "ten minutes behind",
                {_LAG: "600x20"},
                at="10m",
                replica="replica-1",
                value="10m 0s",
                description="The replica replica-1 is 10m 0s behind.",
            ),
            silent("exactly at the level", {_LAG: "300x20"}, at="10m"),
            silent("for three minutes", {_LAG: "0x10 600x2 0x10"}, at="13m"),
        ),
    ),
)

CONNECTIONS_RUN_OUT = Alert(
    "PostgresqlConnectionsRunOut",
    f"sum ({CONNECTIONS}) / max ({CONNECTIONS_LIMIT} > 0) > 0.9",
    for_="2m",
    severity="critical",
    team=DEVOPS,
    unit=RATIO,
    summary="More than nine of ten connections that PostgreSQL allows are in use.",
    description="VALUE of the connections that PostgreSQL allows are in use.",
    board=_BOARD,
    runbook=POOL,
    cases=(
        fires(
            "95 of 100",
            {_ACTIVE: "5x10", _IDLE: "90x10", str(CONNECTIONS_LIMIT): "100x10"},
            at="8m",
            value="95%",
            description="95% of the connections that PostgreSQL allows are in use.",
        ),
        silent("exactly nine of ten", {_IDLE: "90x10", str(CONNECTIONS_LIMIT): "100x10"}, at="8m"),
        silent("for a minute", {_IDLE: "10x5 95x1 10x5", str(CONNECTIONS_LIMIT): "100x11"}, at="7m"),
    ),
)

TRANSACTION_LEFT_OPEN = Alert(
    "TransactionLeftOpen",
    f"{LONGEST_TRANSACTION} > 3600",
    for_="5m",
    severity="warning",
    team=DEVOPS,
    unit=SECONDS,
    summary="A transaction has been open for more than an hour.",
    description="A transaction in {{ $labels.database }} has been open for VALUE.",
    board=_BOARD,
    runbook=Runbook(
        means="Somebody began a transaction more than an hour ago and has not ended it.",
        impact="PostgreSQL keeps all old rows for it: tables grow, statements slow down, and its locks hold others up.",
        check=(
            "Whose is it?\n\n"
            "    SELECT pid, usename, application_name, state, now() - xact_start AS age, query\n"
            "      FROM pg_stat_activity\n"
            "     ORDER BY xact_start;",
            "`active` is a long report or a backup, which may end; `idle in transaction` is forgotten.",
        ),
        mend=(
            "End it: `SELECT pg_terminate_backend(PID);`.",
            "Set `idle_in_transaction_session_timeout`, so that the server ends the next one.",
        ),
    ),
    cases=(
        fires(
            "two hours",
            {_OPEN: "7200x10"},
            at="8m",
            database="orders",
            value="2h 0m 0s",
            description="A transaction in orders has been open for 2h 0m 0s.",
        ),
        silent("exactly an hour", {_OPEN: "3600x10"}, at="8m"),
        silent("it ended", {_OPEN: "3700x2 0x10"}, at="8m"),
    ),
)

REDIS_DOWN = Alert(
    "RedisDown",
    f"{UP} == 0",
    for_="3m",
    severity="critical",
    team=DEVOPS,
    unit=COUNT,
    summary="A Redis server does not answer.",
    description="The Redis server {{ $labels.cache }} has not answered for 3 minutes.",
    board=_BOARD,
    runbook=Runbook(
        means="The exporter has asked the Redis server for three minutes, and got no answer.",
        impact="What it caches must be computed each time: databases get that load. Sessions that it holds are away.",
        check=(
            "`redis-cli -h HOST ping` from the machine of a service: does it answer there? Then it is the network.",
            f"Was it killed for want of memory? Compare `{MEMORY_USED}` and `{MEMORY_LIMIT}` before the end.",
            f"Too many clients? Look at `{CLIENTS}`.",
        ),
        mend=(
            "Start it again; let services come back one by one while its cache is empty.",
            "Fail over to its replica.",
        ),
    ),
    cases=(
        fires(
            "no answer",
            {UP(cache=_CACHE): "1x3 0x10"},
            at="10m",
            cache=_CACHE,
            value="0",
            description=f"The Redis server {_CACHE} has not answered for 3 minutes.",
        ),
        silent("it answers", {UP(cache=_CACHE): "1x10"}, at="8m"),
        silent("restarted within two minutes", {UP(cache=_CACHE): "1x3 0x1 1x10"}, at="6m"),
    ),
)

REDIS_EVICTS = Alert(
    "RedisEvictsKeys",
    f"sum by (cache) (increase({EVICTED_KEYS}[15m])) > 0.1 * sum by (cache) (increase({LOOKUPS}[15m])) > 10",
    for_="15m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="A Redis server throws keys away for want of memory.",
    description="The Redis server {{ $labels.cache }} dropped VALUE keys in 15 minutes, one for ten lookups or more.",
    board=_BOARD,
    runbook=Runbook(
        means="The memory of the server is full, and it makes room all the time by dropping keys.",
        impact="What is dropped is missed soon after: the hit ratio falls, and databases get that load.",
        check=(
            "`redis-cli --bigkeys` says what fills it. Are there keys without an expiry?",
            "Does a new feature keep much more than before?",
        ),
        mend=("Raise `maxmemory` within what the host has.", "Give keys an expiry, and smaller values."),
    ),
    cases=(
        fires(
            "one for two lookups",
            {EVICTED_KEYS(cache=_CACHE): "0+50x40", LOOKUPS(cache=_CACHE, result="hit"): "0+100x40"},
            at="35m",
            cache=_CACHE,
            value="750",
            description=f"The Redis server {_CACHE} dropped 750 keys in 15 minutes, one for ten lookups or more.",
        ),
        silent(
            "one for a hundred lookups",
            {EVICTED_KEYS(cache=_CACHE): "0+1x40", LOOKUPS(cache=_CACHE, result="hit"): "0+100x40"},
            at="35m",
        ),
        silent(
            "a handful of lookups at night",
            {EVICTED_KEYS(cache=_CACHE): "0x20 1x20", LOOKUPS(cache=_CACHE, result="hit"): "0x20 2x20"},
            at="35m",
        ),
    ),
)

GROUP = Group("servers", (*REPLICATION, CONNECTIONS_RUN_OUT, TRANSACTION_LEFT_OPEN, REDIS_DOWN, REDIS_EVICTS))
