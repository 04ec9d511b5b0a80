"""Reliability: whether services are up, keep what was promised, and how incidents and alerts are dealt with."""

from metrics import COUNT, RATIO, SCORE, SECONDS, Counter, Gauge, Histogram, Input

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_NO_INCIDENT = "There may have been no incident."
_NO_PROBE = "A service may be probed less often than every 15 minutes."
_NO_TARGET = "Nobody may have agreed on an objective."

SERVICE_UPTIME = Gauge(
    "kpi_service_uptime_ratio",
    "Probes from outside that were answered ÷ all probes of the window. A service that nobody probed has none.",
    unit=RATIO,
    labels=("service", "window"),
    owner="platform",
    better="higher",
    target=0.999,
    warning=0.999,
)

FAILED_PROBES = Gauge(
    "kpi_service_failed_probes",
    "Probes of the window that were not answered: how much a low uptime rests on.",
    unit=COUNT,
    labels=("service", "window"),
    adds_over=("service",),
    owner="platform",
    better="lower",
)

RECENT_UPTIME = Gauge(
    "kpi_service_recent_uptime_ratio",
    "Probes from outside that were answered ÷ all probes of the last 15 minutes. A service that nobody probed has "
    "none.",
    unit=RATIO,
    labels=("service",),
    owner="platform",
    better="higher",
    sparse=_NO_PROBE,
)

RECENT_FAILED_PROBES = Gauge(
    "kpi_service_recent_failed_probes",
    "Probes of the last 15 minutes that were not answered: how much a service that seems to be down rests on.",
    unit=COUNT,
    labels=("service",),
    owner="platform",
    better="lower",
    sparse=_NO_PROBE,
)

SLA_COMPLIANCE = Gauge(
    "kpi_sla_compliance_ratio",
    "Slots of 5 minutes in which the target was met ÷ slots with probes (availability) or requests (latency, "
    "error_rate). Met: the share of good ones is at least the objective. A kind with several targets has to meet all.",
    unit=RATIO,
    labels=("service", "sla", "window"),
    owner="platform",
    better="higher",
    sparse=_NO_TARGET,
)

INCIDENTS = Counter(
    "kpi_incidents_total",
    "Incidents that were noticed. Those of security have metrics of their own.",
    unit=COUNT,
    labels=("service", "severity"),
    owner="platform",
    better="lower",
    sparse=_NO_INCIDENT,
)

INCIDENTS_OPEN = Gauge(
    "kpi_incidents_open",
    "Incidents that were noticed and are not resolved; 0 for each service and severity with incidents in 90 days.",
    unit=COUNT,
    labels=("service", "severity"),
    owner="platform",
    better="lower",
    sparse=_NO_INCIDENT,
)

INCIDENTS_UNACKNOWLEDGED = Gauge(
    "kpi_incidents_unacknowledged",
    "Open incidents that nobody has taken; 0 for each service and severity with incidents in 90 days.",
    unit=COUNT,
    labels=("service", "severity"),
    owner="platform",
    better="lower",
    sparse=_NO_INCIDENT,
)

OLDEST_OPEN_INCIDENT = Gauge(
    "kpi_oldest_open_incident_age_seconds",
    "Time since the oldest open incident began; 0 where none is open.",
    unit=SECONDS,
    labels=("service", "severity"),
    owner="platform",
    better="lower",
    sparse=_NO_INCIDENT,
)

INCIDENT_RESOLUTION_TIME = Histogram(
    "kpi_incident_resolution_time_seconds",
    "Time from the beginning of an incident until the service was well again, once it is. MTTR is sum ÷ count.",
    unit=SECONDS,
    labels=("service", "severity"),
    owner="platform",
    better="lower",
    buckets=(5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 3 * _DAY),
    sparse=_NO_INCIDENT,
)

INCIDENT_ACKNOWLEDGE_TIME = Histogram(
    "kpi_incident_acknowledge_time_seconds",
    "Time from when an incident was noticed, or else began, until somebody took it. MTTA is sum ÷ count.",
    unit=SECONDS,
    labels=("service", "severity"),
    owner="platform",
    better="lower",
    buckets=(_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 4 * _HOUR),
    sparse=_NO_INCIDENT,
)

MEAN_TIME_BETWEEN_FAILURES = Gauge(
    "kpi_mean_time_between_failures_seconds",
    "Time in operation ÷ failures that began in the window: (window − time in failure) ÷ failures. Those that overlap "
    "are down once. A failure is an incident of severity critical or high.",
    unit=SECONDS,
    labels=("service", "window"),
    owner="platform",
    better="higher",
    sparse="Without a failure in the window there is no time between failures.",
)

INCIDENT_ESCALATIONS = Counter(
    "kpi_incident_escalations_total",
    "Escalations of incidents, by the level that was reached. Only the last level is known: of several escalations of "
    "an incident within half an hour, one counts.",
    unit=COUNT,
    labels=("service", "level"),
    owner="platform",
    better="lower",
    sparse="No incident may ever have been escalated.",
)

RECOVERY_TEST_AGE = Gauge(
    "kpi_disaster_recovery_test_age_seconds",
    "Time since the last recovery test that met its objectives: since the end of the last period with a ratio above 0, "
    "or since it was given, if that was sooner.",
    unit=SECONDS,
    labels=("system",),
    owner="platform",
    better="lower",
    sparse="Somebody has to give the results of recovery tests: kpi input set.",
)

RECOVERY_OBJECTIVES_MET = Input(
    "kpi_disaster_recovery_rto_met_ratio",
    "Recovery tests that met their objectives for time (RTO) and for lost data (RPO) ÷ tests performed in the quarter.",
    unit=RATIO,
    labels=("system",),
    owner="platform",
    better="higher",
    every="quarter",
    due_days=30,
)

BUSINESS_CONTINUITY = Input(
    "kpi_business_continuity_readiness_ratio",
    "Readiness for an emergency. A proxy, because no source defines it: continuity plans that were reviewed in the "
    "last 12 months ÷ plans.",
    unit=RATIO,
    labels=("unit",),
    owner="operations",
    better="higher",
    every="quarter",
    due_days=30,
)

ALERT_NOTIFICATIONS = Counter(
    "kpi_alert_notifications_total",
    "Notifications that Alertmanager sent or failed to send, by channel. It does not tell them apart by alert.",
    unit=COUNT,
    labels=("channel", "result"),
    owner="platform",
    origin="recorded",
    shared=True,
    sparse="Not every Prometheus scrapes Alertmanager.",
)

ALERT_FALSE_POSITIVES = Gauge(
    "kpi_alert_false_positive_ratio",
    "Alerts that ended in the window and that somebody marked as false ÷ all that ended in it.",
    unit=RATIO,
    labels=("severity", "window"),
    owner="platform",
    better="lower",
    sparse="In a quiet window no alert ends; and only the database that keeps alerts knows them.",
)

ALERTS_FIRING = Gauge(
    "kpi_alerts_firing",
    "Alerts that fire, as the exporter keeps them: 0 for each severity without one.",
    unit=COUNT,
    labels=("severity",),
    owner="platform",
    better="lower",
    sparse="Only the database that keeps alerts knows them.",
)

OPERATIONAL_RISK = Gauge(
    "kpi_operational_risk_score",
    "A proxy: 100 for a service with an open critical incident, an open critical vulnerability of the asset of its "
    "name, or a day that burnt its availability budget too fast; otherwise 0. The mean is the share at risk.",
    unit=SCORE,
    labels=("service",),
    owner="platform",
    better="lower",
    sparse=_NO_TARGET,
)
