"""What the process knows of itself at one moment: the input of the status page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["up", "down", "off", "waiting"]


@dataclass(frozen=True)
class PartStatus:
    """One part (a whole collector, or one query of it) on one source. Times carry their zone, durations are seconds.

    `state`: "up" after a good run, "down" after a failed one, "off" while there is nothing to read, "waiting" before
    the first run has ended. `source` is empty for a collector without source. `series` is what is served now.
    `error` is the message of the last run, empty when that was good, and already free of secrets. `source_down` means
    that its source has not answered since that run: the part is down, and `error` says nothing of it. `missing` is what
    a good run had to do without, and why. `stale` means that the last good values are too old and no longer served,
    `restored` that the values served come from before the start.
    """

    collector: str
    part: str
    source: str
    state: State
    last_success: datetime | None
    next_run: datetime | None
    duration: float | None
    interval: float
    series: int
    error: str = ""
    source_down: bool = False
    missing: Mapping[str, str] = field(default_factory=dict)
    stale: bool = False
    restored: bool = False


@dataclass(frozen=True)
class ProcessStatus:
    """The process as a whole. `config_error` says why the last reload kept the former file, empty when it did not.

    `problems` says which collectors could not be loaded, and why, `sources_down` why each source that is down did not
    answer.
    """

    version: str
    now: datetime
    started: datetime
    config: str
    config_loaded: datetime
    config_error: str = ""
    problems: tuple[str, ...] = ()
    sources_down: Mapping[str, str] = field(default_factory=dict)
