"""When servers, databases or the CDN are strained."""

from collections.abc import Mapping, Sequence

from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.case import Case
from alert_rules.infrastructure_runbooks import CDN, CPU, DISK, MEMORY, POOL
from alert_rules.teams import DEVOPS
from alert_rules.threshold import levels
from metrics import RATIO, Metric
from metrics.infrastructure import (
    CDN_ERRORS,
    CDN_FAILED_REQUESTS,
    CPU_UTILIZATION,
    DB_CONNECTION_POOL_UTILIZATION,
    DISK_UTILIZATION,
    MEMORY_UTILIZATION,
)

_BOARD = "infrastructure-performance"
_DAYS = 4
_SERVER = {"service": "shop", "server": "web-1"}
_PLACE = {"server": "web-1", "mount": "/"}


def _use(of: Metric, family: str, labels: Mapping[str, str], of_what: str, runbook: Runbook) -> tuple[Alert, Alert]:
    """The two alerts about a resource of a server that is used beyond its levels."""
    return levels(
        of,
        f"{family.title()}Use",
        teams=(DEVOPS, DEVOPS),
        family=family,
        what=f"The use of {of_what}",
        description=f"{{{{ $labels.server }}}} uses VALUE of {of_what}.",
        board=_BOARD,
        runbook=runbook,
        cases=(
            _cases(of(**labels), labels, of_what, of.warning or 0),
            _cases(of(**labels), labels, of_what, of.critical or 0),
        ),
    )


def _cases(series: str, labels: Mapping[str, str], of_what: str, level: float) -> Sequence[Case]:
    above = f"{level + 0.04:.2f}"
    told = f"{100 * float(above):.0f}%"
    return (
        fires(
            "above it",
            {series: f"{above}x30"},
            at="25m",
            **labels,
            value=told,
            description=f"{labels['server']} uses {told} of {of_what}.",
        ),
        silent("exactly at the level", {series: f"{level}x30"}, at="25m"),
        silent("above it for four minutes", {series: f"0.1x20 {above}x3 0.1x20"}, at="24m"),
    )


_POOL = DB_CONNECTION_POOL_UTILIZATION(database="orders")
CONNECTION_POOL_EXHAUSTED = Alert(
    "ConnectionPoolExhausted",
    f"{DB_CONNECTION_POOL_UTILIZATION} > {DB_CONNECTION_POOL_UTILIZATION.critical}",
    for_="1m",
    severity="critical",
    team=DEVOPS,
    unit=RATIO,
    summary="More than nine of ten connections of a database server are in use.",
    description="Database connection pool of {{ $labels.database }} is VALUE utilized.",
    board=_BOARD,
    runbook=POOL,
    cases=(
        fires(
            "95 of 100",
            {_POOL: "0.95x10"},
            at="5m",
            database="orders",
            value="95%",
            description="Database connection pool of orders is 95% utilized.",
        ),
        silent("exactly nine of ten", {_POOL: "0.9x10"}, at="5m"),
        silent("for one scrape", {_POOL: "0.5x5 0.95 0.5x5"}, at="6m"),
    ),
)

_DISK = DISK_UTILIZATION(**_PLACE)
DISK_FILLING_UP = Alert(
    "DiskFillingUp",
    # A few minutes after it was first seen, a disk has no pace yet.
    f"predict_linear({DISK_UTILIZATION}[6h], {_DAYS} * 86400) > 1 and {DISK_UTILIZATION} > 0.6 "
    f"and {DISK_UTILIZATION} offset 3h",
    for_="1h",
    severity="warning",
    team=DEVOPS,
    unit=RATIO,
    family="disk",
    summary="A disk will be full within four days, if it goes on like this.",
    description="The disk {{ $labels.mount }} of {{ $labels.server }} will be full within four days: VALUE of its size "
    "by then, at the pace of the last six hours.",
    board=_BOARD,
    runbook=DISK,
    cases=(
        fires(
            "one part in a hundred each hour",
            {_DISK: "0.6+0.00016666666666666666x600"},
            at="480m",
            **_PLACE,
            value="164%",
            description="The disk / of web-1 will be full within four days: 164% of its size by then, at the pace of "
            "the last six hours.",
        ),
        silent("it grows as fast, and was first seen two hours ago", {_DISK: "_x360 0.6+0.001x240"}, at="480m"),
        silent("it grows as fast, and is half empty", {_DISK: "0.3+0.00016666666666666666x600"}, at="480m"),
        silent("one part in a hundred each day", {_DISK: "0.7+0.0000069444x600"}, at="480m"),
        silent("a backup came and went", {_DISK: "0.65x300 0.75x20 0.65x300"}, at="480m"),
    ),
)

_SHARE, _FAILED = CDN_ERRORS(region="eu"), CDN_FAILED_REQUESTS(region="eu")
CDN_FAILING = Alert(
    "CdnFailing",
    f"{CDN_ERRORS} > 0.02 and {CDN_FAILED_REQUESTS} >= 10",
    for_="15m",
    severity="warning",
    team=DEVOPS,
    unit=RATIO,
    summary="More than one request in fifty to the CDN fails.",
    description="VALUE of the requests of the last hour to {{ $labels.region }} failed.",
    board=_BOARD,
    runbook=CDN,
    cases=(
        fires(
            "one in twenty",
            {_SHARE: "0.05x30", _FAILED: "500x30"},
            at="20m",
            region="eu",
            value="5%",
            description="5% of the requests of the last hour to eu failed.",
        ),
        fires(
            "exactly ten at night",
            {_SHARE: "0.05x30", _FAILED: "10x30"},
            at="20m",
            region="eu",
            value="5%",
            description="5% of the requests of the last hour to eu failed.",
        ),
        silent("nine at night", {_SHARE: "0.05x30", _FAILED: "9x30"}, at="20m"),
        silent("exactly one in fifty", {_SHARE: "0.02x30", _FAILED: "500x30"}, at="20m"),
        silent("for ten minutes", {_SHARE: "0.001x10 0.05x10 0.001x20", _FAILED: "500x40"}, at="20m"),
    ),
)

GROUP = Group(
    "infrastructure",
    (
        CONNECTION_POOL_EXHAUSTED,
        *_use(CPU_UTILIZATION, "cpu", _SERVER, "its processors", CPU),
        *_use(MEMORY_UTILIZATION, "memory", _SERVER, "its memory", MEMORY),
        *_use(DISK_UTILIZATION, "disk", _PLACE, "a disk", DISK),
        DISK_FILLING_UP,
        CDN_FAILING,
    ),
)
