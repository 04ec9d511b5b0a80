"""Leaves lines out of the coverage: what is counted takes twice as long."""

import os
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


def environ(*, counted: bool) -> dict[str, str]:
    """For a process that a test starts: where other tests count the same lines it need not."""
    return {name: value for name, value in os.environ.items() if counted or not name.startswith("COVERAGE_")}
