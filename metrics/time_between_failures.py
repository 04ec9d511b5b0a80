"""Mean time between failures, from the stretches of time in which a service failed."""

from collections.abc import Iterable


def mean_time_between_failures(failures: Iterable[tuple[float, float | None]], window: float) -> float | None:
    """Seconds of operation for each failure, over the `window` seconds that end at 0.

    `failures` are (began, ended), in seconds before the end as negative numbers; None is not over. Formula: (window −
    time in failure) ÷ failures that began in the window. Failures that overlap are one stretch of time, and one that
    began before the window counts as time only. From 0 to the window; None when no failure began in it.
    Source: ISO 14224, mean operating time between failures.
    """
    began_in_it, down, reached = 0, 0.0, -window
    for began, ended in sorted(failures, key=lambda failure: failure[0]):
        end = max(began, min(0.0, 0.0 if ended is None else ended))
        if began > 0 or end <= -window:
            continue
        began_in_it += began > -window
        down += max(0.0, end - max(began, reached))
        reached = max(reached, end)
    return (window - down) / began_in_it if began_in_it else None
