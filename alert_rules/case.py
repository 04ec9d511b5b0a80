"""Cases that prove an alert: the series that are there, and what fires then. promtool runs them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Firing:
    """An alert that fires: its labels beside those that the declaration sets, and its rendered annotations.

    `value` is the value as people read it, for an alert whose description speaks of it.
    """

    labels: Mapping[str, str]
    description: str
    value: str = ""


@dataclass(frozen=True)
class Case:
    """Series by their selectors, in promtool's notation (`0+60x10`, `_` for none, `NaN`), and what fires at `at`.

    Samples are a minute apart, the first at 0.
    """

    title: str
    series: Mapping[str, str]
    at: str
    firing: tuple[Firing, ...] = field(default=())


def fires(
    title: str, series: Mapping[str, str], /, *, at: str, description: str, value: str = "", **labels: str
) -> Case:
    """A case in which one alert fires, with these labels. `value` and `description` are as people read them."""
    return Case(title, series, at, (Firing(labels, description, value),))


def silent(title: str, series: Mapping[str, str], /, *, at: str) -> Case:
    """A case in which nothing fires."""
    return Case(title, series, at)
