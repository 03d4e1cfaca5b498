"""Lock files for the threads and processes of one machine.

The kernel releases a lock when its holder dies.
"""

from __future__ import annotations

import fcntl
import math
import os
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

_RETRY_SECONDS = 0.02


class Lock:
    """A lock that is held until the ``with`` block ends."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def try_lock(path: Path, *, shared: bool = False, timeout_seconds: float = 0.0) -> Lock | None:
    """Take the lock, or return None if others still hold it after about ``timeout_seconds``.

    The wait is limited because a holder may be stopped without being dead. A caller that continues
    without the lock says so: ``with try_lock(path) or nullcontext():``.

    Args:
        path: The lock file. It and its folder are created, and stay.
        shared: Allow other ``shared`` holders. Without it, one holder excludes all others.
        timeout_seconds: How long to retry. 0 tries once.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    retries = math.ceil(timeout_seconds / _RETRY_SECONDS)
    for retry in range(retries + 1):
        if retry:
            time.sleep(_RETRY_SECONDS)
        file = _open_creating(path)
        if _flock(file, kind) and _is_current(path, file):
            return Lock(file)
        file.close()
    return None


def is_free(path: Path) -> bool:
    """Return True if the file exists and nobody holds a lock on it."""
    try:
        with path.open("rb") as file:
            return _flock(file, fcntl.LOCK_EX)
    except FileNotFoundError:
        return False


def hold_for_life(path: Path) -> IO[bytes]:
    """Create the file and lock it for as long as the returned object lives.

    The file is locked before it appears under its name, so nobody can see it unlocked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}")
    file = hidden.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    hidden.rename(path)
    return file


def _open_creating(path: Path) -> IO[bytes]:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return path.open("ab")
        except FileNotFoundError:
            continue  # Another process removed the empty folder in between.


def _flock(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_current(path: Path, file: IO[bytes]) -> bool:
    """Return False if the file was removed before it was locked: its lock then excludes nobody."""
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False
