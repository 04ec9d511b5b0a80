"""Rules are held against those of a real Prometheus, which evaluates them over series made by hand."""

import io
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from alert_rules import Alert, Group, Recording, Runbook, fires, silent
from alert_rules import servers as servers_rules
from alert_rules.teams import DEVELOPMENT
from dashboards import Board
from dashboards.catalogue import domain_section
from dashboards.scope import Scope
from exporter.prometheus import Prometheus
from metrics import COUNT, RATIO, Gauge, Recorded
from metrics.catalogue import domains
from provisioning.rules import Links, rule_files
from provisioning.rules.reading import Rules
from provisioning.verify import Checked, connect, run, verify, verify_rules
from provisioning.verify.loaded import Loaded, LoadedGroup, differences, loaded_groups
from provisioning.verify.questions import questions
from provisioning.verify.rules import THE_GROUP, RuleCheck, loaded_and_lacking
from tests.exporter.support import free_port, wait_for

pytestmark = pytest.mark.xdist_group("verify_rules")

QUEUED = Gauge("kpi_queued_orders", "Orders.", unit=COUNT, labels=("shop",), owner="tests")
NEVER = Gauge("kpi_never_seen", "Never.", unit=COUNT, owner="tests")
SPARSE = Gauge("kpi_returned_orders", "Returns.", unit=COUNT, owner="tests", sparse="most days nobody returns anything")
SHARE = Recorded("kpi_queued_ratio", "Share.", unit=RATIO, labels=("shop",), owner="tests")
UNHEARD = Recorded("kpi_unheard_ratio", "Share.", unit=RATIO, labels=("shop",), owner="tests")
HIGH = Recorded("kpi_high_ratio", "Share.", unit=RATIO, labels=("shop",), owner="tests")
SCOPE = Scope((QUEUED, NEVER, SPARSE, SHARE, UNHEARD, HIGH), source_labels=("tenant",))
_NEVER_SLOW = 60.0  # however busy the machine is


def alert(name: str, expr: str, **changes: Any) -> Alert:
    case = fires("a", {QUEUED(shop="north"): "1x9"}, at="5m", value="1", description="1")
    declared = Alert(
        name,
        expr,
        for_="1m",
        severity="warning",
        team=DEVELOPMENT,
        unit=COUNT,
        summary="Orders wait.",
        description="VALUE orders wait.",
        runbook=Runbook("It means.", "Bad.", ("Check.",), ("Mend.",)),
        board="shops",
        cases=(case, silent("b", {}, at="5m")),
    )
    return replace(declared, **changes)


RECORDING = Recording(SHARE, f"sum by (shop) ({QUEUED}) / 10")
WAITING = alert("OrdersWait", f"sum by (shop) ({SHARE}) > 5 and on () vector(1)")
GOOD = Group("good", (RECORDING, WAITING))
STALE = Group(
    "changed",
    (
        replace(RECORDING, expr=f"sum by (shop) ({QUEUED}) / 11"),
        replace(WAITING, for_="2m", keep_firing_for="9m", severity="critical", summary="Orders queue."),
        alert("NoLongerDeclared", f"{QUEUED} > 9"),
    ),
    interval="1s",
)
NORTH, SOUTH = (Recording(SHARE, f"{QUEUED(shop=shop)} / 10", {"shop": shop}) for shop in ("north", "south"))
BY_SHOP = Group("by-shop", (NORTH, SOUTH))
UNHEARD_OF = Group("waiting", (alert("OrdersWait", f"{UNHEARD} > 5"),))
BROKEN = Group("broken", (alert("Broken", f"{QUEUED} * on (tenant) group_left () {QUEUED} > 1"),))
DATA = Group(
    "data",
    (
        alert("DoesNotFire", f"{QUEUED} > 99"),
        alert("ConditionHasNoData", f"{QUEUED} > 99 and on () {NEVER} > 1"),
        alert("CannotFire", f"{NEVER} > 99"),
        alert("Guards", f"absent({QUEUED})", absence="The queue is gone."),
        alert("MayBeAbsent", f"{SPARSE} > 1"),
        Recording(SHARE, f"sum({NEVER})"),
        Recording(HIGH, f"sum by (shop) ({QUEUED}) > 99"),
    ),
)
LOADED = (GOOD, STALE, BY_SHOP, UNHEARD_OF, BROKEN, DATA)


@pytest.fixture(scope="module")
def blocks(program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Prometheus with an hour of a queue in two shops, up to a few minutes from now."""
    folder, now = tmp_path_factory.mktemp("verify_rules"), int(time.time())
    lines = [
        f'kpi_queued_orders{{shop="{shop}",tenant="acme"}} 3 {moment}'
        for shop in ("north", "south")
        for moment in range(now - 3600, now + 1, 15)
    ]
    (folder / "history.txt").write_text("\n".join(["# TYPE kpi_queued_orders gauge", *lines, "# EOF", ""]))
    promtool = program("promtool")
    command: list[str | Path] = [
        promtool,
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        folder / "history.txt",
        folder / "data",
    ]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def prometheus(blocks: Path, program: Callable[[str], Path]) -> Iterator[str]:
    """The address of one that has evaluated `LOADED`, and knows of an Alertmanager."""
    for path, text in rule_files(LOADED, SCOPE, Links()).items():
        (blocks / path).parent.mkdir(parents=True, exist_ok=True)
        (blocks / path).write_text(text)
    with (
        Prometheus(
            program("prometheus"), blocks, "127.0.0.1:1", free_port(), interval="500ms", lookback="1h",
            rules=[blocks / "prometheus/rules/*.yaml"], alertmanager="127.0.0.1:1",
        ) as running,
        connect(running.url) as servers,
    ):  # fmt: skip
        wait_for(servers.alertmanagers, 20)  # it finds them some seconds after its start
        wait_for(
            lambda: "unknown" not in {each.health for group in loaded_groups(servers.rules()) for each in group.rules}
        )
        yield running.url


def printed(prometheus: str, *groups: Group, **options: Any) -> tuple[bool, list[str]]:
    """What `run` gives, and the lines that it prints, without what the heading says of time.

    After its start and after a reload Prometheus may evaluate a rule twice for one moment, and tells so until the next
    one, for which this waits.
    """
    options.setdefault("slow", _NEVER_SLOW)
    options.setdefault("everything", True)
    scope = options.pop("scope", SCOPE)

    def find() -> tuple[bool, list[str]] | None:
        out = io.StringIO()
        good = run([], scope, prometheus, None, (), Console(file=out, width=1000), rules=groups, **options)
        text = out.getvalue()
        return None if "duplicate sample" in text else (good, [" ".join(line.split()) for line in text.splitlines()])

    found = wait_for(find)
    assert found is not None
    return found


def told(lines: Sequence[str], rule: str) -> str:
    """The outcome of a rule and what was found, without duration and number of answers."""
    (line,) = [line for line in lines if line.startswith(f"{rule} ")]
    outcome, *rest = line.removeprefix(rule).split()
    if rest[1:2] == ["s"]:
        rest = rest[2:]
    return " ".join([outcome, *rest[1:]])


def test_rules_as_declared_are_good_and_summed_up(prometheus: str) -> None:
    good, lines = printed(prometheus, GOOD)
    assert good, lines
    assert lines[0].startswith("ok good 3 checked, the slowest took 0.")
    assert lines[1] == "rule outcome time answers what was found"
    assert [told(lines, rule) for rule in ("kpi_queued_ratio", "OrdersWait", "the group")] == ["ok", "ok", "ok"]
    assert lines[-1] == "1 group, 3 rules: 3 ok."


def test_what_differs_from_the_declaration_is_told(prometheus: str) -> None:
    changed = Group("changed", (RECORDING, WAITING, alert("NotYetLoaded", f"{QUEUED} > 9")), interval="2s")
    good, lines = printed(prometheus, changed)
    assert not good
    assert told(lines, "kpi_queued_ratio") == (
        "error Prometheus has another expression: sum by (tenant, shop) (kpi_queued_orders) / 11, "
        "not sum by (tenant, shop) (kpi_queued_orders) / 10"
    )
    assert told(lines, "OrdersWait") == (
        "error Prometheus waits 120 s before it fires, not 60 s; "
        "Prometheus sets other labels: severity=critical, team=development, not severity=warning, team=development; "
        "Prometheus lets it fire for 540 s more, not 360 s; "
        "Prometheus has another summary: 'Orders queue.', not 'Orders wait.'"
    )
    assert told(lines, "NotYetLoaded") == "error Prometheus has not loaded it"
    assert told(lines, "the group") == (
        "error Prometheus evaluates it every 1 s, not every 2s; "
        "Prometheus has NoLongerDeclared in it, which is not declared"
    )
    assert lines[-1] == "1 group, 4 rules: 0 ok, 4 with errors."


def test_rules_built_with_another_configuration_are_told_as_such(prometheus: str) -> None:
    links = Links(runbooks="https://kpi.example.com/runbooks")
    good, lines = printed(prometheus, GOOD, links=links, scope=replace(SCOPE, source_labels=("region",)))
    assert not good
    assert told(lines, "kpi_queued_ratio") == (
        "error Prometheus has another expression: sum by (tenant, shop) (kpi_queued_orders) / 10, not "
        "sum by (region, shop) (kpi_queued_orders) / 10; only groupings differ: "
        "were the rules built with another configuration than that of --config?"
    )
    assert told(lines, "OrdersWait").endswith(
        "Prometheus has another runbook_url: 'http://localhost:9840/runbooks/OrdersWait', not "
        "'https://kpi.example.com/runbooks/OrdersWait'; "
        "were the rules built with another configuration than that of --config?"
    )


@pytest.mark.parametrize(
    ("declared", "loaded", "grouped_only"),
    [
        ("sum(kpi_a) / 2", "sum by (tenant) (kpi_a) / 2", True),
        ("kpi_a and on () kpi_b", "kpi_a and on (tenant) kpi_b", True),
        ("sum by (shop) (kpi_a)", "max by (tenant, shop) (kpi_a)", False),
        ("sum(kpi_a) / 2", "sum by (tenant) (kpi_a) / 3", False),
    ],
)
def test_other_labels_of_sources_are_the_cause_only_where_groupings_alone_differ(
    declared: str, loaded: str, grouped_only: bool
) -> None:
    ours, theirs = (Loaded("recording", "kpi_c", expr, {}) for expr in (declared, loaded))
    (sentence,) = differences(ours, theirs)
    assert ("only groupings differ" in sentence) == grouped_only


def test_rules_that_record_one_metric_are_told_apart_by_their_labels(prometheus: str) -> None:
    other = replace(SOUTH, expr=f"{QUEUED(shop='south')} / 11")
    assert printed(prometheus, BY_SHOP)[0]
    good, lines = printed(prometheus, replace(BY_SHOP, rules=(NORTH, other)))
    assert not good
    assert lines[-1] == "1 group, 3 rules: 2 ok, 1 with errors."


def test_a_group_that_is_missing_is_one_fault_and_what_it_would_record_is_not_missed(prometheus: str) -> None:
    missing = Group("recording", (Recording(UNHEARD, f"sum by (shop) ({QUEUED}) / 10"),))
    good, lines = printed(prometheus, missing, UNHEARD_OF)
    assert not good
    assert [line.split()[:2] for line in lines if "checked" in line] == [["fault", "recording"], ["ok", "waiting"]]
    assert told(lines, UNHEARD.name) == "ok"
    assert told(lines[:4], "the group") == "error Prometheus has not loaded it"
    assert told(lines, "OrdersWait") == "ok nothing yet, because kpi_unheard_ratio is not recorded there"


def test_an_expression_that_errs_is_told_in_the_words_of_prometheus(prometheus: str) -> None:
    good, lines = printed(prometheus, BROKEN)
    assert not good
    assert told(lines, "Broken").startswith("error found duplicate series for the match group")
    _, lines = printed(prometheus, replace(BROKEN, rules=(alert("Broken", f"{QUEUED} > 1"),)))
    assert "; Prometheus could not evaluate it: found duplicate series for the match group" in told(lines, "Broken")


def test_what_a_rule_watches_must_have_data_unless_there_is_a_reason(prometheus: str) -> None:
    good, lines = printed(prometheus, DATA)
    assert not good
    outcomes = {rule: told(lines, rule) for rule in (*(each.name for each in DATA.alerts), SHARE.name, HIGH.name)}
    assert outcomes == {
        "DoesNotFire": "ok",
        "ConditionHasNoData": "ok",
        "CannotFire": "empty no data of kpi_never_seen",
        "Guards": "ok",
        "MayBeAbsent": "ok empty, as expected: most days nobody returns anything",
        "kpi_queued_ratio": "empty no data of kpi_never_seen",
        "kpi_high_ratio": "ok no value now: its conditions do not hold",
    }


def test_a_redis_that_nobody_named_is_no_fault_of_its_alerts_nor_of_the_catalogue(prometheus: str) -> None:
    redis = domains()["redis"]
    scope = replace(SCOPE, metrics=(*SCOPE.metrics, *redis))
    board = Board("all", "Shops", "All", "…", [domain_section("redis", redis, folded=False)])
    with connect(prometheus, None) as servers:
        rules = RuleCheck(servers, Rules([servers_rules.GROUP], scope.metrics), [], scope, time.time(), _NEVER_SLOW)
        found = {each.subject: each for each in verify_rules(rules)}
        panels = list(verify([questions(board, scope)], servers, time.time(), slow=_NEVER_SLOW))
    down = found["RedisDown"]
    assert (down.outcome, down.message) == ("expected", "empty, as expected: It needs a server that was named.")
    up = next(each for each in panels if each.subject == "redis_server_up")
    assert (up.outcome, up.message) == (down.outcome, down.message)
    assert {each.outcome for each in panels if each.subject.startswith("redis_server_")} == {"expected"}


def test_a_rule_that_takes_long_is_told(prometheus: str) -> None:
    good, lines = printed(prometheus, GOOD, slow=0)
    assert not good
    assert "more than 0 s" in told(lines, "OrdersWait")


def test_a_prometheus_without_our_rules_is_told_once_and_what_to_do(prometheus: str) -> None:
    good, lines = printed(prometheus, Group("unknown", GOOD.rules), everything=False)
    assert not good
    (sentence,) = [line for line in lines if "rule_files" in line]
    assert sentence == (
        "Prometheus has loaded none of the rules: name the built files, prometheus/rules/*.yaml, under rule_files in "
        "its configuration, and reload it."
    )
    assert lines[-1].startswith("1 group, 3 rules: ")
    assert "with errors" not in lines[-1]


def test_without_rules_to_verify_nothing_is_said_of_them(prometheus: str) -> None:
    good, lines = printed(prometheus)
    assert good
    assert lines == ["0 boards, 0 panels, variables and annotations: 0 ok."]


def test_a_prometheus_without_alertmanager_is_told_once(program: Callable[[str], Path], tmp_path: Path) -> None:
    with (
        Prometheus(program("prometheus"), tmp_path, "127.0.0.1:1", free_port()) as running,
        connect(running.url) as servers,
    ):
        loaded, lacking = loaded_and_lacking([GOOD], servers, patience=0)
    assert loaded == []
    assert [sentence.split(":")[0] for sentence in lacking] == [
        "Prometheus has loaded none of the rules",
        "Prometheus tells no Alertmanager",
    ]


def test_a_group_whose_evaluation_takes_longer_than_its_interval_is_slow(prometheus: str) -> None:
    loaded = [LoadedGroup("good", interval=15, evaluation=16.2, rules=[])]
    with connect(prometheus) as servers:
        check = RuleCheck(servers, Rules([GOOD], SCOPE.metrics), loaded, SCOPE, time.time(), _NEVER_SLOW)
        *_, whole = verify_rules(check)
    message = "an evaluation took 16.2 s, longer than its interval of 15 s"
    assert whole == Checked("good", THE_GROUP, "slow", message, 16.2, 0)
