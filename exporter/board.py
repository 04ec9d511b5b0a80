"""The state of every part and source, as the status page and the self metrics show it."""

import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from exporter.exposition import Key
from exporter.status import PartStatus


class _Down(NamedTuple):
    reason: str
    since: float  # when it was last found down, in the clock of time.monotonic


class Board:
    """Part states by key, and which sources are down. Writers are worker threads; readers get what no longer changes.

    It outlives a reload, so what was told once is not told again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: dict[Key, PartStatus] = {}
        self._sources_down: dict[str, _Down] = {}

    def expect(self, parts: Iterable[tuple[Key, float]]) -> None:
        """Show exactly these parts, given with their intervals; those that are known keep their state."""
        with self._lock:
            former = self._parts
            self._parts = {
                key: replace(former[key], interval=interval)
                if key in former
                else PartStatus(*key, "waiting", None, None, None, interval, 0)
                for key, interval in parts
            }
            read = {key.source for key in self._parts}
            self._sources_down = {source: down for source, down in self._sources_down.items() if source in read}

    def update(self, key: Key, **changes: Any) -> PartStatus | None:
        """Change a part's state and return what it was; None for a part that is no longer expected."""
        with self._lock:
            former = self._parts.get(key)
            if former is not None:
                self._parts[key] = replace(former, **changes)
            return former

    def source_down(self, source: str, reason: str) -> bool:
        """Note why a source does not answer. True for one caller, however many find it down at the same moment."""
        with self._lock:
            is_news = source not in self._sources_down
            self._sources_down[source] = _Down(reason, time.monotonic())
            return is_news

    def source_back(self, source: str, answered: float) -> bool:
        """Note that a source answered at that moment. True for the one caller who finds that it is no longer down.

        A run that was answered before another found the source down may end after that, and is no proof.
        """
        with self._lock:
            down = self._sources_down.get(source)
            if down is None or answered <= down.since:
                return False
            del self._sources_down[source]
            return True

    def sources_down(self) -> dict[str, str]:
        """Why each source that is down did not answer when last asked."""
        with self._lock:
            return {source: down.reason for source, down in self._sources_down.items()}

    def parts(self) -> list[PartStatus]:
        """All parts, by collector, part and source."""
        with self._lock:
            return [self._parts[key] for key in sorted(self._parts)]

    def ready(self) -> bool:
        """Whether every part ran once or failed."""
        return all(part.state != "waiting" for part in self.parts())
