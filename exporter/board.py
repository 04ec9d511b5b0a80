"""The state of every part, as the status page and the self metrics show it."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from exporter.exposition import Key
from exporter.status import PartStatus


class Board:
    """Part states by key. Writers are worker threads; readers get a list that no longer changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: dict[Key, PartStatus] = {}

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

    def update(self, key: Key, **changes: Any) -> PartStatus | None:
        """Change a part's state and return what it was; None for a part that is no longer expected."""
        with self._lock:
            former = self._parts.get(key)
            if former is not None:
                self._parts[key] = replace(former, **changes)
            return former

    def parts(self) -> list[PartStatus]:
        """All parts, by collector, part and source."""
        with self._lock:
            return [self._parts[key] for key in sorted(self._parts)]

    def ready(self) -> bool:
        """Whether every part ran once or failed."""
        return all(part.state != "waiting" for part in self.parts())
