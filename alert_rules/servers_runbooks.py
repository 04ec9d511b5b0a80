"""What on-call reads when a PostgreSQL or a Redis server is in trouble."""

from alert_rules.alert import Runbook
from metrics.redis import CLIENTS, MEMORY_LIMIT, MEMORY_USED

LAG = Runbook(
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
)
TRANSACTION = Runbook(
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
)
DOWN = Runbook(
    means="The exporter has asked the Redis server for three minutes, and got no answer.",
    impact="What it caches must be computed each time: databases get that load. Sessions that it holds are away.",
    check=(
        "The page of the exporter, `http://EXPORTER:9840/`, says why, as does its log: `piece is missing`. A login "
        "that is refused, or an answer that is not one of Redis, counts as none.",
        "`redis-cli -h HOST ping` from the machine of a service: does it answer there? Then it is the network.",
        f"Was it killed for want of memory? Compare `{MEMORY_USED}` and `{MEMORY_LIMIT}` before the end.",
        f"Too many clients? Look at `{CLIENTS}`.",
    ),
    mend=(
        "Start it again; let services come back one by one while its cache is empty.",
        "Fail over to its replica.",
    ),
)
EVICTS = Runbook(
    means="The memory of the server is full, and it makes room all the time by dropping keys.",
    impact="What is dropped is missed soon after: the hit ratio falls, and databases get that load.",
    check=(
        "`redis-cli --bigkeys` says what fills it. Are there keys without an expiry?",
        "Does a new feature keep much more than before?",
    ),
    mend=("Raise `maxmemory` within what the host has.", "Give keys an expiry, and smaller values."),
)
