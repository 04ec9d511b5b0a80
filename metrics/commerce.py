"""Commerce: from a story view through offers and auctions to a payment."""

from metrics import COUNT, CURRENCY, RATIO, SCORE, Counter, Gauge, Recorded

FUNNEL_STAGE_USERS = Gauge(
    "kpi_funnel_stage_users",
    "Distinct users per stage of the conversion funnel, in complete days. Mode open counts each stage by itself; mode "
    "closed counts a user only after all earlier stages, in order, within the window.",
    unit=COUNT,
    labels=("stage", "mode", "window"),
    adds_over=(),
    owner="product",
    better="higher",
)

OFFER_CONVERSION = Gauge(
    "kpi_offer_conversion_ratio",
    "Offers submitted ÷ story views, in complete days.",
    unit=RATIO,
    labels=("window",),
    owner="product",
    better="higher",
)

PAYMENT_CONVERSION = Gauge(
    "kpi_payment_conversion_ratio",
    "Payments completed ÷ offers submitted, in complete days.",
    unit=RATIO,
    labels=("window",),
    owner="product",
    better="higher",
)

CONVERSION = Gauge(
    "kpi_conversion_ratio",
    "Overall conversion: distinct users who paid ÷ distinct users who viewed a story, in the same complete days. It "
    "may exceed 1 when users pay without a view in the window.",
    unit=RATIO,
    labels=("window",),
    owner="product",
    better="higher",
    warning=0.02,
)

OFFERS_SUBMITTED = Gauge(
    "kpi_offers_submitted",
    "Offers submitted in the window up to now.",
    unit=COUNT,
    labels=("window",),
    owner="product",
    better="higher",
)

AUCTIONS_COMPLETED = Gauge(
    "kpi_auctions_completed",
    "Distinct auctions that were completed in the window up to now.",
    unit=COUNT,
    labels=("window",),
    owner="product",
    better="higher",
)

AUCTION_PARTICIPANTS = Gauge(
    "kpi_auction_participants",
    "Distinct users who joined an auction in the window up to now.",
    unit=COUNT,
    labels=("window",),
    owner="product",
    better="higher",
)

PAYMENTS = Counter(
    "kpi_payments_total",
    "Payment attempts, each counted once with the status that it had when it was read, five minutes after its date.",
    unit=COUNT,
    labels=("status", "provider"),
    owner="finance",
)

PAYMENTS_AMOUNT = Counter(
    "kpi_payments_amount_total",
    "Sum of the amounts of payment attempts, each added once with the status that it had when it was read, five "
    "minutes after its date.",
    unit=CURRENCY,
    labels=("status", "currency"),
    owner="finance",
)

PAYMENT_FAILURE = Gauge(
    "kpi_payment_failure_ratio",
    "Failed payments ÷ (failed + completed payments) in the window up to now; pending and refunded ones are left out.",
    unit=RATIO,
    labels=("provider", "window"),
    owner="finance",
    better="lower",
    critical=0.10,
    sparse="No payment, no share of failed ones.",
)

PAYMENTS_FAILED = Gauge(
    "kpi_payments_failed",
    "Payments that failed in the window up to now.",
    unit=COUNT,
    labels=("provider", "window"),
    owner="finance",
    better="lower",
)

AVERAGE_ORDER_VALUE = Gauge(
    "kpi_average_order_value_amount",
    "Sum ÷ number of completed payments in the window up to now, per currency.",
    unit=CURRENCY,
    labels=("currency", "window"),
    adds_over=(),
    owner="finance",
    better="higher",
)

REVENUE = Gauge(
    "kpi_revenue_amount",
    "Sum of completed payments in the window up to now, per currency and product category. A refunded payment no "
    "longer counts.",
    unit=CURRENCY,
    labels=("currency", "category", "window"),
    owner="finance",
    better="higher",
)

REVENUE_WEEKLY_CHANGE = Recorded(
    "kpi_revenue_weekly_change_ratio",
    "Change of revenue: (7 days up to now − 7 days before) ÷ 7 days before, per currency. Nothing is shown where the "
    "days before had fewer than 200 completed payments in the currency.",
    unit=RATIO,
    labels=("currency",),
    owner="finance",
    better="higher",
    sparse="Small shops have too few payments to compare weeks, and a new one has no week before.",
)

PAYMENTS_RECENT = Recorded(
    "kpi_payments_recent",
    "Completed payments of the last 6 hours, of all providers: what is compared with the usual number.",
    unit=COUNT,
    owner="finance",
    better="higher",
)

PAYMENTS_USUAL = Recorded(
    "kpi_payments_usual",
    "Completed payments that 6 hours usually bring: their mean at this time of the same weekday, over the last 6 "
    "weeks. Nothing is shown until 4 weeks are known.",
    unit=COUNT,
    owner="finance",
    better="higher",
    sparse="It takes four weeks to know what is usual.",
)

PAYMENTS_DEVIATION = Recorded(
    "kpi_payments_deviation_score",
    "Standard score of the completed payments of the last 6 hours: (now − usual) ÷ standard deviation, against the "
    "same weekday of the last 6 weeks. Below 0 there are fewer than usual.",
    unit=SCORE,
    owner="finance",
    sparse="It takes four weeks to know what is usual, and weeks that differ.",
)
