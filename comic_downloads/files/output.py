"""Write files safely: synced, all or nothing where needed, with errors of the disk named."""

from __future__ import annotations

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

# The hashing thread reads what the writing thread has copied into one of these buffers, which are
# reused in order. Handing over the pieces themselves was slower, because their memory had to move
# between the caches of two processors.
_BUFFER_BYTES = 512 * 1024
_BUFFERS = 4


@contextmanager
def disk_errors() -> Iterator[None]:
    """Translate OSError.

    Raises:
        DiskFull: The disk, a quota or the file size limit is exhausted.
        StorageUnavailable: Another error of the disk.
    """
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull(
                "The disk is full. Free some space; the download is then tried again."
            ) from error
        raise StorageUnavailable(f"Writing the file failed: {error.strerror or error}.") from error


def write_whole(target: Path, data: bytes) -> None:
    """Write the bytes to ``target``, all or nothing: temporary name, fsync, rename.

    Raises:
        DiskFull: The disk has no room.
        StorageUnavailable: Another error of the disk.
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
    """A new file whose length and SHA-256 are known when it is closed; a second thread hashes it.

    The end of the ``with`` block syncs the file to the disk; an error deletes it.

    Attributes:
        size_bytes: The bytes written so far.
        sha256: The digest in lower-case hex; empty until the block ends.

    Args:
        target: The file to create.
        reserve_bytes: Disk space to reserve at once. A disk that is too full is then noticed before
            any work is done, and writing is a tenth faster.
    """

    def __init__(self, target: Path, reserve_bytes: int = 0) -> None:
        self.size_bytes = 0
        self.sha256 = ""
        self._target = target
        self._free: queue.SimpleQueue[bytearray] = queue.SimpleQueue()
        for _ in range(_BUFFERS):
            self._free.put(bytearray(_BUFFER_BYTES))
        self._buffer, self._filled = self._free.get(), 0
        self._to_hash: queue.SimpleQueue[tuple[bytearray, int] | None] = queue.SimpleQueue()
        self._hashing = threading.Thread(target=self._hash, name="artifact-sha256", daemon=True)
        self._hash_error: Exception | None = None
        with disk_errors():
            self._descriptor = os.open(
                target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644
            )
        try:
            self._reserve(reserve_bytes)
        except BaseException:
            self._discard()
            raise

    def _discard(self) -> None:
        os.close(self._descriptor)
        self._target.unlink(missing_ok=True)

    def _reserve(self, size_bytes: int) -> None:
        if size_bytes and hasattr(os, "posix_fallocate"):  # Not on macOS.
            with disk_errors():
                os.posix_fallocate(self._descriptor, 0, size_bytes)

    def write(self, data: bytes) -> None:
        """Append the bytes. Raises DiskFull or StorageUnavailable."""
        self.size_bytes += len(data)
        rest = memoryview(data)
        while rest:
            part = rest[: _BUFFER_BYTES - self._filled]
            self._buffer[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            rest = rest[len(part) :]
            if self._filled == _BUFFER_BYTES:
                self._write_buffer()

    def _write_buffer(self) -> None:
        """Write the buffer to the disk, hand it to the hashing thread, and take a free one."""
        self._to_hash.put((self._buffer, self._filled))
        rest = memoryview(self._buffer)[: self._filled]
        with disk_errors():
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self._buffer, self._filled = self._free.get(), 0

    def _hash(self) -> None:
        """Run in the hashing thread."""
        filled = iter(self._to_hash.get, None)
        try:
            digest = hashlib.sha256()
            for buffer, size_bytes in filled:
                digest.update(memoryview(buffer)[:size_bytes])
                self._free.put(buffer)
            self.sha256 = digest.hexdigest()
        except Exception as error:  # noqa: BLE001 - Without free buffers the writing thread would wait for ever.
            self._hash_error = error
            for buffer, _ in filled:
                self._free.put(buffer)

    def _finish_hash(self) -> None:
        self._to_hash.put(None)
        self._hashing.join()

    def __enter__(self) -> Self:
        try:
            self._hashing.start()
        except BaseException:  # No thread could be started.
            self._discard()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        whole = False
        try:
            if kind is None:
                self._write_buffer()
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
            if whole:
                os.close(self._descriptor)
            else:
                self._discard()
