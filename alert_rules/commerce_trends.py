"""When payments fall silent, or bring in less than before."""

from alert_rules import Alert, Group, Recording, Runbook, fires, silent
from alert_rules.anomaly import change, deviation, usual
from alert_rules.teams import FINANCE
from metrics import RATIO
from metrics.commerce import (
    AVERAGE_ORDER_VALUE,
    FUNNEL_STAGE_USERS,
    PAYMENTS,
    PAYMENTS_DEVIATION,
    PAYMENTS_RECENT,
    PAYMENTS_USUAL,
    REVENUE,
    REVENUE_WEEKLY_CHANGE,
)

_BOARD = "conversion-funnel"
_FEWEST_PAYMENTS = 200
_INTERVAL = "2m"  # below 5 minutes, or values would flicker; none of it changes within seconds
_WEEK = f"sum by (currency) ({REVENUE(window='7d')})"
_WEEK_BEFORE = f"sum by (currency) ({REVENUE(window='7d')} offset 1w)"
_PAYMENTS_BEFORE = f"{_WEEK_BEFORE} / max by (currency) ({AVERAGE_ORDER_VALUE(window='7d')} offset 1w)"

_COMPLETED = PAYMENTS(status="completed", provider="stripe")
_USD = REVENUE_WEEKLY_CHANGE(currency="USD")

PAYMENTS_FAR_BELOW_USUAL = Alert(
    "PaymentsFarBelowUsual",
    f"{change(str(PAYMENTS_RECENT), str(PAYMENTS_USUAL), least=30)} < -0.5 and {PAYMENTS_DEVIATION} < -3",
    for_="30m",
    severity="warning",
    team=FINANCE,
    unit=RATIO,
    summary="Less than half of the usual payments come in.",
    description="Completed payments of the last 6 hours are VALUE against the same weekday of the last weeks.",
    board=_BOARD,
    runbook=Runbook(
        means="In the last 6 hours fewer than half as many payments were completed as at this time of the same "
        "weekday in the last 6 weeks (more than 30 are usual), and further below than these weeks differ (3 standard "
        "deviations).",
        impact="Sales are lost, perhaps without any error: payments that are never tried cannot fail.",
        check=(
            f"Is it the payment, or the way to it? Compare `{PAYMENTS_DEVIATION}` with the active users: if those "
            "fell, too, the app or the site is the cause, and ActiveUsersFarBelowUsual fires or will.",
            "Do payments wait without a result?\n\n"
            "    SELECT provider, status, count(*), max(payment_date)\n"
            "      FROM payment_metrics\n"
            "     WHERE payment_date > now() - interval '6 hours'\n"
            "     GROUP BY 1, 2\n"
            "     ORDER BY 1, 2;",
            "Do offers and auctions go on? `SELECT max(created_at) FROM offer_metrics;`, and the same of "
            "`auction_participation_metrics`.",
            "Is it a holiday? Then the weeks before are no measure.",
        ),
        mend=(
            "Payments that stay pending: the provider does not call back; read its status page, ask it to send again.",
            "No attempts at all: roll back the last release of the app, the site or the service `payments`.",
            "Rows that no longer arrive in `payment_metrics`: mend what copies them; then nothing was lost.",
        ),
    ),
    cases=(
        fires(
            "a third of the usual number",
            {_COMPLETED: "0+1x50", str(PAYMENTS_USUAL): "138x50", str(PAYMENTS_DEVIATION): "-6x50"},
            at="46m",
            value="-66.67%",
            description="Completed payments of the last 6 hours are -66.67% against the same weekday of the last "
            "weeks.",
        ),
        fires(
            "none at all",
            {_COMPLETED: "50+0x50", str(PAYMENTS_USUAL): "135x50", str(PAYMENTS_DEVIATION): "-6x50"},
            at="45m",
            value="-100%",
            description="Completed payments of the last 6 hours are -100% against the same weekday of the last weeks.",
        ),
        silent(
            "exactly half of the usual number",
            {_COMPLETED: "0+1x45 45x20", str(PAYMENTS_USUAL): "90x60", str(PAYMENTS_DEVIATION): "-6x60"},
            at="55m",
        ),
        silent(
            "weeks that differ as much",
            {_COMPLETED: "0+1x50", str(PAYMENTS_USUAL): "135x50", str(PAYMENTS_DEVIATION): "-3x50"},
            at="45m",
        ),
        silent(
            "hours in which few pay",
            {_COMPLETED: "50+0x50", str(PAYMENTS_USUAL): "30x50", str(PAYMENTS_DEVIATION): "-6x50"},
            at="45m",
        ),
        silent(
            "few for less than half an hour",
            {_COMPLETED: "50+0x50", str(PAYMENTS_USUAL): "135x50", str(PAYMENTS_DEVIATION): "-1x20 -6x30"},
            at="45m",
        ),
        silent("weeks that are not known yet", {_COMPLETED: "50+0x50"}, at="45m"),
    ),
)

REVENUE_FALLING = Alert(
    "RevenueFalling",
    f"{REVENUE_WEEKLY_CHANGE} < -0.4",
    for_="1h",
    severity="warning",
    team=FINANCE,
    unit=RATIO,
    summary="Revenue fell by more than two fifths within a week.",
    description="Revenue in {{ $labels.currency }} of the last 7 days is VALUE against the 7 days before.",
    board=_BOARD,
    runbook=Runbook(
        means="The completed payments of the last 7 days sum up to less than 60 % of those of the 7 days before, in "
        f"a currency that had at least {_FEWEST_PAYMENTS} of them. A refunded payment no longer counts.",
        impact="The forecast of the month is in danger. It is a trend, so it can wait for the morning.",
        check=(
            "Fewer payments, smaller ones, or refunds?\n\n"
            "    SELECT payment_date::date AS day, category, status, count(*), sum(payment_amount)\n"
            "      FROM payment_metrics\n"
            "     WHERE currency = 'CURRENCY' AND payment_date > now() - interval '14 days'\n"
            "     GROUP BY 1, 2, 3\n"
            "     ORDER BY 1, 2, 3;",
            f"Which step fell? `{FUNNEL_STAGE_USERS(mode='open', window='7d')}` against `offset 1w`.",
            "Was the week before unusual: a sale, a holiday, one very large order?",
        ),
        mend=(
            "One category: ask who answers for it whether stories or prices changed.",
            "Many refunds: find the orders by `status = 'refunded'`, and what they have in common.",
            "A week before that was unusual: silence the alert for 7 days, and say why.",
        ),
    ),
    cases=(
        fires(
            "half of the week before",
            {_USD: "-0.5x90"},
            at="80m",
            currency="USD",
            value="-50%",
            description="Revenue in USD of the last 7 days is -50% against the 7 days before.",
        ),
        silent("exactly two fifths less", {_USD: "-0.4x90"}, at="80m"),
        silent("more than in the week before", {_USD: "0.9x90"}, at="80m"),
        silent("low for less than an hour", {_USD: "-0.1x30 -0.5x50"}, at="80m"),
    ),
    ignore={"K614": "A change is below 0 where the value has fallen."},
)

GROUP = Group(
    "commerce-trends",
    (
        Recording(PAYMENTS_RECENT, f"sum(increase({PAYMENTS(status='completed')}[6h]))"),
        Recording(PAYMENTS_USUAL, usual(str(PAYMENTS_RECENT))),
        Recording(PAYMENTS_DEVIATION, deviation(str(PAYMENTS_RECENT), str(PAYMENTS_USUAL))),
        Recording(
            REVENUE_WEEKLY_CHANGE,
            f"{change(_WEEK, _WEEK_BEFORE, least=0)} and {_PAYMENTS_BEFORE} >= {_FEWEST_PAYMENTS}",
        ),
        PAYMENTS_FAR_BELOW_USUAL,
        REVENUE_FALLING,
    ),
    interval=_INTERVAL,
)
