"""Expressions that compare a value with its own past: the same weekday of the last weeks, or the period before.

A value is given as a selector such as `kpi_payments_recent`. What is computed is recorded first: the past of a recorded
series is one sample for each week, that of a sum over hours is all of its samples, at each evaluation.
"""

from metrics.promql import labelled

WEEKS = 6
LEAST_WEEKS = 4
_WEEK_LABEL = "weeks_ago"


def usual(value: str, weeks: int = WEEKS, least: int = LEAST_WEEKS) -> str:
    """The mean of the value at this time of the same weekday, 1 to `weeks` weeks ago, in the unit of the value.

    x̄ = Σ xᵢ ÷ n. A week without a value does not count; nothing where fewer than `least` have one. Raises ValueError
    for a `least` that `weeks` cannot reach, or that is below 2.
    """
    if not 2 <= least <= weeks:
        raise ValueError(f"could not compare with past weeks: 'least' must be from 2 to {weeks}, got {least}")
    past = _past(value, weeks)
    return f"({_over('avg', past)} and {_over('count', past)} >= {least})"


def deviation(value: str, mean: str, weeks: int = WEEKS) -> str:
    """The standard score of the value now: by how many standard deviations it differs from the usual one.

    z = (x − x̄) ÷ s, where `mean` is x̄ as `usual` gives it, and s = √(Σ (xᵢ − x̄)² ÷ n) over the same weeks; any number,
    below 0 where the value has fallen. Nothing where the usual one is not known, and where all weeks had the same,
    because no deviation can be told then. Source: standard score as statistics defines it, with the deviation of the
    population; beyond 3 is rare in what varies evenly, so an alert also asks by how much the value has fallen.
    """
    return f"({value} - {mean}) / ({_over('stddev', _past(value, weeks))} > 0)"


def change(now: str, before: str, least: float) -> str:
    """The change from `before` to `now`, in relation to `before`; both are expressions in one unit.

    (now − before) ÷ before, from -1 (all gone) upwards, below 0 where the value has fallen, as `metrics.growth`.
    Nothing where `before` is not above `least`, so that a few cannot double, and nothing is divided by 0 or by a
    negative number. Raises ValueError for a negative `least`.
    """
    if least < 0:
        raise ValueError(f"could not compare with a period before: 'least' must not be negative, got {least:g}")
    return f"(({now}) / ({before} > {least:g}) - 1)"


def _past(value: str, weeks: int) -> str:
    """The value of each week, told apart by a label: a union, so that a missing week takes no other one with it."""
    each = (labelled(f"{value} offset {week}w", **{_WEEK_LABEL: str(week)}) for week in range(1, weeks + 1))
    return " or ".join(each)


def _over(aggregation: str, past: str) -> str:
    return f"{aggregation} without ({_WEEK_LABEL}) ({past})"
