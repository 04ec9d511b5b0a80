"""The SQL of panels: what can be told from its text."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from collectors.sql_text import Token, tokens, without_final_semicolon
from dashboards.panel import Panel, Sql
from provisioning.lint.macros import BUILT_IN, MACROS, MacroError, fill_macros, variables_in

_END = datetime(2026, 1, 31, tzinfo=UTC)
_START = _END - timedelta(days=30)
_CHANGING = frozenset({"insert", "update", "delete", "merge"})
_ENDS_OF_ORDER = frozenset({"limit", "offset", "fetch", "for"})
_AGGREGATES = frozenset({"count", "sum", "avg", "min", "max", "percentile_cont", "percentile_disc", "group"})
_OF_THE_TIME = ("filter", "from", "to")


def check_text(query: Sql, panel: Panel) -> Iterator[tuple[str, str]]:
    """Codes and messages for what the text of a statement tells."""
    name = query.file.name
    for variable, form, start in variables_in(query.text):
        if not variable.startswith("__") and not (form == "regex" and _matches_whole(query.text, variable, start)):
            line = query.text.count("\n", 0, start) + 1
            yield "K503", f"{name}:{line}: ${variable} must be compared as ~ '^(${{{variable}:regex}})$'."
    try:
        text = filled(query.text)
    except MacroError as error:
        yield "K502", f"{name}:{error.line}: {error.message}."
        return
    found = tokens(without_final_semicolon(text))
    if faults := [f"{name}:{line}: {message}." for line, message in form_faults(found)]:
        yield from (("K501", fault) for fault in faults)
        return
    outer = _outer(found)
    if query.shape == "time_series" and (fault := _order_fault(outer)):
        yield "K504", f"{name}: {fault}."
    if not any(word.startswith("__") and word.endswith(_OF_THE_TIME) for word in _words(query.text)):
        yield "K505", f"{name} mentions neither $__timeFilter nor another macro for the chosen time."
    bounded = panel.matrix or {"limit", "fetch"} & {token.text for token in outer}
    if panel.kind == "table" and not bounded and not _AGGREGATES & {token.text for token in found}:
        yield "K506", f"{name} has no LIMIT."


def filled(text: str) -> str:
    """The statement as Grafana sends it for some month and all values. Raises MacroError."""
    names = {name for name, _, _ in variables_in(text)} - BUILT_IN - MACROS
    return fill_macros(text, _START, _END, dict.fromkeys(names, ".*"))


def form_faults(found: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Lines and messages for what makes these tokens another thing than one statement that reads."""
    if not found:
        yield 1, "the file holds no statement"
        return
    first = found[0]
    if first.text not in ("select", "with", "("):
        yield first.line, f"expected one SELECT, got {first.text.upper()}"
    depth = 0
    for before, token in zip([first, *found], found, strict=False):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0:
            yield token.line, "this closing parenthesis has no opening one"
            return
        if token.text in ("'", '"'):
            yield token.line, "a quotation mark is not closed"
            return
        if token.text == ";":
            yield token.line, "nothing may follow the semicolon"
            return
        if token.kind != "word":
            continue
        if before.text == "(" and token.text in _CHANGING:
            yield token.line, f"a panel only reads, got {token.text.upper()}"
        elif before.text == "for" and token.text in ("update", "share", "no", "key"):
            yield token.line, "a panel locks no rows"
        elif token.text == "into":
            yield token.line, "a panel writes no table, got INTO"
    if depth:
        yield found[-1].line, "a parenthesis is not closed"


def _matches_whole(text: str, variable: str, position: int) -> bool:
    """Whether the variable at this position stands where a pattern for the whole value does."""
    comparison = re.compile(r"~\s*'\^\(\$\{" + variable + r":regex\}\)\$'")
    return any(match.start() < position < match.end() for match in comparison.finditer(text))


def _words(text: str) -> Iterator[str]:
    """The words of a statement outside of comments and texts, in lower case."""
    return (token.text for token in tokens(text) if token.kind == "word")


def _outer(found: Sequence[Token]) -> list[Token]:
    """The tokens outside of all parentheses; what stands in parentheses is their opening one alone."""
    outer, depth = [], 0
    for token in found:
        depth -= token.text == ")"
        if depth == 0 and token.text != ")":
            outer.append(token)
        depth += token.text == "("
    return outer


def _order_fault(outer: Sequence[Token]) -> str:
    """What is wrong with the order of the outermost query, empty when it rises by time."""
    words = [token.text.strip('"') for token in outer]
    starts = [place for place, pair in enumerate(pairwise(words)) if pair == ("order", "by")]
    if not starts:
        return "expected ORDER BY time at the end, got no order"
    rest = words[starts[-1] + 2 :]
    end = next((place for place, word in enumerate(rest) if word == "," or word in _ENDS_OF_ORDER), len(rest))
    first = [word for word in rest[:end] if word not in ("asc", "nulls", "first", "last")]
    if "desc" in first:
        return "expected the oldest first, got ORDER BY … DESC"
    if first[:1] not in (["time"], ["1"]) and first[-1:] != ["time"]:
        return f"expected ORDER BY time, got ORDER BY {' '.join(first)}"
    return ""
