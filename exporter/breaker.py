"""A circuit breaker: keeps the process from hammering a source that is down."""

import threading
import time
from collections.abc import Callable

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


class Breaker:
    """Closed while the source answers. Each failure in a row doubles the pause; after it one caller may try again.

    Pauses are 1, 2, 4 … up to 60 seconds. While that caller tries, the others are to ask again after a second, so that
    all are back soon after the source is.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._opens_again = 0.0
        self._trying = False
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the source counts as down."""
        return self._failures > 0

    @property
    def pause_left(self) -> float:
        """Seconds after which to ask again."""
        left = max(0.0, self._opens_again - self._clock())
        return min(left, _FIRST_PAUSE) if self._trying else left

    def allows(self) -> bool:
        """Whether to try now. While open, a yes is given to one caller per pause."""
        with self._lock:
            if not self._failures:
                return True
            if self._clock() < self._opens_again:
                return False
            self._opens_again = self._clock() + self._pause()
            self._trying = True
            return True

    def failed(self) -> None:
        """Note that the source did not answer."""
        with self._lock:
            self._trying = False
            self._failures += 1
            self._opens_again = self._clock() + self._pause()

    def succeeded(self) -> None:
        """Note that the source answers."""
        with self._lock:
            self._trying = False
            self._failures = 0
            self._opens_again = 0.0

    def _pause(self) -> float:
        return float(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(10, max(0, self._failures - 1))))
