"""When a patch, a review or a control is not as it should be, and when payments smell of fraud."""

from alert_rules import Alert, Group, fires, silent
from alert_rules.security_runbooks import CONTROLS, FRAUD, REVIEWS, VULNERABILITIES
from alert_rules.teams import SECURITY
from metrics import COUNT, RATIO
from metrics.promql import renamed
from metrics.security import (
    ACCESS_REVIEWS_OVERDUE,
    COMPLIANCE_VIOLATIONS,
    PAYMENT_FRAUD_FLAGGED,
    PAYMENTS_FRAUD_FLAGGED,
    VULNERABILITIES_OVERDUE,
)

_BOARD = "security"
_LOW = VULNERABILITIES_OVERDUE(source="scan", severity="low")
_CRITICAL = VULNERABILITIES_OVERDUE(source="scan", severity="critical")
_PAYROLL = ACCESS_REVIEWS_OVERDUE(system="payroll")
_SOC_2 = COMPLIANCE_VIOLATIONS(framework="SOC 2")
_RISKY = PAYMENT_FRAUD_FLAGGED(action="risk")
_RISKY_PAYMENTS = PAYMENTS_FRAUD_FLAGGED(action="risk")
_FEWEST_RISKY = 5

VULNERABILITY_OVERDUE = Alert(
    "VulnerabilityOverdue",
    # The label severity of an alert is its own. Nobody is woken at the midnight at which a patch was due.
    f"sum by (of_severity) ({renamed(str(VULNERABILITIES_OVERDUE), of_severity='severity')}) > 0",
    for_="15m",
    severity="warning",
    team=SECURITY,
    unit=COUNT,
    summary="A vulnerability is past its due date.",
    description="Open and past their due date: VALUE vulnerabilities of severity {{ $labels.of_severity }}.",
    board=_BOARD,
    runbook=VULNERABILITIES,
    cases=(
        fires(
            "a critical one of two sources each",
            {_LOW: "0x40", _CRITICAL: "1x40", VULNERABILITIES_OVERDUE(source="pentest", severity="critical"): "1x40"},
            at="30m",
            of_severity="critical",
            value="2",
            description="Open and past their due date: 2 vulnerabilities of severity critical.",
        ),
        silent("none is due", {_LOW: "0x40", _CRITICAL: "0x40"}, at="30m"),
        silent("it was fixed within minutes", {_LOW: "0x10 1x5 0x30"}, at="30m"),
    ),
)

ACCESS_REVIEW_OVERDUE = Alert(
    "AccessReviewOverdue",
    f"{ACCESS_REVIEWS_OVERDUE} > 0",
    for_="1h",
    severity="warning",
    team=SECURITY,
    unit=COUNT,
    summary="A review of access was due and is not done.",
    description="VALUE access reviews of {{ $labels.system }} are past their due date.",
    board=_BOARD,
    runbook=REVIEWS,
    cases=(
        fires(
            "one was due an hour ago",
            {_PAYROLL: "0x10 1x80"},
            at="75m",
            system="payroll",
            value="1",
            description="1 access reviews of payroll are past their due date.",
        ),
        silent("all are done", {_PAYROLL: "0x80"}, at="75m"),
        silent("it is done within the hour", {_PAYROLL: "0x10 1x50 0x30"}, at="85m"),
    ),
)

COMPLIANCE_VIOLATION = Alert(
    "ComplianceViolation",
    # One that is known and being mended may stand for weeks: what is new is told, for a day.
    f"{COMPLIANCE_VIOLATIONS} - {COMPLIANCE_VIOLATIONS} offset 1d > 0",
    for_="15m",
    severity="warning",
    team=SECURITY,
    unit=COUNT,
    summary="A control that did not fail a day ago fails now.",
    description="VALUE more controls of {{ $labels.framework }} fail than a day ago.",
    board=_BOARD,
    runbook=CONTROLS,
    cases=(
        fires(
            "a third one fails",
            {_SOC_2: "2x1440 3x60"},
            at="1470m",
            framework="SOC 2",
            value="1",
            description="1 more controls of SOC 2 fail than a day ago.",
        ),
        silent("two fail as they did", {_SOC_2: "2x1500"}, at="1470m"),
        silent("the framework is assessed for the first time", {_SOC_2: "_x1440 3x60"}, at="1470m"),
        silent("it failed the day before yesterday", {_SOC_2: "2x1440 3x1600"}, at="2950m"),
    ),
)

FRAUD_RISK_DOUBLED = Alert(
    "FraudRiskDoubled",
    f"{_RISKY} >= 2 * ({_RISKY} offset 1h) and {_RISKY_PAYMENTS} >= {_FEWEST_RISKY}",
    for_="10m",
    severity="warning",
    team=SECURITY,
    unit=RATIO,
    summary="The share of payments that are probably fraud has doubled within an hour.",
    description="VALUE of the scored payments of the last day have a fraud score of 85 or above, twice the share of "
    "an hour ago.",
    board=_BOARD,
    runbook=FRAUD,
    cases=(
        fires(
            "from one in a hundred to four in a hundred",
            {_RISKY: "0.01x60 0.04x30", _RISKY_PAYMENTS: "2x60 8x30"},
            at="75m",
            action="risk",
            value="4%",
            description="4% of the scored payments of the last day have a fraud score of 85 or above, twice the share "
            "of an hour ago.",
        ),
        fires(
            "five come after a day without any",
            {_RISKY: "0x60 0.05x30", _RISKY_PAYMENTS: "0x60 5x30"},
            at="75m",
            action="risk",
            value="5%",
            description="5% of the scored payments of the last day have a fraud score of 85 or above, twice the share "
            "of an hour ago.",
        ),
        silent("four payments are chance", {_RISKY: "0.01x60 0.04x30", _RISKY_PAYMENTS: "1x60 4x30"}, at="75m"),
        silent("it rose by less", {_RISKY: "0.04x60 0.07x30", _RISKY_PAYMENTS: "8x60 14x30"}, at="75m"),
        silent("it is high all the time", {_RISKY: "0.2x90", _RISKY_PAYMENTS: "40x90"}, at="75m"),
    ),
)

GROUP = Group(
    "security",
    (
        VULNERABILITY_OVERDUE,
        ACCESS_REVIEW_OVERDUE,
        COMPLIANCE_VIOLATION,
        FRAUD_RISK_DOUBLED,
    ),
)
