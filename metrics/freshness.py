"""How old the newest rows of the contract tables are, and how old they may become."""

from collections.abc import Mapping
from datetime import timedelta

from metrics import TIMESTAMP, Gauge

NEWEST_ROW = Gauge(
    "kpi_source_newest_row_timestamp_seconds",
    "Time of the newest row of a contract table, up to now. A row that is known by its day only counts from the end of "
    "that day, or from now while the day lasts. An empty table has none.",
    unit=TIMESTAMP,
    labels=("table",),
    owner="platform",
    sparse="A table without rows has no newest one.",
)

CADENCE: Mapping[str, timedelta] = {
    "story_view_metrics": timedelta(hours=12),
    "offer_metrics": timedelta(days=2),
    "auction_participation_metrics": timedelta(days=3),
    "payment_metrics": timedelta(days=4),
    "conversion_metrics": timedelta(hours=12),
    "user_activity_metrics": timedelta(days=1),
    "user_session_metrics": timedelta(hours=12),
    "user_retention_metrics": timedelta(days=7),
    "feature_usage_metrics": timedelta(hours=12),
    "api_metrics": timedelta(hours=12),
    "mobile_metrics": timedelta(days=1),
    "deployments": timedelta(days=7),
    "ci_builds": timedelta(days=5),
    "code_metrics": timedelta(days=4),
    "static_analysis_metrics": timedelta(days=4),
    "test_execution_metrics": timedelta(days=4),
    "server_metrics": timedelta(hours=3),
    "database_metrics": timedelta(hours=3),
    "redis_metrics": timedelta(hours=3),
    "cdn_metrics": timedelta(hours=3),
    "page_loads": timedelta(days=1),
    "jobs": timedelta(days=1),
    "recurring_checks": timedelta(days=3),
    "uptime_probes": timedelta(hours=2),
    "story_metrics": timedelta(days=7),
    "pull_request_metrics": timedelta(days=7),
}
"""For each contract table how old its newest row may become before that is an alert.

They suit a company with a few dozen visits a day and quiet nights; who has more sees trouble sooner in the numbers.
"""

NO_CADENCE: Mapping[str, str] = {
    "crash_reports": "No crash is good news.",
    "bug_metrics": "No bug is good news.",
    "vulnerabilities": "That none is found is good news.",
    "access_reviews": "They are done when they are due.",
    "training_assignments": "They are done when they are due.",
    "compliance_controls": "They are assessed when an audit comes.",
    "users": "Nobody may sign up for a while.",
    "incidents": "No incident is good news.",
    "slo_targets": "An objective is agreed once.",
    "sprint_metrics": "A sprint takes weeks, and some teams have none.",
    "wip_limits": "A limit stays until somebody changes it.",
    "features": "Features come when they come.",
    "manual_metric_values": "Each metric has its own periods; ManualInputMissing tells of those that are due.",
}
"""The tables that may be silent for any time, with the reason."""
