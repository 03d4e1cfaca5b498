"""Disk space that is set aside, and given up when the disk is full."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

# SQLite's write-ahead log grows to 4 MiB before its space is used again.
RESERVE_BYTES = 8 * 1024 * 1024
# Of a smaller disk the reserve would take too much.
REFILL_ABOVE_FREE_BYTES = 8 * RESERVE_BYTES
# A step is as much as hundreds of small changes of the database need.
STEP_BYTES = 512 * 1024
LOW_BYTES = STEP_BYTES // 2


class DiskReserve:
    """A file that only takes up space. Several processes may share it.

    What is given up is free for every program of the machine. So this helps against a disk that is
    full, and not against a program that keeps filling it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def make_room(self) -> None:
        """Give up a step if less than LOW_BYTES are free; errors of the disk are ignored."""
        with contextlib.suppress(OSError):
            if _free_bytes(self._path.parent) < LOW_BYTES:
                os.truncate(self._path, max(self._path.stat().st_size - STEP_BYTES, 0))

    def refill(self) -> None:
        """Take up RESERVE_BYTES if the disk has more than enough; errors are ignored."""
        with contextlib.suppress(OSError):
            if _free_bytes(self._path.parent) <= REFILL_ABOVE_FREE_BYTES:
                return
            with self._path.open("ab") as file:
                missing_bytes = RESERVE_BYTES - file.tell()
                if missing_bytes <= 0:
                    return
                if hasattr(os, "posix_fallocate"):  # Not on macOS.
                    os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
                else:
                    file.write(bytes(missing_bytes))


def _free_bytes(folder: Path) -> int:
    """Return the bytes that this user may still write in the folder's file system."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
