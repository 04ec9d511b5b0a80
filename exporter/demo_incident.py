"""`kpi demo --incident`: makes trouble in the demo company, and tells step by step how it becomes a page, and ends."""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import psycopg
from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from alert_rules import Alert
from exporter.artefacts import Artefacts
from exporter.config import CollectorSettings, Config
from exporter.demo_data import tell
from exporter.demo_tenants import ACME
from exporter.demo_watch import Watch
from exporter.mail_catcher import Mail
from metrics import Metric
from metrics.app_performance import HTTP_ERROR_RATIO
from metrics.commerce import PAYMENT_FAILURE
from metrics.selector import Series
from provisioning.rules import haste
from warehouse.demo.trouble import FailingPayments, FailingRequests, Trouble

_HASTE = 24
_COLLECTED_EVERY = 3.0
_STALE_AFTER = 900.0  # the collector has parts that keep to every five minutes
_PATIENCE = 60.0
_POLL_SECONDS = 0.2
_BOX_WIDTH = 100
T = TypeVar("T")


@dataclass(frozen=True)
class Incident:
    """A story. `number` is the PromQL of the number that tells it, and `threshold` where its alert begins.

    `began` and `ended` are filled in with counts.
    """

    alert: str
    collector: str
    trouble: type[Trouble]
    metric: Metric
    number: str
    threshold: float
    began: str
    ended: str


def _of_acme(metric: Metric, **labels: str) -> str:
    """The series of the company in which it happens."""
    return Series(metric.name, (*metric.labels, "tenant"))(tenant=ACME.name, **labels)


INCIDENTS = {
    "payments": Incident(
        alert="PaymentProcessingIssues",
        collector="commerce",
        trouble=FailingPayments,
        metric=PAYMENT_FAILURE,
        number=f"max({_of_acme(PAYMENT_FAILURE, window='2h')})",
        threshold=PAYMENT_FAILURE.critical or 0,
        began="banks time out: {failed} of {all} payments fail",
        ended="the banks answer again: {mended} payments are completed after all",
    ),
    "api": Incident(
        alert="HighErrorRate",
        collector="app_performance",
        trouble=FailingRequests,
        metric=HTTP_ERROR_RATIO,
        number=f"max({_of_acme(HTTP_ERROR_RATIO)})",
        threshold=0.05,
        began="a service breaks: it answers {failed} of {all} requests with 503",
        ended="the service is back: it answers {mended} requests that have waited",
    ),
}


def hastened(config: Config, incident: Incident) -> Config:
    """The configuration with a collector that runs every few seconds, for the numbers of the incident."""
    quick = CollectorSettings(interval=_COLLECTED_EVERY, stale_after=_STALE_AFTER)
    return config.model_copy(update={"collectors": {**config.collectors, incident.collector: quick}})


def hastened_rules(found: Artefacts, incident: Incident) -> Artefacts:
    """What is declared, but the alerts in the group of the incident's wait for seconds where they wait for minutes."""
    return replace(
        found,
        rules=tuple(
            quick if any(alert.name == incident.alert for alert in group.alerts) else group
            for group, quick in zip(found.rules, haste.hastened(found.rules, _HASTE), strict=True)
        ),
    )


def alert_of(found: Artefacts, incident: Incident) -> Alert:
    """The alert of the incident, as it is declared there."""
    return next(alert for group in found.rules for alert in group.alerts if alert.name == incident.alert)


@dataclass(frozen=True)
class Pace:
    """The alert by its declaration, and in haste, as it is here."""

    declared: Alert
    here: Alert


class _Ended(Exception):
    """The demo ends in the middle of the story."""


class _Stuck(Exception):
    """A step did not come."""


class Story:
    """Tells an incident in a thread, from `start` to `stop`; `then` is called with whether all of it came to pass.

    `dsn` is for a role that may write. `stays` says whether the servers stay to be looked at. Whatever happens, the
    trouble is mended when `stop` returns, so it must be called while the database runs.
    """

    def __init__(
        self,
        incident: Incident,
        pace: Pace,
        dsn: str,
        watch: Watch,
        console: Console,
        then: Callable[[bool], None],
        *,
        stays: bool = True,
    ) -> None:
        self._incident = incident
        self._pace = pace
        self._trouble = incident.trouble(dsn)
        self._watch = watch
        self._console = console
        self._then = then
        self._stays = stays
        self._began = datetime.now(UTC)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="incident", daemon=True)

    def start(self) -> None:
        """Tell it in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End it where it is."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        good = False
        try:
            self._tell()
            good = True
        except _Ended:
            pass
        except (_Stuck, psycopg.Error) as error:
            self._console.print(f"could not tell the incident to its end: {error}", style="red", markup=False)
        finally:
            if not self._stop.is_set():
                if self._stays:
                    self._say_where_to_look()
                self._then(good)

    def _tell(self) -> None:
        self._trouble.end(datetime.now(UTC))  # that of a process that was killed
        self._wait("the first numbers", self._watch.quiet)
        normal = self._watch.number()
        self._began = datetime.now(UTC)
        try:
            peak = self._becomes_a_page(normal)
        finally:
            mended = self._trouble.end(datetime.now(UTC))
        self._step("Company", self._incident.ended.format(mended=mended))
        self._is_over(peak)

    def _becomes_a_page(self, normal: float | None) -> float:
        """The first half, up to the mail. Returns the number that Prometheus saw."""
        incident, watch = self._incident, self._watch
        written = self._trouble.begin(self._began)
        self._step("Company", incident.began.format(failed=written.failed, all=written.all))
        peak = self._wait(
            "the exporter to collect and Prometheus to scrape",
            lambda: watch.number_where(lambda number: number > incident.threshold and number != normal),
        )
        self._step("Exporter", f"{incident.metric} {_percent(normal)} → {_percent(peak)}")
        if self._wait("Prometheus to evaluate the rule", watch.state) == "pending":
            waits = f"for {self._pace.here.for_} here, for {self._pace.declared.for_} by its declaration"
            self._step("Prometheus", f"{incident.alert} is pending: {waits}")
        self._wait("the alert to fire", watch.firing)
        self._step("Prometheus", f"{incident.alert} fires")
        receivers = self._wait("Alertmanager to group", watch.receivers)
        self._step("Alertmanager", f"sends to {', '.join(receivers)}; chat and pager end here as well, mails arrive")
        self._show(self._wait("the mail", lambda: watch.mail(self._began, resolved=False)))
        return peak

    def _is_over(self, peak: float) -> None:
        incident, watch, mended = self._incident, self._watch, datetime.now(UTC)
        fell = self._wait(
            "the exporter to collect and Prometheus to scrape",
            lambda: watch.number_where(lambda number: number <= incident.threshold),
        )
        self._step("Exporter", f"{incident.metric} {_percent(peak)} → {_percent(fell)}")
        here, declared = self._pace.here.keep_firing_for, self._pace.declared.keep_firing_for
        self._step("Prometheus", f"{incident.alert} fires on for {here} here, for {declared} by its declaration")
        self._wait("the alert to end", watch.over)
        self._step("Prometheus", f"{incident.alert} no longer fires")
        self._show(self._wait("the mail", lambda: watch.mail(mended, resolved=True)))

    def _wait(self, what: str, find: Callable[[], T | None]) -> T:
        """What `find` gives as soon as it gives something; meanwhile a terminal says what is waited for."""
        deadline = time.monotonic() + _PATIENCE
        text = f"waiting for {what}"
        with self._console.status(text) if self._console.is_terminal else contextlib.nullcontext():
            while (found := find()) is None:
                if self._stop.wait(_POLL_SECONDS):
                    raise _Ended
                if time.monotonic() > deadline:
                    away = ", ".join(self._watch.silent())
                    raise _Stuck(
                        f"{text}: it did not come within {_PATIENCE:.0f} s{away and f'; {away} did not answer'}"
                    )
            return found

    def _step(self, who: str, what: str) -> None:
        now = datetime.now(UTC)
        seconds = (now - self._began).total_seconds()
        line = f"  {now.astimezone():%H:%M:%S} {seconds:>5.0f} s   {who:<14}{what}"
        self._console.print(line, soft_wrap=True, markup=False)

    def _show(self, mail: Mail) -> None:
        self._step("Mail", f"arrives at {mail.to}")
        width = min(self._console.width, _BOX_WIDTH)
        title = Text(mail.subject, "bold")
        self._console.print(Panel(Text(mail.text), title=title, title_align="left", box=box.ROUNDED, width=width))

    def _say_where_to_look(self) -> None:
        self._console.print("Where to look now:")
        for name, url in self._watch.places.items():
            tell(self._console, name, url)


def _percent(number: float | None) -> str:
    return "no data" if number is None else f"{100 * number:.1f} %"
