"""Look for damage in a SQLite file."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

# SQLite asks after so many steps of its virtual machine whether to go on, some times a second.
_STEPS = 1_000_000


def find_damage(file: Path, limit_seconds: float) -> str:
    """Return what is damaged in the file in SQLite's words, or an empty string.

    200 MB take about a second. After ``limit_seconds`` the rest is not looked at. A file that
    cannot be opened or is locked counts as sound here: its first use says what is wrong.
    """
    deadline = time.monotonic() + limit_seconds
    try:
        with closing(sqlite3.connect(file, timeout=limit_seconds)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return str(error) if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} else ""
    return "" if found == "ok" else " ".join(found.split())
