"""What outlives the process: cursors, totals and the last good blocks, in SQLite in the data directory."""

import fcntl
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

import structlog

from exporter.block import Row
from exporter.exposition import Key
from exporter.sqlite_file import open_or_set_aside

_VERSION = 1
_SCHEMA = f"""
BEGIN;
CREATE TABLE parts (
    collector TEXT NOT NULL, part TEXT NOT NULL, source TEXT NOT NULL,
    succeeded REAL NOT NULL, expires REAL NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (collector, part, source)
) WITHOUT ROWID;
CREATE TABLE families (
    collector TEXT NOT NULL, part TEXT NOT NULL, source TEXT NOT NULL, metric TEXT NOT NULL,
    deflated BLOB NOT NULL, length INTEGER NOT NULL, crc INTEGER NOT NULL, series INTEGER NOT NULL,
    shape TEXT NOT NULL,
    PRIMARY KEY (collector, part, source, metric)
);
CREATE TABLE damaged (
    collector TEXT NOT NULL, part TEXT NOT NULL, source TEXT NOT NULL, found REAL NOT NULL, state TEXT NOT NULL
);
PRAGMA user_version = {_VERSION};
COMMIT;
"""
_log = structlog.get_logger()


class StateError(Exception):
    """The data directory cannot be used."""


class StoredPart(NamedTuple):
    """The last good run of a part: when it ended, until when its values may be served (both Unix time), its values."""

    key: Key
    succeeded: float
    expires: float
    rows: list[Row]


class StateStore:
    """The state of every part. One process at a time; threads may share it.

    Raises StateError when the directory cannot be written or another process holds it. A file that is no valid
    database, or of another version of the schema, is set aside, and `set_aside` holds its new path.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "state.sqlite"
        self._guard = threading.Lock()
        self._held = hold(directory)
        try:
            self._database, self.set_aside = open_or_set_aside(self.path, _prepare)
        except (OSError, sqlite3.Error) as error:
            self._held.close()
            raise StateError(f"could not open the state in {directory}: {error}") from error

    def load(self) -> Iterator[StoredPart]:
        """Every part's last good run. Raises StateError when it cannot be read."""
        with self._guard, self._telling("read"):
            parts = self._database.execute("SELECT collector, part, source, succeeded, expires FROM parts").fetchall()
            for *key, succeeded, expires in parts:
                families = self._database.execute(
                    "SELECT metric, deflated, length, crc, series, shape FROM families"
                    " WHERE collector = ? AND part = ? AND source = ? ORDER BY metric",
                    key,
                )
                yield StoredPart(Key(*key), succeeded, expires, [Row(*row) for row in families])

    def state(self, key: Key) -> dict[str, Any]:
        """What the part's last good run left, `{}` at first. Raises StateError when it cannot be read.

        A state that is no JSON object is kept in the table `damaged`, and the part begins anew.
        """
        with self._guard, self._telling("read"):
            row = self._database.execute(
                "SELECT state FROM parts WHERE collector = ? AND part = ? AND source = ?", key
            ).fetchone()
            if row is None:
                return {}
            try:
                state = json.loads(row[0])
            except (TypeError, ValueError):
                state = None
            if isinstance(state, dict):
                return state
            self._set_state_aside(key)
        _log.warning(
            "the state of a part was damaged and is set aside; its counters begin anew",
            collector=key.collector,
            part=key.part,
            source=key.source,
        )
        return {}

    def save(self, key: Key, *, succeeded: float, expires: float, state: dict[str, Any], rows: Iterable[Row]) -> None:
        """Store a run's state and its values in one transaction. Raises StateError, and then nothing has changed."""
        content = json.dumps(state, separators=(",", ":"))
        with self._guard, self._telling("store"), self._database:
            self._delete(key)
            self._database.execute("INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?)", (*key, succeeded, expires, content))
            self._database.executemany(
                "INSERT INTO families VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [(*key, *row) for row in rows]
            )

    def keep_only(self, keys: Iterable[Key], since: float) -> None:
        """Forget the parts that are not among `keys` and had no good run since then (Unix time).

        So the file does not grow for ever, and yet a collector that is off for a while, or a plugin that is broken,
        counts on from where it was. Raises StateError, and then nothing has changed.
        """
        kept = set(keys)
        with self._guard, self._telling("store"), self._database:
            known = self._database.execute(
                "SELECT collector, part, source FROM parts WHERE succeeded < ?", [since]
            ).fetchall()
            for row in known:
                if Key(*row) not in kept:
                    self._delete(Key(*row))

    def close(self) -> None:
        """Close the file and let another process have the directory."""
        with self._guard:
            self._database.close()
        self._held.close()

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            raise StateError(f"could not {what} the state in {self.directory}: {error}") from error

    def _set_state_aside(self, key: Key) -> None:
        which = "WHERE collector = ? AND part = ? AND source = ?"
        with self._database:
            self._database.execute(
                f"INSERT INTO damaged SELECT collector, part, source, ?, state FROM parts {which}", (time.time(), *key)
            )
            self._database.execute(f"UPDATE parts SET state = '{{}}' {which}", key)

    def _delete(self, key: Key) -> None:
        for table in ("families", "parts"):
            self._database.execute(f"DELETE FROM {table} WHERE collector = ? AND part = ? AND source = ?", key)


def _prepare(database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        database.executescript(_SCHEMA)
    elif version != _VERSION:
        raise sqlite3.DatabaseError(f"the schema has version {version}, this program reads {_VERSION}")


def hold(directory: Path) -> IO[str]:
    """Make the directory and keep other processes out of it until the file returned is closed. Raises StateError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        held = (directory / "lock").open("a+", encoding="ascii")
    except OSError as error:
        raise StateError(f"could not write to the directory {directory}: {error.strerror}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held.truncate(0)
        held.write(f"{os.getpid()}\n")
        held.flush()
    except BlockingIOError as error:
        held.seek(0)
        holder = held.read().strip() or "unknown"
        held.close()
        raise StateError(
            f"the directory {directory} is in use by another process ({holder}); give each its own"
        ) from error
    except OSError as error:
        with suppress(OSError):
            held.close()
        raise StateError(f"could not write to the directory {directory}: {error.strerror}") from error
    return held
