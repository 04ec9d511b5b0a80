"""Apdex, the share of requests that users find fast enough."""

from collections.abc import Iterable


def apdex(requests: Iterable[tuple[float, bool]], threshold: float = 0.5) -> float | None:
    """Apdex of `requests`, given as (seconds, whether the request failed), for the `threshold` T in seconds.

    Formula: (satisfied + tolerating ÷ 2) ÷ all. Satisfied requests take at most T, tolerating ones at most 4T, all
    others are frustrated, and so is every failed one, however fast. From 0 to 1; None without requests.
    Source: Apdex Alliance, Application Performance Index Technical Specification 1.1.
    """
    scores = [_score(seconds, failed, threshold) for seconds, failed in requests]
    return sum(scores) / len(scores) if scores else None


def _score(seconds: float, failed: bool, threshold: float) -> float:
    if failed or seconds > 4 * threshold:
        return 0.0
    return 1.0 if seconds <= threshold else 0.5
