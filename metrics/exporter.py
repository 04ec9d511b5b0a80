"""What the exporter says about itself, and what Prometheus adds to every target.

`exporter/self_metrics.py` exposes the first; boards and rules refer to both. No collector reads them. What has the
label `source` also carries the labels of that source, such as a tenant.
"""

from metrics import external
from metrics.unit import COUNT, SECONDS, TIMESTAMP

_PART = ("collector", "part", "source")

COLLECTOR_UP = external.gauge(
    "kpi_exporter_collector_up",
    "Whether the last run was good (1) or not (0).",
    unit=COUNT,
    labels=_PART,
    adds_over=(),
    better="higher",
    critical=1,
)
COLLECTOR_LAST_SUCCESS = external.gauge(
    "kpi_exporter_collector_last_success_timestamp_seconds",
    "When the last good run ended.",
    unit=TIMESTAMP,
    labels=_PART,
)
COLLECTOR_INTERVAL = external.gauge(
    "kpi_exporter_collector_interval_seconds",
    "From start to start of the part's runs.",
    unit=SECONDS,
    labels=_PART,
)
COLLECTOR_RUN_DURATION = external.histogram(
    "kpi_exporter_collector_run_duration_seconds",
    "Duration of runs, from start to ready bytes.",
    unit=SECONDS,
    labels=_PART,
    better="lower",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
COLLECTOR_RUNS = external.counter(
    "kpi_exporter_collector_runs_total",
    "Runs of a collector's part, by outcome.",
    unit=COUNT,
    labels=(*_PART, "outcome"),
)
COLLECTOR_READINGS = external.gauge(
    "kpi_exporter_collector_readings",
    "Series that the part exposes now.",
    unit=COUNT,
    labels=_PART,
)
COLLECTOR_READINGS_DROPPED = external.counter(
    "kpi_exporter_collector_readings_dropped_total",
    "Values that gave no sample, by reason.",
    unit=COUNT,
    labels=(*_PART, "reason"),
    better="lower",
    sparse="Nothing has been dropped since the exporter started.",
)
SOURCE_UP = external.gauge(
    "kpi_exporter_source_up",
    "Whether the source answered when last asked (1) or its breaker is open (0).",
    unit=COUNT,
    labels=("source",),
    adds_over=(),
    better="higher",
    critical=1,
)
COLLECTORS_LEFT_OUT = external.gauge(
    "kpi_exporter_collectors_left_out",
    "Collectors and query files that could not be loaded.",
    unit=COUNT,
    better="lower",
    critical=1,
)
CONFIG_LAST_RELOAD_SUCCESSFUL = external.gauge(
    "kpi_exporter_config_last_reload_successful",
    "Whether the last reload took the file (1) or kept the old.",
    unit=COUNT,
    better="higher",
    critical=1,
)
CONFIG_LAST_RELOAD_SUCCESS = external.gauge(
    "kpi_exporter_config_last_reload_success_timestamp_seconds",
    "When the file was last taken.",
    unit=TIMESTAMP,
)
ALERT_EVENTS_RECEIVED = external.counter(
    "kpi_exporter_alert_events_received_total",
    "Alerts, firing or resolved, that Alertmanager told and that are on the disk.",
    unit=COUNT,
)
ALERT_EVENTS_STORED = external.counter(
    "kpi_exporter_alert_events_stored_total",
    "Of these, what the database has.",
    unit=COUNT,
)
ALERT_EVENTS_REFUSED = external.counter(
    "kpi_exporter_alert_events_refused_total",
    "Of these, what the database refused and is set aside.",
    unit=COUNT,
    better="lower",
)
ALERT_EVENTS_WAITING = external.gauge(
    "kpi_exporter_alert_events_waiting",
    "Of these, what the database does not have yet.",
    unit=COUNT,
    better="lower",
    sparse="Only an exporter with a warehouse keeps events.",
)
BUILD_INFO = external.gauge(
    "kpi_exporter_build_info",
    "Always 1; the labels say what runs.",
    unit=COUNT,
    labels=("version", "python"),
)

UP = external.gauge(
    "up",
    "Whether Prometheus could scrape the target (1) or not (0).",
    unit=COUNT,
    labels=("job", "instance"),
    better="higher",
    critical=1,
)
SCRAPE_DURATION = external.gauge(
    "scrape_duration_seconds",
    "How long the last scrape of the target took.",
    unit=SECONDS,
    labels=("job", "instance"),
    better="lower",
)
SCRAPE_SAMPLES = external.gauge(
    "scrape_samples_scraped",
    "Samples that the target exposed in the last scrape.",
    unit=COUNT,
    labels=("job", "instance"),
)
ALERTS = external.gauge(
    "ALERTS",
    "Alerts that are pending or firing, as Prometheus evaluates them.",
    unit=COUNT,
    labels=("alertname", "alertstate", "severity", "team"),
)
