"""Service levels: how good a service was, and how much of the room for failure it has used."""


def compliance(good: float, valid: float) -> float | None:
    """The service level indicator: `good` ÷ `valid` events.

    From 0 to 1; None without events, because no traffic is neither good nor bad.
    Source: Google, Site Reliability Workbook, chapter 2.
    """
    return good / valid if valid else None


def consumed(level: float, objective: float) -> float:
    """The share of the error budget that a service level has used: (1 − level) ÷ (1 − objective).

    0 when nothing failed, 1 at the objective, above 1 when it is missed. `level` and `objective` are over the same
    window. Raises ValueError unless 0 < objective < 1: an objective of 1 leaves no budget.
    Source: Google, Site Reliability Workbook, chapter 2.
    """
    if not 0 < objective < 1:
        raise ValueError(f"an objective lies between 0 and 1, got {objective}")
    return (1 - level) / (1 - objective)


def burn_rate(error_ratio: float, objective: float) -> float:
    """How many times as fast as it may a budget burns: error ratio of a short window ÷ (1 − objective).

    At 1 the budget lasts just as long as the window of the objective. Raises ValueError as `consumed`.
    Source: Google, Site Reliability Workbook, chapter 5.
    """
    return consumed(1 - error_ratio, objective)
