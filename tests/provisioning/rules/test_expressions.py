"""What is read out of the expressions of rules."""

import pytest

from provisioning.rules.expressions import Selected, canonical, pretty, selected, watched


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        pytest.param("up == 0", "up", id="a comparison with a number"),
        pytest.param("0 == up", "up", id="a number that comes first"),
        pytest.param("x > -0.5", "x", id="a negative number"),
        pytest.param("x / (y > 0) > 0.05", "x / (y > 0)", id="only the outermost comparison goes"),
        pytest.param("x > 0.05 and on (service) z > 20", "x", id="a condition beside it goes"),
        pytest.param("(x > 1) unless on () z == 1", "x", id="an exception goes"),
        pytest.param("x > on () group_left () y", "x", id="of two values the first is watched"),
        pytest.param("x == bool 1", "x", id="a comparison that gives a number"),
        pytest.param("(x > 1 and z > 20) or y < 2", "x\nor\ny", id="several comparisons"),
        pytest.param("absent(x)", "absent(x)", id="nothing is compared"),
        pytest.param("sum by (a)(x)", "sum by (a)(x)", id="what is not compared stays as it is written"),
        pytest.param("sum((", "sum((", id="what does not parse stays as it is"),
    ],
)
def test_what_an_alert_watches_is_what_it_compares(rule: str, values: str) -> None:
    assert watched(rule) == values


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('sum(x{b="2",a="1"}) by (a)', 'sum by (a) (x{a="1", b="2"}) # words'),
        ("rate(x[60s])", "rate(x[1m])"),
        ("sum by (service) (increase(kpi_x_total[1h])) / (sum by (service) (increase(kpi_y_total[1h])) > 0) > 1e-1",
         "sum by(service)(increase(kpi_x_total[1h]))/(sum by(service)(increase(kpi_y_total[1h]))>0)>0.1"),
        ("sum((", "sum(("),
    ],
)  # fmt: skip
def test_spelling_makes_no_difference(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


def test_another_meaning_makes_one() -> None:
    assert canonical("x > 0.05") != canonical("x > 0.5")
    assert canonical("(x + y) * 2") != canonical("x + y * 2")


def test_selectors_tell_their_names_and_what_they_pin() -> None:
    expr = 'sum(rate(x_bucket{a="1", b=~"2"}[5m])) > on () {__name__="z"} and absent(q offset 5m)'
    assert selected(expr) == (
        Selected("x_bucket", {"a": "1"}),
        Selected("z", {"__name__": "z"}),
        Selected("q", {}),
    )
    assert selected("sum((") == ()


def test_long_expressions_come_on_several_lines_and_broken_ones_as_they_are() -> None:
    long = f"sum by (service) (rate(kpi_http_requests_total[5m])) / {'x' * 80}"
    assert [line[:1] for line in pretty(long).splitlines()] == [" ", "/", " "]
    assert pretty("sum((") == "sum(("
