"""The hit ratio of a cache whose counters grow since its start."""

from collections.abc import Iterable
from itertools import pairwise


def hit_ratio(reports: Iterable[tuple[int, int]]) -> float | None:
    """Hits ÷ (hits + misses) between the first and the last report, 0 to 1; None without a lookup.

    A report is the hits and the misses so far, in the order of time. Where either counter is lower than before, the
    cache was started anew, and all that it tells counts. Source: INFO of Redis, `keyspace_hits` and `keyspace_misses`.
    """
    hits = misses = 0
    for (hits_before, misses_before), (hits_now, misses_now) in pairwise(reports):
        began_anew = hits_now < hits_before or misses_now < misses_before
        hits += hits_now if began_anew else hits_now - hits_before
        misses += misses_now if began_anew else misses_now - misses_before
    return hits / (hits + misses) if hits + misses else None
