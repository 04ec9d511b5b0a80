"""What one tick runs: parts of one collector against one source."""

import time
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import psycopg

from collectors.contract import Collector, Part, Run
from collectors.errors import CollectError, QueryTimeout
from collectors.source import Source, savepoint
from exporter.breaker import Breaker
from exporter.exposition import Key

_DEFAULT_TIMEOUT = 10.0
_SECRET_SIGNS = ("@", "://", "password")
_WITHHELD = "(message withheld: it may hold a secret)"


@dataclass(frozen=True)
class Job:
    """Parts of one collector with one interval, against one source or none. Durations are in seconds."""

    collector: Collector
    parts: tuple[Part, ...]
    interval: float
    stale_after: float
    timeout: float | None = None
    source: Source | None = None
    breaker: Breaker | None = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)  # secrets among them

    @property
    def name(self) -> str:
        """Unique among the jobs of a configuration."""
        return f"{self.collector.name}/{self.interval:g}s/{self.source.name if self.source else ''}"

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """The labels that every series of this job carries."""
        return tuple(self.source.labels.items()) if self.source else ()

    def key(self, part: Part) -> Key:
        """Under which the part's values are published."""
        return Key(self.collector.name, part.name, self.source.name if self.source else "")

    def part_timeout(self, part: Part) -> float:
        """The part's own timeout, else the collector's as configured, else the source's."""
        own = None if part is self.collector else part.timeout
        fallback = self.source.statement_timeout if self.source else _DEFAULT_TIMEOUT
        return own or self.timeout or fallback

    def snapshot(self) -> AbstractContextManager[psycopg.Connection[Any] | None]:
        """The snapshot in which all parts read; None without a source."""
        if self.source is None:
            return nullcontext()
        seconds = sum(self.part_timeout(part) for part in self.parts)
        return self.source.snapshot(f"kpi_exporter/{self.collector.name}", seconds)

    def moment(self, connection: psycopg.Connection[Any] | None) -> datetime:
        """The moment that all parts report on: when the snapshot began, by the clock of the server that has the rows.

        With a later moment, or a clock that runs ahead, a cursor would move past events that are not seen yet.
        """
        if connection is None:
            return datetime.now(UTC)
        (began,) = connection.execute("SELECT now()").fetchone() or (datetime.now(UTC),)
        return cast("datetime", began).astimezone(UTC)

    def new_run(self, part: Part, connection: psycopg.Connection[Any] | None, as_of: datetime, *, live: bool) -> Run:
        """A run of one part whose time begins now."""
        return Run(
            as_of=as_of,
            source=self.key(part).source,
            connection=connection,
            live=live,
            deadline=time.monotonic() + self.part_timeout(part),
            max_rows=self.source.max_rows if self.source else Run.max_rows,
            options=self.options,
        )

    def too_long(self, part: Part) -> QueryTimeout:
        """The fault of a run that outlasts its time: the same while it runs and at its end, so that the log tells it
        once and not twice for each run.
        """
        return QueryTimeout(f"takes longer than its timeout of {self.part_timeout(part):g} s")

    def guard(self, part: Part, connection: psycopg.Connection[Any] | None) -> AbstractContextManager[None]:
        """Within it the part has its own timeout, and its failure leaves the snapshot usable for the next part."""
        return savepoint(connection, self.part_timeout(part)) if connection else nullcontext()


def describe(error: BaseException) -> str:
    """What to tell of a failed run: what a CollectError says, and of others the type and what is surely no secret."""
    if isinstance(error, CollectError):
        return str(error)
    name, message = type(error).__name__, str(error)
    return f"{name} {_WITHHELD}" if _may_hold_secret(message) else f"{name}: {message}"


def describe_trace(error: BaseException) -> str:
    """The traceback; only its places when a message or a line of code in it may hold a secret."""
    whole = "".join(traceback.format_exception(error)).rstrip()
    if not _may_hold_secret(whole):
        return whole
    places = [
        f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    return "\n".join(["Traceback (most recent call last):", *places, describe(error)])


def _may_hold_secret(text: str) -> bool:
    return any(sign in text.lower() for sign in _SECRET_SIGNS)
