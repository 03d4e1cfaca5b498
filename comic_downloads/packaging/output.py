"""The file being written: hashed in a second thread on the way, synced at the end, disk errors named."""

from __future__ import annotations

import errno
import hashlib
import os
import queue
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from ..domain.errors import DiskFull, StorageUnavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_GATHERED_BYTES = 256 * 1024  # small pieces are written together
_QUEUED_WRITES = 8  # how far the hash may lag behind the disk


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raises DiskFull for a full disk, quota or file size limit, StorageUnavailable for other errors of the disk."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull("The disk is full. Free some space; the download is then tried again.") from error
        raise StorageUnavailable(f"Writing the file failed: {error.strerror or error}.") from error


def write_whole(target: Path, data: bytes) -> None:
    """Puts the bytes at ``target``, all or nothing: temporary name in the same folder, fsync, rename.

    Raises DiskFull or StorageUnavailable.
    """
    with disk_errors():
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


class OutputFile:
    """A new file that knows its length and, once closed, the SHA-256 of what was written.

    ``reserve_bytes`` are taken from the disk at once: a disk that is too full is noticed before any work is done, and
    writing is a tenth faster. Leaving the block without an error flushes the file to the disk; leaving it with one
    removes the file.
    """

    def __init__(self, target: Path, reserve_bytes: int = 0) -> None:
        self.size_bytes = 0
        self.sha256 = ""
        self._target = target
        self._digest = hashlib.sha256()
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self._written: queue.Queue[bytes | None] = queue.Queue(_QUEUED_WRITES)
        self._hashing = threading.Thread(target=self._hash, name="artifact-sha256", daemon=True)
        with disk_errors():
            self._descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            self._reserve(reserve_bytes)
        except BaseException:
            os.close(self._descriptor)
            target.unlink(missing_ok=True)
            raise

    def _reserve(self, size_bytes: int) -> None:
        if size_bytes and hasattr(os, "posix_fallocate"):  # not on macOS
            with disk_errors():
                os.posix_fallocate(self._descriptor, 0, size_bytes)

    def write(self, data: bytes) -> None:
        """Appends the bytes, which must not be changed afterwards. Raises DiskFull or StorageUnavailable."""
        self.size_bytes += len(data)
        self._gathered.append(data)
        self._gathered_bytes += len(data)
        if self._gathered_bytes >= _GATHERED_BYTES:
            self._write_gathered()

    def _write_gathered(self) -> None:
        data = b"".join(self._gathered)
        self._gathered, self._gathered_bytes = [], 0
        self._written.put(data)
        view = memoryview(data)
        with disk_errors():
            while view:
                view = view[os.write(self._descriptor, view) :]

    def _hash(self) -> None:
        while (data := self._written.get()) is not None:
            self._digest.update(data)

    def __enter__(self) -> Self:
        self._hashing.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._write_gathered()
                with disk_errors():
                    os.ftruncate(self._descriptor, self.size_bytes)
                    os.fsync(self._descriptor)
        except BaseException:
            self._target.unlink(missing_ok=True)
            raise
        finally:
            self._written.put(None)
            self._hashing.join()
            os.close(self._descriptor)
        self.sha256 = self._digest.hexdigest()
        if kind is not None:
            self._target.unlink(missing_ok=True)
