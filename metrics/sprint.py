"""Sprint arithmetic: how much of its plan a team finishes, and whether it finishes more than before."""

from collections.abc import Sequence
from itertools import starmap

from metrics.growth import growth

SHORT, LONG = 3, 6
"""Over how many closed sprints velocity is compared, and over how few to how many predictability is taken."""


def completion(completed: float, planned: float) -> float | None:
    """completed ÷ planned, both in story points; planned is what was in the sprint when it began.

    From 0 upwards, above 1 where work came later or was quicker than thought; None where nothing was planned.
    """
    return completed / planned if planned else None


def velocity_change(completed: Sequence[float]) -> float | None:
    """(mean of the last 3 − mean of the 3 before) ÷ mean of the 3 before: points of closed sprints, oldest first.

    From -1 (nothing done any more) upwards; None with fewer than 6 sprints, or where the 3 before gave nothing. Source:
    the velocity trend of the catalogue, 3.32.
    """
    if len(completed) < 2 * SHORT:
        return None
    return growth(sum(completed[-SHORT:]), sum(completed[-2 * SHORT : -SHORT]))


def predictability(sprints: Sequence[tuple[float, float]]) -> float | None:
    """Mean of min(completed, planned) ÷ planned over the last 6 closed sprints, given as (completed, planned).

    From 0 to 1, where each sprint weighs the same; more than was planned makes up for nothing. Sprints without a plan
    are left out; None where fewer than 3 are left. Source: the proposal of the catalogue, 3.32.
    """
    kept = [ratio for ratio in starmap(completion, sprints[-LONG:]) if ratio is not None]
    return sum(min(ratio, 1.0) for ratio in kept) / len(kept) if len(kept) >= SHORT else None
