"""When jobs run: APScheduler, a pool of threads per source, never one job twice at once."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from exporter.board import Board
from exporter.job import Job
from exporter.runner import Runner
from exporter.self_metrics import SelfMetrics

_FIRST_RUNS_WITHIN = 0.5
_JITTER = 0.05
_LONGEST_JITTER = 15.0
_SECONDS_TO_CANCEL = 1.0
_SECONDS_TO_END = 1.0  # a run that a reload cancelled ends soon, and the next tick may be hours away

# The jobs that run now, each by its runner and name, with the names of its collector and source.
Running = dict[tuple[Runner, str], tuple[str, str]]


class Schedule:
    """Runs each job at its interval, with jitter. A tick that finds its job still running is counted as skipped.

    Every source has as many threads as connections, and every job without source one of its own, so that a slow one
    delays no other. `running` is shared by the schedules that follow each other: what still runs for a former one is
    not started a second time, but looked for more often than at each interval; of these tries, one in each interval
    counts as skipped.
    """

    def __init__(self, runner: Runner, board: Board, own: SelfMetrics, running: Running) -> None:
        self._runner = runner
        self._board = board
        self._own = own
        self._running = running
        self._stopped = False
        self._jobs: dict[str, Job] = {}
        self._next_skip: dict[str, float] = {}
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._scheduler.add_listener(self._skipped, EVENT_JOB_MAX_INSTANCES)

    def start(self, jobs: Iterable[Job]) -> None:
        """Begin. First runs are spread over half a second."""
        self._jobs = {job.name: job for job in jobs}
        threads = {"": max(1, sum(job.source is None for job in self._jobs.values()))}
        threads |= {job.source.name: job.source.pool_size for job in self._jobs.values() if job.source}
        for source, number in threads.items():
            self._scheduler.add_executor(ThreadPoolExecutor(number), alias=f"source:{source}")
        now = datetime.now(UTC)
        for number, job in enumerate(self._jobs.values()):
            self._scheduler.add_job(
                partial(self._tick, job.name),
                IntervalTrigger(seconds=job.interval, jitter=min(_LONGEST_JITTER, job.interval * _JITTER)),
                id=job.name,
                executor=f"source:{job.source.name if job.source else ''}",
                next_run_time=now + timedelta(seconds=_FIRST_RUNS_WITHIN * number / len(self._jobs)),
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
        self._scheduler.start()

    def stop(self) -> None:
        """No job starts any more. Those that run are asked to end, and not waited for."""
        self._stopped = True
        self._runner.stop()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        sources = {job.source.name: job.source for job in self._jobs.values() if job.source}
        cancelling = [Thread(target=source.cancel, daemon=True) for source in sources.values()]
        for thread in cancelling:
            thread.start()
        deadline = time.monotonic() + _SECONDS_TO_CANCEL  # a server that does not answer must not hold up the rest
        for thread in cancelling:
            thread.join(max(0.0, deadline - time.monotonic()))

    def tell_overdue(self) -> None:
        """Show the parts that have outrun their timeout and cannot be stopped."""
        for runner in {self._runner, *(runner for runner, _ in list(self._running))}:
            runner.tell_overdue()

    def _tick(self, name: str) -> None:
        job = self._jobs[name]
        again = self._run(job)
        try:
            if again is not None:
                soon = datetime.now(UTC) + timedelta(seconds=min(again, job.interval))
                self._scheduler.modify_job(name, next_run_time=soon)
            scheduled = self._scheduler.get_job(name)
        except JobLookupError:
            return
        if scheduled is None:
            return  # stopped meanwhile; the parts may belong to the next schedule already
        for part in job.parts:
            self._board.update(job.key(part), next_run=scheduled.next_run_time)

    def _run(self, job: Job) -> float | None:
        """Run a job, unless a former schedule still does. Returns in how many seconds to try again, else None."""
        names = job.collector.name, job.source.name if job.source else ""
        if any(runner is not self._runner and other == names for (runner, _), other in list(self._running.items())):
            now = time.monotonic()
            if now >= self._next_skip.get(job.name, now):
                self._next_skip[job.name] = now + job.interval
                self._skip(job)
            return _SECONDS_TO_END
        self._running[self._runner, job.name] = names
        try:
            # Asked only now: the schedule that follows a stopped one must see every run that still begins.
            return None if self._stopped else self._runner.run(job)
        finally:
            del self._running[self._runner, job.name]

    def _skipped(self, event: JobSubmissionEvent) -> None:
        self._skip(self._jobs[event.job_id])

    def _skip(self, job: Job) -> None:
        for part in job.parts:
            self._own.ran(*job.key(part), "skipped")
