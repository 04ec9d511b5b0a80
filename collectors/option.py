"""What an operator can tell a collector, beyond the settings that all have: `collectors.NAME.options` of the file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Option:
    """One option of a collector.

    `parse` makes the value of the text, and raises ValueError with what was expected; that of a secret must not tell
    the text. Without `default` the value is None where nobody sets it. A `secret` may also lie in a file, which
    `NAME_file` names.
    """

    name: str
    help: str
    default: str | None = None
    parse: Callable[[str], Any] = str
    secret: bool = False
