"""Alerts that users define as rules: when they fire, what they say, and that nothing hostile gets into them."""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import promql_parser
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alert_rules.alert import KEEP_FIRING_FOR
from dashboards import Board, row, stat
from dashboards.scope import Scope
from metrics import COUNT, RATIO, SECONDS, Counter, Gauge, Histogram
from provisioning.rules import Links
from provisioning.rules.user_alerts import Rules
from warehouse.alerts import Definition, StoredAlert

SHARE = Gauge("kpi_share_ratio", "Share.", unit=RATIO, owner="product", labels=("window",))
QUEUE = Gauge("kpi_queue", "Waiting.", unit=COUNT, owner="platform", labels=("team",))
ORDERS = Counter("kpi_orders_total", "Orders.", unit=COUNT, owner="finance", labels=("shop",))
WAIT = Histogram("kpi_wait_seconds", "Wait.", unit=SECONDS, owner="product", buckets=(1.0,))
TAKEN = Gauge("kpi_taken", "Taken.", unit=COUNT, owner="product", labels=("severity",))
NAMELESS = Gauge("kpi_a_name_that_is_far_too_long_for_the_name_of_an_alert_ratio", "Long.", unit=RATIO, owner="product")
BOARD = Board("shares", "Area", "Shares", "About shares.", [row(stat(SHARE))])
OVERVIEW = Board("overview", "Area", "Overview", "All.", [row(stat(SHARE), stat(QUEUE))])
SCOPE = Scope(metrics=(SHARE, QUEUE, ORDERS, WAIT, TAKEN, NAMELESS), intervals={"kpi_orders_total": 300.0})
RULES = Rules(SCOPE, (OVERVIEW, BOARD), Links("https://kpi.example/runbooks", "https://grafana.example"))
NUMBER = UUID("784e41df-9874-4a1c-b44e-640c5be23e24")
SHARE_BELOW = Definition("kpi_share_ratio", "threshold", "<", 0.02, {"window": "7d"}, for_seconds=900)


def stored(definition: Definition, number: UUID = NUMBER, *, active: bool = True) -> StoredAlert:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    return StoredAlert(number, definition, active, None, 0, "ann", now, now)


def rule(definition: Definition) -> dict[str, Any]:
    """The only rule that comes of the definition."""
    file = RULES.file([stored(definition)])
    assert file.problems == ()
    (group,) = yaml.safe_load(file.text)["groups"]
    (found,) = group["rules"]
    assert isinstance(found, dict)
    return found


def test_a_threshold_becomes_a_rule_with_all_that_a_page_needs() -> None:
    definition = replace(SHARE_BELOW, channels=("email", "slack"), recipients=("a@b.example", "c@d.example"))
    place = "tenant {{ $labels.tenant }}, window {{ $labels.window }}"
    assert rule(definition) == {
        "alert": "ShareRatioThreshold784e41df",
        "expr": 'kpi_share_ratio{window="7d"} < 0.02',
        "for": "15m",
        "keep_firing_for": KEEP_FIRING_FOR,
        "labels": {
            "origin": "user",
            "alert_id": str(NUMBER),
            "severity": "warning",
            "team": "product",
            "channels": ",email,slack,",
            "recipients": "a@b.example,c@d.example",
        },
        "annotations": {
            "summary": "Share: the value is below 2%.",
            "description": f"Share ({place}): the value is {{{{ $value | humanizePercentage }}}}, "
            "and the alert is set for below 2%.",
            "value": "{{ $value | humanizePercentage }}",
            "raw_value": "{{ $value }}",
            "runbook_url": "https://kpi.example/runbooks/UserDefinedAlert",
            "dashboard_url": "https://grafana.example/d/shares",
        },
    }


def test_the_message_replaces_the_sentence_and_the_value_takes_its_unit() -> None:
    definition = replace(SHARE_BELOW, message_template="{{$value}} in {{ $labels.window }}: {not} a }} template")
    said = rule(definition)["annotations"]["description"]
    assert said == "{{ $value | humanizePercentage }} in {{ $labels.window }}: {not} a }} template"


def test_the_team_is_the_owner_unless_the_series_tell_it() -> None:
    assert rule(SHARE_BELOW)["labels"]["team"] == "product"
    assert "team" not in rule(Definition("kpi_queue", "threshold", ">", 5))["labels"]


def test_the_board_is_one_that_shows_the_metric_and_the_overview_only_if_no_other_does() -> None:
    boards = {"kpi_share_ratio": "shares", "kpi_queue": "overview", "kpi_orders_total": "overview"}
    for name, uid in boards.items():
        made = rule(Definition(name, "threshold", ">", 0.5, window_seconds=600))
        assert made["annotations"]["dashboard_url"] == f"https://grafana.example/d/{uid}"


def test_a_long_name_is_cut_to_forty_letters() -> None:
    name = rule(Definition(NAMELESS.name, "threshold", ">", 0.5))["alert"]
    assert name == "ANameThatIsFarTooLongFoThreshold784e41df"[: len(name)]
    assert len(name) <= 40


def test_each_alert_keeps_its_group_when_others_come_and_go() -> None:
    alerts = [stored(SHARE_BELOW, uuid4()) for _ in range(3)]
    before, after = (yaml.safe_load(RULES.file(some).text)["groups"] for some in (alerts, alerts[1:]))
    assert before[1:] == after


def test_an_alert_that_rests_is_no_rule_and_one_that_no_longer_fits_is_told() -> None:
    gone = replace(SHARE_BELOW, metric_name="kpi_shares_ratio")
    file = RULES.file([stored(SHARE_BELOW, active=False), stored(gone), stored(SHARE_BELOW)])
    assert len(yaml.safe_load(file.text)["groups"]) == 1
    told = f"The alert {NUMBER} is left out: There is no metric kpi_shares_ratio; did you mean kpi_share_ratio?"
    assert file.problems == (told,)


FAULTS: dict[str, tuple[Definition, list[str]]] = {
    "unknown metric": (replace(SHARE_BELOW, metric_name="kpi_shar_ratio"),
                       ["There is no metric kpi_shar_ratio; did you mean kpi_share_ratio?"]),
    "injected metric": (replace(SHARE_BELOW, metric_name="up or vector(1)"), ["There is no metric up or vector(1)."]),
    "histogram": (Definition("kpi_wait_seconds", "threshold", ">", 1), ["of a histogram, which has no single value"]),
    "part of a histogram": (Definition("kpi_wait_seconds_sum", "threshold", ">", 1), ["of a histogram"]),
    "unknown label": (replace(SHARE_BELOW, matchers={"windw": "7d"}), ["no label 'windw'; did you mean window?"]),
    "injected label": (replace(SHARE_BELOW, matchers={'window="1d"} or up{x': "7d"}), ["has no label"]),
    "taken label": (Definition("kpi_taken", "threshold", ">", 1), ["carries the label 'severity'"]),
    "at once": (replace(SHARE_BELOW, for_seconds=0), ["at least 30s, in which two samples are taken"]),
    "after one sample": (replace(SHARE_BELOW, for_seconds=29), ["pages nobody, got 29 s."]),
    "less than no time": (replace(SHARE_BELOW, for_seconds=-1), ["The 'for' must be from 0 s"]),
    "percent for a ratio": (replace(SHARE_BELOW, comparison=">", threshold_value=5), ["is a ratio, from 0 to 1"]),
    "percent equal to a ratio": (replace(SHARE_BELOW, comparison="=", threshold_value=5), ["can hardly be true"]),
    "short rate": (Definition("kpi_orders_total", "threshold", ">", 1, window_seconds=300),
                   ["at least 10m, in which kpi_orders_total is collected twice, got 5m"]),
    "short change": (replace(SHARE_BELOW, alert_type="change", window_seconds=60), ["at least 2m", ]),
    "query in a message": (replace(SHARE_BELOW, message_template='{{ query "up" }}'), ["no other braces in pairs"]),
    "open template": (replace(SHARE_BELOW, message_template="{{ $value"), ["no other braces in pairs"]),
    "brace before a template": (replace(SHARE_BELOW, message_template="{{{ $value }}"), ["no other braces in pairs"]),
    "label of no series": (replace(SHARE_BELOW, message_template="{{ $labels.shop }}"), ["names the label 'shop'"]),
    "all at once": (replace(SHARE_BELOW, matchers={"a": "b"}, message_template="{{", severity="page"),  # type: ignore[arg-type]
                    ["The severity must", "no label 'a'", "no other braces"]),
}  # fmt: skip


@pytest.mark.parametrize(("definition", "expected"), FAULTS.values(), ids=FAULTS)
def test_what_does_not_fit_the_metric_is_told(definition: Definition, expected: list[str]) -> None:
    found = RULES.faults(definition)
    assert len(found) == len(expected)
    assert all(part in fault for part, fault in zip(expected, found, strict=True)), found


def test_two_samples_are_those_of_the_configured_intervals_and_what_is_stored_waits_for_them() -> None:
    rules = Rules(SCOPE, (BOARD,), Links(), pace=60)
    hasty = replace(SHARE_BELOW, for_seconds=90)
    assert RULES.faults(hasty) == []
    assert [fault.partition(",")[0] for fault in rules.faults(hasty)] == ["The 'for' must be at least 2m"]
    file = rules.file([stored(hasty), stored(SHARE_BELOW, uuid4())])
    assert file.problems == ()
    groups = yaml.safe_load(file.text)["groups"]
    assert [group["rules"][0]["for"] for group in groups] == ["2m", "15m"]
    assert file.groups == tuple(group["name"] for group in groups)


def test_one_bad_sample_pages_nobody_by_default(program: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        RULES.file([stored(replace(SHARE_BELOW, for_seconds=Definition.for_seconds))]).text
    )
    name = rule(SHARE_BELOW)["alert"]
    silent = {"alertname": name, "exp_alerts": []}
    series = {"series": 'kpi_share_ratio{window="7d"}', "values": "0.5x9 0.01x3 0.5x9"}
    test = {"input_series": [series], "alert_rule_test": [{"eval_time": f"{at}m", **silent} for at in range(9, 20)]}
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": [{"interval": "1m", **test}]}))
    subprocess.run([program("promtool"), "test", "rules", path], check=True)


def cases(definition: Definition, series: dict[str, str], at: str, values: Sequence[str]) -> dict[str, Any]:
    """A unit test for promtool: at that time the alert fires with these values, as text."""
    made = rule(definition)
    labels = made["labels"] | dict(definition.matchers)
    said = made["annotations"] | {"description": "said"}
    expected = [
        {"exp_labels": labels, "exp_annotations": said | {"value": value, "raw_value": raw}}
        for raw, _, value in (text.partition(" ") for text in values)
    ]
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": numbers} for name, numbers in series.items()],
        "alert_rule_test": [{"eval_time": at, "alertname": made["alert"], "exp_alerts": expected}],
    }


def share(alert_type: Any, comparison: Any, level: float, window: int = 600) -> Definition:
    return Definition("kpi_share_ratio", alert_type, comparison, level, {"window": "7d"}, window_seconds=window,
                      for_seconds=30, message_template="said")  # fmt: skip


def orders(alert_type: Any, comparison: Any, level: float, window: int = 600) -> Definition:
    return Definition("kpi_orders_total", alert_type, comparison, level, {"shop": "a"}, window_seconds=window,
                      for_seconds=30, message_template="said")  # fmt: skip


def queue(comparison: Any, level: float) -> Definition:
    return Definition("kpi_queue", "threshold", comparison, level, {"team": "a"}, for_seconds=30,
                      message_template="said")  # fmt: skip


SHARES, SOLD = 'kpi_share_ratio{window="7d"}', 'kpi_orders_total{shop="a"}'
WAITING = 'kpi_queue{team="a"}'
EVALUATED: dict[str, tuple[Definition, dict[str, str], list[str]]] = {
    "below": (share("threshold", "<", 0.02), {SHARES: "0.01x30"}, ["0.01 1%"]),
    "not below at the limit": (share("threshold", "<", 0.02), {SHARES: "0.02x30"}, []),
    "at most at the limit": (share("threshold", "<=", 0.02), {SHARES: "0.02x30"}, ["0.02 2%"]),
    "below zero": (queue("<", -0.5), {WAITING: "-1x30"}, ["-1 -1"]),
    "equal but for rounding": (share("threshold", "=", 0.3), {SHARES: "0.30000000000000004x30"},
                               ["0.30000000000000004 30%"]),
    "equal to zero": (share("threshold", "=", 0), {SHARES: "0x30"}, ["0 0%"]),
    "not equal": (share("threshold", "=", 0.3), {SHARES: "0.3000001x30"}, []),
    "other than": (share("threshold", "!=", 0.3), {SHARES: "0.4x30"}, ["0.4 40%"]),
    "other than but for rounding": (share("threshold", "!=", 0.3), {SHARES: "0.30000000000000004x30"}, []),
    "other series": (share("threshold", "<", 0.02), {'kpi_share_ratio{window="1d"}': "0.01x30"}, []),
    "no data": (share("threshold", "<", 0.02), {}, []),
    "no data after it fired": (share("threshold", "<", 0.02), {SHARES: "0.01x15 stale _x20"}, ["0.01 1%"]),
    "over for a while": (share("threshold", "<", 0.02), {SHARES: "0.01x12 0.5x20"}, []),
    "not a number": (share("threshold", "!=", 0.02), {SHARES: "NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN NaN"}, []),
    "rise": (share("change", ">", 20), {SHARES: "0.25x15 0.375x15"}, ["50 50%"]),
    "rise of a debt": (share("change", ">", 20), {SHARES: "-0.25x15 -0.125x15"}, ["50 50%"]),
    "fall is no rise": (share("change", ">", 20), {SHARES: "0.2x15 0.1x15"}, []),
    "fall": (share("change", "<", -20), {SHARES: "0.2x15 0.1x15"}, ["-50 -50%"]),
    "either way": (share("change", "change_%", 20), {SHARES: "0.2x15 0.1x15"}, ["50 50%"]),
    "either way within the limit": (share("change", "change_%", 60), {SHARES: "0.2x15 0.1x15"}, []),
    "change from nothing": (share("change", "change_%", 20), {SHARES: "0x15 0.1x15"}, []),
    "change from the unknown": (share("change", "change_%", 20), {SHARES: "_x15 0.1x15"}, []),
    "trend": (share("trend", "<", -0.5), {SHARES: "1-0.015625x30"}, ["-0.9375 -93.75% per hour"]),
    "trend the other way": (share("trend", "<", -0.5), {SHARES: "1+0.015625x30"}, []),
    "trend of too few": (share("trend", "<", -0.5, 240), {SHARES: "_x17 1-0.015625x5"}, []),
    "rate": (orders("threshold", ">", 0.5), {SOLD: "0+60x30"}, ["1 1 per second"]),
    "low rate": (orders("threshold", ">", 1.5), {SOLD: "0+60x30"}, []),
    "rate over a restart": (orders("threshold", "<", 0), {SOLD: "600+60x10 0+60x15"}, []),
    "rate rises": (orders("change", ">", 90, 600), {SOLD: "0+60x10 720+120x20"}, ["100 100%"]),
}  # fmt: skip


def test_rules_fire_when_they_should_and_only_then(program: Callable[[str], Path], tmp_path: Path) -> None:
    """One run of promtool for all of them, each with its own rule file."""
    for number, (definition, series, values) in enumerate(EVALUATED.values()):
        (tmp_path / f"{number}.yaml").write_text(RULES.file([stored(definition)]).text)
        test = {"rule_files": [f"{number}.yaml"], "tests": [cases(definition, series, "20m", values)]}
        (tmp_path / f"{number}-test.yaml").write_text(yaml.safe_dump(test))
    paths = [str(tmp_path / f"{number}-test.yaml") for number in range(len(EVALUATED))]
    command: list[str | Path] = [program("promtool"), "test", "rules", *paths]
    outcome = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    parts = zip(EVALUATED, outcome.stdout.split("Unit Testing:  ")[1:], strict=True)
    assert {name: part for name, part in parts if "FAILED" in part} == {}
    assert outcome.returncode == 0


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40) | st.text("{}$ \"\\\n'`|.valuebs", max_size=30)


@settings(max_examples=200, deadline=None)
@given(value=TEXTS, message=TEXTS)
@example(value='7d"} or vector(1) #', message='{{ "x" }}')
@example(value="{{ $value }}\\", message="{{ $value }}}{")
@example(value="$__rate_interval ${x} [[y]]", message="$value {{$labels.window}}")
@example(value="\x85\u2028\ufeff", message="a\nb: - c # d")
def test_any_text_is_either_refused_or_stays_text(value: str, message: str) -> None:
    definition = replace(SHARE_BELOW, matchers={"window": value}, message_template=message)
    if RULES.faults(definition):
        return
    made = rule(definition)
    parsed = promql_parser.parse(made["expr"])
    (matcher,) = parsed.lhs.matchers.matchers  # type: ignore[attr-defined]
    assert (matcher.name, matcher.value) == ("window", value)
    said = made["annotations"]["description"]
    for template in ("{{ $value | humanizePercentage }}", "{{ $labels.window }}", "{{ $labels.tenant }}"):
        said = said.replace(template, "")
    assert "{{" not in said


def test_hostile_texts_pass_prometheus_own_check(program: Callable[[str], Path], tmp_path: Path) -> None:
    texts = ['"', "\\", "\n", "'", "`", "}", "{{", "${x}", "#", "\u2028", "\x85", "ü🚨", "\ufeff", "%s", "a\\", '\\"']
    texts += [json.dumps(text) for text in texts]
    messages = [
        "{{ $value }}",
        "{{ $value }}}}",
        "}} {{$labels.window}}",
        "{ {",
        "a: b\n- c",
        "|",
        ">-",
        "!!python/none",
    ]
    definitions = [replace(SHARE_BELOW, matchers={"window": text}) for text in texts]
    definitions += [replace(SHARE_BELOW, message_template=text) for text in messages]
    alerts = [stored(definition, uuid4()) for definition in definitions]
    file = RULES.file(alerts)
    assert len(file.problems) == 1  # U+0085 is a control character
    path = tmp_path / "rules.yaml"
    path.write_text(file.text)
    outcome = subprocess.run([program("promtool"), "check", "rules", path], capture_output=True, text=True)
    assert f"SUCCESS: {len(alerts) - 1} rules found" in outcome.stdout, outcome.stderr
