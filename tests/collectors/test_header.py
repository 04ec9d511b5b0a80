"""The header of a `.sql` file: prose, then keys; each fault stands at its own line."""

from dataclasses import MISSING, fields
from typing import Any, get_args

import pytest

from collectors.header import DeclaredMetric, Header, read_header
from collectors.sql_text import Fault
from metrics import COUNT, SECONDS, Counter, DeclarationError, Gauge, Histogram, Metric, Unit

KEYS = "no such key; the keys are backfill, cursor, every, history, metrics, settle, timeout, windows"
TICKETS = """\
-- One row per queue.
-- metrics:
--   - name: kpi_tickets
--     help: Open tickets.
--     unit: count
--     labels: [queue]
--     owner: support
SELECT 1
"""


def good(text: str) -> Header:
    header, found = read_header(text)
    assert found == []
    return header


def bad(text: str) -> list[Fault]:
    header, found = read_header(text)
    assert found
    assert not header.declared
    return found


def test_prose_comes_first_and_every_key_is_optional() -> None:
    header = good("-- One row per queue,\n--   and per day.\nSELECT 1")
    assert header.description == "One row per queue, and per day."
    assert (header.every, header.timeout, header.cursor, header.history) == (None, None, "", True)
    assert header.windows == ["1d", "7d", "30d"]
    assert (header.settle, header.backfill) == (60, 86_400)
    assert header.declared == []


def test_a_file_without_a_comment_has_the_default_header() -> None:
    assert good("SELECT 1\n-- every: 5m") == Header()
    assert good("") == Header()


def test_every_key_is_read() -> None:
    header = good(
        "-- One row per payment.\n-- every: 15m\n-- timeout: 30s\n-- windows: 1d, 90d\n-- cursor: paid_at\n"
        "-- settle: 5m\n-- backfill: 30d\n-- history: false\nSELECT 1"
    )
    assert (header.every, header.timeout, header.windows, header.cursor) == (900, 30, ["1d", "90d"], "paid_at")
    assert (header.settle, header.backfill, header.history) == (300, 30 * 86_400, False)


def test_windows_may_be_a_list() -> None:
    assert good("-- windows: [1h, 7d]\nSELECT 1").windows == ["1h", "7d"]


def test_blank_lines_do_not_end_the_header() -> None:
    header = good("\n-- One row per queue.\n\n-- every: 5m\n\nSELECT 1")
    assert (header.description, header.every) == ("One row per queue.", 300)


def test_keys_may_begin_right_behind_the_dashes() -> None:
    assert good("--One row.\n--every: 5m\nSELECT 1").every == 300


def test_prose_with_a_colon_is_no_key() -> None:
    assert good("-- One row per queue: the open ones.\n-- See https://example.org\nSELECT 1").every is None


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("-- A row.\n-- evry: 5m\n", 2, f"evry: {KEYS}"),
        ("-- every: 5m\n-- description: rows\n", 2, f"description: {KEYS}"),
        ("-- A row.\n--\n-- every: often\n", 3, "every: expected a duration such as 10s, 15m or 1h30m, got 'often'"),
        ("-- every: 60\n", 1, "every: expected a duration such as 10s, 15m or 1h30m, got '60'"),
        ("-- timeout: 0s\n", 1, "timeout: expected a duration above zero, got '0s'"),
        ("-- every: 99999999w\n", 1, "every: expected a duration of at most 36500d, got '99999999w'"),
        ("-- settle:\n", 1, "settle: expected a duration such as 10s, 15m or 1h30m, got 'None'"),
        ("\n\n-- backfill: -1d\n", 3, "backfill: expected a duration such as 10s, 15m or 1h30m, got '-1d'"),
        ("-- windows: 1d, week\n", 1, "windows: expected a duration such as 10s, 15m or 1h30m, got 'week'"),
        ("-- windows: 1d, 24h\n", 1, "windows: expected different durations such as 1d, 7d, got 1d, 24h"),
        ("-- windows: []\n", 1, "windows: expected different durations such as 1d, 7d, got none"),
        ("-- cursor: [a]\n", 1, "cursor: input should be a valid string, got ['a']"),
        ("-- history: perhaps\n", 1,
         "history: input should be a valid boolean, unable to interpret input, got 'perhaps'"),
        ("-- every: 5m\n-- 5: x\n", 1, "5: keys should be strings, got 5"),
        ("-- every: 5m\n-- timeout: 3s\n-- every: 1h\n", 3, "the key every stands twice"),
        ("-- metrics: kpi_tickets\n", 1, "metrics: input should be a valid list, got 'kpi_tickets'"),
        ("-- every: 5m\n-- cursor: [a\n", 2,
         "could not read the header: expected ',' or ']', but got '<stream end>'"),
        ("-- every: 5m\n--   nested: 1\n", 2, "could not read the header: mapping values are not allowed here"),
        ("-- every: 5m\n--\ttimeout: 3s\n", 2,
         "could not read the header: found character '\\t' that cannot start any token"),
        ("-- every: 5m\n\n-- Only the open ones.\n", 3, "could not read the header: could not find expected ':'"),
        ("-- every: \x07\n", 1, "could not read the header: not YAML"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(text: str, line: int, message: str) -> None:
    faults = read_header(text + "SELECT 1")[1]
    assert faults == [Fault(line, message)]


def test_several_faults_are_told_at_once() -> None:
    assert bad("-- A row.\n-- every: often\n-- evry: 5m\nSELECT 1") == [
        Fault(2, "every: expected a duration such as 10s, 15m or 1h30m, got 'often'"),
        Fault(3, f"evry: {KEYS}"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("unit: count", "unit: euro", 5, "metrics.0.unit: expected one of seconds, bytes, ratio, currency, score, "
         "timestamp, months, count, got 'euro'"),
        ("--     owner: support\n", "", 3, "metrics.0.owner: is missing"),
        ("labels: [queue]", "labels: queue", 6, "metrics.0.labels: input should be a valid list, got 'queue'"),
        ("labels: [queue]", "labels: [yes]", 6, "metrics.0.labels.0: input should be a valid string, got True"),
        ("labels: [queue]", "label: [queue]", 6, "metrics.0.label: no such key; the keys are adds_over, better, "
         "buckets, cap, critical, help, labels, name, other, owner, sparse, target, type, unit, warning"),
        ("owner: support", "owner: support\n--     better: up", 8,
         "metrics.0.better: input should be 'higher', 'lower' or 'none', got 'up'"),
        ("owner: support", "owner: support\n--     type: summary", 8,
         "metrics.0.type: input should be 'gauge', 'counter' or 'histogram', got 'summary'"),
        ("owner: support", "owner: support\n--     cap: many", 8,
         "metrics.0.cap: input should be a valid integer, got 'many'"),
        ("owner: support", "owner: support\n--     warning: '5'", 8,
         "metrics.0.warning: input should be a valid number, got '5'"),
        ("owner: support", "owner: support\n--     help: Again.", 8, "the key help stands twice"),
    ],
)  # fmt: skip
def test_a_fault_in_a_declaration_is_told_with_its_own_line(old: str, new: str, line: int, message: str) -> None:
    assert read_header(TICKETS.replace(old, new))[1] == [Fault(line, message)]


def declared(text: str) -> tuple[tuple[Metric, ...], list[Fault]]:
    return good(text).declare()


def test_a_metric_is_declared_as_in_python() -> None:
    (metric,), found = declared(TICKETS)
    assert found == []
    assert isinstance(metric, Gauge)
    assert (metric.name, metric.help, metric.unit) == ("kpi_tickets", "Open tickets.", COUNT)
    assert (metric.labels, metric.owner) == (("queue",), "support")


def test_all_fields_reach_the_declaration() -> None:
    text = (
        "-- metrics:\n--   - {name: kpi_wait_seconds, type: histogram, help: Wait., unit: seconds, owner: support,\n"
        "--      labels: [queue, window], better: lower, target: 1, warning: 2, critical: 3.5, cap: 9,\n"
        "--      other: [queue], adds_over: [queue], sparse: Nobody waits., buckets: [1, 2.5]}\n"
    )
    (metric,), _ = declared(text)
    assert isinstance(metric, Histogram)
    assert {field.name: getattr(metric, field.name) for field in fields(metric)} == {
        "name": "kpi_wait_seconds", "help": "Wait.", "unit": SECONDS, "owner": "support",
        "labels": ("queue", "window"), "better": "lower", "target": 1, "warning": 2, "critical": 3.5, "cap": 9,
        "other": ("queue",), "adds_over": ("queue",), "sparse": "Nobody waits.",
        "origin": "collected", "shared": False, "buckets": (1, 2.5),
    }  # fmt: skip


@pytest.mark.parametrize(("word", "kind"), [("gauge", Gauge), ("counter", Counter), ("histogram", Histogram)])
def test_the_header_has_the_fields_and_the_defaults_of_python(word: str, kind: type[Metric]) -> None:
    python = {field.name: field.default for field in fields(kind)}
    header: dict[str, Any] = {
        name: MISSING if field.is_required() else field.default for name, field in DeclaredMetric.model_fields.items()
    }
    del python["origin"], python["shared"]  # a file declares what it collects from its sources
    assert header.keys() - {"type"} == python.keys() | {"buckets"}
    assert word in get_args(DeclaredMetric.model_fields["type"].annotation)
    for name, default in python.items():
        if name != "buckets":
            assert (tuple(header[name]) if isinstance(header[name], list) else header[name]) == default


def test_the_header_has_a_word_for_each_unit_and_each_direction() -> None:
    for unit in Unit:
        labels = ["currency"] if unit is Unit.CURRENCY else []
        metric = DeclaredMetric(name=f"kpi_x{unit.suffix}", help="X.", unit=unit.value, owner="team", labels=labels)
        assert metric.declare().unit is unit
    python = {field.name: field.type for field in fields(Metric)}
    assert DeclaredMetric.model_fields["better"].annotation == python["better"]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Gauge, {"name": "tickets"}),
        (Gauge, {"name": "kpi_tickets_total"}),
        (Gauge, {"name": "kpi_wait_seconds"}),
        (Gauge, {"help": " "}),
        (Gauge, {"labels": ("le", "Queue"), "cap": 0}),
        (Gauge, {"other": ("queue",)}),
        (Gauge, {"better": "lower", "warning": 2, "critical": 1}),
        (Counter, {"type": "counter"}),
        (Histogram, {"type": "histogram", "buckets": ()}),
        (Histogram, {"type": "histogram", "buckets": (2, 1)}),
        (Histogram, {"type": "histogram", "buckets": (1, float("inf"))}),
    ],
)
def test_the_header_makes_the_checks_of_python(kind: type[Metric], changes: dict[str, Any]) -> None:
    given = {"name": "kpi_tickets", "help": "Tickets.", "unit": "count", "owner": "support"} | changes
    lists = {key: list(value) for key, value in given.items() if isinstance(value, tuple)}
    header = DeclaredMetric.model_validate(given | lists)
    with pytest.raises(DeclarationError) as in_header:
        header.declare()
    given.pop("type", None)
    with pytest.raises(DeclarationError) as in_python:
        kind(**(given | {"unit": COUNT}))
    assert in_header.value.faults == in_python.value.faults


def test_only_a_histogram_has_buckets() -> None:
    _, found = declared(TICKETS.replace("owner: support", "owner: support\n--     buckets: [1]"))
    assert found == [Fault(3, "could not declare kpi_tickets: Only a histogram has buckets.")]


def test_a_declaration_that_breaks_a_rule_is_told_at_the_line_where_it_begins() -> None:
    second = "--   - {name: tickets, help: X., unit: count, owner: support}\nSELECT 1"
    made, found = declared(TICKETS.replace("SELECT 1", second))
    assert [metric.name for metric in made] == ["kpi_tickets"]
    sentence = "could not declare tickets: The name 'tickets' must be snake_case and begin with 'kpi_'."
    assert found == [Fault(8, sentence)]


def test_a_name_is_declared_once() -> None:
    again = "--   - {name: kpi_tickets, help: X., unit: count, owner: support}\nSELECT 1"
    assert declared(TICKETS.replace("SELECT 1", again))[1] == [Fault(8, "kpi_tickets is declared already")]
    assert good(TICKETS).declare(taken={"kpi_tickets"})[1] == [Fault(3, "kpi_tickets is declared already")]
