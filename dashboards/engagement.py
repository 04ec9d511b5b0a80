"""Who comes, how often, for how long, who stays, and what they use."""

from pathlib import Path

from dashboards import Board, Promql, bars, distribution, heat, promql, row, section, sql, stat, table, trend
from metrics import COUNT, RATIO
from metrics.engagement import (
    ACTIVE_USERS,
    ACTIVE_USERS_DEVIATION,
    ACTIVE_USERS_GROWTH,
    ACTIVE_USERS_RECENT,
    ACTIVE_USERS_USUAL,
    COHORT_USERS,
    FEATURE_ADOPTION,
    FEATURE_USAGE_BREADTH,
    FEATURE_USERS,
    FEATURE_USES_PER_USER,
    MOBILE_SESSIONS,
    SESSION_DURATION,
    SESSIONS_PER_USER,
    USER_RETENTION,
    USER_STICKINESS,
)

_SQL = Path(__file__).parent / "sql" / "engagement"

_ADOPTION = f"sum without (segment) ({FEATURE_ADOPTION(window='7d')})"


def _retention(day: str) -> Promql:
    """Cohorts weigh by their size: in a mean of ratios a day with ten users would count as much as a full one."""
    retention = USER_RETENTION(period_unit="day", period=day)
    returned = f"sum({retention} * ignoring (period) group_left () {COHORT_USERS})"
    signed_up = f"sum(({retention} >= bool 0) * ignoring (period) group_left () {COHORT_USERS})"
    return promql(f"{returned} / {signed_up}", of=USER_RETENTION, legend=f"day {day}")


BOARD = Board(
    uid="user-activity",
    area="Engagement",
    name="User activity",
    description="How many people use the product, how often and for how long, whether they stay, and which features "
    "they use.",
    questions=("Do more people come than last week?", "Do new users stay?", "Which features are used?"),
    time="30d",
    content=[
        row(
            stat(ACTIVE_USERS, by=(), window="1d", before="7d", width=3),
            stat(ACTIVE_USERS, by=(), window="30d", steps=(), width=3),
            stat(USER_STICKINESS, by="user_type", window="30d", width=3),
            stat(SESSIONS_PER_USER, window="7d", width=3),
        ),
        row(
            trend(ACTIVE_USERS, by="user_type", window="1d"),
            trend(ACTIVE_USERS, by=(), window="7d", before="7d", steps=()),
        ),
        row(
            trend(ACTIVE_USERS_GROWTH, by="user_type", window="7d", steps=()),
            distribution(SESSION_DURATION, span="7d", title="Session duration (7 d)"),
        ),
        section(
            "Retention",
            row(
                stat(
                    *map(_retention, ("1", "7", "30")),
                    title="Retention (90 d)",
                    description="Users who came back on the day, as a share of all who signed up, over the cohorts of "
                    "the last 90 days.",
                    width=4,
                    height=8,
                ),
                trend(
                    sql(_SQL / "retention.sql"),
                    title="Retention by cohort",
                    description="Users who came back on the 1st, 7th and 30th day, by the day of their sign-up.",
                    unit=RATIO,
                    time="90d",
                ),
            ),
        ),
        section(
            "Features",
            row(
                bars(
                    promql(_ADOPTION, of=FEATURE_ADOPTION, legend="{{feature}}", per_source=True),
                    title="Feature adoption (7 d)",
                ),
                table(FEATURE_USERS, FEATURE_USES_PER_USER, by="feature", window="7d", title="Feature use (7 d)"),
            ),
            row(
                trend(FEATURE_USAGE_BREADTH, by="segment", window="7d"),
                trend(MOBILE_SESSIONS, window="7d", title="Mobile share of sessions (7 d)"),
            ),
        ),
        section(
            "Hours",
            row(
                heat(
                    sql(_SQL / "busy_hours.sql"),
                    matrix=("Weekday", "hour", "users"),
                    title="Busy hours",
                    description="Users active in each hour of an average week of the chosen time, in the time zone of "
                    "the database.",
                    unit=COUNT,
                )
            ),
        ),
        section(
            "What alerts watch",
            row(
                trend(
                    ACTIVE_USERS_RECENT,
                    ACTIVE_USERS_USUAL,
                    title="Active users in 24 hours, and usual",
                    may_be_empty="A Prometheus that does not load the rules records none.",
                ),
                trend(
                    ACTIVE_USERS_DEVIATION,
                    may_be_empty="It takes four weeks to know what is usual, and a Prometheus that loads the rules.",
                ),
            ),
        ),
    ],
)
