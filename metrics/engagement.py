"""Engagement: who comes, how often, for how long, who stays, and what they use."""

from metrics import COUNT, RATIO, SCORE, SECONDS, Gauge, Histogram, Recorded

ACTIVE_USERS = Gauge(
    "kpi_active_users",
    "Distinct users who opened the app or logged in within the window up to now: DAU, WAU and MAU. An activity known "
    "only by its date counts from the end of that day.",
    unit=COUNT,
    labels=("user_type", "window"),
    owner="product",
    better="higher",
    warning=100,
)

ACTIVE_USERS_RECENT = Recorded(
    "kpi_active_users_recent",
    "Active users of the last 24 hours, of all types: what is compared with the usual number.",
    unit=COUNT,
    owner="product",
    better="higher",
)

ACTIVE_USERS_USUAL = Recorded(
    "kpi_active_users_usual",
    "Active users that a day usually has: their mean over the 24 hours up to this time of the same weekday, over the "
    "last 6 weeks. Nothing is shown until 4 weeks are known.",
    unit=COUNT,
    owner="product",
    better="higher",
    sparse="It takes four weeks to know what is usual.",
)

ACTIVE_USERS_DEVIATION = Recorded(
    "kpi_active_users_deviation_score",
    "Standard score of the active users of the last 24 hours: (now − usual) ÷ standard deviation, against the same "
    "weekday of the last 6 weeks. Below 0 there are fewer than usual.",
    unit=SCORE,
    owner="product",
    sparse="It takes four weeks to know what is usual, and weeks that differ.",
)

ACTIVE_USERS_GROWTH = Gauge(
    "kpi_active_users_growth_ratio",
    "Growth of active users: (users in the window − in the window before it) ÷ users in the window before it. Nothing "
    "is shown where the window before had none.",
    unit=RATIO,
    labels=("user_type", "window"),
    owner="product",
    better="higher",
    sparse="In the first days there is no period before.",
)

USER_STICKINESS = Gauge(
    "kpi_user_stickiness_ratio",
    "Stickiness: mean daily active users of the last 30 complete days ÷ distinct active users of the same days.",
    unit=RATIO,
    labels=("user_type", "window"),
    owner="product",
    better="higher",
)

SESSION_DURATION = Histogram(
    "kpi_session_duration_seconds",
    "Duration of sessions by platform, read once their day is complete.",
    unit=SECONDS,
    labels=("platform",),
    owner="product",
    better="higher",
    buckets=(60, 300, 900, 1800),
)

SESSIONS_PER_USER = Gauge(
    "kpi_sessions_per_user",
    "Sessions ÷ distinct users with a session, in complete days.",
    unit=COUNT,
    labels=("window",),
    adds_over=(),
    owner="product",
    better="higher",
)

MOBILE_SESSIONS = Gauge(
    "kpi_mobile_session_ratio",
    "Sessions on iOS, Android or another mobile platform ÷ all sessions, in complete days.",
    unit=RATIO,
    labels=("window",),
    owner="mobile",
)

USER_RETENTION = Gauge(
    "kpi_user_retention_ratio",
    "Users of the cohort who were active in the period ÷ cohort size. Day n is the calendar day of the sign-up + n; "
    "only periods that have ended are shown, for the cohorts of the last 90 days.",
    unit=RATIO,
    labels=("cohort", "period_unit", "period", "user_type"),
    owner="product",
    better="higher",
    sparse="The first cohort has no period that has ended.",
)

COHORT_USERS = Gauge(
    "kpi_cohort_users",
    "Users who signed up in the cohort period, for the cohorts of the last 90 days.",
    unit=COUNT,
    labels=("cohort", "period_unit", "user_type"),
    owner="product",
    better="higher",
)

FEATURE_USERS = Gauge(
    "kpi_feature_users",
    "Distinct users of the feature, in complete days.",
    unit=COUNT,
    labels=("feature", "segment", "window"),
    adds_over=("segment",),
    owner="product",
    better="higher",
)

FEATURE_ADOPTION = Gauge(
    "kpi_feature_adoption_ratio",
    "Active users in the segment who used the feature ÷ all active users, in the same complete days. The segments of "
    "a feature add up to its adoption.",
    unit=RATIO,
    labels=("feature", "segment", "window"),
    adds_over=("segment",),
    owner="product",
    better="higher",
)

FEATURE_USES_PER_USER = Gauge(
    "kpi_feature_uses_per_user",
    "Usage depth: uses of the feature ÷ its distinct users, in complete days.",
    unit=COUNT,
    labels=("feature", "window"),
    adds_over=(),
    owner="product",
    better="higher",
)

FEATURE_USAGE_BREADTH = Gauge(
    "kpi_feature_usage_breadth_ratio",
    "Usage breadth: mean number of distinct features per active user of the segment ÷ number of tracked features, in "
    "complete days. Features and segments are those seen in the longest window.",
    unit=RATIO,
    labels=("segment", "window"),
    owner="product",
    better="higher",
)
