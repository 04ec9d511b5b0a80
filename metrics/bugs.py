"""Bugs: how many are found and fixed, how long that takes, and how many reach the users first."""

from metrics import COUNT, RATIO, SECONDS, Gauge, Histogram

_HOUR, _DAY = 3600, 86400
_QUIET = "A company may have no bug in 90 days."

BUGS_REPORTED = Gauge(
    "kpi_bugs_reported",
    "Bugs found: those reported in the window, 0 for each severity of a project that had any bug in 90 days.",
    unit=COUNT,
    labels=("project", "severity", "window"),
    owner="qa",
    better="lower",
    sparse=_QUIET,
)

BUGS_FIXED = Gauge(
    "kpi_bugs_fixed",
    "Bugs fixed: those resolved in the window, whenever they were reported.",
    unit=COUNT,
    labels=("project", "severity", "window"),
    owner="qa",
    sparse=_QUIET,
)

BUGS_OPEN = Gauge(
    "kpi_bugs_open",
    "Bugs reported and not resolved yet, however old, 0 for each severity of a project that had any bug in 90 days.",
    unit=COUNT,
    labels=("project", "severity"),
    owner="qa",
    better="lower",
    sparse=_QUIET,
)

OLDEST_OPEN_BUG_AGE = Gauge(
    "kpi_oldest_open_bug_age_seconds",
    "Time since the oldest bug that is still open was reported. Without an open bug there is none.",
    unit=SECONDS,
    labels=("project", "severity"),
    owner="qa",
    better="lower",
    sparse="No open bug, no age.",
)

BUG_RESOLUTION_TIME = Histogram(
    "kpi_bug_resolution_time_seconds",
    "Time from the report of a bug to its resolution, counted when it is resolved.",
    unit=SECONDS,
    labels=("project", "severity"),
    owner="qa",
    better="lower",
    buckets=(_HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY, 30 * _DAY),
    sparse=_QUIET,
)

BUG_RESOLUTION_TIME_MEAN = Gauge(
    "kpi_bug_resolution_time_mean_seconds",
    "Mean time to resolve the bugs of the last 30 days that were resolved on this ISO weekday (1 is Monday) in this "
    "hour, in the time zone of the source. An hour in which none was resolved has none.",
    unit=SECONDS,
    labels=("day_of_week", "hour"),
    owner="qa",
    better="lower",
    sparse="A company may resolve no bug in 30 days.",
)

BUG_LEAK_RATIO = Gauge(
    "kpi_bug_leak_ratio",
    "Escaped defects: bugs that users met first ÷ all bugs reported in the window. Fewer than 5 bugs have none.",
    unit=RATIO,
    labels=("project", "window"),
    owner="qa",
    better="lower",
    sparse="Fewer than 5 bugs in the window say nothing.",
)

DEFECTS_PER_FEATURE_RELEASED = Gauge(
    "kpi_defects_per_feature_released",
    "Bugs that users met first ÷ features released, both in the window. Without a released feature there is none.",
    unit=COUNT,
    labels=("window",),
    adds_over=(),
    owner="qa",
    better="lower",
    sparse="No feature released in the window, no rate.",
)

# Teams plan them as issues. They are the same rows, so one query tells both names.
ISSUES_OPENED = Gauge(
    "kpi_issues_opened",
    "Issues that were reported in the window, 0 for each severity of a project that had any in 90 days. An issue is a "
    "bug.",
    unit=COUNT,
    labels=("project", "severity", "window"),
    owner="engineering",
    better="lower",
    sparse=_QUIET,
)

ISSUES_RESOLVED = Gauge(
    "kpi_issues_resolved",
    "Issues that were resolved in the window, whenever they were reported. An issue is a bug.",
    unit=COUNT,
    labels=("project", "severity", "window"),
    owner="engineering",
    better="higher",
    sparse=_QUIET,
)

ISSUES_OPEN = Gauge(
    "kpi_issues_open",
    "Issues that are reported and not resolved, 0 for each severity of a project that had any in 90 days. An issue is "
    "a bug.",
    unit=COUNT,
    labels=("project", "severity"),
    owner="engineering",
    better="lower",
    sparse=_QUIET,
)
