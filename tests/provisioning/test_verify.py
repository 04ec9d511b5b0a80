"""Boards are asked of a real Prometheus with series made by hand, and of a real PostgreSQL."""

import io
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import bcrypt
import psycopg
import pytest
import requests
from rich.console import Console

from dashboards import Board, Panel, Sql, promql, row, section, stat, table, trend
from dashboards.scope import Scope
from exporter.prometheus import Prometheus
from metrics import COUNT, Counter, Gauge
from metrics.delivery import LAST_DEPLOYMENT, LAST_INCIDENT
from provisioning.verify import Checked, UnknownBoard, VerifyError, connect, run, verify
from provisioning.verify.as_grafana import fill, promql_choice, range_of, rounded, seconds, sql_choice
from provisioning.verify.questions import questions
from provisioning.verify.servers import Servers
from tests.exporter.support import free_port, wait_for
from warehouse.embedded import EmbeddedPostgres

HOUR = 3600
QUEUED = Gauge("kpi_queued_orders", "Orders.", unit=COUNT, labels=("shop",), owner="tests")
ORDERS = Counter("kpi_orders_total", "Orders.", unit=COUNT, labels=("shop",), owner="tests")
NEVER = Gauge("kpi_never_seen", "Never.", unit=COUNT, owner="tests")
CROWD = Gauge("kpi_crowd", "Many.", unit=COUNT, labels=("number",), owner="tests")
LONE = Gauge("kpi_lone_orders", "Of a shop that the others do not know.", unit=COUNT, labels=("shop",), owner="tests")
DOTTED = Gauge("kpi_dotted_orders", "Of a shop with signs.", unit=COUNT, labels=("shop",), owner="tests")
_NEVER_SLOW = 60.0  # however busy the machine is
SCOPE = Scope((QUEUED, ORDERS, NEVER, CROWD, LONE, DOTTED), source_labels=("tenant",))


def history(until: float) -> str:
    """Six hours: two shops with a queue, one with signs that need escaping, orders of the other, and a crowd."""
    moments = range(int(until) - 6 * HOUR, int(until) + 1, 15)
    lines = ["# TYPE kpi_queued_orders gauge"]
    lines += [f'kpi_queued_orders{{shop="{s}",tenant="acme"}} 3 {t}' for s in ("a.b (1)", "north") for t in moments]
    for name, shop in (("lone", "lone"), ("dotted", "a.b (1)")):
        lines += [f"# TYPE kpi_{name}_orders gauge"]
        lines += [f'kpi_{name}_orders{{shop="{shop}",tenant="acme"}} 3 {t}' for t in moments]
    lines += ["# TYPE kpi_last_deployment_timestamp_seconds gauge"]
    for shop, moment in (("north", until - HOUR), ("south", until - 5 * HOUR), ("of long ago", until - 9 * HOUR)):
        name = f'kpi_last_deployment_timestamp_seconds{{service="{shop}",tenant="acme"}}'
        lines += [f"{name} {moment} {t}" for t in moments if t > moment]
    lines += ["# TYPE kpi_crowd gauge"]
    lines += [f'kpi_crowd{{number="{n}",tenant="acme"}} {n} {t}' for n in range(41) for t in moments[::20]]
    lines += ["# TYPE kpi_orders counter"]
    lines += [f'kpi_orders_total{{shop="north",tenant="acme"}} {n} {t}' for n, t in enumerate(moments)]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def blocks(program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The folder of a Prometheus that holds `history`, and the moment at which it ends."""
    folder, now = tmp_path_factory.mktemp("verify"), time.time()
    (folder / "history.txt").write_text(history(now))
    command: list[str | Path] = [
        program("promtool"),
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        folder / "history.txt",
        folder / "data",
    ]
    subprocess.run(command, check=True, capture_output=True)
    return folder, now


@pytest.fixture(scope="module")
def prometheus(blocks: tuple[Path, float], program: Callable[[str], Path]) -> Iterator[str]:
    """Its address."""
    with Prometheus(program("prometheus"), blocks[0], "127.0.0.1:1", free_port(), interval="15s") as running:
        yield running.url


@pytest.fixture
def check(prometheus: str, blocks: tuple[Path, float]) -> Callable[..., list[Checked]]:
    """What became of the subjects of a board with these panels, in order; annotations are left out."""

    def checked(
        *panels: Panel,
        variables: tuple[str, ...] = (),
        postgres: str | None = None,
        scope: Scope = SCOPE,
        **options: Any,
    ) -> list[Checked]:
        options.setdefault("slow", _NEVER_SLOW)
        asked = questions(replace(board(*panels), variables=variables), scope)
        with connect(prometheus, postgres) as servers:
            return list(verify([asked], servers, blocks[1], **options))[:-1]

    return checked


def board(*panels: Panel, uid: str = "shops") -> Board:
    return Board(uid, "Shops", uid.capitalize(), "…", [*map(row, panels)], time="6h")


def written(expression: str, **style: Any) -> Panel:
    """A trend of an expression in own words."""
    return trend(promql(expression), **{"title": expression, "description": "…", **style})


def statement(text: str, **style: Any) -> Panel:
    """A table of a statement."""
    return table(Sql(text, Path("shops.sql")), **{"title": text, "description": "…", **style})


def printed(
    boards: list[Board], prometheus: str, postgres: str | None = None, only: Collection[str] = (), **options: Any
) -> tuple[bool, str]:
    """What `run` gives and prints."""
    out = io.StringIO()
    options.setdefault("slow", _NEVER_SLOW)
    good = run(boards, SCOPE, prometheus, postgres, only, Console(file=out, width=400), **options)
    return good, out.getvalue()


def test_annotations_are_asked_with_the_choices_and_may_be_empty(prometheus: str, blocks: tuple[Path, float]) -> None:
    scope = replace(SCOPE, metrics=(*SCOPE.metrics, LAST_DEPLOYMENT, LAST_INCIDENT))
    with connect(prometheus, None) as servers:
        found = list(verify([questions(board(trend(QUEUED)), scope)], servers, blocks[1], slow=_NEVER_SLOW))
    assert [(each.subject, each.outcome, each.answers) for each in found[2:]] == [
        ("annotation Firing alerts", "ok", 0),
        ("annotation Deployments", "ok", 2),
        ("annotation Incidents", "ok", 0),
    ]


def test_a_panel_with_data_is_ok_and_tells_series_and_duration(check: Callable[..., list[Checked]]) -> None:
    tenant, panel = check(trend(QUEUED))
    assert (tenant.subject, tenant.outcome, tenant.answers) == ("variable tenant", "ok", 1)
    assert panel == Checked("Shops / Shops", "Queued orders", "ok", "", panel.seconds, 2)
    assert 0 < panel.seconds < 60


@pytest.mark.parametrize(
    ("panel", "outcome", "message"),
    [
        pytest.param(written("sum(("), "error", "parse error", id="what does not parse errs"),
        pytest.param(
            written("kpi_queued_orders + on () kpi_orders_total"), "error", "multiple matches for labels",
            id="what Prometheus refuses while it evaluates errs, in its words",
        ),
        pytest.param(written("rate(kpi_orders_total[$window])"), "error", "parse error", id="an unknown variable errs"),
        pytest.param(trend(NEVER), "empty", "no data", id="a metric without series is empty"),
        pytest.param(
            written("kpi_queued_orders * NaN"), "empty", "only NaN or infinite values", id="NaN is no data",
        ),
        pytest.param(
            written("kpi_queued_orders / 0"), "empty", "only NaN or infinite values", id="infinity is no data",
        ),
        pytest.param(
            trend(QUEUED, before="30d"), "empty", "query B (30 d before {{shop}} {{tenant}}): no data",
            id="one empty query of several is named",
        ),
        pytest.param(
            trend(NEVER, may_be_empty="nobody queued"), "expected", "empty, as expected: nobody queued",
            id="an empty panel that may be so is told with its reason",
        ),
        pytest.param(trend(CROWD), "many", "41 series in one trend, more than 40", id="a crowded trend is told"),
        pytest.param(stat(CROWD), "ok", "", id="many values are no crowd where nothing is drawn over time"),
        pytest.param(trend(ORDERS), "ok", "", id="a rate has a window that holds samples"),
        pytest.param(stat(ORDERS), "ok", "", id="an increase in the range is asked for its end"),
        pytest.param(written("vector(1)"), "ok", "", id="an expression without metric is ok"),
        pytest.param(written("scalar(vector(1))"), "ok", "", id="a number is ok"),
    ],
)  # fmt: skip
def test_outcome_of_a_panel(check: Callable[..., list[Checked]], panel: Panel, outcome: str, message: str) -> None:
    *_, found = check(panel)
    assert found.outcome == outcome, found
    assert message in found.message


def test_slow_is_what_takes_longer_than_allowed(check: Callable[..., list[Checked]], database: str) -> None:
    quick, slow = check(statement("SELECT 1"), statement("SELECT 1 FROM pg_sleep(1.2)"), postgres=database, slow=1)
    assert (quick.outcome, slow.outcome) == ("ok", "slow")
    assert slow.message == f"took {slow.seconds:.1f} s, more than 1 s"
    assert slow.seconds >= 1.2


def test_a_table_is_asked_for_one_moment_and_a_trend_on_multiples_of_its_step(
    check: Callable[..., list[Checked]],
) -> None:
    """Six hours are asked in steps of 20 s; `time()` is when Prometheus evaluates."""
    between = promql("vector(time()) % 20 > 0")
    moment, course = check(
        table(between, title="Moment", description="…"), trend(between, title="Course", description="…")
    )
    assert (moment.outcome, course.outcome) == ("ok", "expected")
    assert course.message == "too new: it has a value now, but none yet at a multiple of 20 s"


def test_the_interval_of_a_panel_widens_its_step(check: Callable[..., list[Checked]]) -> None:
    between = "vector(time()) % 3600 > 0"
    fine, coarse = check(written(between, title="Fine"), written(between, title="Coarse", interval="1h"))
    assert (fine.outcome, coarse.outcome) == ("ok", "expected")


def test_panels_of_folded_sections_are_asked_too(prometheus: str, blocks: tuple[Path, float]) -> None:
    folded = Board("folded", "Shops", "Folded", "…", [section("Detail", row(trend(NEVER)), folded=True)], time="6h")
    with connect(prometheus) as servers:
        found = list(verify([questions(folded, SCOPE)], servers, blocks[1], slow=_NEVER_SLOW))
    assert [(each.subject, each.outcome) for each in found[:2]] == [
        ("variable tenant", "expected"),
        ("Never seen", "empty"),
    ]


def test_a_panel_may_show_another_time_than_its_board(check: Callable[..., list[Checked]], database: str) -> None:
    (own,) = check(
        statement("SELECT 1 WHERE $__unixEpochTo() - $__unixEpochFrom() = 7200", time="2h"), postgres=database
    )
    assert own.outcome == "ok", own.message


def test_a_variable_without_values_is_told(check: Callable[..., list[Checked]]) -> None:
    region, _ = check(trend(NEVER), scope=Scope((NEVER,), source_labels=("region",)))
    assert (region.subject, region.outcome) == ("variable region", "expected")
    assert region.message == "there is nothing to choose: no series has the label region"


def test_a_single_choice_is_written_as_grafana_writes_it(check: Callable[..., list[Checked]]) -> None:
    """The only shop is called `a.b (1)`: unless escaped, the expression would not match it."""
    *_, panel = check(trend(DOTTED), variables=("shop",))
    assert panel.outcome == "ok", panel.message


def test_a_choice_that_shows_nothing_is_a_fault(check: Callable[..., list[Checked]]) -> None:
    """The values come from the first metric on the board that has the label, and the second knows none of them."""
    tenant, shop, first, second = check(trend(QUEUED), trend(LONE), variables=("shop",))
    assert [each.outcome for each in (tenant, shop, first, second)] == ["ok", "ok", "ok", "empty"]
    assert second.message == "choosing a shop shows nothing, tried a.b (1), north"


def test_choices_reach_sql(check: Callable[..., list[Checked]], database: str) -> None:
    good = statement("SELECT 1 WHERE 'a.b (1)' ~ '^(${shop:regex})$'")
    bad = statement("SELECT 1 WHERE 'south' ~ '^(${shop:regex})$'")
    *_, shown, hidden = check(trend(QUEUED), good, bad, variables=("shop",), postgres=database)
    assert (shown.outcome, hidden.outcome) == ("ok", "empty"), (shown, hidden)
    assert hidden.message == "choosing a shop shows nothing, tried a.b (1), north"


@pytest.mark.parametrize(
    ("text", "outcome", "message"),
    [
        pytest.param("SELECT 1", "ok", "", id="a row is data"),
        pytest.param("SELECT 1 WHERE false", "empty", "no data", id="no row is no data"),
        pytest.param("SELECT NULL::int AS x", "empty", "only NaN or infinite values", id="NULL is no data"),
        pytest.param("SELECT 'NaN'::numeric AS x", "empty", "only NaN or infinite values", id="NaN is no data"),
        pytest.param("SELECT 'text' AS x", "ok", "", id="a text is data"),
        pytest.param(
            "SELECT now() WHERE $__timeFilter(now() - interval '5h')", "error", "parentheses",
            id="what Grafana cannot fill in errs",
        ),
        pytest.param(
            "SELECT 1 WHERE $__unixEpochTo() - $__unixEpochFrom() = 21600", "ok", "",
            id="the range is the board's",
        ),
        pytest.param("SELECT nothing", "error", 'column "nothing" does not exist', id="an error is the server's"),
        pytest.param(
            "CREATE TABLE x ()", "error", "cannot execute CREATE TABLE in a read-only transaction",
            id="nothing can be written",
        ),
        pytest.param("SELECT '100%' LIKE '%s'", "ok", "", id="a per cent sign is no parameter"),
        pytest.param(
            "SELECT pg_terminate_backend(pg_backend_pid())", "error", "lost the source",
            id="a statement that breaks its connection errs, and the database is not given up",
        ),
    ],
)  # fmt: skip
def test_outcome_of_a_statement(
    check: Callable[..., list[Checked]], database: str, text: str, outcome: str, message: str
) -> None:
    found, after = check(statement(text), statement("SELECT 2"), postgres=database)
    assert found.outcome == outcome, found
    assert message in found.message
    assert after.outcome == "ok"


def test_the_time_column_of_a_course_is_no_data(check: Callable[..., list[Checked]], database: str) -> None:
    course = Sql('SELECT now() AS "time", NULL::float AS orders', Path("course.sql"), shape="time_series")
    (found,) = check(trend(course, title="Course", description="…"), postgres=database)
    assert found.outcome == "empty"


def test_many_rows_of_a_statement_are_no_crowd(check: Callable[..., list[Checked]], database: str) -> None:
    course = Sql('SELECT generate_series(1, 50) AS "time", 1 AS orders', Path("course.sql"), shape="time_series")
    (found,) = check(trend(course, title="Course", description="…"), postgres=database)
    assert (found.outcome, found.answers) == ("ok", 50)


def test_without_a_database_statements_are_skipped_and_nothing_fails(prometheus: str) -> None:
    good, text = printed([board(trend(QUEUED), statement("SELECT 1"))], prometheus)
    assert good
    assert "SELECT 1  skipped" in text
    assert "not asked, because no database was named" in text


def test_a_database_that_goes_away_on_the_way_is_told_once(
    prometheus: str, blocks: tuple[Path, float], postgres: EmbeddedPostgres
) -> None:
    asked = [questions(board(trend(QUEUED), *(statement(f"SELECT {n}") for n in range(9))), SCOPE)]
    with psycopg.connect(postgres.dsn(), autocommit=True) as administrator:
        administrator.execute("CREATE DATABASE short_lived")
        with connect(prometheus, postgres.dsn("short_lived")) as servers:
            servers.reach()
            administrator.execute("DROP DATABASE short_lived WITH (FORCE)")
            found = list(verify(asked, servers, blocks[1], slow=_NEVER_SLOW))
            (sentence,) = servers.lost.values()
    assert "the source short_lived on" in sentence
    outcomes = {each.subject: each.outcome for each in found}
    assert [outcomes[f"SELECT {n}"] for n in range(9)] == ["skipped"] * 9
    assert outcomes["Queued orders"] == "ok"
    messages = [each.message for each in found if each.subject.startswith("SELECT")]
    assert messages[-1] == "not asked, because its server was lost"


def test_a_prometheus_that_goes_away_on_the_way_is_told_once_and_fails(
    program: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends right after it was found to be there."""
    running = Prometheus(program("prometheus"), tmp_path, "127.0.0.1:1", free_port()).__enter__()
    reach = Servers.reach

    def reach_and_end(servers: Servers) -> None:
        reach(servers)
        running.__exit__(None, None, None)

    monkeypatch.setattr(Servers, "reach", reach_and_end)
    boards = [board(trend(QUEUED), trend(NEVER)), board(trend(ORDERS), uid="orders")]
    good, text = printed(boards, running.url)
    assert not good
    sentence = f"could not reach Prometheus at {running.url}: Connection refused"
    assert text.count(sentence) == 1
    assert text.splitlines()[-1] == "2 boards, 7 panels, variables and annotations: 0 ok, 7 not asked."


def test_the_report_shows_what_is_not_ok_by_board_and_sums_up(prometheus: str) -> None:
    boards = [board(trend(QUEUED)), board(trend(ORDERS), trend(NEVER), written("sum(("), uid="orders")]
    good, text = printed(boards, prometheus)
    assert not good
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0].startswith("ok Shops / Shops 3 checked, the slowest took 0.")
    assert lines[1].startswith("fault Shops / Orders 5 checked, the slowest took 0.")
    assert lines[2] == "panel outcome time answers what was found"
    assert lines[3].startswith("Never seen empty 0.")
    assert lines[3].endswith(" s 0 no data")
    assert lines[4].startswith("sum(( error 0 1:6: parse error: unclosed")
    assert lines[5:] == ["2 boards, 8 panels, variables and annotations: 6 ok, 1 with errors, 1 empty."]


def test_the_report_lists_everything_on_request(prometheus: str) -> None:
    good, text = printed([board(trend(QUEUED))], prometheus, everything=True)
    assert good
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert [line.split(" ok ")[0] for line in lines[2:-1]] == [
        "variable tenant", "Queued orders", "annotation Firing alerts",
    ]  # fmt: skip
    assert lines[-1] == "1 board, 3 panels, variables and annotations: 3 ok."


def test_only_the_boards_that_are_named_are_asked(prometheus: str) -> None:
    boards = [board(trend(QUEUED)), board(trend(NEVER), uid="never")]
    good, text = printed(boards, prometheus, only=["shops"])
    assert good
    assert "Shops / Never" not in text


def test_a_board_that_does_not_exist_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(UnknownBoard, match=r"^there is no board 'shop'; there are: shops$"):
        printed([board(trend(QUEUED))], "http://127.0.0.1:1", only=["shop"])


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "http://me:secret@127.0.0.1:1/prometheus/",
            r"^could not reach Prometheus at http://127\.0\.0\.1:1/prometheus: Connection refused$",
        ),
        ("http://me:secret@nowhere.invalid", r"^could not reach Prometheus at http://nowhere\.invalid: .+"),
        ("localhost:9090", r"^could not use the address .*: expected http://HOST:PORT, got 'localhost:9090'$"),
        ("me:secret@localhost:9090", r"^could not use the address of Prometheus: .* got 'localhost:9090'$"),
        ("http://me:secret@127.0.0.1:99999", r"^could not use the address of Prometheus: .* got '127.0.0.1:99999'$"),
        ("", r"^could not use the address of Prometheus: .* got ''$"),
    ],
)  # fmt: skip
def test_a_prometheus_that_cannot_be_reached_is_one_sentence_without_the_password(url: str, message: str) -> None:
    with pytest.raises(VerifyError, match=message) as raised:
        printed([board(trend(QUEUED))], url)
    assert "secret" not in str(raised.value)


def test_what_is_no_prometheus_is_named_as_such(program: Callable[[str], Path], prometheus: str) -> None:
    message = rf"^could not ask Prometheus at {prometheus}/nothing: the answer is not Prometheus' own: 404 Not Found$"
    with pytest.raises(VerifyError, match=message):
        printed([board(trend(QUEUED))], f"{prometheus}/nothing")


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        ("host=127.0.0.1 port=1 dbname=shop password=secret", r"^could not reach the source shop on 127\.0\.0\.1: "),
        ("postgresql://me:sec ret@host/db", r"^could not reach the source of SQL panels: its connection string "),
    ],
)  # fmt: skip
def test_a_database_that_cannot_be_reached_is_one_sentence_without_the_password(
    prometheus: str, dsn: str, message: str
) -> None:
    with pytest.raises(VerifyError, match=message) as raised:
        printed([board(trend(QUEUED))], prometheus, dsn)
    assert "sec" not in str(raised.value)


@contextmanager
def guarded(program: Path, folder: Path, password: str) -> Iterator[str]:
    """The address, without scheme, of a Prometheus that asks for the user `me` and this password."""
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    (folder / "web.yml").write_text(f"basic_auth_users: {{me: '{hashed}'}}")
    (folder / "prometheus.yml").write_text("{}")
    address = f"127.0.0.1:{free_port()}"
    command: list[str | Path] = [
        program, f"--config.file={folder / 'prometheus.yml'}", f"--web.config.file={folder / 'web.yml'}",
        f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: _ready(address, password))
            yield address
        finally:
            process.terminate()


def _ready(address: str, password: str) -> bool:
    try:
        told = b64encode(f"me:{password}".encode()).decode()
        return requests.get(f"http://{address}/-/ready", headers={"Authorization": f"Basic {told}"}, timeout=1).ok
    except requests.ConnectionError:
        return False


def test_user_and_password_of_the_address_are_used_and_never_shown(
    program: Callable[[str], Path], tmp_path: Path
) -> None:
    panel = written("vector(1)", title="One")
    with guarded(program("prometheus"), tmp_path, "s3cr:t/@ ü") as address:
        good, text = printed([board(panel)], f"http://me:s3cr%3At%2F%40%20%C3%BC@{address}")
        assert good
        assert "s3cr" not in text
        with pytest.raises(VerifyError) as raised:
            printed([board(panel)], f"http://me:wrong-s3cret@{address}")
    advice = "give user and password as http://USER:PASSWORD@HOST:PORT"
    assert str(raised.value) == f"Prometheus at http://{address} lets nobody in (401): {advice}"


@pytest.mark.parametrize(
    ("length", "interval", "step", "rate"),
    [
        pytest.param(HOUR, 0, "15s", "60s", id="no step is finer than Prometheus scrapes"),
        pytest.param(24 * HOUR, 0, "60s", "75s", id="86.4 s become 60 s"),
        pytest.param(30 * 24 * HOUR, 0, "1800s", "1815s", id="2592 s become half an hour"),
        pytest.param(HOUR, 300, "300s", "315s", id="a panel may ask for a wider step"),
        pytest.param(30 * 24 * HOUR, 300, "1800s", "1815s", id="a wide range is wider still"),
    ],
)
def test_step_and_rate_interval_are_those_of_grafana(length: float, interval: float, step: str, rate: str) -> None:
    given = range_of(length, interval, end=1_000_000.0).variables
    assert (given["__interval"], given["__rate_interval"]) == (step, rate)


def test_a_course_begins_and_ends_on_a_multiple_of_its_step() -> None:
    assert range_of(HOUR, 300, end=1_000_000.0).aligned == (996_300, 999_900)


@pytest.mark.parametrize(("exact", "step"), [(0.2, 1), (1.4, 1), (1.5, 2), (86_399, 43_200), (1e9, 31_536_000)])
def test_steps_are_rounded_as_grafana_rounds_them(exact: float, step: float) -> None:
    assert rounded(exact) == step


def test_variables_are_filled_in_each_spelling_and_unknown_ones_stay() -> None:
    values = {"shop": "north", "__range": "60s"}
    assert (
        fill("$shop ${shop} ${shop:regex} $shops x[$__range] $other", values)
        == "north north north $shops x[60s] $other"
    )


def test_choices_are_escaped_for_their_language() -> None:
    assert promql_choice(r"a.b|c\d") == r"a\\.b\\|c\\\\d"
    assert sql_choice("a.b/c") == r"a\.b\/c"


def test_a_board_that_cannot_be_drawn_is_told_and_the_others_are_asked(prometheus: str) -> None:
    broken = replace(board(trend(ORDERS), uid="broken"), time="1h/h")
    good, report = printed([broken, board(trend(QUEUED))], prometheus)
    assert not good
    assert "could not be drawn: ValueError: expected a duration such as 30d, got '1h/h'" in report
    assert report.splitlines()[-1].endswith(": 3 ok, 1 with errors.")


@pytest.mark.parametrize(("duration", "expected"), [("30d", 2_592_000), ("5m", 300), (">30s", 30), ("1y", 31_536_000)])
def test_durations_are_read_in_seconds(duration: str, expected: float) -> None:
    assert seconds(duration) == expected
