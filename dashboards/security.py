"""What is vulnerable and for how long, and whether what protects the company is done in time."""

from pathlib import Path

from dashboards import Board, Column, area, bars, distribution, promql, row, section, sql, stat, table, trend
from dashboards.look import GREEN, RED
from dashboards.panel import Step
from metrics import COUNT, SECONDS, matches
from metrics.blackbox_exporter import PROBE_CERTIFICATE_EXPIRY
from metrics.security import (
    ACCESS_REVIEWS_COMPLETED,
    ACCESS_REVIEWS_OVERDUE,
    COMPLIANCE_SCORE,
    COMPLIANCE_VIOLATIONS,
    MFA_ENABLED,
    PATCH_COMPLIANCE,
    PAYMENT_FRAUD_FLAGGED,
    PAYMENTS_FRAUD_FLAGGED,
    PENETRATION_TEST_FINDINGS,
    RECURRING_CHECK_FAILURES,
    RECURRING_CHECK_SUCCESS,
    SECURITY_DETECTIONS,
    SECURITY_INCIDENTS,
    SECURITY_SCORE,
    SECURITY_TRAINING_COMPLETED,
    THIRD_PARTIES_REVIEWED,
    VULNERABILITIES_FOUND,
    VULNERABILITIES_OPEN,
    VULNERABILITIES_OVERDUE,
    VULNERABILITY_FIX_TIME,
)

_SQL = Path(__file__).parent / "sql" / "security"
_GRAVE = VULNERABILITIES_OPEN(severity=matches("critical|high"))
_NONE_FOUND = "Nobody may have found a vulnerability yet."
_NOT_GIVEN = "Somebody has to give the values: kpi input set."
_NO_PROBES = "Without blackbox_exporter nobody looks at certificates."

BOARD = Board(
    uid="security",
    area="Security",
    name="Security and compliance",
    description="What is vulnerable and how quickly it is fixed; whether reviews, training, controls, scans and "
    "backups are done in time.",
    questions=("What has to be fixed first?", "Are patches in time?", "Are scans and backups done?"),
    time="30d",
    content=[
        row(
            stat(SECURITY_SCORE, title="Security score"),
            stat(
                promql(f"sum({_GRAVE})", of=VULNERABILITIES_OPEN),
                title="Open, critical or high",
                description="Open vulnerabilities whose severity is critical or high.",
                may_be_empty="Nobody may have found a grave one yet.",
            ),
            stat(
                promql(f"sum({VULNERABILITIES_OVERDUE})", of=VULNERABILITIES_OVERDUE),
                title="Past their due date",
                steps=(Step(None, GREEN), Step(1, RED)),
            ),
            stat(MFA_ENABLED, by="user_type", title="Second factor"),
            stat(
                promql(f"min({PROBE_CERTIFICATE_EXPIRY} - time())", of=PROBE_CERTIFICATE_EXPIRY),
                title="Next certificate expires",
                description="Time until the first certificate expires, of all that are probed.",
                unit=SECONDS,
                may_be_empty=_NO_PROBES,
            ),
        ),
        row(
            area(VULNERABILITIES_OPEN, by="severity"),
            bars(VULNERABILITIES_FOUND, by="severity", span="1d", title="Found per day", may_be_empty=_NONE_FOUND),
        ),
        row(
            trend(PATCH_COMPLIANCE, by="severity"),
            distribution(VULNERABILITY_FIX_TIME, may_be_empty="None was fixed in the chosen time."),
        ),
        row(
            table(
                sql(_SQL / "open_vulnerabilities.sql"),
                title="Open vulnerabilities",
                description="What is open now, the one that is due first at the top.",
                may_be_empty="None is open.",
                ignore={"K505": "It shows what is open now."},
                columns=(Column("Found", unit="dateTimeFromNow"), Column("Due", unit="dateTimeFromNow")),
            )
        ),
        row(
            bars(
                PENETRATION_TEST_FINDINGS,
                by="severity",
                title="Penetration tests: open",
                may_be_empty="There was no penetration test.",
            ),
            bars(SECURITY_INCIDENTS, by="severity", span="1d", may_be_empty="There may have been none."),
            bars(SECURITY_DETECTIONS, by="source", may_be_empty=_NOT_GIVEN),
        ),
        section(
            "Reviews, training and controls",
            row(
                table(ACCESS_REVIEWS_COMPLETED, ACCESS_REVIEWS_OVERDUE, title="Access reviews"),
                table(COMPLIANCE_SCORE, COMPLIANCE_VIOLATIONS, title="Compliance"),
            ),
            row(
                bars(SECURITY_TRAINING_COMPLETED, by="course"),
                bars(THIRD_PARTIES_REVIEWED, by="tier", title="Third parties assessed", may_be_empty=_NOT_GIVEN),
            ),
            row(
                table(
                    sql(_SQL / "failing_controls.sql"),
                    title="Controls that fail",
                    description="Controls that fail by their newest assessment.",
                    may_be_empty="None fails.",
                    ignore={"K505": "It shows what fails now."},
                    columns=(Column("Assessed", unit="dateTimeFromNow"),),
                )
            ),
        ),
        section(
            "Scans, backups and fraud",
            row(
                table(
                    RECURRING_CHECK_SUCCESS,
                    RECURRING_CHECK_FAILURES,
                    title="Scans and backups",
                    columns=(
                        Column(RECURRING_CHECK_SUCCESS.title, title="Last success", unit="dateTimeFromNow"),
                        Column(RECURRING_CHECK_FAILURES.title, title="Failures since", unit=COUNT),
                    ),
                    width=6,
                ),
                trend(PAYMENT_FRAUD_FLAGGED, by="action", title="Payments flagged as fraud risk"),
                trend(PAYMENTS_FRAUD_FLAGGED, by="action", title="Flagged payments of a day", unit=COUNT),
            ),
        ),
    ],
)
