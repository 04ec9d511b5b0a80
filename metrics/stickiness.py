"""Stickiness, how many of a period's users come on one day."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet


def stickiness(days: Sequence[AbstractSet[str]]) -> float | None:
    """Mean daily active users ÷ distinct active users of all `days`; each day is given as the set of its users.

    A day without users counts in the mean. From 1 ÷ number of days (each user came once) to 1 (all came every day);
    None where nobody came. Source: DAU ÷ MAU as product analytics uses it, over complete days.
    """
    everybody = frozenset[str]().union(*days)
    return sum(len(users) for users in days) / len(days) / len(everybody) if everybody else None
