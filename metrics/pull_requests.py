"""Pull requests: how many come and go, and how long and how hard their reviews are.

Never who opened them: who wants that as a label adds the query of docs/collectors.md.
"""

from metrics import COUNT, SECONDS, Gauge, Histogram

_HOUR = 3600

PULL_REQUESTS_OPEN = Gauge(
    "kpi_pull_requests_open",
    "Pull requests that are open.",
    unit=COUNT,
    labels=("repo",),
    owner="engineering",
    better="lower",
)

PULL_REQUESTS_OPENED = Gauge(
    "kpi_pull_requests_opened",
    "Pull requests that were opened in the window.",
    unit=COUNT,
    labels=("repo", "window"),
    owner="engineering",
)

PULL_REQUESTS_MERGED = Gauge(
    "kpi_pull_requests_merged",
    "Pull requests that were merged in the window.",
    unit=COUNT,
    labels=("repo", "window"),
    owner="engineering",
    better="higher",
)

PULL_REQUEST_REVIEW_TIME = Histogram(
    "kpi_pull_request_review_time_seconds",
    "Time from opening a pull request to its first approval, or to its merge where nobody approved it before, nights "
    "and weekends included.",
    unit=SECONDS,
    labels=("repo",),
    owner="engineering",
    better="lower",
    buckets=tuple(hours * _HOUR for hours in (1, 4, 8, 24, 48, 120)),
)

PULL_REQUEST_CHANGES_REQUESTED_MEAN = Gauge(
    "kpi_pull_request_changes_requested_mean",
    "Reviews that asked for changes ÷ pull requests, of those closed in the window, merged or not. Open ones do not "
    "count, as their reviews are not over.",
    unit=COUNT,
    labels=("repo", "window"),
    adds_over=(),
    owner="engineering",
    better="lower",
    sparse="Without a pull request that was closed there is no mean.",
)
