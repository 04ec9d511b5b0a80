"""Runbooks: one for each alert, each with the same headings, and with what is particular to the alert."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from alert_rules import Alert, Group
from collectors.discovery import discover
from exporter.artefacts import Artefacts, load
from exporter.config import Config
from provisioning.build import build
from provisioning.files import Tree, write
from provisioning.group import Group as Built
from provisioning.handbook import pages
from provisioning.handbook.book import gathered
from provisioning.handbook.places import Places
from provisioning.handbook.runbooks import Runbooks
from provisioning.rules import Links
from provisioning.rules.expressions import canonical
from provisioning.rules.per_source import group_per_source
from tests.provisioning.handbook.test_pages import headings, section

ARTEFACTS = load(Config())
GROUPS = [group_per_source(group, ARTEFACTS.scope) for group in ARTEFACTS.rules]
ALERTS = [alert for group in GROUPS for alert in group.alerts]
BUILT = pages(ARTEFACTS.collectors, ARTEFACTS.boards, GROUPS)
FIXED = ["What it means", "How bad it is", "Check", "Mend", "Who", "The rule"]
ERRORS = next(alert for alert in ALERTS if alert.name == "HighErrorRate")


def page(alert: Alert) -> str:
    return BUILT[f"docs/runbooks/{alert.name}.md"]


def changed(**changes: object) -> tuple[Group, Alert]:
    """The group of one alert with another declaration in its place."""
    group = next(group for group in GROUPS if ERRORS in group.rules)
    other = replace(ERRORS, **changes)  # type: ignore[arg-type]
    return replace(group, rules=tuple(other if rule is ERRORS else rule for rule in group.rules)), other


def written(**changes: object) -> str:
    """The runbook of an alert with these changes."""
    group, other = changed(**changes)
    return pages(ARTEFACTS.collectors, ARTEFACTS.boards, [group])[f"docs/runbooks/{other.name}.md"]


def test_each_alert_has_a_runbook_and_each_runbook_an_alert() -> None:
    found = {re.sub(r"^docs/runbooks/|\.md$", "", path) for path in BUILT if path.startswith("docs/runbooks/")}
    assert found == {"README", *(alert.name for alert in ALERTS)}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_the_headings_are_fixed_and_none_is_empty(alert: Alert) -> None:
    text = page(alert)
    assert headings(text) == [alert.name, *FIXED]
    assert all(section(text, heading).strip() for heading in FIXED)
    assert f"# {alert.name}\n\n**" in text


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_a_runbook_tells_what_is_particular_to_its_alert(alert: Alert) -> None:
    text = page(alert)
    assert f"| severity | {alert.severity}: " in text
    assert alert.runbook.means.strip() in section(text, "What it means")
    rule, *_ = re.findall(r"```promql\n(.*?)\n```", section(text, "The rule"), re.DOTALL)
    assert canonical(rule) == canonical(alert.expr)
    assert alert.runbook.impact.strip() in section(text, "How bad it is")
    check = section(text, "Check")
    assert re.search(r"^Look at the board \[.+\]\(\.\./boards\.md#[\w-]+\)\.$", check, re.MULTILINE)
    assert "```promql\n" in check
    assert "\nBehind it:\n\n- " in check
    assert f"`{alert.team.chat}`" in section(text, "Who")
    steps = [*alert.runbook.check, *alert.runbook.mend]
    assert len(re.findall(r"^\d+\. ", section(text, "Check") + section(text, "Mend"), re.MULTILINE)) == len(steps)


def test_what_lies_behind_is_told_down_to_collectors_and_tables() -> None:
    rule, check = section(page(ERRORS), "The rule"), section(page(ERRORS), "Check")
    assert "[`kpi_http_error_ratio`](../metrics.md#kpi_http_error_ratio) is recorded from:\n\n```promql\n" in rule
    assert (
        "- [`kpi_http_requests_total`](../metrics.md#kpi_http_requests_total): HTTP requests by status code. Collected "
        "every 60 s by [`collectors/app_performance/http_requests.sql`]"
        "(../../collectors/app_performance/http_requests.sql) from [`api_metrics`](../contract.md#api_metrics)."
    ) in check


def test_the_query_is_what_the_alert_compares() -> None:
    text = section(written(expr="kpi_http_error_ratio / 2 > 0.05 and on () up > 1"), "Check")
    assert "paste this into Prometheus:\n\n```promql\nkpi_http_error_ratio / 2\n```" in text
    assert "- `up`: Whether Prometheus could scrape the target (1) or not (0). Another exporter tells it." in text


def test_code_below_a_step_stays_code() -> None:
    check = section(
        written(runbook=replace(ERRORS.runbook, check=("First.\n\n    SELECT 1\n      FROM x", "Then."))), "Check"
    )
    assert "1. First.\n\n       SELECT 1\n         FROM x\n2. Then." in check


@pytest.mark.parametrize(("lasting", "words"), [("0s", "which fires at once"), ("1m", "which must hold for 1 min")])
def test_how_long_it_must_hold_is_told(lasting: str, words: str) -> None:
    assert f"The condition, {words}:" in written(for_=lasting)


def test_an_alert_about_absence_says_why() -> None:
    assert "It fires where there is no data: Nobody else tells." in written(absence="Nobody else tells.")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "the channel `#incidents`, the mailbox `on-call` and PagerDuty."),
        ({"severity": "warning"}, "the channel `#incidents` and the mailbox `on-call`."),
        ({"severity": "info"}, "the channel `#incidents`."),
        ({"severity": "warning", "mail": "lead"}, "the channel `#incidents` and the mailboxes `on-call` and `lead`."),
    ],
)
def test_who_is_told_follows_from_team_and_severity(changes: Mapping[str, str], told: str) -> None:
    assert section(written(**changes), "Who").strip().endswith(told)


def test_the_exporter_leads_to_the_board_itself() -> None:
    book = gathered(ARTEFACTS.collectors, ARTEFACTS.boards, GROUPS)
    places = Places(grafana=Links(grafana="https://grafana.example.com/"))
    text = "\n".join(Runbooks(book.rules, book.entries, book.boards, places).pieces(ERRORS))
    assert "Look at the board [App performance / API and apps](https://grafana.example.com/d/app-performance)." in text


def test_the_list_names_each_alert_once_with_what_is_the_case() -> None:
    text = BUILT["docs/runbooks/README.md"]
    for alert in ALERTS:
        (row,) = re.findall(rf"^\| \[`{alert.name}`\]\({alert.name}\.md\) \| (.*) \|$", text, re.MULTILINE)
        assert row.split(" | ")[0] == alert.severity
        assert row.split(" | ")[2] == alert.team.name


def test_entries_and_boards_name_the_alerts() -> None:
    metrics, boards = BUILT["docs/metrics.md"], BUILT["docs/boards.md"]
    link = "[`HighErrorRate`](runbooks/HighErrorRate.md)"
    for name in ("kpi_http_requests_total", "kpi_http_error_ratio"):
        assert re.search(rf"^\| alerts \| .*{re.escape(link)}", section(metrics, name), re.MULTILINE), name
    assert re.search(rf"^\| alerts \| .*{re.escape(link)}", section(boards, "App performance / API and apps"), re.M)


def test_an_entry_of_a_recorded_metric_tells_its_rule() -> None:
    text = section(BUILT["docs/metrics.md"], "kpi_http_error_ratio")
    assert "| collector | none, a recording rule computes it |" in text
    assert "| recorded from | [`kpi_http_requests_total`](#kpi_http_requests_total) |" in text
    assert "\nRecorded from:\n\n```promql\n" in text
    raw = section(BUILT["docs/metrics.md"], "kpi_http_requests_total")
    assert re.search(r"^\| recorded as \| .*\[`kpi_http_error_ratio`\]\(#kpi_http_error_ratio\)", raw, re.MULTILINE)


def test_a_build_removes_the_runbook_of_an_alert_that_is_gone(tmp_path: Path) -> None:
    def files(artefacts: Artefacts, rules: tuple[Group, ...]) -> dict[str, str]:
        return build(
            artefacts.boards, rules, artefacts.scope, discover().collectors, artefacts.surroundings, [Built.HANDBOOK]
        )[Built.HANDBOOK]

    write(Tree(tmp_path, files(ARTEFACTS, ARTEFACTS.rules)))
    (tmp_path / "runbooks/OfSomebodyElse.md").write_text("Mine.")
    assert (tmp_path / "runbooks/HighErrorRate.md").exists()
    write(Tree(tmp_path, files(ARTEFACTS, ())))
    assert sorted(path.name for path in (tmp_path / "runbooks").iterdir()) == ["OfSomebodyElse.md", "README.md"]
