"""What on-call does when servers, databases or the CDN are strained."""

from alert_rules import Runbook
from metrics.app_performance import HTTP_REQUESTS_PER_SECOND
from metrics.infrastructure import (
    CDN_CACHE_HITS,
    CDN_RESPONSE_TIME,
    DB_SLOW_QUERIES,
    DISK_UTILIZATION,
    SERVER_RESPONSE_TIME,
)

_LOAD = f"More load than usual? Compare `{HTTP_REQUESTS_PER_SECOND}` with the same hour a week ago."
_DEPLOYED = "Was something deployed just before? The boards show deployments as marks."

POOL = Runbook(
    means="More than nine of ten connections of the database server are in use.",
    impact="Once none is left, whoever needs one waits and then fails: errors in all services that use the database.",
    check=(
        "Who holds them?\n\n"
        "    SELECT application_name, state, count(*)\n"
        "      FROM pg_stat_activity\n"
        "     GROUP BY 1, 2\n"
        "     ORDER BY 3 DESC;",
        "Many `idle in transaction` is a service that forgets to end its transactions; many `active` are statements "
        f"that are slow or wait: look at `{DB_SLOW_QUERIES}`.",
        _LOAD,
    ),
    mend=(
        "End what is forgotten: `SELECT pg_terminate_backend(PID);`.",
        "Restart or roll back the service that leaks connections; lower the size of its pool.",
        "A pooler such as PgBouncer in front helps more than a higher limit.",
    ),
)
CPU = Runbook(
    means="The processors of a server have been busier than the level for minutes.",
    impact="Requests wait for their turn: the service answers more slowly, and then not at all.",
    check=(
        f"Do requests suffer? Look at `{SERVER_RESPONSE_TIME}` of the server, and at the errors of its service.",
        _LOAD,
        _DEPLOYED,
        "`top` on the server says which process it is; backups and batch jobs have their hours.",
    ),
    mend=("Add instances, or move the job that takes the time.", "Roll back what was deployed just before."),
)
MEMORY = Runbook(
    means="The memory of a server is fuller than the level.",
    impact="Without memory Linux kills processes, the largest first: often the database or the service itself.",
    check=(
        "`ps aux --sort=-rss | head` on the server says who uses it.",
        "Does it grow without end since the last deployment? Then something leaks.",
    ),
    mend=("Restart what leaks, and roll it back.", "Move a service to another server, or give this one more memory."),
)
DISK = Runbook(
    means="A disk is fuller than the level, or will be full within four days if it goes on like this.",
    impact="A full disk stops databases, and services that write their logs there.",
    check=(
        f"Since when does it grow? Look at `{DISK_UTILIZATION}` over a month.",
        "`du -x --max-depth=2 / | sort -n | tail` on the server says where: logs, backups, old images, a database.",
    ),
    mend=(
        "Delete what nobody needs: old logs, old images (`docker system prune`), old backups.",
        "Enlarge the disk. For a database, look at tables that grew, and at replicas for which it keeps its log.",
    ),
)
CDN = Runbook(
    means="For a quarter of an hour, more than one in fifty of the last hour's requests to a region has failed, and at "
    "least ten.",
    impact="People in that region miss pictures, scripts or whole pages.",
    check=(
        "One region alone is the provider: look at its status page. All regions at once are our own servers behind it.",
        f"Did `{CDN_CACHE_HITS}` fall or `{CDN_RESPONSE_TIME}` rise with it? Then our servers got what the cache held.",
        _DEPLOYED,
    ),
    mend=(
        "Ours: roll back; serve stale content while the servers recover.",
        "Theirs: tell the provider, and send the region to another one.",
    ),
)
