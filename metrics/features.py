"""Features of the product on their way from the idea to the users."""

from metrics import COUNT, RATIO, SECONDS, Gauge, Histogram, Input

_DAY = 86400

FEATURES_RELEASED = Gauge(
    "kpi_features_released",
    "Features that were released in the window.",
    unit=COUNT,
    labels=("window",),
    owner="product",
    better="higher",
)

PERFORMANCE_IMPROVEMENTS_RELEASED = Input(
    "kpi_performance_improvements_released",
    "Releases of the period that made something faster. An input: no tag is agreed that would tell them.",
    unit=COUNT,
    owner="product",
    better="higher",
    whole=True,
)

TIME_TO_MARKET = Histogram(
    "kpi_time_to_market_seconds",
    "Time from the start of work on a feature to its release.",
    unit=SECONDS,
    labels=("product",),
    owner="product",
    better="lower",
    buckets=tuple(days * _DAY for days in (7, 14, 30, 45, 60, 90, 120, 180, 270, 365)),
    sparse="Features are released rarely.",
)

INNOVATION_PIPELINE_ITEMS = Gauge(
    "kpi_innovation_pipeline_items",
    "Features that are not released yet, by stage. An input: people move them from stage to stage by hand.",
    unit=COUNT,
    labels=("stage",),
    owner="product",
)

FEATURE_RELEASES_WITH_ROLLBACK = Gauge(
    "kpi_feature_releases_with_rollback_ratio",
    "Features released in the window whose deployment was rolled back within 7 days ÷ features released in it whose "
    "deployment is known. A proxy for the quality of releases; those of the last 7 days may still be rolled back.",
    unit=RATIO,
    labels=("window",),
    owner="product",
    better="lower",
    sparse="Without a release there is nothing to roll back.",
)
