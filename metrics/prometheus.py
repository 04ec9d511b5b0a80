"""What Prometheus says about itself: who watches the watcher."""

from metrics import external
from metrics.unit import BYTES, COUNT, SECONDS, TIMESTAMP

_GROUP = ("rule_group",)
_ALERTMANAGER = ("alertmanager",)

PROMETHEUS_CONFIG_SUCCESSFUL = external.gauge(
    "prometheus_config_last_reload_successful",
    "Whether the last reload took the configuration (1) or kept the old (0).",
    unit=COUNT,
    adds_over=(),
    better="higher",
    critical=1,
)
PROMETHEUS_CONFIG_SUCCESS = external.gauge(
    "prometheus_config_last_reload_success_timestamp_seconds",
    "When Prometheus last took its configuration.",
    unit=TIMESTAMP,
)
PROMETHEUS_RULE_FAILURES = external.counter(
    "prometheus_rule_evaluation_failures_total",
    "Evaluations of rules that failed.",
    unit=COUNT,
    labels=_GROUP,
    better="lower",
    sparse="Not every Prometheus scrapes itself.",
)
PROMETHEUS_RULE_MISSED = external.counter(
    "prometheus_rule_group_iterations_missed_total",
    "Evaluations of a group that were left out, because the one before took too long.",
    unit=COUNT,
    labels=_GROUP,
    better="lower",
)
PROMETHEUS_RULE_INTERVAL = external.gauge(
    "prometheus_rule_group_interval_seconds", "How often the group is evaluated.", unit=SECONDS, labels=_GROUP
)
PROMETHEUS_RULE_DURATION = external.gauge(
    "prometheus_rule_group_last_duration_seconds",
    "How long the last evaluation of the group took.",
    unit=SECONDS,
    labels=_GROUP,
    better="lower",
)
PROMETHEUS_RULE_EVALUATED = external.gauge(
    "prometheus_rule_group_last_evaluation_timestamp_seconds",
    "When the group was last evaluated.",
    unit=TIMESTAMP,
    labels=_GROUP,
)

PROMETHEUS_ALERTMANAGERS = external.gauge(
    "prometheus_notifications_alertmanagers_discovered",
    "Alertmanagers that Prometheus sends alerts to.",
    unit=COUNT,
    better="higher",
    critical=1,
)
PROMETHEUS_NOTIFICATIONS_SENT = external.counter(
    "prometheus_notifications_sent_total", "Alerts sent to an Alertmanager.", unit=COUNT, labels=_ALERTMANAGER
)
PROMETHEUS_NOTIFICATION_ERRORS = external.counter(
    "prometheus_notifications_errors_total",
    "Alerts that could not be sent to an Alertmanager.",
    unit=COUNT,
    labels=_ALERTMANAGER,
    better="lower",
)
PROMETHEUS_NOTIFICATIONS_DROPPED = external.counter(
    "prometheus_notifications_dropped_total",
    "Alerts that were given up, because no Alertmanager took them.",
    unit=COUNT,
    better="lower",
)
PROMETHEUS_NOTIFICATION_QUEUE = external.gauge(
    "prometheus_notifications_queue_length", "Alerts that wait to be sent.", unit=COUNT, better="lower"
)
PROMETHEUS_NOTIFICATION_QUEUE_LIMIT = external.gauge(
    "prometheus_notifications_queue_capacity", "The most alerts that may wait to be sent.", unit=COUNT
)

PROMETHEUS_SERIES = external.gauge("prometheus_tsdb_head_series", "Series in memory.", unit=COUNT)
PROMETHEUS_SAMPLES = external.counter(
    "prometheus_tsdb_head_samples_appended_total", "Samples stored.", unit=COUNT, labels=("type",)
)
PROMETHEUS_BLOCKS_SIZE = external.gauge(
    "prometheus_tsdb_storage_blocks_bytes", "Space that the history fills on disk.", unit=BYTES
)
PROMETHEUS_COMPACTIONS_FAILED = external.counter(
    "prometheus_tsdb_compactions_failed_total", "Failed compactions of the history.", unit=COUNT, better="lower"
)
PROMETHEUS_WAL_CORRUPTIONS = external.counter(
    "prometheus_tsdb_wal_corruptions_total", "Damages of the write-ahead log.", unit=COUNT, better="lower"
)
PROMETHEUS_OUT_OF_ORDER = external.counter(
    "prometheus_target_scrapes_sample_out_of_order_total",
    "Samples refused because a later one was there.",
    unit=COUNT,
    better="lower",
)
PROMETHEUS_SAMPLE_LIMIT = external.counter(
    "prometheus_target_scrapes_exceeded_sample_limit_total",
    "Scrapes refused because they had too many samples.",
    unit=COUNT,
    better="lower",
)
