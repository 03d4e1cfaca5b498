"""Brings the database's schema up to date; safe to call from every process at once."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from sqlalchemy import text

from alembic import command

from .session import Database

_ROOT = Path(__file__).resolve().parents[2]
_LOCK_KEY = 7_110_423  # any number of our own: PostgreSQL's advisory locks are told apart by it


def migrate(database: Database) -> None:
    """Runs the migrations that are missing. Processes that start together take turns: the second finds nothing to do."""
    config = Config(_ROOT / "alembic.ini")
    config.set_main_option("script_location", str(_ROOT / "alembic"))
    with database.writing_connection() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
