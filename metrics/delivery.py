"""Delivery: CI builds, deployments, and the four keys of DORA."""

from metrics import COUNT, RATIO, SECONDS, TIMESTAMP, Counter, Gauge, Histogram

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_NO_BUILDS = "No build, no ratio."
_NO_DEPLOYMENTS = "No deployment in the window, no ratio."

DEPLOYMENTS = Counter(
    "kpi_deployments_total",
    "Deployments that ended, by their result then: success, failure or rolled_back. What is rolled back later stays a "
    "success here, and counts in the change failure ratio.",
    unit=COUNT,
    labels=("service", "environment", "result"),
    owner="platform",
)

DEPLOYMENTS_PER_DAY = Gauge(
    "kpi_deployments_per_day",
    "Deployment frequency (DORA): production deployments that reached users ÷ days of the window. What failed before "
    "that does not count, what was rolled back after it does. 0 for a service that had one in 90 days, but none now.",
    unit=COUNT,
    labels=("service", "environment", "window"),
    adds_over=("service", "environment"),
    owner="platform",
    better="higher",
)

DEPLOYMENTS_YEAR_GROWTH = Gauge(
    "kpi_deployments_year_growth_ratio",
    "Growth of the deployment frequency in production: (deployments of the last 365 days − of the 365 days before) ÷ "
    "of the 365 days before.",
    unit=RATIO,
    labels=("environment",),
    owner="platform",
    better="higher",
    sparse="Before two years of deployments are known, there is no year to compare with.",
)

LEAD_TIME_FOR_CHANGES = Histogram(
    "kpi_lead_time_for_changes_seconds",
    "Lead time for changes (DORA): from the oldest commit of a deployment to its end in production, where it reached "
    "users. A commit that is deployed once more is no new change.",
    unit=SECONDS,
    labels=("service",),
    owner="platform",
    better="lower",
    buckets=(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 16 * _HOUR, _DAY, 2 * _DAY, 3 * _DAY, 7 * _DAY, 30 * _DAY),
    sparse="Nothing may have been deployed.",
)

CHANGE_FAILURE = Gauge(
    "kpi_change_failure_ratio",
    "Change failure rate (DORA): production deployments that were rolled back or caused an incident ÷ all that ended "
    "in the window, those that failed before they reached users among them.",
    unit=RATIO,
    labels=("service", "window"),
    owner="platform",
    better="lower",
    sparse=_NO_DEPLOYMENTS,
)

TIME_TO_RESTORE_SERVICE = Histogram(
    "kpi_time_to_restore_service_seconds",
    "Time to restore service (DORA): from the start to the end of incidents that a production deployment caused. An "
    "incident counts once, three days after it is resolved: until then a post-mortem may name the deployment.",
    unit=SECONDS,
    labels=("service", "severity"),
    owner="platform",
    better="lower",
    buckets=(
        5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 2 * _DAY,
        7 * _DAY,
    ),
    sparse="A deployment may never have caused an incident.",
)  # fmt: skip

DEPLOYMENT_DURATION = Histogram(
    "kpi_deployment_duration_seconds",
    "Duration of deployments, from start to end, whatever their result.",
    unit=SECONDS,
    labels=("service", "environment"),
    owner="platform",
    better="lower",
    buckets=(30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR),
    sparse="Nothing may have been deployed.",
)

DEPLOYMENT_SUCCESS = Gauge(
    "kpi_deployment_success_ratio",
    "Deployments that succeeded and were not rolled back ÷ all that ended in the window.",
    unit=RATIO,
    labels=("service", "environment", "window"),
    owner="platform",
    better="higher",
    sparse=_NO_DEPLOYMENTS,
)

LAST_DEPLOYMENT = Gauge(
    "kpi_last_deployment_timestamp_seconds",
    "When the newest deployment to production ended, success or not, within the last 90 days.",
    unit=TIMESTAMP,
    labels=("service",),
    owner="platform",
    sparse="A service may not be deployed for 90 days.",
)

LAST_INCIDENT = Gauge(
    "kpi_last_incident_timestamp_seconds",
    "When the newest incident began, within the last 90 days.",
    unit=TIMESTAMP,
    labels=("service", "severity"),
    owner="platform",
    sparse="No incident is good news.",
)

CI_BUILDS = Counter(
    "kpi_ci_builds_total",
    "CI builds that ended, by result. A branch other than main, master or release… is told as other.",
    unit=COUNT,
    labels=("repo", "branch", "workflow", "result"),
    owner="platform",
    other=("branch",),
)

CI_BUILD_LAST_SUCCESS = Gauge(
    "kpi_ci_build_last_success",
    "Whether the newest build of a branch succeeded (1) or failed (0). Only main and master are watched, with builds "
    "of the last 30 days, and release…, with those of the last 7 days; a cancelled build says nothing.",
    unit=COUNT,
    labels=("repo", "branch", "workflow"),
    adds_over=(),
    owner="platform",
    better="higher",
    target=1,
    sparse="No build in 30 days, no last one.",
)

CI_BUILD_DURATION = Histogram(
    "kpi_ci_build_duration_seconds",
    "Duration of CI builds that succeeded or failed, from start to end, without the time in the queue.",
    unit=SECONDS,
    labels=("repo", "workflow"),
    owner="platform",
    better="lower",
    buckets=(_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 20 * _MINUTE, 30 * _MINUTE, _HOUR),
)

CI_BUILD_SUCCESS = Gauge(
    "kpi_ci_build_success_ratio",
    "CI builds that succeeded ÷ those that succeeded or failed, of all branches. Cancelled ones have no result.",
    unit=RATIO,
    labels=("repo", "workflow", "window"),
    owner="platform",
    better="higher",
    sparse=_NO_BUILDS,
)

SECURITY_SCAN_PASS = Gauge(
    "kpi_security_scan_pass_ratio",
    "Security scans of builds that passed ÷ those that passed or failed.",
    unit=RATIO,
    labels=("repo", "window"),
    owner="security",
    better="higher",
    sparse=_NO_BUILDS,
)

PERFORMANCE_TEST_PASS = Gauge(
    "kpi_performance_test_pass_ratio",
    "Performance tests of builds that passed ÷ those that passed or failed.",
    unit=RATIO,
    labels=("repo", "window"),
    owner="platform",
    better="higher",
    sparse=_NO_BUILDS,
)

PROCESS_AUTOMATION = Gauge(
    "kpi_process_automation_ratio",
    "Automation of a process. A proxy, for the process deployment: production deployments of the last 30 days without "
    "a step by hand ÷ those of which this is known.",
    unit=RATIO,
    labels=("process",),
    owner="platform",
    better="higher",
    sparse="Nobody may say which steps are done by hand.",
)
