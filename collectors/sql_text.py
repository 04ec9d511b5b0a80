"""Reads the text of a `.sql` file far enough to refuse what a query must not do, with the line where it does it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<skip>    \s+ | --[^\n]* | /\*.*?\*/ )
    | (?P<string>  [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | \$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$ )
    | (?P<quoted>  "(?:[^"]|"")*" )
    | (?P<word>    [A-Za-z_][A-Za-z0-9_$]* )
    | (?P<number>  \d[\w.]* )
    | (?P<bound>   \$\d+ )
    | (?P<sign>    :: | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOCK_KEYWORDS = {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}
_CLOCK_FUNCTIONS = {"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday"}
_CLOCK_STRINGS = {"'now'", "'today'", "'yesterday'", "'tomorrow'"}
_CLOCK_TYPES = {"date", "time", "timestamp", "timestamptz", "timetz"}


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


def tokens(text: str) -> list[Token]:
    """The tokens of a statement, without white space and comments."""
    found, line = [], 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup != "tag" else "string"
        if kind and kind != "skip":
            content = match.group()
            found.append(Token(kind, content.lower() if kind == "word" else content, line, match.start()))
        line += match.group().count("\n")
    return found


def without_final_semicolon(text: str) -> str:
    """The statement without a semicolon at its end, the lines kept."""
    found = tokens(text)
    if found and found[-1].text == ";":
        start = found[-1].start
        return text[:start] + text[start + 1 :]
    return text


def faults(text: str) -> Iterator[Fault]:
    """Everything in a statement that breaks the rules for queries and can be told from its text."""
    found = tokens(text)
    if not found:
        yield Fault(1, "the file holds no statement")
        return
    if found[0].text not in ("select", "with", "(", "values"):
        yield Fault(found[0].line, f"expected one SELECT, got {found[0].text.upper()}")
    yield from _structure_faults(found)
    for before, token, after in zip([None, *found], found, [*found[1:], None], strict=False):
        if clock := _clock(before, token, after):
            yield Fault(token.line, f"a query must not ask for the time; use as_of instead of {clock}")
        elif token.kind == "bound":
            yield Fault(token.line, f"{token.text} is bound by nobody; as_of and windows are all that a query may use")


def _structure_faults(found: list[Token]) -> Iterator[Fault]:
    depth = 0
    for token in found:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0:
            yield Fault(token.line, "this closing parenthesis has no opening one")
            return
        if token.text == ";" and token is not found[-1]:
            yield Fault(token.line, "one statement per file: nothing may follow the semicolon")
            return
    if depth:
        yield Fault(found[-1].line, "a parenthesis is not closed")


def _clock(before: Token | None, token: Token, after: Token | None) -> str:
    following = after.text if after else ""
    if token.kind == "word" and token.text in _CLOCK_KEYWORDS:
        return token.text
    if token.kind in ("word", "quoted") and token.text.strip('"') in _CLOCK_FUNCTIONS and following == "(":
        return f"{token.text}()"
    typed = following == "::" or (before is not None and before.text in _CLOCK_TYPES | {"("} and following == "as")
    if token.text.lower() in _CLOCK_STRINGS and (typed or (before is not None and before.text in _CLOCK_TYPES)):
        return token.text
    return ""
