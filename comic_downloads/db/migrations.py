"""Bring the database's schema up to date; every process may do so at the same time."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from ..domain.errors import DatabaseTooNew
from .session import Database

_ROOT = Path(__file__).resolve().parents[2]
# PostgreSQL identifies an advisory lock by a number, which only has to be unique.
_LOCK_KEY = 7_110_423


def migrate(database: Database) -> None:
    """Run the missing migrations.

    Processes that start together take turns, so the second one finds nothing to do.

    Raises:
        DatabaseTooNew: A newer version of this program has migrated the database.
        DatabaseError: As ``Database.write`` does.
    """
    with database.writing_connection() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        current, newest = _current(connection), _newest()
        if current is not None and current > newest:
            raise DatabaseTooNew(f"its revision is {current}, and this version knows {newest}")
        if current != newest:
            _upgrade(connection)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _newest() -> str:
    """Return the last revision. Migration files are named by their revision, which is a number."""
    return max(
        path.name.partition("_")[0] for path in (_ROOT / "alembic" / "versions").glob("[0-9]*.py")
    )


def _upgrade(connection: Connection) -> None:
    # Alembic takes 15 MB of memory. A process that finds the schema up to date does not need it.
    from alembic.config import Config

    from alembic import command

    config = Config(_ROOT / "alembic.ini")
    config.set_main_option("script_location", str(_ROOT / "alembic"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
