"""Brings the database's schema up to date; safe to call from every process at once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from .session import Database

_ROOT = Path(__file__).resolve().parents[2]
_LOCK_KEY = 7_110_423  # any number of our own: PostgreSQL's advisory locks are told apart by it


def migrate(database: Database) -> None:
    """Runs the migrations that are missing. Processes that start together take turns: the second finds nothing to do."""
    with database.writing_connection() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        if _current(connection) != _newest():
            _upgrade(connection)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _newest() -> str:
    """The files are named by their revisions, which are counted."""
    return max(
        path.name.partition("_")[0] for path in (_ROOT / "alembic" / "versions").glob("[0-9]*.py")
    )


def _upgrade(connection: Connection) -> None:
    # 15 MB, which a process that finds the schema as it should be does without
    from alembic.config import Config

    from alembic import command

    config = Config(_ROOT / "alembic.ini")
    config.set_main_option("script_location", str(_ROOT / "alembic"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
