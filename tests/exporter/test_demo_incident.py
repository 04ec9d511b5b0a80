"""`kpi demo --incident` in the foreground: rows that mean trouble become a page, and mended ones its end."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from alert_rules.commerce import PAYMENT_PROCESSING_ISSUES
from exporter import demo_incident
from exporter.demo_incident import INCIDENTS, Pace, Story
from exporter.demo_servers import Paging
from exporter.demo_tenants import ACME
from exporter.demo_watch import Watch
from exporter.mail_catcher import MailCatcher
from tests.exporter.demos import Start, only_prometheus
from tests.exporter.support import free_port, kpi, wait_for
from warehouse.embedded import EmbeddedPostgres

STEPS = {
    "payments": (
        r"\d\d:\d\d:\d\d +\d+ s   Company       banks time out: \d+ of \d+ payments fail",
        r"Exporter      kpi_payment_failure_ratio (no data|[\d.]+ %) → [3-9]\d\.\d %",
        r"Prometheus    PaymentProcessingIssues is pending: for 5s here, for 2m by its declaration",
        r"Prometheus    PaymentProcessingIssues fires",
        r"Alertmanager  sends to events, .*; chat and pager end here as well, mails arrive",
        r"Mail          arrives at \S+@company\.example",
        r"─ \[FIRING:\d\] More than one payment in ten fails\. \(acme\) ─",
        r"Payment failure rate of (stripe|paypal) is \d\d\.\d+%",
        r"Company       the banks answer again: \d+ payments are completed after all",
        r"Exporter      kpi_payment_failure_ratio [\d.]+ % → \d\.\d %",
        r"Prometheus    PaymentProcessingIssues fires on for 15s here, for 6m by its declaration",
        r"Prometheus    PaymentProcessingIssues no longer fires",
        r"Mail          arrives at \S+@company\.example",
        r"─ \[RESOLVED\] More than one payment in ten fails\. \(acme\) ─",
        r"Runbook: http://127\.0\.0\.1:\d+/runbooks/PaymentProcessingIssues",
    ),
    "api": (
        r"Company       a service breaks: it answers \d+ of \d+ requests with 503",
        r"Prometheus    HighErrorRate fires",
        r"─ \[FIRING:1\] ",
        r"Company       the service is back: it answers \d+ requests that have waited",
        r"─ \[RESOLVED\] ",
    ),
}


@pytest.fixture
def path(tmp_path: Path, program: Callable[[str], Path]) -> str:
    """A PATH on which there are Prometheus and Alertmanager."""
    program("prometheus")
    return str(only_prometheus(tmp_path / "programs", program("alertmanager")))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("incident", STEPS)
def test_trouble_becomes_a_page_and_its_end_another_in_less_than_two_minutes(
    start: Start, path: str, incident: str
) -> None:
    demo = start("--incident", incident, "--once", counted=incident == "payments", PATH=path)
    assert demo.process.wait(220) == 0, demo.output
    assert max(int(seconds) for seconds in re.findall(r"^  [\d:]{8} +(\d+) s ", demo.output, re.MULTILINE)) < 120
    position = 0
    for step in STEPS[incident]:
        found = re.compile(step).search(demo.output, position)
        assert found, f"{step} does not come after\n{demo.output[:position]}\nbut this does\n{demo.output[position:]}"
        position = found.end()
    assert "Where to look now" not in demo.output  # nothing is there any more
    assert "Traceback" not in demo.output
    assert demo.left_behind() == []


def test_interrupted_in_the_middle_it_mends_the_trouble_and_leaves_nothing_behind(start: Start, path: str) -> None:
    first = start("--incident", "payments", PATH=path)
    wait_for(lambda: "is pending" in first.output or first.process.poll() is not None, 90)
    assert first.stop() < 8
    assert first.process.returncode == 0
    assert "Traceback" not in first.output
    assert first.left_behind() == []
    second = start().ready()
    acme = ACME.owner_dsn(EmbeddedPostgres(second.directory / "postgres").dsn())
    with psycopg.connect(acme) as connection:
        left = "SELECT DISTINCT status FROM payment_metrics WHERE payment_id LIKE 'payment-trouble-%'"
        assert connection.execute(left).fetchall() == [("completed",)]


@pytest.mark.parametrize(
    ("installed", "missing"), [((), "prometheus and alertmanager"), (("prometheus",), "alertmanager")]
)
def test_what_is_missing_is_told_before_anything_starts(
    tmp_path: Path, installed: tuple[str, ...], missing: str
) -> None:
    (tmp_path / "programs").mkdir()
    for name in installed:
        (tmp_path / "programs" / name).touch(0o755)
    ended = kpi("demo", "--incident", "payments", "--directory", tmp_path / "demo", PATH=str(tmp_path / "programs"))
    assert ended.returncode == 3
    assert ended.stderr.startswith(f"could not start the incident: {missing} must be on the PATH; install it, ")
    assert ended.stdout == ""
    assert not (tmp_path / "demo").exists()


def test_an_end_without_an_incident_is_refused() -> None:
    ended = kpi("demo", "--once")
    assert ended.returncode == 2
    assert ended.stderr == "--once ends the demo when an incident is told; name one with --incident\n"


def test_a_step_that_does_not_come_is_told(demo_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_incident, "_PATIENCE", 0.3)
    output, outcome = io.StringIO(), list[bool]()
    incident = INCIDENTS["payments"]
    nowhere = f"http://127.0.0.1:{free_port()}"
    paging = Paging(nowhere, MailCatcher(free_port(), free_port()))
    watch = Watch(incident.alert, incident.number, exporter=nowhere, prometheus=nowhere, paging=paging, boards=False)
    pace = Pace(PAYMENT_PROCESSING_ISSUES, PAYMENT_PROCESSING_ISSUES)
    story = Story(incident, pace, demo_database, watch, Console(file=output), outcome.append)
    story.start()
    wait_for(lambda: outcome)
    story.stop()
    assert outcome == [False]
    what = "waiting for the first numbers: it did not come within 0 s"
    who = "the exporter, Prometheus, Alertmanager did not answer"
    said = " ".join(output.getvalue().split())
    assert said.startswith(f"could not tell the incident to its end: {what}; {who} Where to")
