"""What is done with the alerts that users define: stored, compiled into a rule file, and Prometheus told to read it.

alerts = UserAlerts(config, lambda: load(config))
alerts.add(Definition("kpi_conversion_ratio", "threshold", "<", 0.02))
alerts.apply()
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg

from exporter.artefacts import Artefacts
from exporter.config import Config
from exporter.config_warehouse import Warehouse
from exporter.rule_reload import ReloadError, not_loaded, reload
from exporter.warehouse_access import WarehouseError, opened
from provisioning.files import replace
from provisioning.rules.user_alerts import HEAD, Rules
from warehouse import alert_events, alerts
from warehouse.alerts import AlertError, Definition, StoredAlert

_LOCK = 5_094_117_004  # one rule file at a time per database; any number that nobody else uses


class UserAlertsError(Exception):
    """Something that is needed is not configured, not there, or refuses. `later` says that it may be there later."""

    def __init__(self, message: str, *, later: bool = True) -> None:
        super().__init__(message)
        self.later = later


@dataclass(frozen=True)
class Applied:
    """Where the rules were written, and a sentence for each thing that is amiss."""

    path: Path
    problems: tuple[str, ...]


class UserAlerts:
    """The alerts in the warehouse of the configuration. `artefacts` loads metrics and boards when rules are made.

    All functions raise UserAlertsError.
    """

    def __init__(self, config: Config, artefacts: Callable[[], Artefacts]) -> None:
        self._warehouse = _warehouse(config)
        self._alerting = config.alerting
        self._artefacts = artefacts

    @cached_property
    def _rules(self) -> Rules:
        found = self._artefacts()
        return Rules(found.scope, found.boards, found.surroundings.links, found.surroundings.pace)

    def faults(self, definition: Definition) -> list[str]:
        """What is wrong with the definition, a sentence each."""
        return self._rules.faults(definition)

    def add(self, definition: Definition, created_by: str | None = None) -> StoredAlert:
        """Store the alert. Raises AlertError with all that is wrong with it, and then nothing is stored."""
        if faults := self.faults(definition):
            raise AlertError(faults)
        self._file()
        with self._connected() as connection:
            return alerts.add(connection, definition, created_by)

    def list_all(self) -> list[StoredAlert]:
        """All alerts, oldest first."""
        with self._connected() as connection:
            return alerts.list_all(connection)

    def set_active(self, beginning: str, active: bool) -> StoredAlert:
        """Let the alert whose id begins so be evaluated, or no longer. Raises AlertError when there is none."""
        self._file()
        with self._connected() as connection:
            return alerts.set_active(connection, alerts.find(connection, beginning).id, active)

    def remove(self, beginning: str) -> StoredAlert:
        """Delete the alert whose id begins so. Raises AlertError when there is none."""
        self._file()
        with self._connected() as connection:
            return alerts.remove(connection, alerts.find(connection, beginning).id)

    def events(
        self, *, limit: int, severity: str | None = None, firing_only: bool = False, alert: str | None = None
    ) -> list[alert_events.Event]:
        """What came of alerts, newest first, or of the one whose id begins so. Raises AlertError when there is none."""
        with self._connected() as connection:
            chosen = alerts.find(connection, alert).id if alert else None
            return alert_events.newest(
                connection, limit=limit, severity=severity, firing_only=firing_only, alert=chosen
            )

    def apply(self) -> Applied:
        """Write the rules of all active alerts, let Prometheus read them, and look whether it has them."""
        path = self._file()
        with self._connected() as connection:
            # Whoever comes later reads later, so that the file never goes back to fewer alerts.
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            rules = self._rules.file(alerts.list_all(connection, active_only=True))
            try:
                if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(HEAD):
                    raise UserAlertsError(
                        f"could not write {path}: it is not of 'kpi alerts'; move it away, or name another file in "
                        "alerting.user_rules_file"
                    )
                replace(path, rules.text)
            except OSError as error:
                raise UserAlertsError(f"could not write {path}: {error.strerror}") from error
        if self._alerting.prometheus_url is None:
            unread = "Prometheus reads the rules when it is reloaded; set alerting.prometheus_url to have that done."
            return Applied(path, (*rules.problems, unread))
        try:
            reload(self._alerting.prometheus_url)
            unloaded = not_loaded(self._alerting.prometheus_url, rules.groups, path)
        except ReloadError as error:
            raise UserAlertsError(str(error)) from error
        return Applied(path, (*rules.problems, *unloaded))

    def _file(self) -> Path:
        if self._alerting.user_rules_file is None:
            raise UserAlertsError(
                "the configuration does not say where the rules go: set alerting.user_rules_file", later=False
            )
        return self._alerting.user_rules_file

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[object]]:
        try:
            with opened(self._warehouse, "alerts") as connection:
                yield connection
        except WarehouseError as error:
            raise UserAlertsError(str(error)) from error


def _warehouse(config: Config) -> Warehouse:
    if config.warehouse is None:
        raise UserAlertsError("the configuration names no database for alerts: set warehouse.dsn", later=False)
    return config.warehouse
