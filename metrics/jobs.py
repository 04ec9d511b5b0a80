"""Jobs in the background: how many, how long they take, how long they wait."""

from metrics import COUNT, RATIO, SECONDS, Counter, Gauge, Histogram

BACKGROUND_JOBS = Counter(
    "kpi_background_jobs_total",
    "Finished background jobs, by result: succeeded or failed.",
    unit=COUNT,
    labels=("queue", "job_type", "result"),
    owner="platform",
    other=("job_type",),
)

BACKGROUND_JOB_DURATION = Histogram(
    "kpi_background_job_duration_seconds",
    "Time from the last start of a background job to its end, whatever its result.",
    unit=SECONDS,
    labels=("queue", "job_type"),
    owner="platform",
    better="lower",
    buckets=(1, 5, 15, 60, 300, 900, 3600, 14400),
    cap=300,
    other=("job_type",),
)

BACKGROUND_JOB_SUCCESS = Gauge(
    "kpi_background_job_success_ratio",
    "Background jobs that succeeded ÷ those that succeeded or failed, by the end of the job. None ended, no ratio.",
    unit=RATIO,
    labels=("queue", "window"),
    owner="platform",
    better="higher",
    sparse="No job may have ended in the window.",
)

BACKGROUND_JOBS_QUEUED = Gauge(
    "kpi_background_jobs_queued",
    "Background jobs that wait for their start; 0 for a queue that got some in the last 30 days and is empty.",
    unit=COUNT,
    labels=("queue",),
    owner="platform",
    better="lower",
)

BACKGROUND_JOBS_OLDEST_WAIT = Gauge(
    "kpi_background_jobs_oldest_wait_seconds",
    "How long the oldest of the waiting background jobs has been waiting; 0 when none waits.",
    unit=SECONDS,
    labels=("queue",),
    owner="platform",
    better="lower",
)
