"""What is measured: declarations and the pure formulas behind them. Imports nothing but the standard library."""

from metrics.declaration import Counter, DeclarationError, Gauge, Histogram, Metric, Recorded
from metrics.inputs import Input
from metrics.reading import HistogramState, Reading
from metrics.selector import Matcher, is_not, matches, matches_not
from metrics.unit import BYTES, COUNT, CURRENCY, MONTHS, RATIO, SCORE, SECONDS, TIMESTAMP, Unit

__all__ = [
    "BYTES",
    "COUNT",
    "CURRENCY",
    "MONTHS",
    "RATIO",
    "SCORE",
    "SECONDS",
    "TIMESTAMP",
    "Counter",
    "DeclarationError",
    "Gauge",
    "Histogram",
    "HistogramState",
    "Input",
    "Matcher",
    "Metric",
    "Reading",
    "Recorded",
    "Unit",
    "is_not",
    "matches",
    "matches_not",
]
