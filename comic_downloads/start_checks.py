"""Check what a start depends on, and connect to it."""

from __future__ import annotations

import logging

from .data_dir import create_data_dir
from .db.integrity import find_damage
from .db.library import has_comics
from .db.session import without_password
from .domain.errors import DatabaseDamaged, DatabaseError, DatabaseTooNew
from .files.network_disks import network_file_system
from .settings import Settings
from .start import StartError, user_name
from .usecases.context import Context
from .wiring import build_context
from .worker.queue import JobQueue

# A gigabyte takes about as long. What was not looked at by then is found when it is used.
CHECK_DATABASE_SECONDS = 5.0

log = logging.getLogger(__name__)


def start_context(
    settings: Settings, *, queue: JobQueue | None = None, check_database: bool = True
) -> Context:
    """Return ``build_context`` after the checks of a start.

    Args:
        settings: The settings.
        queue: The queue; connected by the settings if there is none.
        check_database: Look for damage in SQLite's file first. A process that another one starts
            after having looked need not do it again.

    Raises:
        StartError: DATA_DIR, the database or the library cannot be used.
        SettingsError: An environment variable has a wrong value.
    """
    create_data_dir(settings)
    if check_database and not settings.database_url and settings.database_file.exists():
        damage = find_damage(settings.database_file, CHECK_DATABASE_SECONDS)
        if damage:
            raise StartError(_damaged(settings, damage))
    try:
        context = build_context(settings, queue=queue)
        _require_library(context)
        if check_database and settings.uses_sqlite:
            _warn_about_disk(context)
    except DatabaseTooNew as error:
        raise StartError(
            f"The database {_database_name(settings)} was written by a newer version "
            f"({error.reason}). Start that version again, or restore a backup from before the "
            "update."
        ) from error
    except DatabaseDamaged as error:
        raise StartError(_damaged(settings, error.reason)) from error
    except DatabaseError as error:
        raise StartError(
            f"The database {_database_name(settings)} cannot be used by user {user_name()}: "
            f"{error.reason}."
        ) from error
    return context


def _warn_about_disk(context: Context) -> None:
    """Log a warning if SQLite's file is where SQLite does not work as it should.

    It is not a StartError: an installation that has been lucky so far must not end at an update.
    """
    file = context.db.sqlite_file
    kind = network_file_system(file.parent.resolve()) if file else ""
    if kind:
        log.warning(
            "The database %s is on a network file system (%s), where SQLite can lose or damage "
            "data. Put DATA_DIR on a disk of this machine, or use PostgreSQL (DATABASE_URL). The "
            "library may stay on the network.",
            file,
            kind,
            extra={"action": "database_disk"},
        )
    mode = context.db.journal_mode()
    if mode != "wal":
        log.warning(
            "The database %s does not work in WAL mode but in “%s”: its disk, or a parameter of "
            "DATABASE_URL, does not allow it. Reading and writing block each other, so requests "
            "can fail with “database_busy”. Put DATA_DIR on a disk of this machine.",
            file,
            mode,
            extra={"action": "database_disk"},
        )


def _damaged(settings: Settings, damage: str) -> str:
    return (
        f"The database {_database_name(settings)} is damaged ({damage}). Restore it from a backup; "
        "see “Backups and updates” in docs/deployment.md."
    )


def _database_name(settings: Settings) -> str:
    """Return the path of SQLite's file, or the address without its password."""
    if not settings.database_url:
        return str(settings.database_file)
    return without_password(settings.database_url)


def _require_library(context: Context) -> None:
    """Raise StartError if LIBRARY_DIR is a mistake.

    A library that held comics may be on a disk that is not mounted yet, so it is waited for.
    """
    library = context.settings.library
    if library.is_dir():
        return
    with context.db.read() as session:
        holds_comics = has_comics(session)
    if holds_comics and not library.exists():
        return
    raise StartError(
        f"LIBRARY_DIR {library} is not a folder that user {user_name()} can see. Create or mount "
        "it, or set LIBRARY_DIR to the folder of your comics."
    )
