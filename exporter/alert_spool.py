"""What Alertmanager told and the database does not have yet, in SQLite in the data directory.

Alertmanager gets its answer once a delivery is on the disk here: it does not ask whether the database is there.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from exporter.sqlite_file import open_or_set_aside
from exporter.state import StateError

CAPACITY = 100_000
_MOST_REFUSED = 1000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refused (id INTEGER PRIMARY KEY, body TEXT NOT NULL, reason TEXT NOT NULL);
"""


class SpoolError(StateError):
    """The spool cannot be read or written, or is full."""


class Waiting(NamedTuple):
    """A delivery about one alert, by the number of its arrival."""

    id: int
    body: str


class AlertSpool:
    """Deliveries in the order in which they came, at most `capacity`. Threads may share it; the state store keeps
    other processes out of the directory. What the database refuses for good is set aside, the newest thousand.

    A file that is no valid database is renamed, and `set_aside` holds its new path.
    Raises SpoolError when the directory cannot be written.
    """

    def __init__(self, directory: Path, capacity: int = CAPACITY) -> None:
        self.path = directory / "alert_events.sqlite"
        self._capacity = capacity
        self._guard = threading.Lock()
        with self._telling("open"):
            self._database, self.set_aside = open_or_set_aside(self.path, _prepare)
            self._waiting: int = self._database.execute("SELECT count(*) FROM waiting").fetchone()[0]

    @property
    def waiting(self) -> int:
        """How many deliveries wait."""
        return self._waiting

    def put(self, bodies: Sequence[str]) -> None:
        """Keep all or none of the deliveries; they are on the disk then. Raises SpoolError."""
        with self._guard, self._telling("write"):
            if self._waiting + len(bodies) > self._capacity:
                raise SpoolError(f"{self._waiting} events wait for the database, and more than {self._capacity} cannot")
            with self._database:
                self._database.executemany("INSERT INTO waiting (body) VALUES (?)", [(body,) for body in bodies])
            self._waiting += len(bodies)

    def oldest(self, number: int) -> list[Waiting]:
        """The deliveries that came first. Raises SpoolError."""
        with self._guard, self._telling("read"):
            rows = self._database.execute("SELECT id, body FROM waiting ORDER BY id LIMIT ?", [number])
            return [Waiting(*row) for row in rows]

    def remove(self, done: Sequence[Waiting], refused: Sequence[tuple[Waiting, str]] = ()) -> None:
        """Forget what the database has, and set aside what it refused, with the reason. Raises SpoolError."""
        gone = [*done, *(one for one, _ in refused)]
        with self._guard, self._telling("write"):
            with self._database:
                self._database.executemany("DELETE FROM waiting WHERE id = ?", [(one.id,) for one in gone])
                self._database.executemany(
                    "INSERT OR REPLACE INTO refused VALUES (?, ?, ?)", [(*one, reason) for one, reason in refused]
                )
                self._database.execute(
                    "DELETE FROM refused WHERE id NOT IN (SELECT id FROM refused ORDER BY id DESC LIMIT ?)",
                    [_MOST_REFUSED],
                )
            self._waiting -= len(gone)

    def close(self) -> None:
        """Close the file."""
        with self._guard:
            self._database.close()

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise SpoolError(f"could not {what} {self.path}: {error}") from error


def _prepare(database: sqlite3.Connection) -> None:
    database.executescript(_SCHEMA)
