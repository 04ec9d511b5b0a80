"""The running exporter without its HTTP side: state, schedule, exposition, and how they are replaced on reload."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version

import structlog

from collectors.discovery import DiscoveryError
from exporter.alert_events import AlertEvents
from exporter.alert_sweep import AlertSweep
from exporter.assembly import Assembly, assemble
from exporter.block import Block
from exporter.board import Board
from exporter.config import Config, ConfigError
from exporter.exposition import Exposition, Key
from exporter.runner import Runner
from exporter.schedule import Running, Schedule
from exporter.self_metrics import SelfMetrics
from exporter.state import StateError, StateStore, StoredPart

_REFRESH_SECONDS = 2.0
_KEPT_SECONDS = 30 * 86_400.0
_log = structlog.get_logger()


class ReloadError(Exception):
    """The new configuration cannot be used; the old one still runs."""


class Service:
    """Collects and keeps the exposition ready.

    `load` gives the configuration, at the start and at every reload. `reload_web` is called on reload, too: it renews
    users and certificates, or raises ConfigError. Raises ConfigError, DiscoveryError or StateError when it cannot
    start.
    """

    def __init__(self, load: Callable[[], Config], config_name: str) -> None:
        self.version = version("kpi-exporter")
        self.config_name = config_name
        self.config_error = ""
        self.started = self.config_loaded = datetime.now(UTC)
        self.exposition = Exposition()
        self.board = Board()
        self.reload_web: Callable[[], None] = lambda: None
        self._load = load
        self.config = load()
        self._assembly = assemble(self.config)
        self._store = StateStore(self.config.data_dir)
        self._own = SelfMetrics(self.version, self.board.parts, self._labels_of)
        self._own.watch(
            lambda: {name: not breaker.is_open for name, breaker in self._assembly.breakers.items()},
            lambda: len(self.problems),
        )
        self.alert_events = AlertEvents(self.config)
        self._own.watch_events(self.alert_events.counts)
        self._alert_sweep = AlertSweep(self.config, lambda: self.alert_events.waiting)
        self._running: Running = {}
        self._schedule = self._new_schedule()
        self._reloading = threading.Lock()
        self._stopping = threading.Event()
        self._refreshed = time.monotonic()
        self._refresher = threading.Thread(target=self._refresh_until_stopped, name="refresh", daemon=True)

    @property
    def assembly(self) -> Assembly:
        """What the configuration in force amounts to."""
        return self._assembly

    @property
    def problems(self) -> list[str]:
        """Which collectors could not be loaded, and why."""
        return self._assembly.problems

    @property
    def refresh_age(self) -> float:
        """Seconds since the last refresh that ended well."""
        return time.monotonic() - self._refreshed

    def start(self) -> None:
        """Serve what the last process left, then begin to collect."""
        if self._store.set_aside:
            _log.warning(
                "the state file was damaged and is set aside; counters begin anew", file=str(self._store.set_aside)
            )
        self._tell_problems()
        self.board.expect(self._assembly.parts())
        self._restore()
        self._schedule.start(self._assembly.jobs)
        self.refresh()
        self._refresher.start()
        self.alert_events.start()
        self._alert_sweep.start()

    def reload(self) -> None:
        """Read the configuration and the plugins again. Raises ReloadError, and then nothing has changed."""
        with self._reloading:
            try:
                config = self._load()
                for name in ("data_dir", "listen", "log_level", "web_config_file"):
                    if getattr(config, name) != getattr(self.config, name):
                        raise ConfigError([f"{name} cannot change while the exporter runs; restart it"])
                assembly = assemble(config)
                self.reload_web()
            except (ConfigError, DiscoveryError, OSError) as error:
                self.config_error = str(error)
                self._own.reloaded(good=False)
                _log.error("could not reload the configuration; the old one still runs", error=str(error))
                raise ReloadError(f"could not reload the configuration; the old one still runs:\n{error}") from error
            former = self._replace(config, assembly)
            former.close()
            _log.info("reloaded the configuration", collectors=len(assembly.collectors))

    def stop(self) -> None:
        """Stop collecting, cancel what runs on the servers, and close the state."""
        self._stopping.set()
        self._schedule.stop()
        self._assembly.close()
        self._alert_sweep.stop()
        self.alert_events.stop()
        self._store.close()
        self._own.close()

    def refresh(self) -> None:
        """Drop what is stale, look for runs that do not end, and render the self metrics."""
        for key in self.exposition.drop_expired(time.time()):
            if self.exposition.block(key):
                continue  # a run has just brought new values
            former = self.board.update(key, stale=True, series=0)
            if former and former.source_down:
                continue  # the log has it once, of the source
            _log.warning(
                "values are stale and no longer served", collector=key.collector, part=key.part, source=key.source
            )
        self._schedule.tell_overdue()
        self.exposition.set_own(*self._own.render())
        self._refreshed = time.monotonic()

    def _labels_of(self, source: str) -> Mapping[str, str]:
        known = self._assembly.sources.get(source)
        return known.labels if known else {}

    def _replace(self, config: Config, assembly: Assembly) -> Assembly:
        self._schedule.stop()
        former, self._assembly, self.config = self._assembly, assembly, config
        self.config_error, self.config_loaded = "", datetime.now(UTC)
        self.alert_events.config = self._alert_sweep.config = config
        kept = {key for key, _ in assembly.parts()}
        for key, _ in former.parts():
            if key not in kept:
                self.exposition.remove(key)
        for job in assembly.jobs:
            for part in job.parts:
                block = self.exposition.block(job.key(part))
                if block and not block.fits(part.metrics, job.labels):
                    self.exposition.remove(job.key(part))
                    self.board.update(job.key(part), series=0)
        self._forget_others(kept)
        self.board.expect(assembly.parts())
        self._tell_problems()
        self._schedule = self._new_schedule()
        self._schedule.start(assembly.jobs)
        self._own.reloaded(good=True)
        return former

    def _new_schedule(self) -> Schedule:
        return Schedule(
            Runner(self.exposition, self._store, self.board, self._own), self.board, self._own, self._running
        )

    def _restore(self) -> None:
        expected = {key for key, _ in self._assembly.parts()}
        self._forget_others(expected)
        try:
            for stored in self._store.load():
                if stored.key in expected:
                    self._restore_part(stored)
        except StateError as error:
            _log.warning("the last values are not served", error=str(error))

    def _restore_part(self, stored: StoredPart) -> None:
        succeeded = datetime.fromtimestamp(stored.succeeded, UTC)
        if stored.expires <= time.time():
            self.board.update(stored.key, last_success=succeeded, stale=True)
            return
        job, part = next(
            (job, part) for job in self._assembly.jobs for part in job.parts if job.key(part) == stored.key
        )
        try:
            block = Block.from_rows(stored.rows, part.metrics, job.labels, stored.expires)
        except ValueError as error:
            key = stored.key
            _log.warning(
                "the last values are damaged and not served",
                collector=key.collector,
                part=key.part,
                source=key.source,
                error=str(error),
            )
            return
        self.exposition.replace(stored.key, block)
        self.board.update(stored.key, last_success=succeeded, series=block.series, restored=True)

    def _forget_others(self, kept: Collection[Key]) -> None:
        try:
            self._store.keep_only(kept, time.time() - _KEPT_SECONDS)
        except StateError as error:
            _log.warning("could not tidy up the state", error=str(error))

    def _tell_problems(self) -> None:
        for problem in self.problems:
            _log.error("a collector is left out", error=problem)

    def _refresh_until_stopped(self) -> None:
        told = ""
        while not self._stopping.wait(_REFRESH_SECONDS):
            try:
                self.refresh()
                told = ""
            except Exception as error:  # whatever it was, the next refresh may succeed, and nobody else does them
                if told != repr(error):
                    told = repr(error)
                    with suppress(Exception):
                        _log.exception("could not refresh what is served")
