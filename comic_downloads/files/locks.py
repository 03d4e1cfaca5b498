"""Locks on files, between the threads and processes of one machine; the kernel frees them when their holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_ASK_EVERY_SECONDS = 0.02


@contextmanager
def held(path: Path, *, shared: bool = False, patience_seconds: float = 0.0) -> Iterator[bool]:
    """Holds the lock for the block and says True, or says False when others did not let go of it in time.

    Any number may hold it ``shared``, one alone otherwise. The wait is bounded because a holder may be stopped without being
    dead. The file and its folder are made, and left there.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    until = time.monotonic() + patience_seconds
    while True:
        with _opened(path) as file:
            if _try(file, kind) and _is_still(path, file):
                yield True
                return
        if time.monotonic() >= until:
            yield False
            return
        time.sleep(_ASK_EVERY_SECONDS)


def is_free(path: Path) -> bool:
    """True if nobody holds the lock on this file; False too for a file that is not there."""
    try:
        with path.open("rb") as file:
            return _try(file, fcntl.LOCK_EX)
    except FileNotFoundError:
        return False


def hold_for_life(path: Path) -> IO[bytes]:
    """Takes the lock on a new file for as long as what is returned lives.

    The file appears under its name only when it is locked, so that nobody finds it free before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}")
    file = hidden.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    hidden.rename(path)
    return file


def _opened(path: Path) -> IO[bytes]:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return path.open("ab")
        except FileNotFoundError:
            continue  # somebody removed the empty folder in between


def _try(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: Path, file: IO[bytes]) -> bool:
    """False if the file was removed before we had its lock: a lock on it means nothing any more."""
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False
