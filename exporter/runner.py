"""Runs the parts of a collector against a source, and publishes each one's outcome by itself."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog

from collectors.contract import Part, Run
from collectors.errors import CollectError, Off, QueryTimeout, SourceDown
from collectors.source import Source
from exporter.block import Block
from exporter.board import Board
from exporter.exposition import Exposition, Key
from exporter.job import Job, describe, describe_trace
from exporter.self_metrics import SelfMetrics
from exporter.state import StateError, StateStore

_GRACE = 2.0
_OF_BEFORE = (
    "; this run of the former configuration has not ended, and no other begins until it does or the exporter is "
    "restarted"
)
_log = structlog.get_logger()


class Runner:
    """Turns jobs into published blocks. `stop` makes it deaf: runs that end later change nothing."""

    def __init__(self, exposition: Exposition, store: StateStore, board: Board, own: SelfMetrics) -> None:
        self._exposition = exposition
        self._store = store
        self._board = board
        self._own = own
        self._publishing = threading.Lock()
        self._stopped = False
        self._told = ""
        self._running: dict[str, tuple[Job, Part, Run]] = {}
        self._counting = threading.Lock()
        self._counted: set[Key] = set()  # whose present run is counted, though it may not have ended

    def stop(self) -> None:
        """Once this returns, no run of this runner publishes or stores anything."""
        with self._publishing:
            self._stopped = True

    def run(self, job: Job) -> float | None:
        """Run every part of a job. Returns in how many seconds to try again when the source is down, else None."""
        with self._counting:
            self._counted.difference_update(map(job.key, job.parts))
        if job.breaker and not job.breaker.allows():
            self._wait(job, job.parts, "skipped")
            return job.breaker.pause_left
        waiting = list(job.parts)
        try:
            with job.snapshot() as connection:
                as_of = job.moment(connection)
                answered = time.monotonic()
                while waiting:
                    self._run_part(job, waiting[0], connection, as_of)
                    waiting.pop(0)
        except Exception as error:
            if isinstance(error, SourceDown) and job.source and job.breaker:
                job.breaker.failed()
                self._source_down(job.source, str(error))
                self._wait(job, waiting, error.reason)
                return job.breaker.pause_left
            # A run that outlasted its time is here, too: it says nothing about the source, which answered it once.
            outcome = error.reason if isinstance(error, CollectError) else "error"
            for part in waiting:
                self._failed(job, part, outcome, describe(error), None, error)
        else:
            if job.source and job.breaker:
                job.breaker.succeeded()
                self._source_back(job.source, answered)
        return None

    def tell_overdue(self) -> None:
        """Show as down what has outrun its timeout. A thread in Python cannot be stopped, but it can be told."""
        for job, part, run in list(self._running.values()):
            if time.monotonic() > run.deadline + _GRACE:
                self._count(job.key(part), QueryTimeout.reason)
                holds_up_the_next = _OF_BEFORE if self._stopped else ""
                self._tell(job.key(part), QueryTimeout.reason, f"{job.too_long(part)}{holds_up_the_next}")

    def _run_part(self, job: Job, part: Part, connection: psycopg.Connection[Any] | None, as_of: datetime) -> None:
        started, key = time.monotonic(), job.key(part)
        run = job.new_run(part, connection, as_of, live=True)
        self._running[job.name] = job, part, run
        try:
            run.state = self._store.state(key)
            with job.guard(part, connection):
                expires = time.time() + job.stale_after
                block = Block.build(part.collect(run), job.labels, expires, run.dropped, part.metrics)
            if time.monotonic() > run.deadline:
                raise job.too_long(part)
            self._publish(key, block, run, time.monotonic() - started)
        except SourceDown:
            raise
        except CollectError as error:
            self._failed(job, part, error.reason, str(error), started)
        except StateError as error:
            self._failed(job, part, "state", str(error), started)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # a plugin must not end the process
            if connection and isinstance(error, psycopg.OperationalError):
                raise  # the connection is lost; the snapshot tells why
            self._failed(job, part, "error", describe(error), started, error)
        else:
            self._count(key, "success", time.monotonic() - started)
            for reason, number in run.dropped.items():
                self._own.dropped(*key, reason, number)
        finally:
            del self._running[job.name]

    def _publish(self, key: Key, block: Block, run: Run, seconds: float) -> None:
        now = time.time()
        missing = {piece: describe(error) for piece, error in run.missing.items()}
        with self._publishing:
            if self._stopped:
                return
            self._store_run(key, block, run, now)
            self._exposition.replace(key, block)
        former = self._board.update(
            key,
            state="up",
            last_success=datetime.fromtimestamp(now, UTC),
            duration=seconds,
            series=block.series,
            error="",
            source_down=False,
            missing=missing,
            stale=False,
            restored=False,
        )
        if former is None:
            return
        where = key._asdict()
        if former.error:
            _log.info("part recovered", **where)
        for piece in sorted(missing.keys() - former.missing.keys()):
            _log.warning("piece is missing", **where, piece=piece, error=missing[piece])
        for piece in sorted(former.missing.keys() - missing.keys()):
            _log.info("piece is back", **where, piece=piece)

    def _store_run(self, key: Key, block: Block, run: Run, now: float) -> None:
        try:
            self._store.save(key, succeeded=now, expires=block.expires or now, state=run.state, rows=block.to_rows())
        except StateError as error:
            if run.state:
                raise  # totals must not run ahead of what is stored, or a restart would count twice
            if self._told != str(error):
                self._told = str(error)
                _log.warning("values are served but not kept for a restart", error=str(error))

    def _source_down(self, source: Source, reason: str) -> None:
        """Tell once that a source is down, for all parts that read it."""
        if not self._stopped and self._board.source_down(source.name, reason):
            parts = sum(part.source == source.name for part in self._board.parts())
            _log.warning("source is down", source=source.name, parts=parts, error=reason)

    def _source_back(self, source: Source, answered: float) -> None:
        if not self._stopped and self._board.source_back(source.name, answered):
            _log.info("source is back", source=source.name)

    def _wait(self, job: Job, parts: Sequence[Part], outcome: str) -> None:
        """Show parts as down with their source. What was told of their own faults still holds when it is back."""
        if self._stopped:
            return
        for part in parts:
            self._count(job.key(part), outcome)
            self._board.update(job.key(part), state="down", source_down=True)

    def _failed(
        self, job: Job, part: Part, outcome: str, message: str, started: float | None, bug: BaseException | None = None
    ) -> None:
        """Keep the last good block; tell the reason once, not at every tick. The log shows where `bug` comes from."""
        if self._stopped:
            return  # its end was our doing: the schedule cancels what runs when it stops
        key = job.key(part)
        seconds = None if started is None else time.monotonic() - started
        self._count(key, outcome, seconds)
        duration = {} if seconds is None else {"duration": seconds}
        self._tell(key, outcome, message, bug, **duration)

    def _count(self, key: Key, outcome: str, seconds: float | None = None) -> None:
        """Count a run once: one that was told as overdue is a timeout, whatever it comes to at its end."""
        with self._counting:
            if key not in self._counted:
                self._counted.add(key)
                self._own.ran(*key, outcome)
        if seconds is not None:
            self._own.took(*key, seconds)

    def _tell(self, key: Key, outcome: str, message: str, bug: BaseException | None = None, **duration: float) -> None:
        state = "off" if outcome == Off.reason else "down"
        former = self._board.update(key, state=state, error=message, source_down=False, **duration)
        if former and former.error != message:
            log = _log.info if state == "off" else _log.warning
            trace = {} if bug is None or isinstance(bug, CollectError) else {"exception": describe_trace(bug)}
            log("part failed", **key._asdict(), outcome=outcome, error=message, **trace)
