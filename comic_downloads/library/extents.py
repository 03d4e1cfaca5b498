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
from functools import partial
from pathlib import Path
from typing import BinaryIO, ClassVar, NamedTuple, Self

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
# Of a page that was checked: the identity of its file, its place, its CRC-32, and when that was.
_PROOF = struct.Struct("<5qQQLd")
# A pipe could block, and a link could lead out of the library.
_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


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


class _File:
    """An open file that several pages use; the last one to give it back closes it."""

    def __init__(self, close: Callable[[], None]) -> None:
        self._close, self._users, self._lock = close, 1, threading.Lock()

    def share(self) -> Self | None:
        """Return the file for one more user, or None if it was closed."""
        with self._lock:
            self._users += 1 if self._users else 0
            return self if self._users else None

    def give_back(self) -> None:
        """End one use of the file."""
        with self._lock:
            self._users -= 1
            is_last = self._users == 0
        if is_last:
            self._close()


class ExtentPage:
    """A page in its file that was found right. It has a share of the file."""

    takes_memory: ClassVar[bool] = False

    def __init__(self, file: _File, place: _Place, identity: _Identity) -> None:
        self._file: _File | None = file
        self._place, self._identity = place, identity

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
        # Looking after reading shows that the file was the same at least until then.
        if count == 0 or _identity(descriptor) != self._identity:
            raise PageMoved
        return count

    def other_page(self, identity: _Identity, start: int, size_bytes: int) -> ExtentPage | None:
        """Return another page of the same file, or None if it is another file, or closed."""
        if identity != self._identity or self._file is None or (file := self._file.share()) is None:
            return None
        place = _Place(self._place.descriptor, start, start + size_bytes)
        return ExtentPage(file, place, identity)

    def close(self) -> None:
        """Give the file back."""
        file, self._file = self._file, None
        if file is not None:
            file.give_back()


def whole_file(stream: BinaryIO) -> ExtentPage:
    """Return all bytes of an open file as one page, which owns the stream.

    What the bytes have to be is not checked, only that they stay the same from now on.
    """
    identity = _identity(stream.fileno())
    place = _Place(stream.fileno(), 0, identity.size_bytes)
    return ExtentPage(_File(stream.close), place, identity)


class CheckedExtents:
    """Remembers which parts of which files had the right bytes. Thread-safe."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._proofs: OrderedDict[tuple[Path, str], bytes] = OrderedDict()
        self._far_devices: dict[int, bool] = {}
        self._lock = threading.Lock()

    def known_page(self, path: Path, file: Path | str, page: PagePiece) -> ExtentPage | None:
        """Open a page that was checked before, without looking for it in its comic.

        Return None if it was not, or if the file is not the very one that was checked, unchanged.

        Args:
            path: The comic.
            file: Where the file with the page was, if it is still there.
            page: What its bytes have to be.
        """
        proof = self._proof(path, page)
        if proof is None:
            return None
        identity, start = proof
        try:
            descriptor = os.open(file, _OPEN_FLAGS)
        except OSError:
            return None
        if _identity(descriptor) != identity:
            os.close(descriptor)
            return None
        place = _Place(descriptor, start, start + page.size_bytes)
        return ExtentPage(_File(partial(os.close, descriptor)), place, identity)

    def page_beside(self, path: Path, other: ExtentPage, page: PagePiece) -> ExtentPage | None:
        """Return a page in the file that another one has open; without reading, and at once.

        Return None if it was not found right in this very file before.
        """
        proof = self._proof(path, page)
        return other.other_page(*proof, page.size_bytes) if proof is not None else None

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
        if self._proof(path, page) != (identity, place.start):
            _check(place, page.crc32)
            if _identity(place.descriptor) != identity:
                return None
            self._remember(path, page, identity, place.start)
        return ExtentPage(_File(stream.close), place, identity)

    def _can_watch(self, path: Path, identity: _Identity) -> bool:
        if identity.device not in self._far_devices:
            self._far_devices[identity.device] = network_file_system(path) != ""
        age_seconds = self._clock().timestamp() - max(identity.modified, identity.changed) / 1e9
        return age_seconds > SETTLED_SECONDS and not self._far_devices[identity.device]

    def _proof(self, path: Path, page: PagePiece) -> tuple[_Identity, int] | None:
        """Return the file in which the page was found right, and where it begins in it."""
        with self._lock:
            packed = self._proofs.get((path, page.name))
        if packed is None:
            return None
        *identity, start, size_bytes, crc32, checked_at = _PROOF.unpack(packed)
        is_old = self._monotonic() - checked_at >= CHECK_AGAIN_SECONDS
        if is_old or (size_bytes, crc32) != (page.size_bytes, page.crc32):
            return None
        return _Identity(*identity), start

    def _remember(self, path: Path, page: PagePiece, identity: _Identity, start: int) -> None:
        proof = (*identity, start, page.size_bytes, page.crc32, self._monotonic())
        with self._lock:
            self._proofs[path, page.name] = _PROOF.pack(*proof)
            self._proofs.move_to_end((path, page.name))
            while len(self._proofs) > MAX_REMEMBERED:
                self._proofs.popitem(last=False)


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
