"""An empty SQLite database with all tables, to copy: migrating takes a second."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from comic_downloads.db.migrations import migrate
from comic_downloads.db.session import Database


def write_empty_database(path: Path) -> None:
    """Write a migrated database without rows to the path, unless there is one."""
    if not path.exists():
        path.write_bytes(_empty_database())


@cache
def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        database = Database(f"sqlite:///{path}")
        migrate(database)
        database.dispose()
        return path.read_bytes()
