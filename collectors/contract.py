"""The contract between a collector and the process that runs it. A plugin author needs this file and `metrics`.

    from collectors import Collector, Run
    from metrics import COUNT, Gauge

    OPEN_TICKETS = Gauge("kpi_open_tickets", "Open support tickets.", unit=COUNT, labels=("queue",), owner="support")

    class Tickets(Collector):
        name = "tickets"
        metrics = (OPEN_TICKETS,)
        interval = 300

        def collect(self, run: Run):
            for queue, number in ask_the_helpdesk(run.seconds_left):
                yield OPEN_TICKETS.reading(number, queue=queue)

A collector owns no loop: whoever runs it does the timing, the retries and the logging. It may raise anything. One that
can do without a piece, such as one server of several, says so with `run.miss` and goes on.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from psycopg import Connection

from collectors.errors import PresentOnly
from collectors.option import Option
from metrics import Metric, Reading

_PRESENT = timedelta(hours=1)


@dataclass
class Run:
    """One run of one part.

    `as_of` is the moment to report on, with time zone. `live` is False for a moment in the past: the state is then
    neither read nor kept. `connection` is the open snapshot of the source, None for a collector without source.
    `deadline` is in the clock of `time.monotonic`. `state` is what the last good run left there (a dict that JSON
    can hold, empty at first); what the run leaves there is stored in one transaction with its readings, or not at all.
    `max_rows` is the most rows that a query may return. `dropped` counts values that gave no sample, by reason.
    `missing` are the pieces that the run had to do without, with the error of each. `options` are the values of the
    collector's options, by name.
    """

    as_of: datetime
    source: str = ""
    connection: Connection[Any] | None = None
    live: bool = True
    deadline: float = field(default_factory=lambda: time.monotonic() + 10)
    max_rows: int = 200_000
    state: dict[str, Any] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    missing: dict[str, Exception] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)  # secrets among them

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline, never below 0.001, for use as a timeout."""
        return max(0.001, self.deadline - time.monotonic())

    def database(self, who: str) -> Connection[Any]:
        """The connection; raises ValueError for a run without one."""
        if self.connection is None:
            raise ValueError(f"{who}: it needs a source")
        return self.connection

    def demand_present(self, who: str) -> None:
        """For what can tell the present only: raises PresentOnly for a run that asks for the past."""
        if not self.live and datetime.now(UTC) - self.as_of > _PRESENT:
            raise PresentOnly(f"{who}: it can tell the present only, not {self.as_of:%Y-%m-%d %H:%M %Z}")

    def drop(self, reason: str, number: int = 1) -> None:
        """Count values that gave no sample."""
        self.dropped[reason] = self.dropped.get(reason, 0) + number

    def miss(self, piece: str, error: Exception) -> None:
        """Go on without a piece, such as a server that does not answer; log and status page tell why."""
        self.missing[piece] = error


class Part(Protocol):
    """What is run, timed and published as one: a whole collector, or one query of a SQL collector."""

    @property
    def name(self) -> str: ...
    @property
    def metrics(self) -> tuple[Metric, ...]: ...
    @property
    def interval(self) -> float | None:
        """Seconds, None for the collector's own."""

    @property
    def timeout(self) -> float | None:
        """Seconds, None for the collector's or the source's own."""

    def check(self, run: Run) -> bool: ...
    def collect(self, run: Run) -> Iterable[Reading]: ...


class Collector(ABC):
    """Where readings come from.

    `interval` is in seconds, from start to start; so is `timeout`, where None leaves it to the source. `options` are
    what an operator can tell it. `problems` says which pieces of it could not be loaded while the others run.
    """

    name: str
    metrics: tuple[Metric, ...]
    interval: float = 60
    timeout: float | None = None
    needs_source: bool = False
    options: Sequence[Option] = ()
    problems: Sequence[str] = ()

    def check(self, run: Run) -> bool:  # noqa: ARG002
        """Look, without collecting, whether a run can succeed: raise what keeps it from that, such as Off.

        True when that was looked into, False when only a run can tell.
        """
        return False

    @abstractmethod
    def collect(self, run: Run) -> Iterable[Reading]:
        """The readings at `run.as_of`. They replace those of the former run as a whole."""

    @property
    def parts(self) -> Sequence[Part]:
        """What is run one by one; one part's failure leaves the others alone."""
        return (self,)
