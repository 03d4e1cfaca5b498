"""Verify stored files before any byte is sent, to notice files that changed on disk.

A file is hashed when this process first opens it, when its inode, size or times have changed, and
again after a day. Hashing cached data runs at about 2 GB/s, and a transfer in many requests pays
for it once.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from io import UnsupportedOperation
from typing import BinaryIO

from ...files.digest import sha256_of_rest

CHECK_AGAIN_SECONDS = 86400
MAX_REMEMBERED = 10_000
_Identity = tuple[int, ...]


class VerifiedFiles:
    """Remembers which files were intact. Thread-safe: parallel requests hash a file once."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._checked: OrderedDict[tuple[_Identity, str], float] = OrderedDict()
        self._under_way: dict[tuple[_Identity, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def is_verified(self, file: BinaryIO, sha256: str) -> bool:
        """Return whether ``matches`` can answer without reading the file."""
        identity = _identity(file)
        return identity is None or self._is_remembered((identity, sha256))

    def matches(self, file: BinaryIO, size_bytes: int, sha256: str) -> bool:
        """Return whether the open file has this size and SHA-256 (lower-case hex).

        The position stays unchanged. Streams of remote storage always match, because the storage
        verifies its own checksums.
        """
        identity = _identity(file)
        if identity is None:
            return True
        if os.fstat(file.fileno()).st_size != size_bytes:
            return False
        key = (identity, sha256)
        with self._lock:
            turn = self._under_way.setdefault(key, threading.Lock())
        try:
            with turn:
                return self._is_remembered(key) or self._check(key, file)
        finally:
            with self._lock:
                self._under_way.pop(key, None)

    def _is_remembered(self, key: tuple[_Identity, str]) -> bool:
        with self._lock:
            checked_at = self._checked.get(key, float("-inf"))
            return self._monotonic() - checked_at < CHECK_AGAIN_SECONDS

    def _check(self, key: tuple[_Identity, str], file: BinaryIO) -> bool:
        whole = _sha256(file) == key[1]
        with self._lock:
            if whole:
                self._checked[key] = self._monotonic()
                self._checked.move_to_end(key)
            while len(self._checked) > MAX_REMEMBERED:
                self._checked.popitem(last=False)
        return whole


def _sha256(file: BinaryIO) -> str:
    position = file.tell()
    file.seek(0)
    digest = sha256_of_rest(file)
    file.seek(position)
    return digest


def _identity(file: BinaryIO) -> _Identity | None:
    try:
        status = os.fstat(file.fileno())
    except (UnsupportedOperation, AttributeError):
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
