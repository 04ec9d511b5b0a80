"""Growth from one period to the next."""


def growth(current: float, previous: float) -> float | None:
    """(current − previous) ÷ previous, both in the same unit and not negative.

    From -1 (all gone) upwards, 0 where nothing changed; None where `previous` is 0, because no growth leads away from
    nothing.
    """
    return (current - previous) / previous if previous else None
