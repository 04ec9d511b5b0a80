"""Security: vulnerabilities and patches, reviews, training, controls, recurring checks, accounts, fraud."""

from metrics import COUNT, RATIO, SCORE, SECONDS, TIMESTAMP, Counter, Gauge, Histogram, Input

_DAY = 86400

VULNERABILITIES_OPEN = Gauge(
    "kpi_vulnerabilities_open",
    "Vulnerabilities found that are neither fixed nor accepted; 0 for a source and severity whose are all closed.",
    unit=COUNT,
    labels=("source", "severity"),
    owner="security",
    better="lower",
    sparse="None may have been found yet.",
)

VULNERABILITIES_OVERDUE = Gauge(
    "kpi_vulnerabilities_overdue",
    "Open vulnerabilities whose patch was due. One without a due date is never overdue.",
    unit=COUNT,
    labels=("source", "severity"),
    owner="security",
    better="lower",
    sparse="None may have been found yet.",
)

VULNERABILITIES_FOUND = Counter(
    "kpi_vulnerabilities_found_total",
    "Vulnerabilities discovered.",
    unit=COUNT,
    labels=("source", "severity"),
    owner="security",
    better="lower",
    sparse="None may have been found yet.",
)

VULNERABILITY_FIX_TIME = Histogram(
    "kpi_vulnerability_fix_time_seconds",
    "Time from the discovery of a vulnerability until it was fixed. One whose risk was accepted before is left out.",
    unit=SECONDS,
    labels=("severity",),
    owner="security",
    better="lower",
    buckets=(_DAY, 3 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY, 60 * _DAY, 90 * _DAY, 180 * _DAY),
    sparse="None may have been fixed yet.",
)

PENETRATION_TEST_FINDINGS = Gauge(
    "kpi_penetration_test_findings_open",
    "Open vulnerabilities that a penetration test found; 0 for a severity whose are all closed.",
    unit=COUNT,
    labels=("severity",),
    owner="security",
    better="lower",
    sparse="There may have been no penetration test.",
)

SECURITY_INCIDENTS = Counter(
    "kpi_security_incidents_total",
    "Incidents of kind security. One counts when it is detected, which may be long after it began, or else when it "
    "began.",
    unit=COUNT,
    labels=("severity",),
    owner="security",
    better="lower",
    sparse="There may have been none.",
)

PATCH_COMPLIANCE = Gauge(
    "kpi_patch_compliance_ratio",
    "Vulnerabilities fixed by their due date ÷ those whose patch was due in the last 90 days, or before and is still "
    "missing. Risks accepted by the due date are left out. Nothing due, no ratio.",
    unit=RATIO,
    labels=("severity",),
    owner="security",
    better="higher",
    sparse="No patch may have been due in 90 days.",
)

ACCESS_REVIEWS_COMPLETED = Gauge(
    "kpi_access_reviews_completed_ratio",
    "Access reviews completed by their due date ÷ those due in the last 365 days, or before and still missing.",
    unit=RATIO,
    labels=("system",),
    owner="security",
    better="higher",
    sparse="No review may have been due in a year.",
)

ACCESS_REVIEWS_OVERDUE = Gauge(
    "kpi_access_reviews_overdue",
    "Access reviews that were due and are not completed.",
    unit=COUNT,
    labels=("system",),
    owner="security",
    better="lower",
    sparse="No review may have been due in a year.",
)

SECURITY_TRAINING_COMPLETED = Gauge(
    "kpi_security_training_completed_ratio",
    "Assignments of security training that are completed ÷ those that were due in the last 365 days. Late completion "
    "counts; an assignment without a due date does not.",
    unit=RATIO,
    labels=("course",),
    owner="security",
    better="higher",
    sparse="No training may have been due in a year.",
)

COMPLIANCE_SCORE = Gauge(
    "kpi_compliance_score_ratio",
    "Controls that pass ÷ controls assessed, each by its newest assessment. What is not applicable is left out.",
    unit=RATIO,
    labels=("framework",),
    owner="security",
    better="higher",
    sparse="No control may have been assessed yet.",
)

COMPLIANCE_VIOLATIONS = Gauge(
    "kpi_compliance_violations_open",
    "Controls that fail, each by its newest assessment.",
    unit=COUNT,
    labels=("framework",),
    owner="security",
    better="lower",
    sparse="No control may have been assessed yet.",
)

THIRD_PARTIES_REVIEWED = Input(
    "kpi_third_party_risk_reviewed_ratio",
    "Third parties whose risk was assessed in the last 12 months ÷ all third parties of the tier.",
    unit=RATIO,
    labels=("tier",),
    owner="security",
    better="higher",
    every="quarter",
    due_days=15,
)

# Given once for a period, so it is a gauge of that period; a counter would have to be given as it grows.
SECURITY_DETECTIONS = Input(
    "kpi_security_detections",
    "Intrusions and threats that the security monitoring detected in the month.",
    unit=COUNT,
    labels=("source", "severity"),
    owner="security",
    better="lower",
    whole=True,
)

SECURITY_SCORE = Gauge(
    "kpi_security_score",
    "Composite security, 0 to 100. A proxy, because no source defines it: 100 × the mean of patch compliance, the "
    "share of security scans in CI passed in 30 days, training completion and access reviews done on time, without "
    "parts that have no data.",
    unit=SCORE,
    labels=("scope",),
    owner="security",
    better="higher",
    sparse="None of its parts may have data.",
)

PAYMENT_FRAUD_FLAGGED = Gauge(
    "kpi_payment_fraud_flagged_ratio",
    "Payments of the last day whose fraud score reaches the threshold of the action (review 70, risk 85, block 95) ÷ "
    "scored payments. A payment counts for each action that it reaches.",
    unit=RATIO,
    labels=("action",),
    owner="security",
    better="lower",
    sparse="No payment may have been scored in a day.",
)

PAYMENTS_FRAUD_FLAGGED = Gauge(
    "kpi_payments_fraud_flagged",
    "Payments of the last day whose fraud score reaches the threshold of the action (review 70, risk 85, block 95).",
    unit=COUNT,
    labels=("action",),
    adds_over=(),
    owner="security",
    better="lower",
    sparse="No payment may have been scored in a day.",
)

MFA_ENABLED = Gauge(
    "kpi_mfa_enabled_ratio",
    "Accounts with a second factor ÷ accounts that can be used.",
    unit=RATIO,
    labels=("user_type",),
    owner="security",
    better="higher",
)

RECURRING_CHECK_SUCCESS = Gauge(
    "kpi_recurring_check_success_timestamp_seconds",
    "When a scan or backup of the target last succeeded. A target that nobody tried in 90 days is left out.",
    unit=TIMESTAMP,
    labels=("kind", "target"),
    owner="security",
    better="higher",
    sparse="No check may be recorded.",
)

RECURRING_CHECK_FAILURES = Gauge(
    "kpi_recurring_check_failures",
    "Scans or backups of the target that failed since the last one that succeeded, of the last 90 days.",
    unit=COUNT,
    labels=("kind", "target"),
    owner="security",
    better="lower",
    sparse="No check may be recorded.",
)
