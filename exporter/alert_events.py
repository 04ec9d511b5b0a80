"""Keeps what Alertmanager tells: into the spool at once, and from there into the database, as soon as it is there."""

import hmac
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog

from collectors.source import describe_error
from exporter import alert_payload
from exporter.alert_spool import AlertSpool, SpoolError, Waiting
from exporter.config import Config
from exporter.config_file import reason
from exporter.warehouse_access import connect
from metrics import Metric
from metrics.exporter import (
    ALERT_EVENTS_RECEIVED,
    ALERT_EVENTS_REFUSED,
    ALERT_EVENTS_STORED,
    ALERT_EVENTS_WAITING,
)
from warehouse.alert_events import record

_BATCH = 200
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_REFUSED = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded, ValueError)
_log = structlog.get_logger()


class TokenError(Exception):
    """The token that Alertmanager must show cannot be read."""


class Refusal(Exception):
    """A delivery is not taken. `status` is the HTTP status that says so."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class AlertEvents:
    """Takes deliveries, and brings them to the database in a thread of its own, in the order in which they came.

    Without a warehouse in the configuration nothing is taken. `config` may be replaced at any time. Raises SpoolError.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.received = self.stored = self.refused = 0
        self._spool = AlertSpool(config.data_dir)
        self._came = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._deliver_until_stopped, name="alert-events", daemon=True)

    @property
    def waiting(self) -> int:
        """How many deliveries the database does not have yet."""
        return self._spool.waiting

    def counts(self) -> Mapping[Metric, int]:
        """What the metrics about events say; nothing where none are kept."""
        if self.config.warehouse is None and not self.waiting:
            return {}
        return {
            ALERT_EVENTS_RECEIVED: self.received,
            ALERT_EVENTS_STORED: self.stored,
            ALERT_EVENTS_REFUSED: self.refused,
            ALERT_EVENTS_WAITING: self.waiting,
        }

    def start(self) -> None:
        """Begin to deliver, what a former process left first."""
        if self._spool.set_aside:
            _log.warning(
                "the file of waiting alert events was damaged and is set aside", file=str(self._spool.set_aside)
            )
        self._came.set()
        self._thread.start()

    def stop(self) -> None:
        """Stop delivering; what waits is delivered by the next process."""
        self._stopping.set()
        self._came.set()
        if self._thread.ident is not None:
            self._thread.join(2)
        self._spool.close()

    def admit(self, authorization: str) -> None:
        """Let in who bears the token. Raises Refusal."""
        if self.config.warehouse is None:
            raise Refusal(404, "No events are kept here: the configuration has no 'warehouse'.")
        try:
            token = read_token(self.config)
        except TokenError as error:
            _log.error("alert events are put off; Alertmanager will send them again", error=str(error))
            raise Refusal(503, "No events are taken now: alerting.events.token_file cannot be read.") from None
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode("latin-1", "replace"), token):
            raise Refusal(401, "The bearer token is missing or wrong.")

    def take(self, body: bytes) -> int:
        """Keep the alerts of a body on the disk, and tell their number. Raises Refusal, and then none is kept."""
        try:
            deliveries, faults = alert_payload.read(body, datetime.now(UTC))
        except alert_payload.PayloadError as error:
            raise Refusal(400, f"The body is none of Alertmanager's, version 4: {error}") from None
        try:
            self._spool.put([alert_payload.dump(delivery) for delivery in deliveries])
        except SpoolError as error:
            _log.error("could not keep alert events; Alertmanager will send them again", error=str(error))
            raise Refusal(503, "The events cannot be kept now; send them again.") from None
        for fault in faults:
            _log.warning("an alert event was left out", error=fault)
        self.received += len(deliveries)
        self._came.set()
        return len(deliveries)

    def _deliver_until_stopped(self) -> None:
        pause, told = _FIRST_PAUSE, ""
        while not self._stopping.is_set():
            self._came.wait()
            self._came.clear()
            try:
                self._deliver()
            except Exception as error:  # whatever it was, nobody else delivers, and the next time may be better
                said = describe_error(error) if isinstance(error, psycopg.Error) else str(error)
                if said != told and not self._stopping.is_set():
                    _log.warning("could not store alert events; they wait", error=said, waiting=self.waiting)
                told = said
                self._came.set()
                self._stopping.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                if told:
                    _log.info("alert events are stored again", waiting=self.waiting)
                pause, told = _FIRST_PAUSE, ""

    def _deliver(self) -> None:
        warehouse = self.config.warehouse
        if warehouse is None or not self._spool.waiting:
            return
        with connect(warehouse, "alert_events") as connection:
            while not self._stopping.is_set() and (batch := self._spool.oldest(_BATCH)):
                self._store(connection, batch)

    def _store(self, connection: psycopg.Connection[Any], batch: list[Waiting]) -> None:
        refused: list[tuple[Waiting, str]] = []
        try:
            with connection.transaction():
                for waiting in batch:
                    record(connection, alert_payload.load(waiting.body))
        except _REFUSED:
            refused = self._store_each(connection, batch)
        gone = {waiting.id for waiting, _ in refused}
        self._spool.remove([waiting for waiting in batch if waiting.id not in gone], refused)
        self.stored += len(batch) - len(refused)
        self.refused += len(refused)
        for waiting, why in refused:
            with suppress(Exception):
                _log.error("the database refused an alert event, which is set aside", event=waiting.id, error=why)

    @staticmethod
    def _store_each(connection: psycopg.Connection[Any], batch: list[Waiting]) -> list[tuple[Waiting, str]]:
        """What the database refuses for good, with the reason: it would hold up those behind it. The rest is stored."""
        refused = []
        for waiting in batch:
            try:
                with connection.transaction():
                    record(connection, alert_payload.load(waiting.body))
            except _REFUSED as error:
                refused.append((waiting, str(error)))
        return refused


def read_token(config: Config) -> bytes:
    """What Alertmanager must show. Raises TokenError."""
    path = config.alerting.events.token_file
    try:
        token = path.read_bytes().strip()
    except OSError as error:
        raise TokenError(f"could not read alerting.events.token_file, {path}: {reason(error)}") from None
    if not token:
        raise TokenError(f"could not read alerting.events.token_file, {path}: it is empty")
    return token
