"""Read the headers of a TAR archive.

Sources: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"; GNU tar
manual, "Basic Tar Format".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from ...domain.errors import ComicUnreadable
from .source import MIB

ReadAt = Callable[[int, int], bytes]  # (offset, size) -> at most that many bytes

BLOCK_BYTES = 512
MAX_ENTRIES = 100_000
# A header in front of another holds a long name; more was made on purpose.
_MAX_EXTENSION_BYTES = MIB
_NAME, _SIZE, _CHECKSUM = slice(0, 100), slice(124, 136), slice(148, 156)
_TYPE, _MAGIC, _PREFIX = 156, slice(257, 263), slice(345, 500)
_IS_EXTENDED, _IS_EXTENDED_FURTHER = 482, 504  # GNU, old sparse format
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL, _GNU_SPARSE = b"L", b"K", b"x", b"g", b"S"
# Hard link, symbolic link, devices, folder and pipe: entries without data.
_LINKS, _WITHOUT_DATA = (b"1", b"2"), (b"1", b"2", b"3", b"4", b"5", b"6")
_FOLDERS = (b"5", b"D")
_EXTENSIONS = (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL)


class TarKind(Enum):
    """What an entry is, as far as a reader of pages cares."""

    FILE = 1
    LINK = 2
    SPARSE = 3
    DAMAGED = 4


@dataclass(frozen=True, slots=True)
class TarEntry:
    """A file of the archive. ``raw_name`` is in an unknown encoding, most often UTF-8."""

    raw_name: bytes
    kind: TarKind
    offset: int
    size_bytes: int


@dataclass
class _Extension:
    """What the headers in front of an entry say about it."""

    name: bytes = b""
    size_bytes: int | None = None
    is_sparse: bool = False


def is_header(block: bytes) -> bool:
    """Return whether the block is a header, by its checksum; very old programs summed signed."""
    if len(block) < BLOCK_BYTES or not block[0]:
        return False
    stated = _number(block[_CHECKSUM])
    rest = block[: _CHECKSUM.start] + b" " * 8 + block[_CHECKSUM.stop :]
    return stated is not None and stated in {
        sum(rest),
        sum(byte - 256 if byte > 127 else byte for byte in rest),
    }


def tar_entries(read_at: ReadAt, file_bytes: int) -> Iterator[TarEntry]:
    """Yield the files of the archive. Links are not followed.

    What stands behind a damaged header cannot be found; a damaged entry stands for it.

    Raises:
        ComicUnreadable: there are too many entries.
    """
    at = count = 0
    extension = _Extension()
    while not _is_end(read_at, at, file_bytes):
        block = read_at(at, BLOCK_BYTES)
        count += 1
        if count > MAX_ENTRIES:
            raise ComicUnreadable(f"It has more than {MAX_ENTRIES:,} entries. Pack it again.")
        size_bytes = _number(block[_SIZE]) if is_header(block) else None
        if size_bytes is None:
            yield TarEntry(b"unknown name %03d.jpg" % count, TarKind.DAMAGED, at, 0)
            return
        kind, start = _kind(block), at + BLOCK_BYTES
        if kind in _EXTENSIONS:
            _extend(extension, kind, read_at(start, min(size_bytes, _MAX_EXTENSION_BYTES)))
        else:
            if kind == _GNU_SPARSE:
                start = _after_sparse_map(read_at, block, start)
            if extension.size_bytes is not None:
                size_bytes = extension.size_bytes
            size_bytes = 0 if kind in _WITHOUT_DATA else size_bytes
            if kind in _LINKS or kind not in {*_WITHOUT_DATA, *_FOLDERS}:
                yield _entry(block, kind, extension, start, size_bytes)
            extension = _Extension()
        at = start + _padded(size_bytes)


def _is_end(read_at: ReadAt, at: int, file_bytes: int) -> bool:
    """Return whether the file or the archive ends here; two blocks of zeros end an archive."""
    return at + BLOCK_BYTES > file_bytes or not any(read_at(at, 2 * BLOCK_BYTES))


def _kind(block: bytes) -> bytes:
    """Return the type of the entry. Before POSIX, a slash at the end of its name made a folder."""
    is_old_folder = not block[_TYPE] and block[_NAME].rstrip(b"\0").endswith(b"/")
    return _FOLDERS[0] if is_old_folder else block[_TYPE : _TYPE + 1]


def _entry(block: bytes, kind: bytes, extension: _Extension, start: int, size: int) -> TarEntry:
    name = block[_NAME].split(b"\0", 1)[0]
    if block[_MAGIC] == b"ustar\0":
        prefix = block[_PREFIX].split(b"\0", 1)[0]
        name = prefix + b"/" + name if prefix else name
    what = TarKind.LINK if kind in _LINKS else TarKind.FILE
    if extension.is_sparse or kind == _GNU_SPARSE:
        what = TarKind.SPARSE
    return TarEntry(extension.name or name, what, start, size)


def _extend(extension: _Extension, kind: bytes, data: bytes) -> None:
    """Take the name, the size and the mark of a sparse file from a header of their own."""
    if kind == _LONG_NAME:
        extension.name = data.split(b"\0", 1)[0]
    elif kind == _PAX:
        for key, value in _pax_records(data):
            if key == b"path":
                extension.name = value
            elif key == b"size" and value.isdigit() and len(value) < 20:
                extension.size_bytes = int(value)
            elif key.startswith(b"GNU.sparse."):
                extension.is_sparse = True


def _pax_records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of records such as ``17 path=chapter 1`` and a line feed."""
    at = 0
    while at < len(data):
        length_end = data.find(b" ", at, at + 10)
        digits = data[at:length_end]
        if length_end < 0 or not digits.isdigit() or int(digits) <= len(digits) + 1:
            return
        stop = at + int(digits)
        key, _, value = data[length_end + 1 : stop - 1].partition(b"=")
        yield key, value
        at = stop


def _after_sparse_map(read_at: ReadAt, header: bytes, start: int) -> int:
    """Return where the data starts: a long map of an old sparse file takes further blocks."""
    is_extended = header[_IS_EXTENDED] != 0
    while is_extended:
        block = read_at(start, BLOCK_BYTES)
        start += BLOCK_BYTES
        is_extended = len(block) == BLOCK_BYTES and block[_IS_EXTENDED_FURTHER] != 0
    return start


def _number(data: bytes) -> int | None:
    """Return an octal number, or a binary one, which GNU tar writes for large values."""
    if data[0] == 0x80:
        return int.from_bytes(data[1:], "big")
    digits = data.strip(b" \0")
    if not digits:
        return 0
    try:
        return int(digits, 8) if digits.isdigit() else None
    except ValueError:
        return None


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // BLOCK_BYTES) * BLOCK_BYTES
