"""Disk space that is set aside, and given up when the disk is full."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import IO

# SQLite's write-ahead log grows to 4 MiB before its space is used again.
RESERVE_BYTES = 8 * 1024 * 1024
# Of a smaller disk the reserve would take too much.
REFILL_ABOVE_FREE_BYTES = 8 * RESERVE_BYTES
# A step is as much as hundreds of small changes of the database need.
STEP_BYTES = 512 * 1024
LOW_BYTES = STEP_BYTES // 2
PRIVATE = 0o600


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
            with self._open() as file:
                missing_bytes = RESERVE_BYTES - file.tell()
                if missing_bytes <= 0:
                    return
                if hasattr(os, "posix_fallocate"):  # Not on macOS.
                    os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
                else:
                    file.write(bytes(missing_bytes))

    def _open(self) -> IO[bytes]:
        """Open the file for appending, and let only this user read it."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE)
        file = os.fdopen(descriptor, "ab")
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != PRIVATE:  # Made by an earlier version.
            os.fchmod(descriptor, PRIVATE)
        return file


def _free_bytes(folder: Path) -> int:
    """Return the bytes that this user may still write in the folder's file system."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
