"""Selectors say in PromQL exactly what was asked for, whatever stands in the values."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import is_not, matches, matches_not
from metrics.selector import Series, quote

TICKETS = Series("kpi_tickets", ("queue", "state"))
ESCAPES = {"\\": "\\", '"': '"', "n": "\n"}


def unquote(literal: str) -> str:
    """What PromQL reads in a string literal between double quotes: Go's rules, of which these are used."""
    inside = re.fullmatch(r'"((?:[^"\\\n]|\\["\\n])*)"', literal)
    assert inside, f"{literal} is no string literal"
    return re.sub(r"\\(.)", lambda match: ESCAPES[match[1]], inside[1])


@given(st.text())
def test_every_text_survives_quoting(value: str) -> None:
    assert unquote(quote(value)) == value


@given(st.text(alphabet='\\"\nn{}=,'))
def test_texts_made_of_special_signs_survive_quoting(value: str) -> None:
    assert unquote(quote(value)) == value


@given(st.text(), st.text())
def test_a_value_cannot_leave_its_quotes(queue: str, state: str) -> None:
    selector = TICKETS(queue=queue, state=matches(state))
    assert selector == f"kpi_tickets{{queue={quote(queue)}, state=~{quote(state)}}}"


def test_matchers_are_written_in_the_order_given() -> None:
    assert TICKETS(state="open", queue="post") == 'kpi_tickets{state="open", queue="post"}'


def test_the_other_three_matchers_have_words() -> None:
    assert TICKETS(queue=is_not("post")) == 'kpi_tickets{queue!="post"}'
    assert TICKETS(queue=matches("p.*")) == 'kpi_tickets{queue=~"p.*"}'
    assert TICKETS(queue=matches_not(r"\d+")) == r'kpi_tickets{queue!~"\\d+"}'


def test_without_matchers_the_selector_is_the_name() -> None:
    assert TICKETS() == str(TICKETS) == "kpi_tickets"


def test_an_unknown_label_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"^kpi_tickets has no label 'que'; its labels are: queue, state\.$"):
        TICKETS(que="post")
    with pytest.raises(ValueError, match=r"^kpi_tickets has no label 'que'; its labels are: none\.$"):
        Series("kpi_tickets", ())(que="post")
