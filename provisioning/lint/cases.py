"""Rules for the cases of an alert: series that exist, and samples up to the time of the question."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from alert_rules import Alert, Case
from collectors.durations import parse_duration
from provisioning.lint import query
from provisioning.lint.promql import PromqlError, parse
from provisioning.lint.query import Query
from provisioning.lint.rule_reading import ReadRule

_STEP = timedelta(minutes=1)
_TIMES = re.compile(r"x(\d+)$")
_NAMING = ("K102", "K103", "K203", "K206")
"""The rules for expressions that ask whether a selector names what exists."""


def _unknown_series(alert: Alert, read: ReadRule) -> Iterator[str]:
    for case in alert.cases:
        for selector in case.series:
            try:
                root = parse(selector)
            except PromqlError as error:
                yield f"The case {case.title!r}: {error}"
                continue
            series = Query(root, read.around.catalogue, extra_labels=read.around.extra_labels)
            for code, rule in query.RULES:
                if code in _NAMING:
                    yield from (f"The case {case.title!r}: {message}" for message in rule(series))


def _after_the_end(alert: Alert, _: ReadRule) -> Iterator[str]:
    for case in alert.cases:
        if case.series and not alert.absence and (asked := _moment(case)) > (end := _end(case)):
            minutes = f"{asked / _STEP:g}m, and the last sample is at {end / _STEP:g}m"
            yield f"The case {case.title!r} asks at {minutes}."


def _moment(case: Case) -> timedelta:
    try:
        return timedelta(seconds=parse_duration(case.at))
    except ValueError:  # promtool says so
        return timedelta(0)


def _end(case: Case) -> timedelta:
    """When the longest series of the case has its last sample."""
    return max(sum(map(_samples, values.split())) - 1 for values in case.series.values()) * _STEP


def _samples(text: str) -> int:
    """How many samples a part of promtool's notation stands for: `0+1x3` for four of them, `_x3` for three gaps."""
    times = _TIMES.search(text)
    return int(times[1]) + (not text.startswith("_")) if times else 1


RULES: tuple[tuple[str, Callable[[Alert, ReadRule], Iterator[str]]], ...] = (
    ("K622", _unknown_series),
    ("K623", _after_the_end),
)
