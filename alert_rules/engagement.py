"""When users stay away."""

from alert_rules import Alert, Group, Recording, Runbook, fires, silent
from alert_rules.anomaly import change, deviation, usual
from alert_rules.teams import PRODUCT
from metrics import COUNT, RATIO
from metrics.engagement import ACTIVE_USERS, ACTIVE_USERS_DEVIATION, ACTIVE_USERS_RECENT, ACTIVE_USERS_USUAL

_BOARD = "user-activity"
_INTERVAL = "2m"  # below 5 minutes, or values would flicker; none of it changes within seconds

_VIEWERS, _CREATORS = ACTIVE_USERS(user_type="viewer", window="1d"), ACTIVE_USERS(user_type="creator", window="1d")
_MONTHLY = ACTIVE_USERS(user_type="viewer", window="30d")

_WHICH_USERS = """Which users are missing, and since which hour?

    SELECT date_trunc('hour', occurred_at) AS hour, platform, user_type, count(DISTINCT user_id)
      FROM user_activity_metrics
     WHERE activity_type IN ('app_open', 'login') AND occurred_at > now() - interval '2 days'
     GROUP BY 1, 2, 3
     ORDER BY 1 DESC, 2, 3;"""
_ROWS = """Do rows still arrive? `SELECT max(occurred_at) FROM user_activity_metrics;` An old moment means that the
tracking broke, not that people left."""
_MEND = (
    "One platform: a release or its store entry broke; stop the roll-out. Log-ins alone: look at the service "
    "`accounts`.",
    "Rows that no longer arrive: mend what writes `user_activity_metrics`; the number follows by itself.",
    "Nothing broke: tell the product team on the next working day, with the hour and the platform.",
)

LOW_USER_ENGAGEMENT = Alert(
    "LowUserEngagement",
    # Whoever has fewer users in a whole month is small, not in trouble.
    f"{ACTIVE_USERS_RECENT} < {ACTIVE_USERS.warning} and sum({ACTIVE_USERS(window='30d')}) >= {ACTIVE_USERS.warning}",
    for_="10m",
    severity="warning",
    team=PRODUCT,
    unit=COUNT,
    summary="Fewer than a hundred users were active within a day.",
    description="Daily active users has dropped to VALUE.",
    board=_BOARD,
    runbook=Runbook(
        means="Within the last 24 hours fewer than 100 users opened the app or logged in, though at least 100 did "
        "within the last 30 days. The 24 hours move with the clock, so midnight does not matter.",
        impact="People stay away, or cannot get in. Payments and offers follow within hours.",
        check=(_ROWS, _WHICH_USERS, "Does the API fail or is it slow? The board *API and apps*, service `accounts`."),
        mend=_MEND,
    ),
    cases=(
        fires(
            "60 users in a day",
            {_VIEWERS: "50x30", _CREATORS: "10x30", _MONTHLY: "900x30"},
            at="20m",
            value="60",
            description="Daily active users has dropped to 60.",
        ),
        fires(
            "nobody came",
            {_VIEWERS: "0x30", _MONTHLY: "100x30"},
            at="20m",
            value="0",
            description="Daily active users has dropped to 0.",
        ),
        silent("exactly a hundred users", {_VIEWERS: "90x30", _CREATORS: "10x30", _MONTHLY: "900x30"}, at="20m"),
        silent("a company with 99 users in a month", {_VIEWERS: "60x30", _MONTHLY: "99x30"}, at="20m"),
        silent("few for less than ten minutes", {_VIEWERS: "300x14 50x5 300x10", _MONTHLY: "900x30"}, at="19m"),
        silent("no number for the day", {_MONTHLY: "900x30"}, at="20m"),
    ),
)

ACTIVE_USERS_FAR_BELOW_USUAL = Alert(
    "ActiveUsersFarBelowUsual",
    f"{change(str(ACTIVE_USERS_RECENT), str(ACTIVE_USERS_USUAL), least=100)} < -0.25 and {ACTIVE_USERS_DEVIATION} < -3",
    for_="30m",
    severity="warning",
    team=PRODUCT,
    unit=RATIO,
    summary="Far fewer users are active than usual.",
    description="Active users of the last 24 hours are VALUE against the same weekday of the last weeks.",
    board=_BOARD,
    runbook=Runbook(
        means="Within the last 24 hours at least a quarter fewer users were active than at this time of the same "
        "weekday in the last 6 weeks (more than 100 are usual), and further below than these weeks differ (3 "
        "standard deviations).",
        impact="Some users cannot get in, or have no reason to come. Half a day of it costs half a day of sales.",
        check=(
            _ROWS,
            _WHICH_USERS,
            f"How far below, and since when? `{ACTIVE_USERS_DEVIATION}` on the board *User activity*.",
            "Is it a holiday? Then the weeks before are no measure.",
        ),
        mend=_MEND,
    ),
    cases=(
        fires(
            "half of the usual users",
            {
                _VIEWERS: "200x50",
                _CREATORS: "50x50",
                str(ACTIVE_USERS_USUAL): "500x50",
                str(ACTIVE_USERS_DEVIATION): "-5x50",
            },
            at="40m",
            value="-50%",
            description="Active users of the last 24 hours are -50% against the same weekday of the last weeks.",
        ),
        silent(
            "exactly a quarter fewer",
            {_VIEWERS: "375x50", str(ACTIVE_USERS_USUAL): "500x50", str(ACTIVE_USERS_DEVIATION): "-5x50"},
            at="40m",
        ),
        silent(
            "weeks that differ as much",
            {_VIEWERS: "250x50", str(ACTIVE_USERS_USUAL): "500x50", str(ACTIVE_USERS_DEVIATION): "-3x50"},
            at="40m",
        ),
        silent(
            "a company with a hundred users a day",
            {_VIEWERS: "20x50", str(ACTIVE_USERS_USUAL): "100x50", str(ACTIVE_USERS_DEVIATION): "-5x50"},
            at="40m",
        ),
        silent(
            "few for less than half an hour",
            {_VIEWERS: "500x20 250x20 500x10", str(ACTIVE_USERS_USUAL): "500x50", str(ACTIVE_USERS_DEVIATION): "-5x50"},
            at="41m",
        ),
        silent(
            "more than usual",
            {_VIEWERS: "900x50", str(ACTIVE_USERS_USUAL): "500x50", str(ACTIVE_USERS_DEVIATION): "8x50"},
            at="40m",
        ),
        silent("weeks that are not known yet", {_VIEWERS: "20x50"}, at="40m"),
    ),
)

GROUP = Group(
    "engagement",
    (
        Recording(ACTIVE_USERS_RECENT, f"sum({ACTIVE_USERS(window='1d')})"),
        Recording(ACTIVE_USERS_USUAL, usual(str(ACTIVE_USERS_RECENT))),
        Recording(ACTIVE_USERS_DEVIATION, deviation(str(ACTIVE_USERS_RECENT), str(ACTIVE_USERS_USUAL))),
        LOW_USER_ENGAGEMENT,
        ACTIVE_USERS_FAR_BELOW_USUAL,
    ),
    interval=_INTERVAL,
)
