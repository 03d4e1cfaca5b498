"""Pages that lie in a file of the library as they are, read from there without a copy.

Such a page is checked once for as long as its file stays the same. Every later read makes sure that
it has: a program that writes to a file changes its time before its bytes.
"""

from __future__ import annotations

import io
import os
import struct
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, ClassVar, NamedTuple

from zlib_ng import zlib_ng

from ..domain.errors import PageUnreadable
from ..domain.layout import PagePiece
from ..files.network_disks import network_file_system
from ..files.slices import Slice

CHUNK_BYTES = 256 * 1024
CHECK_AGAIN_SECONDS = 86400  # The disk may damage what was right, as with stored files.
MAX_REMEMBERED = 20_000
# File systems count time in steps of up to two seconds: a file that changed a moment ago may change
# again and keep its time.
SETTLED_SECONDS = 4.0
# Reads only what the kernel has in memory; exists on Linux only.
_READ_CACHED_ONLY: int | None = getattr(os, "RWF_NOWAIT", None)
_KEY = struct.Struct("<5qQQL")


class PageMoved(Exception):
    """The file has changed since the page was checked, so that the page has to be opened again."""


class _Place(NamedTuple):
    """Where a page is in an open file: from ``start`` up to ``end``."""

    descriptor: int
    start: int
    end: int


class _Identity(NamedTuple):
    """What changes when a file is written to or replaced; times are in nanoseconds."""

    device: int
    inode: int
    size_bytes: int
    modified: int
    changed: int


class ExtentPage:
    """A page in its file that was found right. It owns the stream."""

    takes_memory: ClassVar[bool] = False

    def __init__(self, stream: BinaryIO, place: _Place, identity: _Identity) -> None:
        self._stream, self._place, self._identity = stream, place, identity

    def read_cached(self, start: int, buffer: memoryview) -> int:
        """Fill the buffer with what the kernel has in memory; return how many bytes that is.

        Raises:
            PageMoved: The file has changed. What is in the buffer may be wrong.
        """
        if _READ_CACHED_ONLY is None:
            return 0
        try:
            return self._read(start, buffer, _READ_CACHED_ONLY)
        except OSError:
            return 0  # It is not in memory, or the file system does not support the flag.

    def read(self, start: int, buffer: memoryview) -> int:
        """Fill the buffer from byte ``start`` of the page on; return the number of bytes.

        It may block.

        Raises:
            PageMoved: The file has changed. What is in the buffer may be wrong.
            OSError: The disk failed.
        """
        return self._read(start, buffer)

    def _read(self, start: int, buffer: memoryview, flags: int = 0) -> int:
        descriptor, first, end = self._place
        count = os.preadv(descriptor, [buffer[: end - first - start]], first + start, flags)
        self._require_unchanged(count)
        return count

    def _require_unchanged(self, count: int) -> None:
        """Look at the file after reading: it had this identity at least until then."""
        if count == 0 or _identity(self._place.descriptor) != self._identity:
            raise PageMoved

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def whole_file(stream: BinaryIO) -> ExtentPage:
    """Return all bytes of an open file as one page, which owns the stream.

    What the bytes have to be is not checked, only that they stay the same from now on.
    """
    identity = _identity(stream.fileno())
    return ExtentPage(stream, _Place(stream.fileno(), 0, identity.size_bytes), identity)


class CheckedExtents:
    """Remembers which parts of which files had the right bytes. Thread-safe."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._checked: OrderedDict[bytes, float] = OrderedDict()
        self._far_devices: dict[int, bool] = {}
        self._lock = threading.Lock()

    def page(self, path: Path, stream: BinaryIO, page: PagePiece) -> ExtentPage | None:
        """Return the page in its file after checking it; it then owns the stream.

        Return None if the page has to be copied: it is not in a file as it is, or its file cannot
        be watched, because it was changed a moment ago or is on another machine.

        Args:
            path: The comic that the stream comes from.
            stream: The open page.
            page: What its bytes have to be.

        Raises:
            PageUnreadable: The bytes are others.
            OSError: The disk failed.
        """
        if isinstance(stream, Slice):
            place = _Place(*stream.place)
            identity = _identity(place.descriptor)
        elif isinstance(stream, io.FileIO):
            identity = _identity(stream.fileno())
            place = _Place(stream.fileno(), 0, identity.size_bytes)
        else:
            return None
        if not self._can_watch(path, identity):
            return None
        if place.end - place.start != page.size_bytes:
            raise PageUnreadable
        key = _KEY.pack(*identity, place.start, page.size_bytes, page.crc32)
        if not self._is_checked(key):
            _check(place, page.crc32)
            if _identity(place.descriptor) != identity:
                return None
            self._remember(key)
        return ExtentPage(stream, place, identity)

    def _can_watch(self, path: Path, identity: _Identity) -> bool:
        if identity.device not in self._far_devices:
            self._far_devices[identity.device] = network_file_system(path) != ""
        age_seconds = self._clock().timestamp() - max(identity.modified, identity.changed) / 1e9
        return age_seconds > SETTLED_SECONDS and not self._far_devices[identity.device]

    def _is_checked(self, key: bytes) -> bool:
        with self._lock:
            checked_at = self._checked.get(key, float("-inf"))
            return self._monotonic() - checked_at < CHECK_AGAIN_SECONDS

    def _remember(self, key: bytes) -> None:
        with self._lock:
            self._checked[key] = self._monotonic()
            self._checked.move_to_end(key)
            while len(self._checked) > MAX_REMEMBERED:
                self._checked.popitem(last=False)


def _identity(descriptor: int) -> _Identity:
    status = os.fstat(descriptor)
    return _Identity(
        status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    )


def _check(place: _Place, crc32: int) -> None:
    """Read the page in constant memory. Raises PageUnreadable if its CRC-32 is another."""
    buffer = memoryview(bytearray(min(CHUNK_BYTES, place.end - place.start)))
    position, found = place.start, 0
    while position < place.end:
        count = os.preadv(place.descriptor, [buffer[: place.end - position]], position)
        if count == 0:
            raise PageUnreadable
        found = zlib_ng.crc32(buffer[:count], found)
        position += count
    if found != crc32:
        raise PageUnreadable
