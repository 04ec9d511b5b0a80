"""When what has to happen again and again does not: scans, backups, new certificates."""

from alert_rules import Alert, Group, Runbook, Severity, Team, fires, silent
from alert_rules.teams import DEVOPS, SECURITY
from metrics import COUNT, SECONDS
from metrics.blackbox_exporter import PROBE_CERTIFICATE_EXPIRY
from metrics.security import RECURRING_CHECK_FAILURES, RECURRING_CHECK_SUCCESS

_BOARD = "security"
_HOUR, _DAY = 3600, 86400
_SHOP = RECURRING_CHECK_SUCCESS(kind="backup", target="shop")
_CATALOG = RECURRING_CHECK_SUCCESS(kind="scan", target="catalog")
_FAILURES = RECURRING_CHECK_FAILURES(kind="backup", target="shop")
_CERTIFICATE = f'{PROBE_CERTIFICATE_EXPIRY}{{instance="https://shop.example"}}'

_WHAT_HAPPENED = """When did it last run, and when did it last succeed?

    SELECT kind, target, max(finished_at), max(finished_at) FILTER (WHERE success)
      FROM recurring_checks
     GROUP BY 1, 2
    HAVING max(finished_at) > now() - interval '90 days'
     ORDER BY 4;"""
_RETIRED = "A target that is gone for good: delete its rows, or wait; 90 days after the last try it is forgotten."

BACKUP_OVERDUE = Alert(
    "BackupOverdue",
    f"time() - max by (target) ({RECURRING_CHECK_SUCCESS(kind='backup')}) > {26 * _HOUR}",
    for_="10m",
    severity="warning",
    team=DEVOPS,
    unit=SECONDS,
    summary="There is no backup of the last day.",
    description="The last good backup of {{ $labels.target }} is VALUE old.",
    board=_BOARD,
    runbook=Runbook(
        means="No backup of the target has succeeded for 26 hours: a night was missed.",
        impact="What would have to be restored now would lack all that came since.",
        check=(
            _WHAT_HAPPENED,
            "It ran and failed: its log. It did not run: the schedule, and the machine that it runs on.",
            "Is the storage for backups full, or its password changed?",
        ),
        mend=("Mend what failed and start it by hand; then restore it once, somewhere else, to be sure.", _RETIRED),
    ),
    cases=(
        fires(
            "the last one is 26 hours old",
            {_SHOP: f"{-26 * _HOUR}x40"},
            at="20m",
            target="shop",
            value="1d 2h 20m 0s",
            description="The last good backup of shop is 1d 2h 20m 0s old.",
        ),
        silent("the last one is exactly 26 hours old", {_SHOP: f"{1200 - 26 * _HOUR}x40"}, at="20m"),
        silent("a scan is that old", {_CATALOG: f"{-26 * _HOUR}x40"}, at="20m"),
        silent("it is late, and done", {_SHOP: f"{-26 * _HOUR}x5 0x35"}, at="20m"),
    ),
)

SECURITY_SCAN_OVERDUE = Alert(
    "SecurityScanOverdue",
    f"time() - max by (target) ({RECURRING_CHECK_SUCCESS(kind='scan')}) > {8 * _DAY}",
    for_="10m",
    severity="warning",
    team=SECURITY,
    unit=SECONDS,
    summary="There was no scan for vulnerabilities in the last week.",
    description="The last good scan of {{ $labels.target }} is VALUE old.",
    board=_BOARD,
    runbook=Runbook(
        means="No scan of the target has succeeded for 8 days.",
        impact="Whatever became known since is not looked for, and the numbers of vulnerabilities look too good.",
        check=(_WHAT_HAPPENED, "Does the scanner run at all, and may it still log in to the target?"),
        mend=("Mend what failed and start the scan by hand.", _RETIRED),
    ),
    cases=(
        fires(
            "the last one is 8 days old",
            {_CATALOG: f"{-8 * _DAY}x40"},
            at="20m",
            target="catalog",
            value="8d 0h 20m 0s",
            description="The last good scan of catalog is 8d 0h 20m 0s old.",
        ),
        silent("the last one is exactly 8 days old", {_CATALOG: f"{1200 - 8 * _DAY}x40"}, at="20m"),
        silent("a backup is that old", {_SHOP: f"{-8 * _DAY}x40", _CATALOG: "0x40"}, at="1m"),
    ),
)

RECURRING_CHECK_FAILING = Alert(
    "RecurringCheckFailing",
    f"{RECURRING_CHECK_FAILURES} >= 3",
    for_="5m",
    severity="warning",
    team=DEVOPS,
    unit=COUNT,
    summary="A scan or backup fails again and again.",
    description="The {{ $labels.kind }} of {{ $labels.target }} failed VALUE times since it last succeeded.",
    board=_BOARD,
    runbook=Runbook(
        means="A scan or backup of the target was tried three times or more since it last succeeded. It also tells of "
        "targets where none has ever succeeded, which have no age.",
        impact="There is no backup, or nobody looks for vulnerabilities.",
        check=(_WHAT_HAPPENED, "What does its log say? The same each time is a password, a path or a full disk."),
        mend=("Mend it and start it by hand.", _RETIRED),
    ),
    cases=(
        fires(
            "the third one failed",
            {_FAILURES: "2x10 3x20"},
            at="25m",
            kind="backup",
            target="shop",
            value="3",
            description="The backup of shop failed 3 times since it last succeeded.",
        ),
        silent("two failed", {_FAILURES: "2x40"}, at="25m"),
    ),
)


def _certificate(name: str, days: int, severity: Severity, team: Team) -> Alert:
    """The certificate of a target that is probed expires within so many days."""
    return Alert(
        name,
        f"{PROBE_CERTIFICATE_EXPIRY} - time() < {days * _DAY}",
        for_="15m",
        severity=severity,
        team=team,
        unit=SECONDS,
        family="certificates",
        summary=f"A certificate expires within {days} days.",
        description="A certificate of {{ $labels.instance }} expires in VALUE.",
        board=_BOARD,
        runbook=Runbook(
            means="The first certificate of the chain that the target sends is about to expire. Renewal is usually "
            "automatic, weeks before: it failed, or its result is not in use.",
            impact="From then on browsers and apps refuse to connect: an outage for everybody.",
            check=(
                "Which certificate, and until when? `openssl s_client -connect HOST:443 </dev/null | openssl x509 "
                "-noout -enddate -issuer`",
                "Is a new one there, and the server has not loaded it? Does the log of the renewal name an error?",
            ),
            mend=("Renew it, reload the server, and probe it again.", "Mend the renewal, or the next one fails, too."),
        ),
        cases=(
            fires(
                "it expires before that",
                {_CERTIFICATE: f"{days * _DAY}x40"},
                at="20m",
                instance="https://shop.example",
                value=f"{days - 1}d 23h 40m 0s",
                description=f"A certificate of https://shop.example expires in {days - 1}d 23h 40m 0s.",
            ),
            silent("it expires in exactly that time", {_CERTIFICATE: f"{1200 + days * _DAY}x40"}, at="20m"),
        ),
    )


GROUP = Group(
    "recurring-checks",
    (
        BACKUP_OVERDUE,
        SECURITY_SCAN_OVERDUE,
        RECURRING_CHECK_FAILING,
        _certificate("CertificateExpiring", 14, "warning", DEVOPS),
        _certificate("CertificateExpiresSoon", 3, "critical", DEVOPS),
    ),
)
