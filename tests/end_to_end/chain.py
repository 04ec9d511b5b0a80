"""Everything between a row and a page, as programs: the exporter, Prometheus, Alertmanager, and what `kpi build` writes
for them. The receivers at its end are those of the tests.

Times are short by configuration: numbers are collected, scraped and evaluated every second, and alerts wait for a
fraction of their time. Expressions, thresholds, routes and texts are those that are shipped.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import psycopg
import pytest
import requests

from exporter import artefacts
from exporter.alertmanager import Alertmanager
from exporter.config import load
from exporter.program import Program
from provisioning.build import build
from provisioning.files import Tree, write
from provisioning.group import Group
from provisioning.rules.haste import hastened
from tests.end_to_end.receivers import HOST, Receivers
from tests.exporter.support import BUILT_IN, Exporter, free_port, samples, wait_for, write_config

SECONDS = 60.0
"""The longest wait for a message: nothing takes that long but on a machine that is busy with something else."""
TENANT = "acme"
RUNBOOKS = "https://kpi.example.com/runbooks"
GRAFANA = "https://grafana.example.com"
_FLAGS = (
    "--rules.alert.resend-delay=5s",
    # The `for` of an alert that waits less is not restored by default; here even minutes are seconds.
    "--rules.alert.for-grace-period=1s",
)


class Chain:
    """The programs in the background, from entering to leaving. Each can be ended and started again by itself.

    Alerts wait for a `haste`th of their declared time.
    """

    pager_keys: ClassVar[Mapping[str, str]] = {team: team.ljust(32, "0") for team in ("finance", "incidents", "devops")}

    def __init__(
        self, folder: Path, dsn: str, receivers: Receivers, program: Callable[[str], Path], haste: float
    ) -> None:
        self.receivers = receivers
        self.database = psycopg.connect(dsn, autocommit=True)
        self._stack = ExitStack()
        exporter, prometheus, alertmanager = (free_port() for _ in range(3))
        config = write_config(
            folder,
            {"app": {"dsn": dsn, "labels": {"tenant": TENANT}}},
            built_in=True,
            collectors={name: {"interval": "1s"} for name in BUILT_IN},
            listen=f"{HOST}:{exporter}",
            warehouse={"dsn": dsn},
            grafana={"scrape_interval": "1s"},
            alerting={
                **_told(folder / "secrets", receivers),
                "events": {"url": f"http://{HOST}:{exporter}/-/alerts", "token_file": "secrets/events"},
                "alertmanagers": [f"{HOST}:{alertmanager}"],
                "exporters": [f"{HOST}:{exporter}"],
                "rule_files": ["rules/*.yaml"],
                "evaluation_interval": "1s",
                "group_wait": "1s",
                "group_interval": "2s",
                "runbooks_url": RUNBOOKS,
                "grafana_url": GRAFANA,
            },
        )
        _build(config, folder / "built", haste)
        self.exporter = Exporter(config)
        self.prometheus = _prometheus(program("prometheus"), folder, prometheus)
        built = folder / "built" / "alertmanager" / "alertmanager.yml"
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SSL_CERT_FILE", str(receivers.mail.certificate_file))
            self.alertmanager = Alertmanager(program("alertmanager"), folder / "alertmanager", built, alertmanager)

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            entered.callback(self.database.close)
            entered.enter_context(self.exporter).ready()
            entered.enter_context(self.alertmanager)
            entered.enter_context(self.prometheus)
            self._stack = entered.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def wait_until_scraped(self) -> None:
        """Return once Prometheus has the numbers of the exporter."""
        wait_for(lambda: self.query("count(kpi_payment_failure_ratio)"), SECONDS)

    def told(self) -> dict[str, int]:
        """How many messages each receiver took."""
        receivers = self.receivers
        return {
            "slack": len(receivers.slack.taken),
            "pagerduty": len(receivers.pagerduty.taken),
            "mail": len(receivers.mail.taken),
            "webhook": len(receivers.webhook.taken),
        }

    def wait_for_messages(self, number: int) -> None:
        """Return once every receiver took that many."""
        wait_for(lambda: all(count >= number for count in self.told().values()), SECONDS)

    def states(self, name: str) -> list[str]:
        """Whether the alerts of a rule are `pending` or `firing` in Prometheus."""
        return [alert["state"] for alert in self._alerts(name)]

    def active_since(self, name: str) -> datetime:
        """When the condition of the only alert of a rule began to be true, as Prometheus remembers it."""
        [alert] = self._alerts(name)
        return datetime.fromisoformat(alert["activeAt"])

    def undelivered(self) -> float:
        """How many alerts Prometheus could not tell Alertmanager."""
        return _sum(self.prometheus, "prometheus_notifications_dropped_total")

    def sent(self) -> float:
        """How many messages Alertmanager knows to have arrived, or to have failed; one goes to the exporter."""
        return _sum(self.alertmanager, "alertmanager_notification_latency_seconds_count")

    def notified(self, name: str) -> bool:
        """Whether Alertmanager holds an alert of the rule."""
        alerts = requests.get(f"{self.alertmanager.url}/api/v2/alerts", timeout=10).json()
        return any(alert["labels"]["alertname"] == name for alert in alerts)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query."""
        answer = requests.get(f"{self.prometheus.url}/api/v1/query", params={"query": expression}, timeout=10).json()
        assert answer["status"] == "success", answer
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def _alerts(self, name: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.prometheus.url}/api/v1/alerts", timeout=10).json()
        return [alert for alert in answer["data"]["alerts"] if alert["labels"]["alertname"] == name]


def _sum(program: Program, name: str) -> float:
    """The sum of all series of a metric that a program has about itself."""
    found = samples(requests.get(f"{program.url}/metrics", timeout=10).text)
    return sum(value for series, value in found.items() if series.partition("{")[0] == name)


def _told(secrets: Path, receivers: Receivers) -> dict[str, Any]:
    """The part of the configuration that says who is told how; its secrets are written to files."""
    secrets.mkdir()
    for name, secret in {
        "slack": receivers.slack.url,
        **Chain.pager_keys,
        "mail": receivers.mail.password,
        "webhook": receivers.webhook.token,
        "events": "token-of-the-events",
    }.items():
        (secrets / name).write_text(secret)
        (secrets / name).chmod(0o600)
    return {
        "addresses": {"finance-team": "finance@shop.example", "on-call": "night@shop.example"},
        "mail": {
            "smarthost": receivers.mail.address,
            "sender": "alerts@shop.example",
            "user": receivers.mail.user,
            "password_file": "secrets/mail",
            "require_tls": True,
        },
        "slack": {"url_file": "secrets/slack"},
        "pagerduty": {
            "url": receivers.pagerduty.url,
            "key_files": {team: f"secrets/{team}" for team in Chain.pager_keys},
        },
        "webhook": {"url": receivers.webhook.url, "token_file": "secrets/webhook"},
    }


def _build(config: Path, out: Path, haste: float) -> None:
    """What `kpi build` writes for Prometheus and Alertmanager, with rules in haste."""
    found = artefacts.load(load(config, os.environ))
    assert found.problems == ()
    rules, groups = hastened(found.rules, haste), (Group.RULES, Group.ALERTMANAGER)
    built = build(found.boards, rules, found.scope, found.collectors, found.surroundings, groups)
    write(Tree(out, {path: text for files in built.values() for path, text in files.items()}))


def _prometheus(program: Path, folder: Path, port: int) -> Program:
    """Prometheus with the configuration that was built."""
    return Program(
        [
            program,
            f"--config.file={folder / 'built' / 'prometheus' / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'prometheus' / 'data'}",
            f"--web.listen-address={HOST}:{port}",
            *_FLAGS,
        ],
        folder / "prometheus",
        url=f"http://{HOST}:{port}",
        ready="/-/ready",
    )
