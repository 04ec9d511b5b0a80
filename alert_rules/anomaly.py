"""Expressions that compare a value with its own past: the same weekday of the last weeks, or the period before.

A value is given as a function of an offset, because PromQL moves selectors, not results, into the past:

    def completed(offset: str) -> str:
        return f"sum(increase({PAYMENTS(status='completed')}[6h]{offset}))"

`completed("")` is the value now, `completed(" offset 1w")` that of a week ago.
"""

from collections.abc import Callable

Value = Callable[[str], str]
WEEKS = 6
LEAST_WEEKS = 4
_WEEK_LABEL = "weeks_ago"


def usual(value: Value, weeks: int = WEEKS, least: int = LEAST_WEEKS) -> str:
    """The mean of the value at this time of the same weekday, 1 to `weeks` weeks ago, in the unit of the value.

    x̄ = Σ xᵢ ÷ n. A week without a value does not count; nothing where fewer than `least` have one. Raises ValueError
    for a `least` that `weeks` cannot reach, or that is below 2.
    """
    past = _past(value, weeks, least)
    return f"({_over('avg', past)} and {_over('count', past)} >= {least})"


def deviation(value: Value, weeks: int = WEEKS, least: int = LEAST_WEEKS) -> str:
    """The standard score of the value now: by how many standard deviations it differs from the usual one.

    z = (x − x̄) ÷ s over the same n values as `usual`, with s = √(Σ (xᵢ − x̄)² ÷ n); any number, below 0 where the
    value has fallen. Nothing where fewer than `least` weeks have a value, and where all of them had the same, because
    no deviation can be told then. Raises ValueError as `usual`. Source: standard score as statistics defines it, with
    the deviation of the population; beyond 3 is rare in what varies evenly, which is why an alert also asks by how
    much the value has fallen.
    """
    past = _past(value, weeks, least)
    differs = f"({value('')} - {_over('avg', past)}) / ({_over('stddev', past)} > 0)"
    return f"({differs} and {_over('count', past)} >= {least})"


def change(now: str, before: str, least: float) -> str:
    """The change from `before` to `now`, in relation to `before`; both are expressions in one unit.

    (now − before) ÷ before, from -1 (all gone) upwards, below 0 where the value has fallen, as `metrics.growth`.
    Nothing where `before` is not above `least`, so that a few cannot double, and nothing is divided by 0 or by a
    negative number. Raises ValueError for a negative `least`.
    """
    if least < 0:
        raise ValueError(f"could not compare with a period before: 'least' must not be negative, got {least:g}")
    return f"(({now}) / ({before} > {least:g}) - 1)"


def _past(value: Value, weeks: int, least: int) -> str:
    """The value of each week, told apart by a label: a union, so that a missing week takes no other one with it."""
    if not 2 <= least <= weeks:
        raise ValueError(f"could not compare with past weeks: 'least' must be from 2 to {weeks}, got {least}")
    each = (
        f'label_replace({value(f" offset {week}w")}, "{_WEEK_LABEL}", "{week}", "", "")' for week in range(1, weeks + 1)
    )
    return " or ".join(each)


def _over(aggregation: str, past: str) -> str:
    return f"{aggregation} without ({_WEEK_LABEL}) ({past})"
