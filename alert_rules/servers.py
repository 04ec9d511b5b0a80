"""When PostgreSQL or Redis servers are in trouble, as they say themselves."""

from alert_rules import Alert, Group, fires, silent
from alert_rules.infrastructure_runbooks import POOL
from alert_rules.servers_runbooks import DOWN, EVICTS, LAG, TRANSACTION
from alert_rules.teams import DEVOPS
from alert_rules.threshold import levels
from metrics import COUNT, RATIO, SECONDS
from metrics.postgresql import CONNECTIONS, CONNECTIONS_LIMIT, LONGEST_TRANSACTION, REPLICATION_LAG
from metrics.redis import EVICTED_KEYS, LOOKUPS, UP

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
    runbook=LAG,
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
    runbook=TRANSACTION,
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
    runbook=DOWN,
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
    f"round(sum by (cache) (increase({EVICTED_KEYS}[15m]))) > 0.1 * sum by (cache) (increase({LOOKUPS}[15m])) > 10",
    for_="15m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="A Redis server throws keys away for want of memory.",
    description="The Redis server {{ $labels.cache }} dropped VALUE keys in 15 minutes, one for ten lookups or more.",
    board=_BOARD,
    runbook=EVICTS,
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
