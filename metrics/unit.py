"""The units that a metric may have: base units, as Prometheus wants them."""

from enum import Enum


class Unit(Enum):
    """A base unit. `suffix` is how the name of a metric in this unit must end (before `_total`)."""

    SECONDS = "seconds"
    BYTES = "bytes"
    RATIO = "ratio"
    CURRENCY = "currency"
    SCORE = "score"
    TIMESTAMP = "timestamp"
    MONTHS = "months"
    COUNT = "count"

    @property
    def suffix(self) -> str:
        """The name's ending, `""` for counts, which carry plain plural nouns."""
        return _SUFFIXES.get(self, "_" + self.value)

    @property
    def open_metrics(self) -> str:
        """What OpenMetrics calls the unit in its UNIT line, `""` where it has no word for it."""
        return self.value if self in (Unit.SECONDS, Unit.BYTES, Unit.RATIO) else ""


_SUFFIXES = {Unit.CURRENCY: "_amount", Unit.TIMESTAMP: "_timestamp_seconds", Unit.COUNT: ""}

SECONDS = Unit.SECONDS
BYTES = Unit.BYTES
RATIO = Unit.RATIO
CURRENCY = Unit.CURRENCY
SCORE = Unit.SCORE
TIMESTAMP = Unit.TIMESTAMP
MONTHS = Unit.MONTHS
COUNT = Unit.COUNT
