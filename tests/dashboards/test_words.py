"""The words of expressions: where the next one stands, and where brackets close."""

import pytest

from dashboards.words import TOKEN, closing, next_word


@pytest.mark.parametrize(
    ("expr", "inside"),
    [
        ("sum(kpi_a)", "kpi_a"),
        ("sum(rate(kpi_a[5m]) + (kpi_b)) / 2", "rate(kpi_a[5m]) + (kpi_b)"),
        ('sum(kpi_a{plan=")"})', 'kpi_a{plan=")"}'),
        ("sum(kpi_a{plan='}'} # a )\n)", "kpi_a{plan='}'} # a )\n"),
        ("sum(kpi_a", "kpi_a"),
    ],
)
def test_a_bracket_closes_behind_those_within_it(expr: str, inside: str) -> None:
    words = TOKEN.findall(expr)
    opening = words.index("(")
    assert "".join(words[opening + 1 : closing(words, opening)]) == inside


def test_blanks_and_comments_are_no_words() -> None:
    words = TOKEN.findall("sum # of all\n by (plan) ")
    assert words[next_word(words, 0)] == "by"
    assert next_word(words, words.index(")")) == len(words)
