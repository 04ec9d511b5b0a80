"""Reads the text of a `.sql` file far enough to refuse what a query must not do, with the line where it does it."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<comment> /\* )
    | (?P<skip>    \s+ | --[^\n]* )
    | (?P<string>  [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$ )
    | (?P<quoted>  "(?:[^"]|"")*" )
    | (?P<word>    [^\W\d][\w$]* )
    | (?P<number>  \d[\w.]* )
    | (?P<bound>   \$\d+ )
    | (?P<sign>    :: | [<>=!]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_CLOCK_KEYWORDS = {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}
_CLOCK_FUNCTIONS = {"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday"}
_CLOCK_STRING = re.compile(r"[eE]?'\s*(now|today|yesterday|tomorrow)(\s+[\d:]+)?\s*'", re.IGNORECASE)
_CLOCK_TYPES = {"date", "time", "timestamp", "timestamptz", "timetz"}
_TEXT_TYPES = {"text", "varchar", "char", "name"}


class Token(NamedTuple):
    """One word, string or sign, and the line it stands on. Words are in lower case."""

    kind: str
    text: str
    line: int
    start: int


class Fault(NamedTuple):
    """What is wrong, and on which line of the file."""

    line: int
    message: str


@lru_cache(maxsize=4)
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a statement, without white space and comments. A new query is asked for them again and again."""
    found, line, position = list[Token](), 1, 0
    while match := _TOKEN.match(text, position):
        kind = match.lastgroup or ""
        end = _end_of_comment(text, position) if kind == "comment" else match.end()
        content = text[position:end]
        if kind not in ("comment", "skip"):
            found.append(Token(kind, content.lower() if kind == "word" else content, line, position))
        line += content.count("\n")
        position = end
    return tuple(found)


def without_final_semicolon(text: str) -> str:
    """The statement without the semicolons at its end, the lines kept."""
    for token in reversed(tokens(text)):
        if token.text != ";":
            break
        text = text[: token.start] + text[token.start + 1 :]
    return text


def faults(text: str) -> Iterator[Fault]:
    """Everything in a statement that breaks the rules for queries and can be told from its text."""
    found = tokens(text)
    if not found:
        yield Fault(1, "the file holds no statement")
        return
    if found[0].text not in ("select", "with", "("):
        yield Fault(found[0].line, f"expected one SELECT, got {found[0].text.upper()}")
    yield from _structure_faults(found)
    for place, token in enumerate(found):
        if clock := _clock(found, place):
            yield Fault(token.line, f"a query must not ask for the time; use as_of instead of {clock}")
        elif token.text in ("'", '"'):
            yield Fault(token.line, "a quotation mark is not closed")
            return
        elif token.kind == "bound":
            yield Fault(token.line, f"{token.text} is bound by nobody; as_of and windows are all that a query may use")


def _end_of_comment(text: str, start: int) -> int:
    """Where a block comment ends; in PostgreSQL it may hold others."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def _structure_faults(found: Sequence[Token]) -> Iterator[Fault]:
    depth = 0
    for token in found:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0:
            yield Fault(token.line, "this closing parenthesis has no opening one")
            return
        if token.text == ";":
            yield Fault(token.line, "one statement per file: nothing may follow the semicolon")
            return
    if depth:
        yield Fault(found[-1].line, "a parenthesis is not closed")


def _clock(found: Sequence[Token], place: int) -> str:
    """How the token at a place reads the clock, empty when it does not."""

    def near(distance: int) -> str:
        at = place + distance
        return found[at].text.strip('"') if 0 <= at < len(found) else ""

    token = found[place]
    if token.kind == "word" and token.text in _CLOCK_KEYWORDS:
        return token.text
    if token.kind in ("word", "quoted") and near(1) == "(":
        if near(0) in _CLOCK_FUNCTIONS:
            return f"{token.text}()"
        if near(0) == "age" and _is_age_until_now(found[place + 1 :]):
            return "age() with one argument, as in age(as_of, …)"
    if token.kind == "string" and _CLOCK_STRING.fullmatch(token.text):
        is_text = near(1) in ("::", "as") and near(2) in _TEXT_TYPES and near(3) != "::"
        is_named = near(1) == "as" and near(-2) != "cast" and near(-1) not in _CLOCK_TYPES
        if not (is_text or is_named):
            return f"{token.text} (where a text is meant, write {token.text}::text)"
    return ""


def _is_age_until_now(call: Sequence[Token]) -> bool:
    """Whether these tokens, from a parenthesis on, are one argument. The age of a transaction needs no clock."""
    depth = 0
    for token in call:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 or (depth == 1 and token.text == ",") or token.text.endswith(("xid", "xmin")):
            return depth == 0
    return False
