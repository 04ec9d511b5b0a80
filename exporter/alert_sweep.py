"""Closes the events of alerts whose end nobody told.

Alertmanager says nothing of an alert that ends while it is muted, be it by a critical alert, by ExporterDown or by a
silence: its event would be open for ever. Prometheus knows what fires, muted or not.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import structlog

from collectors.source import describe_error
from exporter.config import Config
from exporter.config_alerting import Alerting
from exporter.firing import Firing, ask
from exporter.warehouse_access import connect
from warehouse.alert_events import OpenEvent, close, still_open

_EVERY = 60.0
_MARGIN = timedelta(minutes=10)
"""Beside `group_interval`, within which Alertmanager tells an ordinary end: as long as Prometheus, once restarted, may
take to fire again what fired before. It remembers that of alerts that wait for ten minutes or more."""
_log = structlog.get_logger()


class AlertSweep:
    """Compares open events with what fires, once a minute in a thread of its own.

    Without a warehouse and Prometheus' address in the configuration it rests, as it does while `waiting` deliveries
    are not stored yet. `config` may be replaced at any time.
    """

    def __init__(self, config: Config, waiting: Callable[[], int]) -> None:
        self.config = config
        self._waiting = waiting
        self._seen: dict[tuple[str, datetime], datetime] = {}
        self._missing: dict[tuple[str, datetime], datetime] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_until_stopped, name="alert-sweep", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(2)

    def look(self, now: datetime) -> int:
        """Look once, close what has not been firing for long enough, and tell how many events that were.

        Raises FiringError or psycopg.Error, and then nothing is closed, and what was missing must be so anew.
        """
        warehouse, alerting = self.config.warehouse, self.config.alerting
        if warehouse is None or alerting.prometheus_url is None or self._waiting():
            return 0
        try:
            with connect(warehouse, "alert_sweep") as connection:
                events = still_open(connection)
            if not events:
                return 0
            ended = dict(self._ended(events, ask(alerting.prometheus_url), alerting, now))
            if not ended:
                return 0
            with connect(warehouse, "alert_sweep") as connection:
                return close(connection, ended)
        except BaseException:
            self._missing.clear()
            raise

    def _ended(
        self, events: Sequence[OpenEvent], firing: Firing, alerting: Alerting, now: datetime
    ) -> Iterator[tuple[int, datetime]]:
        """The ids of those that are over, each with its end: when it was last seen to fire, or first seen not to."""
        keys = {event.key for event in events}
        self._seen = {key: moment for key, moment in self._seen.items() if key in keys}
        self._missing = {key: moment for key, moment in self._missing.items() if key in keys}
        # What fires is the one that was told last; a former one with the same labels ended unnoticed.
        newest = {event.fingerprint: event.key for event in events}
        for event in events:
            if newest[event.fingerprint] == event.key and firing.includes(event.alertname, event.labels):
                self._seen[event.key] = now
                self._missing.pop(event.key, None)
            elif firing.has_rule(event.alertname) and not firing.is_evaluated(event.alertname):
                self._missing.pop(event.key, None)
            else:
                since = max(self._missing.setdefault(event.key, now), event.last_firing_at)
                if now - since > _patience(firing.has_rule(event.alertname), alerting):
                    yield event.id, max(self._seen.get(event.key, since), event.last_firing_at)

    def _look_until_stopped(self) -> None:
        told = ""
        while not self._stopping.is_set():
            try:
                if closed := self.look(datetime.now(UTC)):
                    _log.info("closed alert events whose end was not told", events=closed)
            except Exception as error:  # whatever it was, nobody else looks, and the next time may be better
                said = describe_error(error) if isinstance(error, psycopg.Error) else str(error)
                if said != told and not self._stopping.is_set():
                    _log.warning("could not look which alerts are over; their events stay open", error=said)
                told = said
            else:
                told = ""
            self._stopping.wait(_EVERY)


def _patience(has_rule: bool, alerting: Alerting) -> timedelta:
    """How long an alert must not have fired. One without a rule may be another's, which is repeated while it fires."""
    patience = _MARGIN + timedelta(seconds=alerting.group_interval)
    return patience if has_rule else patience + timedelta(seconds=alerting.repeat_interval)
