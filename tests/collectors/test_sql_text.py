"""What the text of a query alone can tell: one SELECT, no clock, nothing bound; each fault with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.sql_text import Fault, faults, tokens, without_final_semicolon


def messages(text: str) -> list[str]:
    return [fault.message for fault in faults(text)]


def clock(name: str) -> str:
    return f"a query must not ask for the time; use as_of instead of {name}"


@pytest.mark.parametrize(
    "name", ["now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday"]
)
def test_each_clock_function_is_refused_in_whatever_way_it_is_written(name: str) -> None:
    assert messages(f"SELECT {name}()") == [clock(f"{name}()")]
    assert messages(f"SELECT pg_catalog.{name.upper()} ( )") == [clock(f"{name}()")]
    assert messages(f'SELECT "{name}"()') == [clock(f'"{name}"()')]
    assert messages(f"SELECT {name}/* () */()") == [clock(f"{name}()")]


@pytest.mark.parametrize("word", ["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"])
def test_each_clock_keyword_is_refused(word: str) -> None:
    assert messages(f"SELECT x FROM t WHERE day = {word.upper()}") == [clock(word)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'now'::timestamptz",
        "SELECT 'Today'::date",
        "SELECT ' yesterday '::timestamp",
        "SELECT E'tomorrow'::date",
        "SELECT 'today 12:00'::timestamptz",
        "SELECT timestamptz 'now'",
        "SELECT date 'today'",
        "SELECT timestamp with time zone 'now'",
        "SELECT cast('now' AS timestamp)",
        "SELECT date('now')",
        "SELECT x FROM t WHERE at >= 'yesterday'",
        "SELECT x FROM t WHERE 'today' < at",
        "SELECT x FROM t WHERE at BETWEEN 'yesterday' AND as_of",
        "SELECT x FROM t WHERE day = 'today'",
        "SELECT x FROM t WHERE day IN ('today')",
        "SELECT 'now'::pg_catalog.timestamptz",
        "SELECT 'yesterday'::text::date",
        "SELECT as_of - 'now'",
    ],
)
def test_each_clock_literal_is_refused_where_it_stands_for_a_time(text: str) -> None:
    (message,) = messages(text)
    assert message.startswith("a query must not ask for the time; use as_of instead of ")


def test_the_age_of_one_argument_asks_the_clock() -> None:
    assert messages("SELECT age(created_at) FROM t") == [clock("age() with one argument, as in age(as_of, …)")]
    assert messages("SELECT age(coalesce(a, b)) FROM t") == [clock("age() with one argument, as in age(as_of, …)")]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT now FROM t",
        'SELECT t.today, t."current_date" FROM t',
        "SELECT snow(), now_and_then()",
        "SELECT 'now()', 'current_date' FROM t",
        "SELECT 'it''s now()' FROM t",
        r"SELECT E'\' now()' FROM t",
        "SELECT $$now()$$, $a1$current_date$a1$, $größe$now()$größe$",
        "SELECT 'today' AS day, 'now'::text, cast('today' AS text), 'today' AS date",
        "SELECT x FROM t WHERE label <> 'today'::text AND label IN ('now'::text, 'tomorrow'::text)",
        "SELECT x -- now()\n FROM t -- current_date",
        "SELECT x /* now() */ FROM t",
        "SELECT x /* outer /* inner */ now() */ FROM t",
        "SELECT age(as_of, created_at), age(as_of, (SELECT min(x) FROM t)) FROM t",
        "SELECT max(age(datfrozenxid)) FROM pg_database",
    ],
)
def test_what_only_looks_like_the_clock_is_left_alone(text: str) -> None:
    assert messages(text) == []


def test_a_comment_within_a_comment_hides_nothing_that_stands_behind_it() -> None:
    assert messages("SELECT 1 /* /* */ ' */ , now() /* ' */") == [clock("now()")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file holds no statement"),
        ("-- only a comment\n", "the file holds no statement"),
        ("INSERT INTO t VALUES (1)", "expected one SELECT, got INSERT"),
        ("DELETE FROM t", "expected one SELECT, got DELETE"),
        ("CREATE TABLE t (x int)", "expected one SELECT, got CREATE"),
        ("COPY t TO STDOUT", "expected one SELECT, got COPY"),
        ("DO $$ BEGIN END $$", "expected one SELECT, got DO"),
        ("VALUES (1)", "expected one SELECT, got VALUES"),
        ("SELECT 1; SELECT 2", "one statement per file: nothing may follow the semicolon"),
        ("SELECT 1; DROP TABLE t;", "one statement per file: nothing may follow the semicolon"),
        ("SELECT 'now() FROM t", "a quotation mark is not closed"),
        ('SELECT "now() FROM t', "a quotation mark is not closed"),
        ("SELECT (1", "a parenthesis is not closed"),
        ("SELECT age(created_at", "a parenthesis is not closed"),
        ("SELECT 1) q, LATERAL (SELECT 2", "this closing parenthesis has no opening one"),
        ("SELECT $1", "$1 is bound by nobody; as_of and windows are all that a query may use"),
    ],
)
def test_anything_but_one_whole_select_is_refused(text: str, message: str) -> None:
    assert messages(without_final_semicolon(text)) == [message]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "select 1;",
        "SELECT 1;;\n-- end",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "WITH t AS (SELECT 1) SELECT * FROM t",
        "-- a row\n/* more */ SELECT ';', '(', \")\", $$;($$",
    ],
)
def test_one_select_is_accepted_with_or_without_a_final_semicolon(text: str) -> None:
    assert messages(without_final_semicolon(text)) == []


def test_each_fault_names_its_line() -> None:
    text = "-- header\nSELECT now(),\n  'two\nlines', /* three\n\nlines */ $1,\n  current_date\n  FROM (x"
    assert list(faults(text)) == [
        Fault(8, "a parenthesis is not closed"),
        Fault(2, clock("now()")),
        Fault(6, "$1 is bound by nobody; as_of and windows are all that a query may use"),
        Fault(7, clock("current_date")),
    ]


def test_what_stands_after_the_semicolon_is_named_where_the_semicolon_stands() -> None:
    assert list(faults("SELECT 1\n;\nSELECT 2")) == [
        Fault(2, "one statement per file: nothing may follow the semicolon")
    ]


def test_the_final_semicolon_goes_and_the_lines_stay() -> None:
    assert without_final_semicolon("SELECT 1\n; -- end;\n") == "SELECT 1\n -- end;\n"
    assert without_final_semicolon("SELECT ';'") == "SELECT ';'"


def test_words_are_in_lower_case_and_quoted_names_as_written() -> None:
    assert [(token.kind, token.text) for token in tokens('SELECT "Window", Größe$1::int <= 1e3')] == [
        ("word", "select"),
        ("quoted", '"Window"'),
        ("sign", ","),
        ("word", "größe$1"),
        ("sign", "::"),
        ("word", "int"),
        ("sign", "<="),
        ("number", "1e3"),
    ]


@pytest.mark.parametrize("text", ["SELECT 'open", 'SELECT "open', "SELECT /* open", "SELECT $$open"])
def test_what_is_left_open_is_no_reason_to_stop(text: str) -> None:
    assert tokens(text)[0].text == "select"


@given(st.text())
def test_any_text_is_read_to_its_end(text: str) -> None:
    for token in tokens(text):
        assert text[token.start :].lower().startswith(token.text.lower())
        assert token.line == text.count("\n", 0, token.start) + 1
    list(faults(text))
    without_final_semicolon(text)


@given(st.text(), st.sampled_from(["'{}'", "$q${}$q$", '"{}"', "/*{}*/", "--{}\n"]))
def test_nothing_inside_strings_and_comments_is_a_fault(inside: str, wrapper: str) -> None:
    for sign in ("'", '"', "$", "/", "*", "\\", "\n"):
        inside = inside.replace(sign, "")
    assert messages(f"SELECT {wrapper.format(inside + 'now() ; ) $1')} AS x FROM t") == []
