"""Create DATA_DIR, and close it to other users of the machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .settings import Settings
from .start import StartError, user_name

PRIVATE = 0o700
# A web server that sends files itself (SEND_FILE) must be able to reach the folder "storage".
PASSABLE = 0o711

_OWN_NAMES = frozenset(
    {
        "disk_reserve",
        "library",
        "library_mounts.json",
        "lost+found",
        "secret_key",
        "states",
        "storage",
        "work",
    }
)
_OWN_DATABASES = ("comic_downloads.db", "queue.db")


def create_data_dir(settings: Settings) -> None:
    """Create DATA_DIR and its folders, readable by this user only.

    A DATA_DIR that exists is closed to others if it belongs to this user and holds only what this
    app puts there: it could also be a folder that others need, such as /tmp.

    Raises:
        StartError: This user cannot create it or write to it.
    """
    try:
        _create(settings)
    except (FileExistsError, NotADirectoryError) as error:
        raise StartError(
            f"DATA_DIR {settings.data} is a file or lies in one. Set DATA_DIR to a folder that "
            f"user {user_name()} may write to."
        ) from error
    except OSError as error:
        reason = f"{error.strerror}, user {user_name()}"
        raise StartError(
            f"DATA_DIR {settings.data} cannot be created or used ({reason}). Let this user write "
            "there, or set DATA_DIR to another folder."
        ) from error
    for path in (settings.data, settings.work_dir, settings.states_dir, settings.database_file):
        _require_writable(path)


def _create(settings: Settings) -> None:
    folder = settings.data
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    if all(_is_own(entry.name) for entry in folder.iterdir()):
        _close(folder, PASSABLE if settings.send_file else PRIVATE)
    for own in (settings.work_dir, settings.states_dir):
        own.mkdir(mode=PRIVATE, exist_ok=True)
        _close(own, PRIVATE)
    if settings.uses_default_library:
        # It may be the mount point of a library that other programs read, so it is never closed.
        settings.library.mkdir(mode=PRIVATE, exist_ok=True)


def _require_writable(path: Path) -> None:
    if not path.exists() or os.access(path, os.W_OK):
        return
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        raise StartError(
            f"{path} in DATA_DIR is on a read-only file system, and user {user_name()} has to "
            "write to it. Mount it writable, or set DATA_DIR to another folder."
        )
    raise StartError(
        f"{path} in DATA_DIR belongs to user {user_name(path.stat().st_uid)}, and user "
        f"{user_name()} cannot write to it. Change its owner (chown -R {os.geteuid()}), or set "
        "DATA_DIR to another folder."
    )


def is_open_to_others(folder: Path) -> bool:
    """Return True if other users of the machine can list the folder."""
    return bool(folder.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _is_own(name: str) -> bool:
    return name in _OWN_NAMES or name.startswith(_OWN_DATABASES)


def _close(folder: Path, mode: int) -> None:
    """Set the mode if it is another one and the folder is this user's own."""
    found = folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if is_ours and stat.S_IMODE(found.st_mode) != mode:
        folder.chmod(mode)
