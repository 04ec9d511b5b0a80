"""Each rule for alerts and recordings: examples that break it, each with exactly its code, and neighbours that are
right."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from alert_rules import Case, Group, Recording, Team, fires, silent
from alert_rules.alert import VALUE
from alert_rules.teams import PRODUCT
from metrics import BYTES, COUNT, RATIO, SCORE, SECONDS, TIMESTAMP
from provisioning.lint import lint
from provisioning.lint.rule_expressions import NEWER
from provisioning.rules import Links, rule_files
from tests.provisioning.lint.rule_support import BOARD, CASES, FAILURES, RECORDING, SCOPE, alert, codes, findings, group

MANY = "sum by (region) (rate(kpi_orders_total[5m])) > 5"


def words(expr: str, **given: Any) -> Group:
    return group(alert(expr, **given))


def cases_with(series: dict[str, str], at: str = "10m") -> tuple[Case, ...]:
    return (*CASES, silent("another", series, at=at))


FAILING: list[tuple[str, Group | tuple[Group, ...], str]] = [
    # the expressions of rules are checked like those of boards
    ("K102", words("kpi_order > 5"), "did you mean"),
    ("K201", words("sum(kpi_users > 5"), "could not parse"),
    ("K204", words("sum by (town) (rate(kpi_orders_total[5m])) > 5"), "there is only"),
    ("K209", words("kpi_orders_total > 5"), "stands bare"),
    ("K216", words(f"{MANY} and sum by (status) (rate(kpi_orders_total[5m]))"), "matches nothing"),
    # what only rules can break
    ("K624", words('max by (team) (kpi_wins_ratio{window="1d"}) > 0.5', unit=RATIO), "has the label 'team'"),
    ("K624", words('count by (alertname) (ALERTS{alertstate="firing"}) > 5'), "has the label 'alertname'"),
    ("K605", words(MANY, description='{{ printf "%s %s" $labels.town $labels.region }} has VALUE.'), "'town'"),
    ("K601", words("sum(rate(kpi_orders_total[$__rate_interval])) > 5"), "$__rate_interval"),
    ("K601", words('sum(rate(kpi_orders_total{region=~"$region"}[5m])) > 5'), "$region"),
    ("K602", words(MANY, for_="29s"), "after 29s; two samples take 30s"),
    ("K602", words(MANY, for_="0s"), "after 0s"),
    ("K602", group(alert(MANY, for_="1m"), interval="5m"), "two samples take 600s"),
    ("K603", words("sum(rate(kpi_orders_total[5m]))"), "yields every series"),
    ("K603", words("sum(rate(kpi_orders_total[5m])) > bool 5"), "yields every series"),
    ("K603", words("vector(1)"), "vector(1)"),
    ("K603", words("sum(rate(kpi_orders_total[5m])) > 5 or sum(rate(kpi_orders_total[10m]))"), "yields every series"),
    ("K604", words(MANY, team=Team("{{ $value }}", "#any")), "The label 'team' holds the template '{{ $value }}'"),
    ("K605", words(MANY, description="{{ $labels.regions }} has VALUE."), "did you mean region?"),
    ("K605", words(MANY, description='{{ if eq $labels.status "ok" }}Fine: VALUE{{ end }}'), "region, tenant"),
    ("K605", words("absent(kpi_users) > 0", description="{{$labels.plan}}", absence="Always."), "no label"),
    ("K603", words("vector(1) > 0"), "reads no series: the alert fires always or never"),
    ("K606", words(MANY, unit=SECONDS), "in count, and the page shows it in seconds"),
    ("K606", words("time() - kpi_backup_timestamp_seconds > 60", unit=TIMESTAMP), "in seconds"),
    ("K606", words("100 * kpi_failure_ratio > 5", unit=RATIO), "A number scales the ratio"),
    ("K606", words("kpi_failure_ratio > 0.5", unit=COUNT), "in ratio, and the page shows it in count"),
    ("K607", group(Recording(FAILURES, "kpi_wins_ratio")), "region, tenant; the rule yields: instance, job, team"),
    ("K607", group(replace(RECORDING, labels={"region": "eu"}, expr='ALERTS{severity="x"} > 0')), "must be: region;"),
    ("K609", (group(RECORDING), group(RECORDING, name="other")), "Rules / orders › kpi_failure_ratio records the same"),
    ("K611", (words(MANY), group(alert(f"{MANY}5"), name="other")), "Rules / orders has an alert of this name"),
    ("K625", (words(MANY), group(alert(f"{MANY}5", name="Other"), name="orders")), "Another group is called 'orders'"),
    (
        "K612",
        group(alert(MANY), alert(MANY.replace("> 5", ">  5"), "Other")),
        "Rules / orders › ManyOrders has the same",
    ),
    ("K613", words(MANY, severity="critical", team=PRODUCT), "The team product is not paged"),
    ("K614", words("kpi_failure_ratio > 5", unit=RATIO), "kpi_failure_ratio is a ratio, from 0 to 1"),
    ("K614", words("kpi_failure_ratio < 0", unit=RATIO), "can hardly be true"),
    ("K614", words("max_over_time(kpi_failure_ratio[1h]) >= 1.5", unit=RATIO), "can hardly be true"),
    ("K614", words("kpi_failure_ratio < -1", unit=RATIO), "can hardly be true"),
    ("K615", words("avg_over_time(kpi_failure_ratio[500d]) > 0.5", unit=RATIO), "read 500 days back"),
    ("K615", words("avg_over_time(kpi_failure_ratio[300d] offset 200d) > 0.5", unit=RATIO), "Prometheus keeps 400"),
    ("K615", words("max_over_time((kpi_failure_ratio offset 1d)[400d:1d]) > 0.5", unit=RATIO), "read 401 days"),
    ("K616", group(alert("kpi_failure_ratio > 0.5", unit=RATIO), RECORDING), "in this rule or a later one"),
    ("K616", group(replace(RECORDING, expr="kpi_failure_ratio")), "in this rule or a later one"),
    ("K617", words(MANY, board="order"), "no board with the uid 'order'; did you mean orders?"),
    (
        "K618",
        group(alert(MANY, family="orders"), alert(f"{MANY}5", "Other")),
        "No other alert is of the family 'orders'",
    ),
    ("K619", words("first_over_time(kpi_failure_ratio[1h]) > 0.5", unit=RATIO), "first_over_time is not in Prometheus"),
    ("K620", group(alert(MANY), interval="5 minutes"), "got '5 minutes'"),
    ("K621", words("absent(kpi_users)"), "absent(kpi_users) fires without data"),
    ("K621", words(f"{MANY} or absent_over_time(kpi_users[5m])"), "absent_over_time(kpi_users[5m]) fires"),
    ("K621", words(MANY, absence="There are always orders."), "asks for no absence"),
    ("K622", words(MANY, cases=cases_with({"kpi_order_total": "0x10"})), "The case 'another': No metric exposes"),
    ("K622", words(MANY, cases=cases_with({'kpi_orders_total{regio="eu"}': "0x10"})), "no label 'regio'"),
    ("K622", words(MANY, cases=cases_with({'kpi_wait_seconds_bucket{le="3"}': "0x10"})), 'no bucket le="3"'),
    ("K622", words(MANY, cases=cases_with({'kpi_orders_total{region="eu"': "0x10"})), "could not parse"),
    ("K623", words(MANY, cases=cases_with({"kpi_orders_total": "0+1x9"})), "asks at 10m, and the last sample is at 9m"),
    ("K623", words(MANY, cases=cases_with({"kpi_orders_total": "1 2 _x3 4x3", "kpi_users": "1"})), "at 8m"),
]

RIGHT: dict[str, Group | tuple[Group, ...]] = {
    "a label that the alert hides, of one value": words('kpi_wins_ratio{window="1d", team="red"} > 0.5', unit=RATIO),
    "an alert on a condition": words(MANY),
    "an alert that waits for two scrapes": words(MANY, for_="30s"),
    "an immediate alert with a reason": words(MANY, for_="0s", ignore={"K602": "A failed build does not recover."}),
    "a condition behind arithmetic": words("100 * (sum(rate(kpi_orders_total[5m])) > 5)"),
    "a condition within an aggregation": words("count(kpi_users > 5)"),
    "a condition by unless": words("sum by (region) (rate(kpi_orders_total[5m])) unless kpi_failure_ratio"),
    "a condition on either side of and": words(
        "sum by (region) (rate(kpi_orders_total[5m])) and on (region) kpi_failure_ratio > 0.5"
    ),
    "a condition on both sides of or": words(f"{MANY} or sum by (region) (rate(kpi_orders_total[1h])) > 2"),
    "a description with a label of the result": words(MANY, description="{{ $labels.region }}: VALUE"),
    "a description with the source, which is kept apart": words(MANY, description="{{ $labels.tenant }}: VALUE"),
    "a rate of bytes or money has the unit of its numerator": words(MANY, unit=COUNT),
    "a busy share is a ratio": words("rate(kpi_busy_seconds_total[5m]) > 0.5", unit=RATIO),
    "times as many is a ratio or a number": words(
        "sum(rate(kpi_orders_total[5m])) / sum(rate(kpi_orders_total[5m] offset 1d)) > 2", unit=SCORE
    ),
    "a scaled number has no unit any more": words("1000 * kpi_failure_ratio > 5", unit=COUNT),
    "an age is in seconds": words("time() - kpi_backup_timestamp_seconds > 60", unit=SECONDS),
    "a unit that cannot be told": words("stdvar(kpi_happiness_score) > 5", unit=BYTES),
    "a recording with the labels of its metric": group(RECORDING),
    "a recording whose rule sets a label": group(
        replace(
            RECORDING,
            expr='sum(rate(kpi_orders_total{status="failed"}[5m])) / (sum(rate(kpi_orders_total[5m])) > 0)',
            labels={"region": "all"},
        )
    ),
    "one metric recorded for different labels": group(
        *(
            replace(
                RECORDING,
                expr='sum(rate(kpi_orders_total{status="failed"}[5m])) / (sum(rate(kpi_orders_total[5m])) > 0)',
                labels={"region": region},
            )
            for region in ("eu", "us")
        )
    ),
    "a recording of a metric without sources": group(
        replace(RECORDING, expr="count(up == 0) / count(up)", labels={"region": "all"})
    ),
    "one condition as warning and as critical": group(alert(MANY), alert(MANY, "Other", severity="critical")),
    "a threshold that a ratio passes": words("kpi_failure_ratio > 0.999", unit=RATIO),
    "a quotient may be more than 1": words(
        "sum(rate(kpi_orders_total[5m])) / sum(rate(kpi_wait_seconds_count[5m])) > 2", unit=RATIO
    ),
    "a window within the retention": words("avg_over_time(kpi_failure_ratio[399d] offset 1d) > 0.5", unit=RATIO),
    "a recorded metric after its rule": group(RECORDING, alert("kpi_failure_ratio > 0.5", unit=RATIO)),
    "a recorded metric of another group": (
        group(alert("kpi_failure_ratio > 0.5", unit=RATIO), name="before"),
        group(RECORDING),
    ),
    "two of a family": group(
        alert(MANY, family="orders"), alert(f"{MANY}5", "Other", severity="critical", family="orders")
    ),
    "an interval": group(alert(MANY, for_="10m"), interval="5m"),
    "an absence with its reason": words("absent(kpi_users)", absence="There are always users."),
    "an absence that only takes series out": words(f"{MANY} unless on () absent(up)"),
    "an absence by a zero in place of nothing": words(
        "(count(kpi_users) or vector(0)) < 1", absence="There are always users."
    ),
    "a case with the labels of sources and scrapes": words(
        MANY, cases=cases_with({'kpi_orders_total{tenant="t", job="j", instance="i"}': "0x10"})
    ),
    "a case with samples to its end": words(MANY, cases=cases_with({"kpi_orders_total": "_x9 1 1"})),
    "a case whose time promtool judges": words(MANY, cases=cases_with({"kpi_orders_total": "0"}, at="soon")),
    "a case without series": words(MANY, cases=(*CASES, silent("nothing", {}, at="1h"))),
    "a case after the end of what must exist": words(
        "absent(kpi_users)",
        absence="There are always users.",
        cases=(fires("gone", {"kpi_users": "1x5"}, at="1h", value="1", description="At 1."), CASES[1]),
    ),
}


def groups_of(given: Group | tuple[Group, ...]) -> tuple[Group, ...]:
    return given if isinstance(given, tuple) else (given,)


@pytest.mark.parametrize(("code", "given", "message"), FAILING)
def test_rule_is_named_with_exactly_its_code(code: str, given: Group | tuple[Group, ...], message: str) -> None:
    found = findings(groups_of(given))
    assert {finding.code for finding in found} == {code}, found
    assert any(message in finding.message for finding in found), found


@pytest.mark.parametrize("given", RIGHT.values(), ids=RIGHT)
def test_nothing_is_said_of_rules_that_are_right(given: Group | tuple[Group, ...]) -> None:
    assert findings(groups_of(given)) == []


@pytest.mark.parametrize("window", ["2m", "239s"])
def test_window_of_a_rate_holds_four_scrapes(window: str) -> None:
    given = [words(f"sum(rate(kpi_orders_total[{window}])) > 5")]
    assert "K610" not in {finding.code for finding in findings(given, scrape_interval=30)}
    assert "K610" in {finding.code for finding in findings(given, scrape_interval=60)}


def test_window_of_a_rate_holds_two_collections_of_what_grows() -> None:
    given = [words("sum(rate(kpi_orders_total[5m])) > 5")]
    rare = replace(SCOPE, intervals={"kpi_orders_total": 300})
    assert {finding.code for finding in findings(given, rare)} == {"K210"}


def test_recorded_metric_needs_a_rule() -> None:
    found = [finding for finding in lint([BOARD], SCOPE, [words(MANY)]) if finding.code == "K608"]
    assert [str(finding) for finding in found] == ["K608 kpi_failure_ratio: No rule records the metric."]
    assert [finding for finding in lint([BOARD], SCOPE, [group(RECORDING)]) if finding.code == "K608"] == []
    assert [finding for finding in lint([BOARD], SCOPE) if finding.code == "K608"] == []


def test_finding_names_group_and_rule() -> None:
    (found,) = findings([group(alert(MANY, for_="10s"), name="commerce")])
    assert found.place == "Rules / commerce › ManyOrders"


def test_exception_hides_the_findings_of_its_code_on_its_rule_only() -> None:
    hasty = alert(MANY, for_="0s")
    excepted = replace(hasty, ignore={"K602": "One is enough."})
    other = alert(f"{MANY}5", "Other", for_="0s")
    assert codes(group(excepted)) == []
    assert codes(group(excepted, other)) == ["K602"]
    twins = group(RECORDING, name="other"), group(replace(RECORDING, ignore={"K609": "By region."}))
    assert codes(*twins) == []


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [
        pytest.param({"K602": " "}, "K318", id="a reason is needed"),
        pytest.param({"K602": "Now.", "K6O2": "Now."}, "K319", id="the code must exist"),
        pytest.param({"K602": "Now.", "K614": "Far."}, "K320", id="something must be hidden"),
    ],
)
def test_exception_must_be_founded(ignore: dict[str, str], expected: str) -> None:
    assert codes(words(MANY, for_="0s", ignore=ignore)) == [expected]


def test_findings_come_in_the_order_of_evaluation_and_are_the_same_each_time() -> None:
    given = [
        group(alert(MANY, board="no", for_="0s"), alert("kpi_nothing > 5", "Other")),
        group(alert("vector(1)", "Third"), name="other"),
    ]
    found = codes(*given)
    assert found == ["K602", "K617", "K102", "K603"]
    assert codes(*given) == found


def test_value_of_a_description_is_no_label() -> None:
    assert codes(words(MANY, description=f"{{{{ $labels.region }}}} at {VALUE}.")) == []


def test_promtool_accepts_what_the_linter_accepts(tmp_path: Path, program: Callable[[str], Path]) -> None:
    groups = [replace(one, name=f"right-{number}") for number, one in enumerate(chain(*map(groups_of, RIGHT.values())))]
    assert refused(program("promtool"), tmp_path, groups) == ""


@pytest.mark.parametrize("name", sorted(NEWER))
def test_promtool_refuses_functions_that_came_after_it(
    name: str, tmp_path: Path, program: Callable[[str], Path]
) -> None:
    found = alert(f"{name}(kpi_failure_ratio{'[1h]' if name.endswith('_over_time') else ''}) > 0.5")
    assert f'unknown function with name "{name}"' in refused(program("promtool"), tmp_path, [group(found)])


def refused(promtool: Path, folder: Path, groups: list[Group]) -> str:
    """What promtool has to complain about in the built rule files, an empty text for nothing."""
    files = rule_files(groups, SCOPE, Links())
    for number, text in enumerate(files.values()):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run([promtool, "check", "rules", *folder.glob("*.yaml")], capture_output=True, text=True)
    return done.stderr if done.returncode else ""
