"""Markdown is read back by markdown-it: what goes in as text comes out as text."""

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from provisioning.handbook.markdown import block, code, first_sentence, link, plain, slug, table, words

READER = MarkdownIt("commonmark", {"html": True}).enable("table")
TEXTS = st.text(st.sampled_from("ab1 _*`|<>[]()&;~#!\\$%\"'÷×–.:/"), min_size=1).filter(str.strip)


def shown(markdown: str) -> str:
    """The text that a reader sees."""
    return html.unescape(re.sub(r"<[^>]*>", "", READER.render(markdown))).strip()


@given(TEXTS)
@example("Orders in [bold]shops[/bold] [/x], <b>not</b> &lt; 5 * 3 * 2, __init__, a_b_c, C:\\new | ~~no~~.")
@example("[a](javascript:alert)")
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    assert shown(f"**x** {plain(text)}").split() == ["x", *text.split()]


@given(TEXTS)
@example("``two`` and `one`")
def test_code_is_shown_as_it_is_in_a_table_too(text: str) -> None:
    rendered = READER.render(table(("a", "b"), [(code(text), "x")]))
    (cell,) = re.findall(r"<td><code>(.*?)</code></td>\n<td>x</td>", rendered, re.DOTALL)
    assert html.unescape(cell).split() == text.split()


@given(TEXTS)
def test_text_does_not_break_out_of_a_table(text: str) -> None:
    rendered = READER.render(table(("a", "b"), [(plain(text), "x")]))
    assert rendered.count("<td>") == 2


def test_a_block_holds_fences() -> None:
    assert READER.render(block("a\n```\nb\n", "sql")) == '<pre><code class="language-sql">a\n```\nb\n</code></pre>\n'


def test_a_link_without_a_target_stays_a_text() -> None:
    assert link("a", "b.md#c") == "[a](b.md#c)"
    assert link("a", "") == "a"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("kpi_revenue_amount", "kpi_revenue_amount"),
        ("The exporter itself", "the-exporter-itself"),
        ("Commerce / Conversion funnel", "commerce--conversion-funnel"),
        ("K201", "k201"),
        ("Uptime (24 h), café-wise", "uptime-24-h-café-wise"),
    ],
)
def test_anchors_are_those_of_github(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Two.", "One."),
        ("T = 0.5 s, tolerating within 4T. More.", "T = 0.5 s, tolerating within 4T."),
        ("No end", "No end"),
        ("On\ntwo lines. More.", "On two lines."),
    ],
)
def test_the_first_sentence_ends_before_a_capital(text: str, first: str) -> None:
    assert first_sentence(text) == first


def test_names_of_code_become_headings() -> None:
    assert words("app_performance") == "App performance"
    assert words("slo-api-latency") == "SLO API latency"
