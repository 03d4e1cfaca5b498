"""A number that changes with every commit to the database, to be asked before each use of a row.

Only SQLite has one that costs microseconds: ``PRAGMA data_version`` compares a counter that all
processes share in memory (https://sqlite.org/pragma.html#pragma_data_version). It needs the
write-ahead log; in other modes asking reads the file and waits for locks.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path


class DatabaseVersion:
    """The version of a database. Thread-safe.

    Args:
        file: The SQLite file, or None for another database, which has no version.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def open(self) -> None:
        """Begin to watch the database, unless that was done or is impossible. It may block."""
        with self._lock:
            if self._connection is None and self._file is not None and self._file.is_file():
                self._connection = _connect(self._file)

    def current(self) -> int | None:
        """Return the version without blocking, or None if it is unknown.

        While it stays the same, nobody has committed anything.
        """
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if self._connection is None:
                return None
            # All rows are fetched, because a statement that has not ended holds up checkpoints.
            return self._connection.execute("PRAGMA data_version").fetchall()[0][0]
        except sqlite3.Error:
            return None
        finally:
            self._lock.release()

    def close(self) -> None:
        """End watching; ``open`` begins it again."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _connect(file: Path) -> sqlite3.Connection | None:
    """Return a connection that never waits, or None if the database has no write-ahead log."""
    with suppress(sqlite3.Error):
        connection = sqlite3.connect(file, timeout=0, check_same_thread=False)
        connection.isolation_level = None
        if connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]:
            return connection
        connection.close()
    return None
