"""When a service is down, an incident waits for somebody, or recovery has not been tried for long."""

from alert_rules import Alert, Group, Recording, fires, silent
from alert_rules.inhibition import SERVICE_DOWN
from alert_rules.reliability_runbooks import DOWN, DRILL, OPEN_TOO_LONG, UNACKNOWLEDGED, UPTIME
from alert_rules.teams import DEVOPS, INCIDENTS
from metrics import COUNT, RATIO, SECONDS, matches
from metrics.alertmanager import ALERTMANAGER_NOTIFICATIONS, ALERTMANAGER_NOTIFICATIONS_FAILED
from metrics.promql import or_zero, renamed
from metrics.reliability import (
    ALERT_NOTIFICATIONS,
    FAILED_PROBES,
    INCIDENTS_UNACKNOWLEDGED,
    OLDEST_OPEN_INCIDENT,
    RECENT_FAILED_PROBES,
    RECENT_UPTIME,
    RECOVERY_TEST_AGE,
    SERVICE_UPTIME,
)

_BOARD = "reliability"
_HOUR, _DAY = 3600, 86400
_TRIED, _NOT_SENT = (
    f"sum by (channel) ({renamed(str(counter), channel='integration')})"
    for counter in (ALERTMANAGER_NOTIFICATIONS, ALERTMANAGER_NOTIFICATIONS_FAILED)
)

_STAYS_A_COUNTER = {"K209": "What is recorded is a counter again: only its rate is looked at."}


def _shop(window: str, uptime: str, failed: str) -> dict[str, str]:
    labels = {"service": "shop", "window": window}
    return {SERVICE_UPTIME(**labels): uptime, FAILED_PROBES(**labels): failed}


def _shop_now(uptime: str, failed: str) -> dict[str, str]:
    return {RECENT_UPTIME(service="shop"): uptime, RECENT_FAILED_PROBES(service="shop"): failed}


DOWN_FROM_OUTSIDE = Alert(
    SERVICE_DOWN,
    f"{RECENT_FAILED_PROBES} >= 2 and {RECENT_UPTIME} == 0",
    for_="1m",
    severity="critical",
    team=INCIDENTS,
    unit=COUNT,
    family="uptime",
    summary="A service answers no probe from outside.",
    description="{{ $labels.service }} answered none of the VALUE probes of the last 15 minutes.",
    board=_BOARD,
    runbook=DOWN,
    cases=(
        fires(
            "three of three probes fail",
            _shop_now("1x5 0x10", "0x5 3x10"),
            at="10m",
            service="shop",
            value="3",
            description="shop answered none of the 3 probes of the last 15 minutes.",
        ),
        fires(
            "exactly two of two probes fail",
            _shop_now("0x15", "2x15"),
            at="10m",
            service="shop",
            value="2",
            description="shop answered none of the 2 probes of the last 15 minutes.",
        ),
        silent("one of three is answered", _shop_now("0.33x15", "2x15"), at="10m"),
        silent("the only probe fails", _shop_now("0x15", "1x15"), at="10m"),
        silent("all fail over a day, and not now", _shop("1d", "0x15", "9x15"), at="10m"),
    ),
)

UPTIME_LOW = Alert(
    "UptimeLow",
    f"{SERVICE_UPTIME(window='1d')} < {SERVICE_UPTIME.warning} and {FAILED_PROBES(window='1d')} >= 2",
    for_="15m",
    severity="warning",
    team=DEVOPS,
    unit=RATIO,
    family="uptime",
    summary="A service was up for less than 99.9 % of the last day.",
    description="{{ $labels.service }} answered VALUE of the probes of the last day.",
    board=_BOARD,
    runbook=UPTIME,
    cases=(
        fires(
            "two of 288 probes fail",
            _shop("1d", "1x5 0.9930x30", "0x5 2x30"),
            at="30m",
            service="shop",
            window="1d",
            value="99.3%",
            description="shop answered 99.3% of the probes of the last day.",
        ),
        silent("one of 288 probes fails", _shop("1d", "0.9965x40", "1x40"), at="30m"),
        silent("exactly 99.9 %", _shop("1d", "0.999x40", "2x40"), at="30m"),
        silent("below it for ten minutes", _shop("1d", "1x19 0.9930x30", "0x19 2x30"), at="30m"),
        silent("the month is below it, the day is not", _shop("30d", "0.99x40", "80x40"), at="30m"),
    ),
)

_CRITICAL = INCIDENTS_UNACKNOWLEDGED(service="shop", severity="critical")
INCIDENT_UNACKNOWLEDGED = Alert(
    "IncidentUnacknowledged",
    f"sum by (service) ({INCIDENTS_UNACKNOWLEDGED(severity='critical')}) > 0",
    for_="10m",
    severity="critical",
    team=INCIDENTS,
    unit=COUNT,
    family="incidents",
    summary="Nobody has taken a critical incident.",
    description="VALUE critical incidents of {{ $labels.service }} have waited for somebody for more than 10 minutes.",
    board=_BOARD,
    runbook=UNACKNOWLEDGED,
    cases=(
        fires(
            "an incident for a quarter of an hour",
            {_CRITICAL: "0x5 1x20"},
            at="20m",
            service="shop",
            value="1",
            description="1 critical incidents of shop have waited for somebody for more than 10 minutes.",
        ),
        silent("taken after eight minutes", {_CRITICAL: "0x5 1x7 0x20"}, at="20m"),
        silent(
            "a high one is of no such hurry",
            {INCIDENTS_UNACKNOWLEDGED(service="shop", severity="high"): "1x30"},
            at="20m",
        ),
    ),
)

_OLDEST = OLDEST_OPEN_INCIDENT(service="shop", severity="high")
INCIDENT_OPEN_TOO_LONG = Alert(
    "IncidentOpenTooLong",
    f"max by (service) ({OLDEST_OPEN_INCIDENT(severity=matches('critical|high'))}) > {4 * _HOUR}",
    for_="5m",
    severity="warning",
    team=INCIDENTS,
    unit=SECONDS,
    family="incidents",
    summary="A grave incident has been open for more than four hours.",
    description="An incident of {{ $labels.service }} has been open for VALUE.",
    board=_BOARD,
    runbook=OPEN_TOO_LONG,
    cases=(
        fires(
            "open for four hours and a half",
            {_OLDEST: "0+60x300"},
            at="270m",
            service="shop",
            value="4h 30m 0s",
            description="An incident of shop has been open for 4h 30m 0s.",
        ),
        silent("open for four hours", {_OLDEST: "0+60x300"}, at="240m"),
        silent("it is over", {_OLDEST: "0+60x250 0x60"}, at="300m"),
        silent(
            "a small one may be open for days",
            {OLDEST_OPEN_INCIDENT(service="shop", severity="low"): f"{3 * _DAY}x30"},
            at="20m",
        ),
    ),
)

_DATABASE = RECOVERY_TEST_AGE(system="database")
RECOVERY_TEST_OVERDUE = Alert(
    "RecoveryTestOverdue",
    f"{RECOVERY_TEST_AGE} > {200 * _DAY}",
    for_="1h",
    severity="warning",
    team=DEVOPS,
    unit=SECONDS,
    summary="The recovery of a system has not been tried for long.",
    description="The last good recovery test of {{ $labels.system }} is VALUE ago.",
    board=_BOARD,
    runbook=DRILL,
    cases=(
        fires(
            "210 days ago",
            {_DATABASE: f"{210 * _DAY}x90"},
            at="80m",
            system="database",
            value="210d 0h 0m 0s",
            description="The last good recovery test of database is 210d 0h 0m 0s ago.",
        ),
        silent("exactly 200 days ago", {_DATABASE: f"{200 * _DAY}x90"}, at="80m"),
    ),
)

GROUP = Group(
    "reliability",
    (
        Recording(
            ALERT_NOTIFICATIONS,
            f"{_TRIED} - {or_zero(_NOT_SENT, _TRIED)}",
            {"result": "sent"},
            ignore=_STAYS_A_COUNTER,
        ),
        Recording(ALERT_NOTIFICATIONS, or_zero(_NOT_SENT, _TRIED), {"result": "failed"}, ignore=_STAYS_A_COUNTER),
        DOWN_FROM_OUTSIDE,
        UPTIME_LOW,
        INCIDENT_UNACKNOWLEDGED,
        INCIDENT_OPEN_TOO_LONG,
        RECOVERY_TEST_OVERDUE,
    ),
)
