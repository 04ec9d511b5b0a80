"""The words of a PromQL expression, for what reads and rewrites it without changing how it is written."""

import re
from collections.abc import Sequence

TOKEN = re.compile(
    r"""\#[^\n]* | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*` | [a-zA-Z_:][a-zA-Z0-9_:]* | \s+ | .""",
    re.VERBOSE | re.DOTALL,
)
"""One word; `findall` gives those of an expression without a gap, blanks and comments included."""
_DEPTH = {"(": 1, "{": 1, ")": -1, "}": -1}


def next_word(words: Sequence[str], position: int) -> int:
    """Where the next word stands that is neither blank nor a comment; the end of all where none follows."""
    position += 1
    while position < len(words) and (words[position].isspace() or words[position].startswith("#")):
        position += 1
    return position


def closing(words: Sequence[str], opening: int) -> int:
    """Where the bracket closes that opens at `opening`, past those within it; the end of all where it does not."""
    depth = 0
    for position in range(opening, len(words)):
        depth += _DEPTH.get(words[position], 0)
        if depth == 0:
            return position
    return len(words)
