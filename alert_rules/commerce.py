"""When payments fail, and when visits no longer lead to payments."""

from alert_rules import Alert, Group, Runbook, fires, silent
from alert_rules.teams import FINANCE, PRODUCT
from metrics import RATIO
from metrics.commerce import (
    CONVERSION,
    FUNNEL_STAGE_USERS,
    PAYMENT_FAILURE,
    PAYMENTS_FAILED,
)

_BOARD = "conversion-funnel"
_VIEWERS = FUNNEL_STAGE_USERS(stage="Story Views", mode="open", window="7d")

_FEWEST_FAILED = 5

_STRIPE = PAYMENT_FAILURE(provider="stripe", window="2h")
_STRIPE_FAILED = PAYMENTS_FAILED(provider="stripe", window="2h")
_PAYPAL = PAYMENT_FAILURE(provider="paypal", window="2h")
_PAYPAL_FAILED = PAYMENTS_FAILED(provider="paypal", window="2h")
_CONVERSION_7D = CONVERSION(window="7d")

PAYMENT_PROCESSING_ISSUES = Alert(
    "PaymentProcessingIssues",
    # One of two payments that fails is chance, also where another provider has some failures, as it always has.
    f"{PAYMENT_FAILURE(window='2h')} > {PAYMENT_FAILURE.critical} and {PAYMENTS_FAILED(window='2h')} >= "
    f"{_FEWEST_FAILED}",
    for_="2m",
    severity="critical",
    team=FINANCE,
    unit=RATIO,
    summary="More than one payment in ten fails.",
    description="Payment failure rate of {{ $labels.provider }} is VALUE over the last 2 hours.",
    board=_BOARD,
    runbook=Runbook(
        means="More than 10 % of the payments of a provider that ended within the last two hours failed, and at "
        f"least {_FEWEST_FAILED} failed. Pending and refunded ones are left out. With fewer payments the objective "
        "for payment success tells, over a longer time.",
        impact="Customers cannot pay: each failed payment is a sale that may be lost.",
        check=(
            "With which code do they fail, and since when?\n\n"
            "    SELECT provider, failure_code, count(*), sum(payment_amount), currency, min(payment_date)\n"
            "      FROM payment_metrics\n"
            "     WHERE status = 'failed' AND payment_date > now() - interval '2 hours'\n"
            "     GROUP BY 1, 2, 5\n"
            "     ORDER BY 3 DESC;",
            "`bank_timeout` and the like for one provider: read its status page. For all providers: our network, or "
            "the service `payments` (board *API and apps*).",
            "`card_declined` in great number, small amounts, few users: somebody tests stolen cards (`user_id` and "
            "`fraud_score` in `payment_metrics`).",
        ),
        mend=(
            "Lead new payments to another provider, if one works.",
            "Roll back the last release of the service `payments`, if that was when it began.",
            "Stolen cards: block the users, and ask for the second factor.",
            "Once it is over, ask customers whose payments failed to try again: `order_id` of the failed rows in "
            "`payment_metrics`.",
        ),
    ),
    cases=(
        fires(
            "one payment in four fails",
            {_STRIPE: "0.25x20", _STRIPE_FAILED: "9x20"},
            at="10m",
            provider="stripe",
            window="2h",
            value="25%",
            description="Payment failure rate of stripe is 25% over the last 2 hours.",
        ),
        fires(
            "five failed with a small provider, and the large one works",
            {_STRIPE: "0.05x20", _STRIPE_FAILED: "3x20", _PAYPAL: "0.5x20", _PAYPAL_FAILED: "5x20"},
            at="10m",
            provider="paypal",
            window="2h",
            value="50%",
            description="Payment failure rate of paypal is 50% over the last 2 hours.",
        ),
        silent("exactly one payment in ten fails", {_STRIPE: "0.1x20", _STRIPE_FAILED: "9x20"}, at="10m"),
        silent("one of two payments fails at night", {_STRIPE: "0.5x20", _STRIPE_FAILED: "1x20"}, at="10m"),
        silent("four failed", {_STRIPE: "0.2x20", _STRIPE_FAILED: "4x20"}, at="10m"),
        silent(
            "one of two fails with a small provider, and one in a hundred with the large one",
            {_STRIPE: "0.01x20", _STRIPE_FAILED: "9x20", _PAYPAL: "0.5x20", _PAYPAL_FAILED: "1x20"},
            at="10m",
        ),
        silent("failed for less than two minutes", {_STRIPE: "0.02x8 0.25x2 0.02x9", _STRIPE_FAILED: "9x20"}, at="10m"),
        silent(
            "only the days before were bad",
            {PAYMENT_FAILURE(provider="stripe", window="1d"): "0.3x20", _STRIPE: "0.02x20", _STRIPE_FAILED: "6x20"},
            at="10m",
        ),
    ),
)

CONVERSION_RATE_DROP = Alert(
    "ConversionRateDrop",
    f"{CONVERSION(window='7d')} < {CONVERSION.warning} and ignoring (stage, mode) {_VIEWERS} >= 100",
    for_="15m",
    severity="warning",
    team=PRODUCT,
    unit=RATIO,
    summary="Fewer than two in a hundred viewers pay.",
    description="Conversion rate has dropped to VALUE over the last 7 complete days.",
    board=_BOARD,
    runbook=Runbook(
        means="Of the users who viewed a story in the last 7 complete days, less than 2 % paid. At least 100 viewed "
        "one.",
        impact="The product sells too little. It is no matter of minutes: the number covers 7 days and moves at "
        "midnight.",
        check=(
            f"Where do people drop out? `{FUNNEL_STAGE_USERS(mode='closed', window='7d')}`, or the funnel on the "
            "board.",
            "Which day fell, and at which step?\n\n"
            "    SELECT event_date, story_views, offers_submitted, payments_completed\n"
            "      FROM conversion_metrics\n"
            "     WHERE event_date > current_date - 15\n"
            "     ORDER BY 1;",
            "More views with the same number of payments is a campaign, or robots: count `story_view_metrics` by "
            "`traffic_source`.",
            "Fewer payments: does PaymentProcessingIssues fire, or did it in these days?",
        ),
        mend=(
            "A step that broke: roll back the release of the day on which it fell.",
            "Robots: leave their traffic source out, or block it. A campaign that nobody buys from: stop it.",
            "If prices or stories changed, it is for the product team to judge on the next working day.",
        ),
    ),
    cases=(
        fires(
            "one in a hundred pays",
            {_CONVERSION_7D: "0.01x40", _VIEWERS: "4000x40"},
            at="30m",
            window="7d",
            value="1%",
            description="Conversion rate has dropped to 1% over the last 7 complete days.",
        ),
        fires(
            "exactly a hundred viewers, of whom one paid",
            {_CONVERSION_7D: "0.01x40", _VIEWERS: "100x40"},
            at="30m",
            window="7d",
            value="1%",
            description="Conversion rate has dropped to 1% over the last 7 complete days.",
        ),
        silent("exactly two in a hundred pay", {_CONVERSION_7D: "0.02x40", _VIEWERS: "4000x40"}, at="30m"),
        silent("nobody of 99 viewers paid", {_CONVERSION_7D: "0x40", _VIEWERS: "99x40"}, at="30m"),
        silent(
            "low for less than a quarter of an hour", {_CONVERSION_7D: "0.03x20 0.01x9", _VIEWERS: "4000x40"}, at="29m"
        ),
        silent(
            "low yesterday, but not in the week", {CONVERSION(window="1d"): "0.01x40", _VIEWERS: "4000x40"}, at="30m"
        ),
    ),
)

GROUP = Group("commerce", (PAYMENT_PROCESSING_ISSUES, CONVERSION_RATE_DROP))
