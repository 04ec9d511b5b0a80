"""What Alertmanager says about itself: whether pages leave the house."""

from metrics import external
from metrics.unit import COUNT, SECONDS, TIMESTAMP

_INTEGRATION = ("integration",)

ALERTMANAGER_CONFIG_SUCCESSFUL = external.gauge(
    "alertmanager_config_last_reload_successful",
    "Whether the last reload took the configuration (1) or kept the old (0).",
    unit=COUNT,
    adds_over=(),
    better="higher",
    critical=1,
)
ALERTMANAGER_CONFIG_SUCCESS = external.gauge(
    "alertmanager_config_last_reload_success_timestamp_seconds",
    "When Alertmanager last took its configuration.",
    unit=TIMESTAMP,
)
ALERTMANAGER_NOTIFICATIONS = external.counter(
    "alertmanager_notifications_total",
    "Notifications tried, by integration, such as slack or email.",
    unit=COUNT,
    labels=_INTEGRATION,
)
ALERTMANAGER_NOTIFICATIONS_FAILED = external.counter(
    "alertmanager_notifications_failed_total",
    "Notifications that failed, by integration.",
    unit=COUNT,
    labels=_INTEGRATION,
    better="lower",
    sparse="Not every Prometheus scrapes Alertmanager.",
)
ALERTMANAGER_NOTIFICATION_LATENCY = external.histogram(
    "alertmanager_notification_latency_seconds",
    "How long it took to notify.",
    unit=SECONDS,
    labels=_INTEGRATION,
    better="lower",
    buckets=(1, 5, 10, 15, 20),
)
ALERTMANAGER_ALERTS = external.gauge(
    "alertmanager_alerts", "Alerts by state: active, suppressed, unprocessed.", unit=COUNT, labels=("state",)
)
ALERTMANAGER_RECEIVED = external.counter(
    "alertmanager_alerts_received_total",
    "Alerts received, by status firing or resolved.",
    unit=COUNT,
    labels=("status", "version"),
)
ALERTMANAGER_INVALID = external.counter(
    "alertmanager_alerts_invalid_total",
    "Alerts received that could not be read.",
    unit=COUNT,
    labels=("version",),
    better="lower",
)
ALERTMANAGER_SILENCES = external.gauge(
    "alertmanager_silences", "Silences by state: active, pending, expired.", unit=COUNT, labels=("state",)
)
