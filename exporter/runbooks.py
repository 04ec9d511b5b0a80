"""The pages `/runbooks/NAME`, where the messages of alerts lead, and `/runbooks/`, which lists them."""

import threading

from exporter.assembly import Assembly
from exporter.config import Config
from exporter.handbook import RUNBOOKS, book_of, render
from provisioning.handbook.alerts import alerts_pieces
from provisioning.handbook.places import Places
from provisioning.handbook.runbooks import Runbooks
from provisioning.rules import user_runbook

_INDEX = "What to do about each alert: how urgent it is, who is told, and what is the case."


class RunbookPages:
    """The pages, found out once for each assembly. Threads may share it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._found: tuple[Assembly, Runbooks] | None = None

    def index(self, assembly: Assembly, config: Config) -> str:
        """The list of all alerts as HTML."""
        runbooks = self._runbooks(assembly, config)
        return render("Runbooks", _INDEX, "\n\n".join(alerts_pieces(runbooks.rules, runbooks.places)))

    def page(self, assembly: Assembly, config: Config, name: str) -> str | None:
        """The runbook of an alert as HTML; None when there is no alert of this name."""
        if name == user_runbook.NAME:
            return render(name, user_runbook.SUMMARY, user_runbook.TEXT)
        runbooks = self._runbooks(assembly, config)
        alert = next((alert for alert in runbooks.rules.alerts if alert.name == name), None)
        if alert is None:
            return None
        return render(alert.name, alert.summary, "\n\n".join(runbooks.pieces(alert)))

    def _runbooks(self, assembly: Assembly, config: Config) -> Runbooks:
        with self._guard:
            if self._found is None or self._found[0] is not assembly:
                book, links = book_of(assembly, config)
                places = Places(metrics="/handbook", tables="/handbook", runbooks=RUNBOOKS, grafana=links)
                self._found = assembly, Runbooks(book.rules, book.entries, book.boards, places)
            return self._found[1]
