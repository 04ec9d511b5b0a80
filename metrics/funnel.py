"""The closed funnel: who passed the stages in their order."""

from collections.abc import Iterable, Sequence
from datetime import datetime


def closed_funnel(stages: Sequence[Iterable[tuple[str, datetime]]]) -> list[int]:
    """The number of users who reached each stage. `stages` holds the events of each stage as (user, moment).

    A user counts in stage n only with an event not before the one that counted for stage n − 1; the earliest such
    event counts. The result never rises from stage to stage; it is 0 where nobody arrived. Events outside the window
    must not be given. Source: the usual definition of a strictly ordered funnel.
    """
    reached: dict[str, datetime] | None = None
    counts = []
    for events in stages:
        earliest: dict[str, datetime] = {}
        for user, moment in events:
            if reached is not None and (user not in reached or moment < reached[user]):
                continue
            earliest[user] = min(moment, earliest.get(user, moment))
        reached = earliest
        counts.append(len(reached))
    return counts
