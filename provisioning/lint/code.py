"""What a lint code is."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Code:
    """A rule as people read it: what it demands and why (`explanation`), what breaks it (`example`), and the `remedy`.

    A fault fails the build; a notice is told only.
    """

    number: str
    title: str
    explanation: str
    example: str
    remedy: str
    severity: Literal["fault", "notice"] = "fault"
