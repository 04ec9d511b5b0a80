"""What the servers of the demo know about one alert: asked of the exporter, of Prometheus, Alertmanager and the mails.

What is not so yet, or cannot be asked yet, is None: all of it is asked again and again until it is there.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import requests

from exporter.demo_servers import Paging
from exporter.mail_catcher import Mail

_SECONDS_TO_ANSWER = 5
_FRESH_SECONDS = 10


class Watch:
    """Watches an alert, and the number behind it, an expression in PromQL.

    `exporter` and `prometheus` are addresses; `boards` says whether there is a Grafana.
    """

    def __init__(
        self, alert: str, expression: str, *, exporter: str, prometheus: str, paging: Paging, boards: bool
    ) -> None:
        self._alert = alert
        self._expression = expression
        self._exporter = exporter
        self._prometheus = prometheus
        self._paging = paging
        self._boards = boards
        self._links: dict[str, str] = {}

    @property
    def places(self) -> dict[str, str]:
        """Where a person can look, by what is there: those that the alert names once it has been seen."""
        board = {"Board": self._links["dashboard_url"]} if self._boards and self._links else {}
        runbook = {"Runbook": self._links["runbook_url"]} if self._links else {}
        return {"Alerts": f"{self._prometheus}/alerts", **board, **runbook, "Mails": self._paging.mails.url}

    def silent(self) -> list[str]:
        """The servers that do not answer."""
        asked = {
            "the exporter": f"{self._exporter}/-/healthy",
            "Prometheus": f"{self._prometheus}/-/healthy",
            "Alertmanager": f"{self._paging.alertmanager}/-/healthy",
        }
        return [name for name, url in asked.items() if not _answers(url)]

    def quiet(self) -> Literal[True] | None:
        """True when the exporter has collected, Prometheus has scraped that, and no alert is left from before."""
        scraped = f"time() - timestamp(up == 1) < {_FRESH_SECONDS}"
        ready = _answers(f"{self._exporter}/-/ready") and self._query(scraped) is not None
        return True if ready and self.over() else None

    def number(self) -> float | None:
        """What the expression gives now."""
        return self._query(self._expression)

    def number_where(self, fits: Callable[[float], bool]) -> float | None:
        """What the expression gives now, if it fits."""
        number = self.number()
        return number if number is not None and fits(number) else None

    def state(self) -> str | None:
        """That of the alert in Prometheus: pending or firing."""
        return min((alert["state"] for alert in self._alerts() or ()), default=None)  # "firing" comes first

    def firing(self) -> Literal[True] | None:
        """True when the alert fires."""
        return True if self.state() == "firing" else None

    def over(self) -> Literal[True] | None:
        """True when the alert is neither pending nor firing."""
        return True if self._alerts() == [] else None

    def receivers(self) -> list[str] | None:
        """Those to which Alertmanager sends the alert, by name."""
        found = _json(f"{self._paging.alertmanager}/api/v2/alerts", filter=f'alertname="{self._alert}"')
        return sorted({receiver["name"] for alert in found or () for receiver in alert["receivers"]}) or None

    def mail(self, since: datetime, *, resolved: bool) -> Mail | None:
        """The first mail since then about the alert, or about its end."""
        for mail in self._paging.mails.mails:
            is_ours = mail.received >= since and self._alert in mail.text
            if is_ours and mail.subject.startswith("[RESOLVED") == resolved:
                return mail
        return None

    def _query(self, expression: str) -> float | None:
        found = _json(f"{self._prometheus}/api/v1/query", query=expression)
        series = found["data"]["result"] if found else []
        return float(series[0]["value"][1]) if series else None

    def _alerts(self) -> list[Any] | None:
        found = _json(f"{self._prometheus}/api/v1/alerts")
        if found is None:
            return None
        ours = [alert for alert in found["data"]["alerts"] if alert["labels"]["alertname"] == self._alert]
        for alert in ours:
            self._links = {key: url for key, url in alert["annotations"].items() if key.endswith("_url")}
        return ours


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=_SECONDS_TO_ANSWER).ok
    except requests.RequestException:
        return False


def _json(url: str, **parameters: str) -> Any:
    """What a server answers, None when it does not."""
    try:
        answer = requests.get(url, params=parameters, timeout=_SECONDS_TO_ANSWER)
        return answer.json() if answer.ok else None
    except requests.RequestException:
        return None
