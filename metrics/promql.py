"""Pieces of PromQL that rules and boards have in common."""

from metrics.declaration import Metric
from metrics.selector import quote


def renamed(expr: str, /, **labels: str) -> str:
    """`expr` with labels made of others: `service="container"`. One that is empty leaves what is there."""
    for new, old in labels.items():
        expr = f'label_replace({expr}, "{new}", "$1", "{old}", "(.+)")'
    return expr


def labelled(expr: str, /, **labels: str) -> str:
    """`expr` with labels of fixed values."""
    for name, value in labels.items():
        expr = f'label_replace({expr}, "{name}", {quote(value)}, "", "")'
    return expr


def or_zero(part: str, whole: str) -> str:
    """A part of a whole, both by the same labels: 0 where there is a whole, and no series of the part.

    Of what has never failed there is no series of failures.
    """
    return f"({part} or 0 * {whole})"


def count_of_0(series: Metric) -> str:
    """How many of the series are 0: down, broken. 0 where none is, and nothing where there are no series."""
    return f"count({series} == 0) or 0 * count({series})"
