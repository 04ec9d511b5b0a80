"""The readings of a query at many past moments, and which moments those are.

Counters are fed by events and cheap to know, so their moments lie close. A gauge is computed anew for every moment:
first once a day, then as often as the time for it allows.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil

from collectors.contract import Part, Run
from collectors.errors import TooManyRows
from collectors.query import Query
from collectors.source import Source, savepoint
from exporter.job import Job
from metrics import Reading

Tiers = Sequence[tuple[float, float]]
"""Pairs of an age and a step, in seconds: up to that age there is a moment at every multiple of the step."""
Readings = dict[datetime, list[Reading]]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_EVER = 100 * 365 * _DAY
REPEATS: Tiers = ((_EVER, 3 * _HOUR),)
EVENTS: Tiers = ((_EVER, _HOUR), (7 * _DAY, 30 * _MINUTE), (_DAY, 2 * _MINUTE), (2 * _HOUR, _MINUTE))
RARE_EVENTS: Tiers = ((_EVER, 3 * _HOUR), (7 * _DAY, _HOUR), (_DAY, 15 * _MINUTE))
REFINEMENTS: Sequence[Tiers] = (
    ((_EVER, _DAY),),
    ((_EVER, 6 * _HOUR),),
    ((7 * _DAY, _HOUR), (_DAY, 15 * _MINUTE)),
    ((_EVER, _HOUR), (_DAY, 5 * _MINUTE), (2 * _HOUR, _MINUTE)),
)
_SECONDS_PER_STATEMENT = 600.0


def moments(until: datetime, days: float, tiers: Tiers, finest: float = 0) -> list[datetime]:
    """Rising moments of the last `days` days, and `until` itself as the last one.

    Steps count from 1970, so that moments are at full hours, and at midnight in UTC. None is shorter than `finest`.
    """
    end = until.timestamp()
    found = {end}
    for age, given in tiers:
        step = max(given, finest)
        first = ceil((end - min(age, days * _DAY)) / step)
        found.update(number * step for number in range(first, int(end // step) + 1))
    return [datetime.fromtimestamp(seconds, UTC) for seconds in sorted(found)]


def totals_at_moments(
    source: Source,
    query: Query,
    until: datetime,
    days: float,
    interval: float,
    tiers: Tiers,
    counted_since: datetime | None = None,
) -> Readings:
    """The totals of a query with a cursor, at moments that are at least `interval` seconds apart.

    Counting begins at the first moment, or at `counted_since` before it. One statement reads all moments, so that
    counting never begins anew in between; where its rows were more than the source's `max_rows`, every other moment
    must do.
    """
    wanted = moments(until, days, tiers, interval)
    first = wanted[0]
    if counted_since is not None and counted_since < first:
        wanted.insert(0, counted_since)
    while True:
        try:
            found = _statement(source, query, wanted)
        except TooManyRows:
            if len(wanted) < 4:
                raise
            wanted = [wanted[0], *wanted[:0:-2][::-1]]  # with the first, where counting begins, and the last
        else:
            return {moment: readings for moment, readings in found.items() if moment >= first}


def values_at_moments(
    source: Source,
    query: Query,
    until: datetime,
    days: float,
    interval: float,
    seconds: float,
    refinements: Sequence[Tiers] = REFINEMENTS,
) -> Readings:
    """The readings of a query without cursor, as far apart as the first of the refinements says.

    Those after it are added, each whole, as `seconds` of work and `max_rows` allow.
    """
    found: Readings = {}
    tiers: list[tuple[float, float]] = []
    cost, spent = 0.0, 0.0
    for refinement in refinements:
        tiers.extend(refinement)
        # One step more than the rest, so that there is a value to go by from the first hour on.
        longer = days + max(refinement[0][1], interval) / _DAY
        wanted = [moment for moment in moments(until, longer, tiers, interval) if moment not in found]
        if found and (not wanted or spent + cost * len(wanted) > seconds):
            break
        started = time.monotonic()
        try:
            found |= _statement(source, query, wanted)
        except TooManyRows:
            if not found:
                raise
            break
        elapsed = time.monotonic() - started
        cost, spent = elapsed / len(wanted), spent + elapsed
    return found


def values_of_days(job: Job, part: Part, until: datetime, days: float) -> Readings:
    """The readings of a collector in Python once a day and at the end, all in one snapshot. Raises PresentOnly."""
    with job.snapshot() as connection:
        return {
            moment: list(part.collect(job.new_run(part, connection, moment, live=False)))
            for moment in moments(until, days + 1, REFINEMENTS[0])
        }


def _statement(source: Source, query: Query, wanted: Sequence[datetime]) -> Readings:
    found: Readings = {moment: [] for moment in wanted}
    with (
        source.snapshot("kpi_exporter/backfill", _SECONDS_PER_STATEMENT) as connection,
        savepoint(connection, _SECONDS_PER_STATEMENT),
    ):
        if query.header.cursor:
            # The server expects a ninth of the table in each of the thousands of short spans, and would read the
            # whole table for each instead of asking the index.
            connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_material = off")
        run = Run(wanted[-1], source.name, connection, live=False, max_rows=source.max_rows)
        for moment, reading in query.read(connection, wanted, run):
            found[moment].append(reading)
    return found
