"""`kpi alerts`: from a definition to an alert that fires in a real Prometheus, and back."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
import yaml
from typer.testing import CliRunner, Result

from exporter.cli import app
from exporter.prometheus import Prometheus
from tests.exporter.support import Exporter as Process
from tests.exporter.support import free_port, kpi, samples, wait_for, write_config
from warehouse import alerts

ADD = ("alerts", "add", "kpi_conversion_ratio", "--where", "window=7d", "--below", "0.02", "--for", "15m")
Connection = psycopg.Connection[Any]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return tmp_path / "rules" / "user-alerts.yaml"


@pytest.fixture
def config(tmp_path: Path, database: str, rules: Path) -> Path:
    """A configuration without a Prometheus to reload."""
    return write_config(tmp_path, {}, warehouse={"dsn": database}, alerting={"user_rules_file": str(rules)})


def run(*arguments: str | Path) -> Result:
    """The command in this process, which is quicker than a new one each time."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def names(rules: Path) -> list[str]:
    return [rule["alert"] for group in yaml.safe_load(rules.read_text())["groups"] for rule in group["rules"]]


def test_an_alert_is_stored_listed_and_its_rule_written(config: Path, rules: Path, connection: Connection) -> None:
    more = ("--channel", "slack", "--channel", "email", "--to", "a@b.example", "--message", '{{ $value }} "is" low')
    added = kpi(*ADD, *more, "-c", config)
    (stored,) = alerts.list_all(connection)
    assert f"The alert {stored.id} is stored.\nThe rules are in {rules}.\n" == added.stdout
    assert "set alerting.prometheus_url" in added.stderr
    assert stored.definition.message_template == '{{ $value }} "is" low'
    assert stored.created_by
    assert names(rules) == [f"ConversionRatioThreshold{stored.id.hex[:8]}"]
    listed = run("alerts", "list", "-c", config).stdout
    assert re.search(r"kpi_conversion_ratio\{window=7d\} +< 0.02 for 15m +warning +email, slack, a@b.example", listed)
    (told,) = json.loads(run("alerts", "list", "--format", "json", "-c", config).stdout)
    assert (told["id"], told["threshold_value"], told["matchers"]) == (str(stored.id), 0.02, {"window": "7d"})
    assert (told["trigger_count"], told["is_active"], told["channels"]) == (0, True, ["email", "slack"])


def test_a_resting_alert_is_no_rule_and_a_removed_one_is_gone(
    config: Path, rules: Path, connection: Connection
) -> None:
    run(*ADD, "-c", config)
    (stored,) = alerts.list_all(connection)
    letters = str(stored.id)[:8]
    assert "rests" in run("alerts", "disable", letters, "-c", config).stdout
    assert names(rules) == []
    assert "is active" in run("alerts", "enable", letters, "-c", config).stdout
    assert len(names(rules)) == 1
    assert "is deleted" in run("alerts", "remove", letters, "-c", config).stdout
    assert names(rules) == []
    gone = run("alerts", "remove", letters, "-c", config)
    assert (gone.exit_code, gone.stdout) == (2, "")
    assert f"No alert has an id that begins with {letters}" in gone.stderr


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_stored(
    config: Path, rules: Path, connection: Connection
) -> None:
    wrong = ("--where", "widow=7d", "--where", "x", "--above", "1", "--below", "2", "--for", "soon", "--severity",
             "page", "--channel", "email", "--message", '{{ query "up" }}')  # fmt: skip
    outcome = run("alerts", "add", "kpi_conversion_ratio", *wrong, "-c", config)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    lines = outcome.stderr.splitlines()
    assert lines[0] == "could not define the alert:"
    for part in (
        "Give one of --above", "--where takes LABEL=VALUE", "--for: expected a duration", "The severity must be",
        "needs a recipient", "has no label 'widow'; did you mean window?", "no other braces in pairs",
    ):  # fmt: skip
        assert sum(part in line for line in lines) == 1, (part, lines)
    assert alerts.list_all(connection) == []
    assert not rules.exists()


def test_a_file_of_somebody_else_is_not_overwritten(config: Path, rules: Path) -> None:
    rules.parent.mkdir()
    rules.write_text("my notes\n")
    outcome = run(*ADD, "-c", config)
    assert outcome.exit_code == 3
    assert f"could not write {rules}: it is not of 'kpi alerts'; move it away" in outcome.stderr.replace("\n", " ")
    assert rules.read_text() == "my notes\n"


@pytest.mark.parametrize(
    ("option", "kind", "comparison"),
    [("--above", "trend", ">"), ("--at-least", "threshold", ">="), ("--at-most", "threshold", "<="),
     ("--equal", "threshold", "="), ("--other-than", "threshold", "!="), ("--changed-by", "change", "change_%")],
)  # fmt: skip
def test_each_comparison_has_its_option(
    config: Path, connection: Connection, option: str, kind: str, comparison: str
) -> None:
    words = [] if kind == "change" else ["--type", kind]
    arguments = ["alerts", "add", "kpi_conversion_ratio", option, "0.5", "--window", "1h", *words, "-c", str(config)]
    assert run(*arguments).exit_code == 1  # there is no Prometheus to reload
    (stored,) = alerts.list_all(connection)
    assert (stored.definition.alert_type, stored.definition.comparison) == (kind, comparison)
    assert (stored.definition.threshold_value, stored.definition.window_seconds) == (0.5, 3600)


def test_what_is_not_configured_or_not_there_is_told(tmp_path: Path, empty_database: str, rules: Path) -> None:
    nothing = run("alerts", "list", "-c", write_config(tmp_path, {}))
    assert (nothing.exit_code, nothing.stderr) == (
        2,
        "the configuration names no database for alerts: set warehouse.dsn\n",
    )
    no_file = run(*ADD, "-c", write_config(tmp_path, {}, warehouse={"dsn": empty_database}))
    assert (no_file.exit_code, "set alerting.user_rules_file" in no_file.stderr) == (2, True)
    keys: dict[str, Any] = {"alerting": {"user_rules_file": str(rules)}}
    no_table = run(*ADD, "-c", write_config(tmp_path, {}, warehouse={"dsn": empty_database}, **keys))
    assert (no_table.exit_code, "run 'kpi migrate' on it" in no_table.stderr) == (3, True)
    away = run(*ADD, "-c", write_config(tmp_path, {}, warehouse={"dsn": f"host={tmp_path} dbname=x"}, **keys))
    assert (away.exit_code, "could not use the warehouse: " in away.stderr) == (3, True)


def test_events_are_shown_with_their_duration(config: Path, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO alert_events"
        " (fingerprint, alertname, severity, labels, state, value_text, started_at, resolved_at) VALUES"
        " ('f', E'Low\\x1b[2J', 'warning', '{\"shop\": \"a\"}', 'resolved', '1.5%', now() - interval '1 hour',"
        " now() - interval '30 minutes')"
    )
    shown = run("alerts", "events", "-c", config).stdout
    assert re.search(r"Low�\[2J +warning +resolved +.* 1800 s +1.5%", shown)
    (event,) = json.loads(run("alerts", "events", "--format", "json", "-c", config).stdout)
    assert (event["duration_seconds"], event["labels"]) == (1800, {"shop": "a"})
    assert run("alerts", "events", "--firing", "-c", config).stdout == "No alert has fired that was told here.\n"


@contextmanager
def prometheus_of(
    exporter: Process, rules: Path, program: Callable[[str], Path], folder: Path, port: int
) -> Iterator[Prometheus]:
    target = exporter.url.removeprefix("http://")
    pattern = rules.parent / "*.yaml"
    with Prometheus(program("prometheus"), folder, target, port, interval="1s", rules=[pattern]) as running:
        yield running


@pytest.mark.xdist_group("prometheus")
def test_a_new_alert_fires_in_prometheus_and_a_removed_one_stops(
    tmp_path: Path, database: str, rules: Path, program: Callable[[str], Path], connection: Connection
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    alerting = {"user_rules_file": str(rules), "prometheus_url": url, "evaluation_interval": "1s"}
    keys = {"warehouse": {"dsn": database}, "alerting": alerting, "grafana": {"scrape_interval": "1s"}}
    config = write_config(tmp_path, {"app": database}, built_in=True, **keys)
    metric = _present(config)
    add = ("alerts", "add", metric, "--below", "5", "--for", "2s", "-c", str(config))
    before = run(*add)
    assert before.exit_code == 3
    assert f"could not reload Prometheus at http://127.0.0.1:{port}: it does not answer" in before.stderr
    assert len(alerts.list_all(connection)) == 1
    with Process(config) as exporter, prometheus_of(exporter, rules, program, tmp_path / "prometheus", port) as running:

        def ask(path: str) -> Any:
            return requests.get(f"{running.url}/api/v1/{path}", timeout=10).json()["data"]

        assert run("alerts", "apply", "-c", config).exit_code == 0
        assert run(*add).exit_code == 0
        groups = ask("rules")["groups"]
        assert len(groups) == 2
        assert {rule["health"] for group in groups for rule in group["rules"]} <= {"ok", "unknown"}
        query = 'query?query=ALERTS{alertstate="firing",origin="user"}'
        wait_for(lambda: len({each["metric"]["alert_id"] for each in ask(query)["result"]}) == 2, 40)
        for stored in alerts.list_all(connection):
            assert run("alerts", "remove", str(stored.id), "-c", config).exit_code == 0
        assert ask("rules")["groups"] == []
        (rules.parent / "broken.yaml").write_text("groups: [{name: x, rules: [{alert: A, expr: 'up up'}]}]")
        refused = run(*add)
        assert refused.exit_code == 3
        assert re.search(r"could not reload Prometheus at .*: status 500, .*(reload|loading)", refused.stderr)


@pytest.mark.xdist_group("prometheus")
def test_rules_that_prometheus_does_not_find_are_told_by_name(
    tmp_path: Path, database: str, rules: Path, program: Callable[[str], Path], connection: Connection
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    alerting = {"user_rules_file": str(rules), "prometheus_url": url}
    config = write_config(tmp_path, {}, warehouse={"dsn": database}, alerting=alerting)
    elsewhere = tmp_path / "elsewhere" / "*.yaml"
    with Prometheus(
        program("prometheus"), tmp_path / "prometheus", f"127.0.0.1:{free_port()}", port, rules=[elsewhere]
    ):
        added = run(*ADD, "-c", config)
        (stored,) = alerts.list_all(connection)
        assert (added.exit_code, f"The alert {stored.id} is stored." in added.stdout) == (1, True)
        assert added.stderr == (
            f"Prometheus at {url} does not evaluate 1 of the 1 groups in {rules}: user-{stored.id}. Either none of its "
            "rule_files matches the path that the file has there, or Prometheus may not enter the folder.\n"
        )
        for _ in range(6):
            alerts.add(connection, stored.definition)
        assert " does not evaluate 7 of the 7 groups in " in (many := run("alerts", "apply", "-c", config).stderr)
        assert " and 2 more. Either " in many
        # Where its pattern matches, the next command finds all of them.
        rules.parent.rename(elsewhere.parent)
        rules.parent.symlink_to(elsewhere.parent)
        applied = run("alerts", "apply", "-c", config)
        assert (applied.exit_code, applied.stderr) == (0, "")


def _present(config: Path) -> str:
    """A gauge that has a value even in an empty database, and may have alerts."""
    with Process(config) as exporter:
        exporter.ready(30)
        found = wait_for(lambda: [name for name in samples(exporter.get("/metrics").text) if _is_ours(name)])
    return sorted(found)[0].partition("{")[0]


def _is_ours(series: str) -> bool:
    from metrics.catalogue import all_metrics

    gauges = {metric.name for metric in all_metrics() if metric.kind == "gauge" and "severity" not in metric.labels}
    return series.partition("{")[0] in gauges
