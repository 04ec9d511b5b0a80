from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promql_parser import Call, MatrixSelector

from provisioning.lint.promql import PromqlError, grafana_window, parse, selectors, shown, substitute, walk


@pytest.mark.parametrize(
    ("expr", "filled"),
    [
        ('x{a=~"$tenant"}', 'x{a=~"acme"}'),
        ('x{a=~"${tenant}"}', 'x{a=~"acme"}'),
        ('x{a=~"${tenant:regex}"}', 'x{a=~"acme"}'),
        ('x{a=~"[[tenant]]"}', 'x{a=~"acme"}'),
        ('x{a=~"[[tenant:regex]]"}', 'x{a=~"acme"}'),
        ('x{a="$other"}', 'x{a="1"}'),
        ("topk($k, x)", "topk(1, x)"),
        ("x * ${__range_s}", "x * 3600"),
        ("increase(x[${__range_s}s])", "increase(x[3600s])"),
        ('label_replace(x, "a", "$1-${2}", "b", "(.+)$")', 'label_replace(x, "a", "$1-${2}", "b", "(.+)$")'),
    ],
)
def test_variables_are_filled_in_and_groups_of_patterns_left_alone(expr: str, filled: str) -> None:
    assert substitute(expr, {"tenant": "acme"}) == filled


def test_given_values_go_before_the_windows_of_grafana() -> None:
    assert substitute("rate(x[$__rate_interval])", {"__rate_interval": "4m"}) == "rate(x[4m])"


@pytest.mark.parametrize("variable", ["$__rate_interval", "$__interval", "$__range"])
def test_window_of_grafana_is_recognised_after_parsing(variable: str) -> None:
    root = parse(f"rate(x[{variable}])")
    assert isinstance(root, Call)
    assert isinstance(root.args[0], MatrixSelector)
    assert grafana_window(root.args[0].range) == variable
    assert shown(root) == f"rate(x[{variable}])"


def test_window_that_was_written_by_hand_is_none_of_grafana() -> None:
    assert [grafana_window(timedelta(minutes=minutes)) for minutes in (1, 5, 60)] == ["", "", ""]


@pytest.mark.parametrize("expr", ["rate(x[$window])", "x offset $shift", "max_over_time(x[1h:$step])", "x offset -$s"])
def test_unknown_variable_stands_for_a_duration_where_one_is_expected(expr: str) -> None:
    parse(expr)
    assert "1h2ms" in substitute(expr)


def test_variables_in_texts_stay_recognisable_in_the_tree() -> None:
    (found,) = selectors(parse("""x{a=~"${tenant:regex}", b='$b|c'}"""))
    assert [matcher.value for matcher in found.matchers] == ["$tenant", "$b|c"]


def test_expression_that_does_not_parse_is_told_in_a_sentence_with_its_text() -> None:
    with pytest.raises(PromqlError, match=r"could not parse 'sum\(\$x': unclosed left parenthesis"):
        parse("sum($x")


@pytest.mark.parametrize("expr", ["x[5m]", "(x[5m])", "x[5m:1m]", '"text"'])
def test_result_that_no_panel_can_draw_is_refused(expr: str) -> None:
    with pytest.raises(PromqlError, match="the result must be a number or an instant vector"):
        parse(expr)


@pytest.mark.parametrize("expr", ['x{a="1"}', '{__name__="x", a="1"}', '{"x", a="1"}'])
def test_selector_has_its_name_however_it_is_written(expr: str) -> None:
    (found,) = selectors(parse(expr))
    assert found.name == "x"
    assert [matcher.name for matcher in found.matchers] == ["a"]


def test_walk_gives_each_part_with_those_around_it_and_without_parentheses() -> None:
    places = [
        (type(node).__name__, [type(one).__name__ for one in enclosing])
        for node, enclosing in walk(parse("sum((rate(x[5m]))) / (2)"))
    ]
    assert places == [
        ("BinaryExpr", []),
        ("AggregateExpr", ["BinaryExpr"]),
        ("Call", ["BinaryExpr", "AggregateExpr"]),
        ("MatrixSelector", ["BinaryExpr", "AggregateExpr", "Call"]),
        ("VectorSelector", ["BinaryExpr", "AggregateExpr", "Call", "MatrixSelector"]),
        ("NumberLiteral", ["BinaryExpr"]),
    ]


def test_walk_visits_the_parameter_of_an_aggregation() -> None:
    assert [found.name for found in selectors(parse("topk(scalar(k), x)"))] == ["k", "x"]


@given(st.text(alphabet="x{}()[]\"'`$:5m,=~ _sumby/", max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with suppress(PromqlError):
        assert parse(text).prettify()
