"""Leaves lines out of the coverage: to make the demo company takes twice as long while its lines are counted."""

from collections.abc import Iterator
from contextlib import contextmanager

import coverage


@contextmanager
def uncounted() -> Iterator[None]:
    """For a company that tests only look at; those of the demo itself count its lines."""
    counting = coverage.Coverage.current()
    if counting is None:
        yield
        return
    counting.stop()
    try:
        yield
    finally:
        counting.start()
