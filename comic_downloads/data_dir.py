"""Create DATA_DIR, and close it to other users of the machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .settings import Settings

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
    """
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
