"""Opens an SQLite file that outlives power failures; one that is damaged is set aside, and a new one begun."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

Prepare = Callable[[sqlite3.Connection], None]


def open_or_set_aside(path: Path, prepare: Prepare) -> tuple[sqlite3.Connection, Path | None]:
    """A connection that threads may share, and the new path of a damaged file that lay there, None without one.

    `prepare` makes the tables, or raises sqlite3.DatabaseError for a file that cannot be used. Raises sqlite3.Error and
    OSError when the file cannot be opened, for want of rights or room.
    """
    try:
        return _connect(path, prepare), None
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        aside = path.with_name(f"{path.name}.corrupt-{time.strftime('%Y%m%dT%H%M%S')}")
        path.rename(aside)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connect(path, prepare), aside


def _connect(path: Path, prepare: Prepare) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False, timeout=5)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        # A total that was scraped must not come back smaller, and an event that was taken must not be lost.
        database.execute("PRAGMA synchronous = FULL")
        (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        prepare(database)
    except sqlite3.Error:
        database.close()
        raise
    return database
