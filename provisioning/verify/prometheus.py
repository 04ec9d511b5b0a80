"""The few questions of Prometheus' HTTP API that verifying needs."""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from provisioning.verify.answer import Answer
from provisioning.verify.errors import Refused, Unreachable, VerifyError

_SECONDS_TO_CONNECT = 5


class PrometheusApi:
    """A Prometheus, or what answers like it, at `url`, which may hold user and password: they are never printed.

    `timeout` bounds each question, in seconds. Raises VerifyError for an address that is none. May be asked from
    several threads.
    """

    def __init__(self, url: str, *, timeout: float = 30.0, connections: int = 4) -> None:
        public = url.rpartition("@")[2]
        try:
            parts = urlsplit(url)
            valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            valid = False
        if not valid:
            raise VerifyError(f"could not use the address of Prometheus: expected http://HOST:PORT, got {public!r}")
        self.address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._timeout = timeout
        self._session = requests.Session()
        if parts.username is not None:
            self._session.auth = HTTPBasicAuth(
                *(unquote(part or "").encode() for part in (parts.username, parts.password))
            )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=connections))

    def __repr__(self) -> str:
        return f"PrometheusApi({self.address!r})"

    def reach(self) -> None:
        """Raises Unreachable when nothing answers there as Prometheus does."""
        try:
            self._ask("POST", "query", {"query": "1"})
        except Refused as error:
            raise Unreachable(f"could not ask Prometheus at {self.address}: {error}") from error

    def at(self, expression: str, moment: float) -> Answer:
        """The expression at one moment, a Unix time. Raises Refused, or Unreachable."""
        return _answer(self._ask("POST", "query", {"query": expression, "time": moment, **self._limit}))

    def over(self, expression: str, start: float, end: float, step: float) -> Answer:
        """The expression over time. Raises Refused, or Unreachable."""
        parameters = {"query": expression, "start": start, "end": end, "step": step, **self._limit}
        return _answer(self._ask("POST", "query_range", parameters))

    def values(self, label: str, selector: str, start: float, end: float) -> list[str]:
        """The values of a label in the series that the selector names. Raises Refused, or Unreachable."""
        parameters = {"match[]": selector, "start": start, "end": end}
        return [str(value) for value in self._ask("GET", f"label/{label}/values", parameters)]

    def rules(self) -> Mapping[str, Any]:
        """The groups of rules that it evaluates, as its API tells them. Raises Refused, or Unreachable."""
        told: Mapping[str, Any] = self._ask("GET", "rules", {})
        return told

    def alertmanagers(self) -> list[str]:
        """The addresses of the Alertmanagers that it tells. Raises Refused, or Unreachable."""
        return [str(each["url"]) for each in self._ask("GET", "alertmanagers", {})["activeAlertmanagers"]]

    @property
    def _limit(self) -> dict[str, str]:
        return {"timeout": f"{self._timeout:g}s"}

    def _ask(self, method: str, path: str, parameters: Mapping[str, object]) -> Any:
        try:
            answer = self._send(method, path, parameters)
        except requests.ConnectionError as error:
            raise Unreachable(f"could not reach Prometheus at {self.address}: {_cause(error)}") from error
        except requests.Timeout as error:
            raise Refused(f"no answer within {self._timeout:g} s") from error
        except requests.RequestException as error:
            raise Refused(f"the answer broke off: {_cause(error)}") from error
        if answer.status_code in (401, 403):
            advice = "give user and password as http://USER:PASSWORD@HOST:PORT"
            raise Unreachable(f"Prometheus at {self.address} lets nobody in ({answer.status_code}): {advice}")
        if answer.is_redirect:
            target = answer.headers["Location"].rpartition("@")[2]
            raise Unreachable(f"Prometheus at {self.address} is elsewhere: it redirects to {target}; name that address")
        return _data(answer)

    def _send(self, method: str, path: str, parameters: Mapping[str, object]) -> requests.Response:
        """Asks once more where a kept connection turns out to be closed: no question changes anything."""
        try:
            return self._send_once(method, path, parameters)
        except requests.Timeout:
            raise
        except requests.ConnectionError:
            return self._send_once(method, path, parameters)

    def _send_once(self, method: str, path: str, parameters: Mapping[str, object]) -> requests.Response:
        given = [(name, str(value)) for name, value in parameters.items()]
        return self._session.request(
            method,
            f"{self.address}/api/v1/{path}",
            params=given if method == "GET" else None,
            data=given if method == "POST" else None,
            timeout=(_SECONDS_TO_CONNECT, self._timeout + 1),
            allow_redirects=False,
        )


def _data(answer: requests.Response) -> Any:
    try:
        told = answer.json()
        if told["status"] == "success":
            return told["data"]
        reason = told.get("error", "it gave no reason")
    except (ValueError, TypeError, KeyError):
        raise Refused(f"the answer is not Prometheus' own: {answer.status_code} {answer.reason}") from None
    raise Refused(str(reason))


def _answer(data: Mapping[str, Any]) -> Answer:
    found = data["result"]
    if data["resultType"] in ("scalar", "string"):
        return Answer(1, 0 if _number(found) else 1)
    return Answer(len(found), sum(not any(map(_number, _samples(series))) for series in found))


def _samples(series: Mapping[str, Any]) -> list[Sequence[Any]]:
    """Time and value of each sample; a native histogram counts by its sum."""
    floats = series.get("values") or [series[key] for key in ("value",) if key in series]
    histograms = series.get("histograms") or [series[key] for key in ("histogram",) if key in series]
    return [*floats, *((moment, told["sum"]) for moment, told in histograms)]


def _number(sample: Sequence[Any]) -> bool:
    try:
        return math.isfinite(float(sample[1]))
    except ValueError:
        return False


def _cause(error: BaseException) -> str:
    """What lies at the bottom of a chain of errors: `Connection refused`."""
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
