"""What on-call reads when the API fails or is slow, or the app crashes."""

from alert_rules.alert import Runbook
from metrics.app_performance import HTTP_ERROR_RATIO, HTTP_REQUEST_DURATION_P95, HTTP_REQUESTS_PER_SECOND

_WHICH_ROUTES_FAIL = """Which routes fail, and with which status?

    SELECT route, method, status_code, count(*), min("time"), max("time")
      FROM api_metrics
     WHERE service = 'SERVICE' AND status_code >= 500 AND "time" > now() - interval '30 minutes'
     GROUP BY 1, 2, 3
     ORDER BY 4 DESC;"""
_WHICH_ROUTES_ARE_SLOW = """Which routes are slow, and do they get more requests than before?

    SELECT route, method, count(*), percentile_cont(0.95) WITHIN GROUP (ORDER BY response_time_ms) AS p95_ms
      FROM api_metrics
     WHERE service = 'SERVICE' AND "time" > now() - interval '15 minutes'
     GROUP BY 1, 2
     ORDER BY 4 DESC;"""
_RELEASED = "Compare the time of the first page with the last deployment of the service, and with its dependencies'."
_DATABASE = "Ask its database for long statements: `SELECT pid, now() - query_start, query FROM pg_stat_activity;`"

ERRORS = Runbook(
    means="A service answers with a status of 500 or above more often than its level allows. At least three requests "
    "failed within 15 minutes, so it is no single one.",
    impact="Users see errors now. With an objective of 99.9 %, failures of 1 % use up the budget of a month in three "
    "days, and failures of 5 % in 15 hours.",
    check=(
        _WHICH_ROUTES_FAIL,
        "500 on one route only is a fault in its code; 502 to 504 on all routes is an instance, a pool or a "
        "dependency.",
        f"Is it getting worse? `{HTTP_ERROR_RATIO}` on the board *API and apps*.",
        _RELEASED,
    ),
    mend=(
        "Roll back what was released just before the errors began.",
        "One route: switch its feature off. All routes: restart the instances one after the other, and look at their "
        "logs.",
        "Tell support which routes fail, and until when.",
    ),
)
LATENCY = Runbook(
    means="A service takes longer to answer than its level allows: its 95th percentile, or the mean, over 5 minutes. "
    "It answered at least 20 requests within 15 minutes, so it is no single one.",
    impact="Pages load slowly, and above two seconds people leave. Requests that wait hold connections: errors follow.",
    check=(
        _WHICH_ROUTES_ARE_SLOW,
        f"All services at once, in `{HTTP_REQUEST_DURATION_P95}`, points to what they share: database, network, cache.",
        f"More load than usual? Compare `{HTTP_REQUESTS_PER_SECOND}` with the same hour a week ago.",
        _DATABASE,
        _RELEASED,
    ),
    mend=(
        "Roll back what was released just before it became slow.",
        "One route: switch its feature off, or limit the clients that call it most (`client_class` in `api_metrics`).",
        "More load: add instances. A statement that holds others up: end it with `SELECT pg_cancel_backend(PID);`.",
    ),
)
CRASHES = Runbook(
    means="Within a day the app crashed more than 10 times for each 1,000 devices that were active, and at least "
    "8 times in all.",
    impact="People lose what they were doing, and rate the app down; stores show apps that crash less often.",
    check=(
        "Which release, and where in it?\n\n"
        "    SELECT app_version, signature, count(*), count(DISTINCT device_id) AS devices, min(created_at)\n"
        "      FROM crash_reports\n"
        "     WHERE created_at > now() - interval '1 day' AND device_os = 'SYSTEM'\n"
        "     GROUP BY 1, 2\n"
        "     ORDER BY 3 DESC;",
        "One version alone is a bad release. All versions at once is the server, or a change of a remote "
        "setting: look at the errors of the services, and at what was switched on when the first crash came.",
        "Few devices with many crashes each (column `devices`) is a test lab or one kind of phone.",
    ),
    mend=(
        "Stop the roll-out of the release in the store, and switch off the feature that the signature names.",
        "Switch back the remote setting, or roll back the service that answers with what the app does not expect.",
        "Send a fixed release. The rate looks back a day, so it falls hours after the last crash.",
    ),
)
