"""The file being written: hashed by a second thread that reads what is written, synced at the end, disk errors named."""

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

from ..domain.errors import DiskFull, StorageUnavailable, is_disk_full

_GATHERED_BYTES = 512 * 1024  # pieces are written together: half as much took 3 % longer
_GATHERED_PIECES = 1000  # a system call takes 1024
# The two threads meet once for so many bytes: handing every piece from one to the other took a tenth of the time.
_HASHED_BYTES = 1024 * 1024
_MOST_BEHIND = 64  # of these: what was written so lately is still in memory


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raises DiskFull for a full disk, quota or file size limit, StorageUnavailable for other errors of the disk."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
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
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self._to_hash_from = 0
        self._written: queue.Queue[int | None] = queue.Queue(_MOST_BEHIND)  # how far the file is written
        self._hashing = threading.Thread(target=self._hash, name="artifact-sha256", daemon=True)
        self._hash_error: Exception | None = None
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
        if self._gathered_bytes >= _GATHERED_BYTES or len(self._gathered) >= _GATHERED_PIECES:
            self._write_gathered()
            if self.size_bytes - self._to_hash_from >= _HASHED_BYTES:
                self._hash_to(self.size_bytes)

    def _write_gathered(self) -> None:
        pieces, size_bytes = self._gathered, self._gathered_bytes
        self._gathered, self._gathered_bytes = [], 0
        with disk_errors():
            written = os.writev(self._descriptor, pieces) if pieces else 0
            rest = memoryview(b"".join(pieces))[written:] if written < size_bytes else b""
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def _hash_to(self, end: int) -> None:
        self._to_hash_from = end
        self._written.put(end)

    def _hash(self) -> None:
        """Runs in the second thread. It reads the file, so that the two need not share the pieces."""
        ends = iter(self._written.get, None)
        try:
            self.sha256 = self._digest(ends)
        except Exception as error:  # noqa: BLE001 - whoever writes must not wait for a thread that is gone
            self._hash_error = error
            for _ in ends:
                pass

    def _digest(self, ends: Iterator[int]) -> str:
        """Of the file, which is written as far as each of these ends says."""
        digest, position = hashlib.sha256(), 0
        buffer = memoryview(bytearray(_HASHED_BYTES))
        with self._target.open("rb", buffering=0) as file:
            for end in ends:
                while position < end:
                    read = file.readinto(buffer[: end - position])
                    if not read:
                        raise OSError(errno.EIO, "what was written is not there")
                    digest.update(buffer[:read])
                    position += read
        return digest.hexdigest()

    def _finish_hash(self) -> None:
        self._written.put(None)
        self._hashing.join()

    def __enter__(self) -> Self:
        self._hashing.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        whole = False
        try:
            if kind is None:
                self._write_gathered()
                self._hash_to(self.size_bytes)
                with disk_errors():
                    os.ftruncate(self._descriptor, self.size_bytes)
                    os.fsync(self._descriptor)
                    self._finish_hash()
                    if self._hash_error is not None:
                        raise self._hash_error
                whole = True
        finally:
            if self._hashing.is_alive():
                self._finish_hash()
            os.close(self._descriptor)
            if not whole:
                self._target.unlink(missing_ok=True)
