"""What to do when something that protects the company is late, or somebody seems to break in."""

from alert_rules.alert import Runbook
from metrics.security import PAYMENT_FRAUD_FLAGGED, VULNERABILITIES_OVERDUE

_OVERDUE = """Which ones, and since when?

    SELECT vulnerability_id, asset, source, severity, discovered_at, patch_due_at
      FROM vulnerabilities
     WHERE fixed_at IS NULL AND accepted_at IS NULL AND patch_due_at <= now()
     ORDER BY patch_due_at;"""
_REVIEWS = """Which reviews?

    SELECT review_id, system_name, due_at
      FROM access_reviews
     WHERE completed_at IS NULL AND due_at <= now()
     ORDER BY due_at;"""
_CONTROLS = """Which controls were assessed last, and how?

    SELECT framework, control_id, status, last_assessed_at
      FROM compliance_controls
     WHERE last_assessed_at > now() - interval '2 days'
     ORDER BY last_assessed_at DESC;"""
_FRAUD = """Who pays, how much, and how does it end?

    SELECT user_id, provider, status, count(*), sum(payment_amount), currency, max(fraud_score)
      FROM payment_metrics
     WHERE fraud_score >= 85 AND payment_date > now() - interval '3 hours'
     GROUP BY 1, 2, 3, 6
     ORDER BY 4 DESC;"""

VULNERABILITIES = Runbook(
    means="A vulnerability is open although its patch was due: neither fixed, nor the risk accepted.",
    impact="Attackers know what scanners know. Auditors and customers count what is past its due date.",
    check=(
        _OVERDUE,
        f"Is it one asset or one severity? `{VULNERABILITIES_OVERDUE}` on the board tells by source and severity.",
        "Is there a patch, and is it only not deployed? Was it deployed, and the next scan has not run yet?",
    ),
    mend=(
        "Give it to the team that owns the asset, with a day. A critical one is worked on now.",
        "No patch: take the asset off the internet, or block the way in, and note that.",
        "If the risk is to be lived with, whoever may decide so accepts it (`accepted_at`).",
    ),
)
REVIEWS = Runbook(
    means="A review of who may access a system was due, and nobody has completed it.",
    impact="People who left or changed their work may still have access. An audit finds it.",
    check=(_REVIEWS, "Who owns the system, and do they know of the review?"),
    mend=(
        "Ask the owner of the system to complete it within days.",
        "If it was done and not noted, note it where `completed_at` comes from.",
    ),
)
CONTROLS = Runbook(
    means="More controls of a framework fail than a day ago, each by its newest assessment.",
    impact="The certificate or contract that rests on the framework is at risk if it fails at the next audit.",
    check=(_CONTROLS, "Did the control fail, or could it not be assessed? Did its description change?"),
    mend=(
        "Give the control an owner and a day, and assess it again once it is mended.",
        "If it no longer applies, have that assessed: `not_applicable`.",
    ),
)
FRAUD = Runbook(
    means="The share of payments with a fraud score of 85 or above has doubled within an hour. It is that of a day, "
    "and at least five payments reach the score.",
    impact="Somebody may be paying with stolen cards. What they buy is lost, and each chargeback costs a fee.",
    check=(
        _FRAUD,
        "Few users, small amounts, many declined: somebody tests cards. Many users, one product: something is sold on.",
        f"Did all scores rise? Compare the actions of `{PAYMENT_FRAUD_FLAGGED}`: if all did, ask who makes the scores.",
    ),
    mend=(
        "Block the users, and hold their orders back.",
        "Lower the score from which a payment is blocked until it is over; ask for the second factor.",
        "Tell the payment provider.",
    ),
)
