"""The composite security score."""


def security_score(
    patches: float | None, scans: float | None, trainings: float | None, reviews: float | None
) -> float | None:
    """100 × the mean of patch compliance, scan pass rate, training completion and access reviews done on time.

    The parts are ratios from 0 to 1, and the score goes from 0 to 100. A part that is None has no data: it is left out
    rather than counted as 0, and without any part there is no score. Source: the metric catalogue, as a proxy.
    """
    parts = [part for part in (patches, scans, trainings, reviews) if part is not None]
    return 100 * sum(parts) / len(parts) if parts else None
