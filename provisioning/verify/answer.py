"""What matters of an answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """How many series or rows came back, how many of them hold no number but NaN and infinity, and after how long."""

    series: int
    without_numbers: int = 0
    seconds: float = 0.0

    @property
    def shown(self) -> int:
        """Those with something to show."""
        return self.series - self.without_numbers
