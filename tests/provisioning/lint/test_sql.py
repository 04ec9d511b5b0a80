"""SQL of panels: what its text tells, what a real PostgreSQL says to it, and how macros are filled in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psycopg
import pytest

from dashboards import Board, Column, Panel, Sql, heat, table, trend
from dashboards.discovery import discover
from metrics.catalogue import domains
from provisioning.lint import CODES, describe_panels
from provisioning.lint.macros import MACROS, MacroError, fill_macros
from provisioning.lint.sql import DESCRIBED
from tests.provisioning.lint.board_support import board, findings
from warehouse.embedded import EmbeddedPostgres

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 3, 31, 12, tzinfo=UTC)
FILTER = "WHERE $__timeFilter(payment_date)"


@pytest.fixture(scope="module")
def contract(postgres: EmbeddedPostgres, template: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to empty contract tables, for all tests here that change nothing."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as administrator:
        administrator.execute(f"CREATE DATABASE lint TEMPLATE {template}")
        with psycopg.connect(postgres.dsn("lint"), autocommit=True) as connection:
            yield connection
        administrator.execute("DROP DATABASE lint")


def statement(text: str, shape: Literal["time_series", "table"] = "table") -> Sql:
    return Sql(text, Path("dashboards/sql/payments.sql"), shape)


def rows(text: str, **style: Any) -> Panel:
    return table(statement(text), title="Rows", description="Rows.", **style)


def course(text: str, **style: Any) -> Panel:
    panel = trend(statement(text, "time_series"), title="Course", description="Over time.", unit="short")
    return replace(panel, **style)


FAILING: list[tuple[str, Panel, str]] = [
    ("K501", rows(""), "payments.sql:1: the file holds no statement."),
    ("K501", rows("DELETE FROM payment_metrics"), "expected one SELECT, got DELETE"),
    ("K501", rows("SELECT 1 LIMIT 1;\nDROP TABLE payment_metrics"), "payments.sql:1: nothing may follow"),
    (
        "K501",
        rows("WITH gone AS (\nDELETE FROM x RETURNING 1) SELECT 1"),
        "payments.sql:2: a panel only reads, got DELETE",
    ),
    ("K501", rows("SELECT 1 INTO copied"), "writes no table, got INTO"),
    ("K501", rows("SELECT 1 FROM payment_metrics FOR UPDATE"), "locks no rows"),
    ("K501", rows("SELECT (1"), "a parenthesis is not closed"),
    ("K501", rows("SELECT 1)"), "has no opening one"),
    ("K501", rows("SELECT 'a"), "a quotation mark is not closed"),
    (
        "K502",
        rows("SELECT 1\nWHERE $__timeFilters(payment_date)"),
        "payments.sql:2: Grafana's PostgreSQL data source has no",
    ),
    ("K502", rows("SELECT 1 WHERE $__timeFilter(date(payment_date))"), "must not hold parentheses"),
    ("K502", rows("SELECT $__timeGroup(payment_date, '1 day')"), "expected a step such as '1h', got '1 day'"),
    ("K502", rows("SELECT $__timeGroup(payment_date)"), "takes 2 or 3 arguments, got 1"),
    ("K502", rows("SELECT $__timeFrom(payment_date)"), "takes 0 arguments, got 1"),
    ("K502", rows("SELECT 1 WHERE $__timeFilter"), "needs parentheses"),
    (
        "K503",
        rows(f"SELECT 1 FROM payment_metrics {FILTER}\nAND x IN ($tenant) LIMIT 1"),
        "payments.sql:2: $tenant must be compared",
    ),
    ("K503", rows(f"SELECT 1 FROM payment_metrics {FILTER} AND x = '$tenant' LIMIT 1"), "as ~ '^(${tenant:regex})$'."),
    ("K503", rows(f"SELECT 1 FROM payment_metrics {FILTER} AND x = '${{tenant:regex}}' LIMIT 1"), "compared as ~"),
    ("K503", rows(f"SELECT 1 FROM payment_metrics {FILTER} AND x ~ '${{tenant:regex}}' LIMIT 1"), "compared as ~"),
    ("K503", rows(f"SELECT 1 FROM payment_metrics {FILTER} AND x ~ ${{tenant:regex}} LIMIT 1"), "compared as ~"),
    ("K503", rows(f"SELECT 1 FROM payment_metrics {FILTER} AND x IN (${{tenant:sqlstring}}) LIMIT 1"), "$tenant"),
    (
        "K321",
        rows(f"SELECT 1 FROM payment_metrics {FILTER} AND x ~ '^(${{shop:regex}})$' LIMIT 1"),
        "no variable $shop",
    ),
    (
        "K321",
        rows("SELECT count(*) FROM payment_metrics WHERE t > $__timeFrom()::timestamptz - '$__range'::interval"),
        "$__range",
    ),
    ("K504", course(f"SELECT payment_date AS time, 1 AS n FROM payment_metrics {FILTER}"), "got no order"),
    (
        "K504",
        course(f"SELECT payment_date AS time, 1 AS n FROM payment_metrics {FILTER} ORDER BY time DESC"),
        "got ORDER BY … DESC",
    ),
    (
        "K504",
        course(f"SELECT payment_date AS time, 1 AS n FROM payment_metrics {FILTER} ORDER BY n, time"),
        "got ORDER BY n",
    ),
    (
        "K504",
        course(f"SELECT * FROM (SELECT payment_date AS time, 1 AS n FROM payment_metrics {FILTER} ORDER BY time) q"),
        "no order",
    ),
    ("K505", rows("SELECT count(*) FROM payment_metrics"), "neither $__timeFilter nor"),
    ("K505", rows("SELECT count(*) FROM payment_metrics -- $__timeFilter(payment_date)"), "neither $__timeFilter nor"),
    ("K505", rows("SELECT $__timeGroup(payment_date, '1d'), count(*) FROM payment_metrics GROUP BY 1"), "neither"),
    ("K506", rows(f"SELECT provider FROM payment_metrics {FILTER}"), "payments.sql has no LIMIT."),
    ("K506", rows(f"SELECT provider FROM (SELECT provider FROM payment_metrics {FILTER} LIMIT 9) q"), "has no LIMIT."),
]

RIGHT: dict[str, Panel] = {
    "a table with a limit": rows(f"SELECT provider FROM payment_metrics {FILTER} ORDER BY 1 DESC LIMIT 10;"),
    "a table with FETCH": rows(f"SELECT provider FROM payment_metrics {FILTER} FETCH FIRST 10 ROWS ONLY"),
    "a table that aggregates": rows(f"SELECT provider, count(*) FROM payment_metrics {FILTER} GROUP BY 1"),
    "a statement that begins with WITH": rows(
        f"WITH p AS (SELECT * FROM payment_metrics {FILTER}) SELECT count(*) FROM p"
    ),
    "words of SQL that only look like a change": rows(
        f'SELECT count(*) AS updates, max("update") AS delete FROM payment_metrics {FILTER}'
    ),
    "a semicolon in a text": rows(f"SELECT count(*), ';' AS end FROM payment_metrics {FILTER}"),
    "times by hand": rows("SELECT count(*) FROM payment_metrics WHERE payment_date > $__timeFrom()::timestamptz"),
    "times as numbers": rows("SELECT count(*) FROM x WHERE to_timestamp(${__from} / 1000.0) < t"),
    "a variable as a pattern": rows(
        f"SELECT count(*) FROM payment_metrics {FILTER} AND provider ~ '^(${{tenant:regex}})$'"
    ),
    "a pattern that ends in a dollar": rows(f"SELECT count(*) FROM payment_metrics {FILTER} AND provider ~ '^a$'"),
    "a course by position": course(f"SELECT payment_date AS time, 1 AS n FROM payment_metrics {FILTER} ORDER BY 1"),
    "a course by name": course(
        f'SELECT payment_date AS "time", 1 AS n FROM payment_metrics {FILTER} ORDER BY "time" ASC'
    ),
    "a course by the column of a table": course(
        f"SELECT p.time, 1 AS n FROM p {FILTER} ORDER BY p.time ASC NULLS LAST, n"
    ),
    "a course over groups of time": course(
        f"SELECT $__timeGroupAlias(paid_at, '1d'), count(*) AS n FROM payments {FILTER} GROUP BY 1 ORDER BY 1"
    ),
    "a course of two statements": course(
        f"(SELECT t AS time, 1 AS n FROM x {FILTER} ORDER BY t DESC) UNION SELECT t, 2 FROM y ORDER BY time"
    ),
    "a course with a limit": course(f"SELECT t AS time, 1 AS n FROM x {FILTER} ORDER BY time LIMIT 10"),
}


@pytest.mark.parametrize(("code", "panel", "message"), FAILING)
def test_text_of_a_statement_is_judged_without_a_server(code: str, panel: Panel, message: str) -> None:
    found = findings([board(panel)])
    assert {one.code for one in found} == {code}
    assert message in " ".join(one.message for one in found)


@pytest.mark.parametrize("panel", RIGHT.values(), ids=RIGHT)
def test_nothing_is_said_of_a_statement_that_is_right(panel: Panel) -> None:
    assert findings([board(panel)]) == []


def test_grid_of_a_statement_needs_no_limit() -> None:
    text = f"SELECT day, hour, users FROM x {FILTER}"
    grid = heat(statement(text), matrix=("day", "hour", "users"), title="Grid", description="A grid.")
    assert findings([board(grid)]) == []


DESCRIBED_FAILING: list[tuple[str, Panel, str]] = [
    ("K511", rows("SELECT nothing FROM payment_metrics; -- all of them"), 'column "nothing" does not exist.'),
    (
        "K511",
        rows("SELECT provider\n  FROM payment_metrics\n WHERE nothing"),
        'payments.sql:3: column "nothing" does not exist.',
    ),
    ("K511", rows("SELECT provider,\nFROM payment_metrics"), 'payments.sql:2: syntax error at or near "FROM"'),
    ("K511", rows("SELECT 1 FROM"), "payments.sql:1: syntax error at or near"),
    ("K511", rows("SELECT sum(provider) FROM payment_metrics"), "function sum(text) does not exist"),
    ("K511", rows("SELECT 1 FROM no_such_table"), 'relation "no_such_table" does not exist.'),
    (
        "K512",
        rows("SELECT provider FROM payment_metrics", columns=[Column("Provider")]),
        "no column 'Provider'; it returns: provider.",
    ),
    (
        "K512",
        heat(statement("SELECT 1 AS day, 2 AS hour"), matrix=("day", "hour", "users"), title="G", description="D"),
        "'users'",
    ),
    ("K513", course("SELECT payment_date AS day, 1 AS n FROM payment_metrics"), "got day"),
    ("K513", course("SELECT 1 AS n, payment_date AS time FROM payment_metrics"), "got n"),
    ("K513", course("SELECT payment_date::text AS time, 1 AS n FROM payment_metrics"), "must return first a timestamp"),
    ("K513", course("SELECT payment_date::date AS time, 1 AS n FROM payment_metrics"), "must return first a timestamp"),
    ("K513", course("SELECT payment_date AS time, provider FROM payment_metrics"), "no number beside the time"),
    ("K513", course("SELECT 0 AS time, provider FROM payment_metrics"), "no number beside the time"),
]

DESCRIBED_RIGHT: dict[str, Panel] = {
    "columns that are there": rows(
        "SELECT provider, count(*) AS n FROM payment_metrics GROUP BY 1", columns=[Column("n")]
    ),
    "a final semicolon and a comment": rows("SELECT provider FROM payment_metrics; -- all of them"),
    "a variable": rows("SELECT provider FROM payment_metrics WHERE provider ~ '^(${provider:regex})$'"),
    "a course": course(f"SELECT payment_date AS time, payment_amount FROM payment_metrics {FILTER} ORDER BY 1"),
    "a course in seconds": course(
        f"SELECT $__timeGroupAlias(payment_date, '1d'), count(*) AS n FROM payment_metrics {FILTER} GROUP BY 1"
    ),
    "a course per provider": course(
        "SELECT payment_date AS time, provider AS metric, payment_amount FROM payment_metrics"
    ),
    "a text at fault, which lint reports": rows("SELECT 1; DROP TABLE payment_metrics"),
    "a macro at fault, which lint reports": rows("SELECT $__nothing(1)"),
}


@pytest.mark.parametrize(("code", "panel", "message"), DESCRIBED_FAILING)
def test_server_refuses_or_misses_what_the_panel_needs(
    contract: psycopg.Connection[Any], code: str, panel: Panel, message: str
) -> None:
    (found,) = describe_panels([board(panel)], contract)
    assert (found.code, found.place) == (code, f"Commerce / Orders › {panel.title}")
    assert message in found.message


@pytest.mark.parametrize("panel", DESCRIBED_RIGHT.values(), ids=DESCRIBED_RIGHT)
def test_server_accepts_what_is_right(contract: psycopg.Connection[Any], panel: Panel) -> None:
    assert describe_panels([board(panel)], contract) == []
    contract.execute("SELECT 1 FROM payment_metrics LIMIT 0")


@pytest.mark.parametrize("built_in", discover(domains()).found, ids=lambda made: made.uid)
def test_statements_of_built_in_boards_fit_the_contract_tables(
    contract: psycopg.Connection[Any], built_in: Board
) -> None:
    assert [str(found) for found in describe_panels([built_in], contract)] == []


def test_statement_is_planned_and_not_run(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE SEQUENCE runs")
    assert describe_panels([board(rows("SELECT nextval('runs') AS n FROM generate_series(1, 9)"))], connection) == []
    assert connection.execute("SELECT is_called FROM runs").fetchone() == (False,)


def test_what_planning_evaluates_cannot_write(connection: psycopg.Connection[Any]) -> None:
    # The planner computes immutable functions over constants.
    connection.execute(
        "CREATE FUNCTION may_write() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$BEGIN "
        "RAISE EXCEPTION 'read only: %', current_setting('transaction_read_only'); END$$"
    )
    (found,) = describe_panels([board(rows("SELECT 1 WHERE may_write() = 'x'"))], connection)
    assert found.message == "payments.sql:1: read only: on."


def test_missing_contract_table_is_told_with_the_way_to_get_it(empty_database: str) -> None:
    (found,) = describe_panels([board(rows("SELECT 1\nFROM payment_metrics"))], empty_database)
    assert found.message == (
        'payments.sql:2: relation "payment_metrics" does not exist; kpi migrate creates the contract tables, and kpi '
        "check prints a view to stand in."
    )


def test_connection_in_a_transaction_of_its_own_stays_usable(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE mine (n int)")
        (found,) = describe_panels([board(rows("SELECT 1 FROM nothing")), board(rows("SELECT 1"))], connection)
        assert found.code == "K511"
        connection.execute("INSERT INTO mine VALUES (1)")
        assert connection.execute("SELECT n FROM mine").fetchone() == (1,)
        assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_server_that_cannot_be_reached_is_an_error_and_no_finding(tmp_path: Path) -> None:
    with pytest.raises(psycopg.OperationalError):
        describe_panels([board()], f"host={tmp_path} dbname=none connect_timeout=2")


def test_exceptions_for_what_a_server_tells_are_judged_with_the_server(contract: psycopg.Connection[Any]) -> None:
    wrong = rows("SELECT 1 AS n", columns=[Column("m")], ignore={"K512": "The view adds it.", "K506": "One row."})
    assert describe_panels([board(wrong)], contract) == []
    founded = rows("SELECT 1 AS m", columns=[Column("m")], ignore={"K512": "The view adds it.", "K506": "One row."})
    assert [found.code for found in describe_panels([board(founded)], contract)] == ["K320"]


def test_codes_that_need_a_server_are_declared() -> None:
    assert set(CODES) >= DESCRIBED


def filled(text: str, variables: Mapping[str, str] | None = None) -> str:
    return fill_macros(text, START, END, variables or {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$__time(t)", 't AS "time"'),
        ("$__timeEpoch(t)", 'extract(epoch from t) as "time"'),
        ("$__timeFilter(a.t)", "a.t BETWEEN '2026-03-01T00:00:00Z' AND '2026-03-31T12:00:00Z'"),
        ("$__timeFrom()", "'2026-03-01T00:00:00Z'"),
        ("$__timeTo()", "'2026-03-31T12:00:00Z'"),
        ("$__timeGroup(t, '5m')", "floor(extract(epoch from t)/300)*300"),
        ("$__timeGroup(t,1d,NULL)", "floor(extract(epoch from t)/86400)*86400"),
        ("$__timeGroupAlias(t, '1w')", 'floor(extract(epoch from t)/604800)*604800 AS "time"'),
        ("$__unixEpochFilter(t)", "t >= 1772323200 AND t <= 1774958400"),
        ("$__unixEpochFrom() $__unixEpochTo()", "1772323200 1774958400"),
        ("$__unixEpochNanoFilter(t)", "t >= 1772323200000000000 AND t <= 1774958400000000000"),
        ("$__unixEpochNanoFrom() $__unixEpochNanoTo()", "1772323200000000000 1774958400000000000"),
        ("$__unixEpochGroup(t, '1h')", "floor((t)/3600)*3600"),
        ("$__unixEpochGroupAlias(t, '1h')", 'floor((t)/3600)*3600 AS "time"'),
        # 30 days and a half are 2,635,200 s, a thousandth of which is 2,635 s.
        ("$__interval $__interval_ms", "2635s 2635000"),
        ("$__timeGroup(t, $__interval)", "floor(extract(epoch from t)/2635)*2635"),
        ("$__from ${__to} [[__from]]", "1772323200000 1774958400000 1772323200000"),
        ("'^(${currency:regex})$' [[currency]] $currency", "'^(EUR|USD)$' EUR|USD EUR|USD"),
        ("'^a$' $1 $$text$$", "'^a$' $1 $$text$$"),
    ],
)
def test_macro_is_filled_in_as_grafana_does(text: str, expected: str) -> None:
    assert filled(text, {"currency": "EUR|USD"}) == expected


def test_given_values_go_before_those_that_follow_from_the_time() -> None:
    assert filled("$__timeGroup(t, $__interval)", {"__interval": "5m"}) == "floor(extract(epoch from t)/300)*300"


def test_every_macro_gives_sql_that_a_server_runs(contract: psycopg.Connection[Any]) -> None:
    calls = {"From": "", "To": "", "Group": "t, '1h'", "Alias": "t, '1h'"}
    for name in sorted(MACROS):
        inside = next((given for end, given in calls.items() if name.endswith(end)), "t")
        column = "1772323200::bigint" if name.startswith("__unix") else "'2026-03-02'::timestamptz"
        contract.execute(f"SELECT {filled(f'${name}({inside})')} FROM (SELECT {column} AS t) q".encode())


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("SELECT 1\n  , $__now()", 2, "Grafana's PostgreSQL data source has no macro $__now"),
        ("SELECT $currency", 1, "nothing gives the variable $currency a value"),
        ("\n\nSELECT $__timeFilter", 3, "the macro $__timeFilter needs parentheses"),
    ],
)
def test_what_cannot_be_filled_in_is_named_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(MacroError) as caught:
        filled(text)
    assert (caught.value.line, caught.value.message) == (line, message)
    assert str(caught.value) == f"line {line}: {message}"
