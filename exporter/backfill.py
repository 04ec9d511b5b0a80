"""History for Prometheus: what scrapes of past moments would have found, as OpenMetrics with timestamps, then blocks.

Between two moments at which a gauge was computed its last value is told every three hours, as the exporter itself
serves the last value between two runs. So a Prometheus with this history must look back for LOOKBACK.
"""

import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from collectors.contract import Part
from collectors.errors import SourceDown
from collectors.events import Totals
from collectors.query import Query
from exporter.assembly import Assembly, assemble
from exporter.config import Config
from exporter.exposition import Key
from exporter.gather import gather
from exporter.job import Job, describe
from exporter.past_readings import (
    EVENTS,
    RARE_EVENTS,
    REFINEMENTS,
    REPEATS,
    Readings,
    Tiers,
    moments,
    totals_at_moments,
    values_at_moments,
    values_of_days,
)
from exporter.program import ProgramError
from exporter.prometheus import JOB
from exporter.render import header, render
from exporter.state import StateStore
from metrics import Metric, Reading

LOOKBACK = "185m"
_SECONDS_FOR_GAUGES = 2 / 3  # for each day of the history
_RARELY = 300.0
Progress = Callable[[int, int], None]


@dataclass
class History:
    """What was written. `states` are the totals of counters at the end, from which the exporter can count on.

    `left_out` says which parts gave nothing, and why.
    """

    until: datetime
    samples: int = 0
    left_out: list[str] = field(default_factory=list)
    states: dict[Key, dict[str, Any]] = field(default_factory=dict)


def fill(
    config: Config,
    promtool: Path,
    data_dir: Path,
    *,
    until: datetime,
    instance: str,
    days: float = 30,
    progress: Progress | None = None,
) -> History:
    """Make `data_dir`, the data of a Prometheus that has not run yet, with history; the exporter counts on from it.

    The exporter of `config` must not run, and Prometheus must scrape nothing before `until`. All or nothing is made.
    Raises ProgramError, CollectError, StateError and OSError.
    """
    folder = data_dir.with_name("history")
    shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
    folder.mkdir(parents=True)
    try:
        assembly = assemble(config)
        try:
            text = folder / "history.txt"
            history = write(assembly, text, until=until, instance=instance, days=days, progress=progress)
        finally:
            assembly.close()
        load_blocks(promtool, text, folder / "data")
        _count_on(config.data_dir, history)
        (folder / "data").rename(data_dir)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return history


def write(
    assembly: Assembly,
    path: Path,
    *,
    until: datetime,
    instance: str,
    days: float = 30,
    seconds_per_query: float | None = None,
    gauges: Sequence[Tiers] = REFINEMENTS,
    counters: Tiers | None = None,
    counted_since: datetime | None = None,
    wanted: Collection[str] | None = None,
    progress: Progress | None = None,
) -> History:
    """Write what scrapes of all that reads a source would have found in the `days` days up to `until`.

    `instance` is the address at which the exporter is scraped. `seconds_per_query` is how long a query may take on one
    source to tell more than the first of `gauges`, which say how far apart the values of gauges lie, rarest first; by
    default that is one a day, and 20 seconds for 30 days are shared by all. `counters` is how far apart the values of
    counters lie; by default that depends on how often they are collected. They count from `counted_since`, so that
    histories of several times fit together, or else from their first moment. `wanted` are the names of the only metrics
    to write. `progress` is called with the parts done and their number. Raises SourceDown when a database cannot be
    reached, OSError when the file cannot be written; then the sources are of no use any more.
    """
    history = History(until.replace(microsecond=0))
    parts = [
        places
        for places in _parts(assembly)
        if wanted is None or any(metric.name in wanted for metric in places[0][1].metrics)
    ]
    if seconds_per_query is None:
        seconds_per_query = _SECONDS_FOR_GAUGES * days / max(1, sum(map(len, parts)))
    seconds = seconds_per_query

    def tell(places: list[tuple[Job, Part]]) -> list[_Told]:
        return [
            _tell(job, part, history.until, days, seconds, gauges, counters, counted_since, instance)
            for job, part in places
        ]

    pool = ThreadPoolExecutor(2, thread_name_prefix="backfill")
    try:
        with path.open("wb") as file:
            for done, told in enumerate(pool.map(tell, parts), 1):
                _write_families(file, told, history)
                if progress:
                    progress(done, len(parts))
            file.write(b"# EOF\n")
    except BaseException:  # what still runs when this is interrupted must not go on
        for source in assembly.sources.values():
            source.cancel()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return history


def load_blocks(promtool: Path, text_file: Path, data_dir: Path) -> None:
    """Turn OpenMetrics with timestamps into blocks in `data_dir`. Raises ProgramError with what promtool says.

    In blocks of the usual two hours promtool would read the whole file anew for each of them.
    """
    command = ["tsdb", "create-blocks-from", "--max-block-duration=1458h", "--quiet", "openmetrics"]
    ended = subprocess.run([promtool, *command, text_file, data_dir], check=False, capture_output=True, text=True)
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().rpartition("\n")[2] or f"it ended with {ended.returncode}"
        raise ProgramError(f"could not make blocks of {text_file}: {said}")


class _Told(NamedTuple):
    """What one query says on one source: by metric the lines of each moment, in the order of the moments."""

    key: Key
    lines: dict[Metric, list[bytes]]
    state: dict[str, Any] | None = None
    left_out: str = ""


def _parts(assembly: Assembly) -> list[list[tuple[Job, Part]]]:
    """Every part with the jobs that run it, one per source: their samples belong to one family."""
    found: dict[tuple[str, str], list[tuple[Job, Part]]] = {}
    for job in assembly.jobs:
        for part in job.parts if job.source else ():
            found.setdefault((job.collector.name, part.name), []).append((job, part))
    return list(found.values())


def _tell(
    job: Job,
    part: Part,
    until: datetime,
    days: float,
    seconds: float,
    gauges: Sequence[Tiers],
    counters: Tiers | None,
    counted_since: datetime | None,
    instance: str,
) -> _Told:
    key = job.key(part)
    name = f"{key.title} on {key.source}"
    if job.source is None or (isinstance(part, Query) and not part.header.history):
        return _Told(key, {}, left_out=f"{name}: it can tell the present only (history: false)")
    constant = (*job.labels, ("instance", instance), ("job", JOB))
    try:
        if not isinstance(part, Query):
            return _Told(key, _repeated(part, values_of_days(job, part, until, days), until, days, constant))
        if not part.header.cursor:
            values = values_at_moments(job.source, part, until, days, job.interval, seconds, gauges)
            return _Told(key, _repeated(part, values, until, days, constant))
        tiers = counters or (EVENTS if job.interval < _RARELY else RARE_EVENTS)
        totals = totals_at_moments(job.source, part, until, days, job.interval, tiers, counted_since)
        texts = ((moment, _rendered(part, readings, constant)) for moment, readings in totals.items())
        return _Told(key, _stamped(texts), _state(part, totals[until], until))
    except SourceDown:
        raise
    except Exception as error:
        return _Told(key, {}, left_out=f"{name}: {describe(error)}")


def _repeated(
    part: Part, values: Readings, until: datetime, days: float, constant: Sequence[tuple[str, str]]
) -> dict[Metric, list[bytes]]:
    """The lines of gauges, each value again until there is a newer one."""
    texts = {moment: _rendered(part, readings, constant) for moment, readings in values.items()}
    last: dict[Metric, bytes] = {}
    scrapes = []
    for moment in sorted({*values, until - timedelta(days=days), *moments(until, days, REPEATS)}):
        last = texts.get(moment, last)
        scrapes.append((moment, last))
    return _stamped(scrapes)


def _rendered(part: Part, readings: Sequence[Reading], constant: Sequence[tuple[str, str]]) -> dict[Metric, bytes]:
    return {metric: b"".join(render(metric, series, constant)) for metric, series in gather(readings, {}, part.metrics)}


def _stamped(scrapes: Iterable[tuple[datetime, dict[Metric, bytes]]]) -> dict[Metric, list[bytes]]:
    """By metric the sample lines of all scrapes, with timestamps. A line break within a label value is escaped."""
    lines: dict[Metric, list[bytes]] = {}
    for moment, texts in scrapes:
        for metric, text in texts.items():
            lines.setdefault(metric, []).append(text.replace(b"\n", b" %d\n" % moment.timestamp()))
    return lines


def _state(query: Query, last: Sequence[Reading], until: datetime) -> dict[str, Any]:
    totals = Totals(query.metrics)
    for reading in last:
        totals.add(reading, lambda _: None)
    return totals.state(until - timedelta(seconds=query.header.settle))


def _write_families(file: BinaryIO, told: Sequence[_Told], history: History) -> None:
    for metric in dict.fromkeys(metric for each in told for metric in each.lines):
        file.write(header(metric, openmetrics=True))
        for each in told:
            for lines in each.lines.get(metric, ()):
                history.samples += lines.count(b"\n")
                file.write(lines)
    history.left_out.extend(each.left_out for each in told if each.left_out)
    history.states.update({each.key: each.state for each in told if each.state is not None})


def _count_on(directory: Path, history: History) -> None:
    """Let the next exporter begin with the totals of the history: from less, Prometheus would see a reset and count
    all that the exporter reads back at its start as if it had happened in that moment."""
    store = StateStore(directory)
    try:
        ended = history.until.timestamp()
        for key, state in history.states.items():
            store.save(key, succeeded=ended, expires=ended, state=state, rows=())
    finally:
        store.close()
