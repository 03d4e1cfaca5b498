"""Read the table of contents of a ZIP archive, as tolerantly as the common unpackers do.

The directory at the end of the archive is believed; of a local header only its length is used.
Section numbers are those of APPNOTE.TXT 6.3.10, the ZIP File Format Specification.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...domain.errors import ComicUnreadable
from .source import MIB

ReadAt = Callable[[int, int], bytes]  # (offset, size) -> at most that many bytes

# 8 MiB suffice for 20,000 names of 250 bytes with their extra fields.
MAX_DIRECTORY_BYTES = 8 * MIB
# How much may follow the archive: files are padded to full blocks, and downloads end in web pages.
MAX_TRAILING_BYTES = 64 * MIB
_MAX_COMMENT_BYTES = 65_535
# Bytes behind an archive may look like its end. More than a few such places are made on purpose.
_MAX_END_RECORDS = 50
_SEARCH_BYTES = MIB

LOCAL_SIGNATURE = b"PK\x03\x04"
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # 4.3.7: signature, length of name, length of extra
_RECORD_SIGNATURE = b"PK\x01\x02"
# 4.3.12: signature, flags, method, CRC-32, packed and real size, lengths of name, extra and
# comment, external attributes, offset of the local header.
_RECORD = struct.Struct("<4s4xHH4xLLLHHH4xLL")
_END_SIGNATURE = b"PK\x05\x06"
# 4.3.16: signature, this disk, first disk, entries, size and offset of the directory, comment.
_END = struct.Struct("<4sHH2xHLLH")
_LOCATOR64 = struct.Struct("<4s4xQ4x")  # 4.3.15
_END64 = struct.Struct("<4s28xQQQ")  # 4.3.14: signature, entries, size and offset
_ZIP64_FIELD, _UNICODE_NAME_FIELD = 0x0001, 0x7075  # 4.5.3, 4.6.9
_IN_FIELD = 0xFFFFFFFF
# An entry that runs over so many others was made on purpose.
_MAX_OVERRUN = 8


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One file of the archive, as its directory describes it.

    Attributes:
        raw_name: The name's bytes, in an unknown encoding unless ``flags`` say UTF-8.
        unicode_name: The name of the Unicode Path field, or None.
        flags: The general purpose bit flag (4.4.4).
        method: The compression method (4.4.5).
        packed_bytes: The size in the archive; 0 with a size of 0 may also mean unknown.
        header_offset: The place of the local header; -1 if the directory is damaged here.
        unix_mode: The file's type and permissions on Unix, 0 if unknown.
    """

    raw_name: bytes
    unicode_name: str | None
    flags: int
    method: int
    crc32: int
    packed_bytes: int
    size_bytes: int
    header_offset: int
    unix_mode: int


@dataclass(frozen=True)
class _End:
    """Where the directory is. ``shift`` is how many bytes stand before the archive."""

    start: int
    stop: int
    size: int
    count: int
    shift: int
    comment: bytes


class ZipDirectory:
    """The entries of an archive in the directory's order, and the archive's comment."""

    def __init__(self, read_at: ReadAt, file_bytes: int) -> None:
        """Read the directory.

        Raises:
            ComicUnreadable: there is none, or it is far too large.
        """
        end = _find_end(read_at, file_bytes)
        if end is None:
            raise ComicUnreadable("The archive is damaged or cut short. Copy or download it again.")
        if end.size > MAX_DIRECTORY_BYTES:
            raise ComicUnreadable(
                "The archive's table of contents is far too large for a comic. Pack it again."
            )
        self._read_at = read_at
        self.comment = end.comment
        records = read_at(end.start, min(end.stop - end.start, MAX_DIRECTORY_BYTES))
        self.entries = tuple(_parse(records, end.count, _shift(read_at, records, end)))
        self._start = end.start
        self._starts = sorted({entry.header_offset for entry in self.entries} | {end.start})

    def data_offset(self, entry: ZipEntry) -> int | None:
        """Return where the entry's data starts, or None if there is no local header.

        The lengths of name and extra field may differ from the directory's (4.3.7).
        """
        if entry.header_offset < 0:
            return None
        header = self._read_at(entry.header_offset, _LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(LOCAL_SIGNATURE):
            return None
        _, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
        return entry.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes

    def data_limit(self, entry: ZipEntry, data_end: int) -> int:
        """Return how far the entry's data may reach: to ``data_end``, or to the next entry.

        An offset of the directory that leads to no local header is an error of its own entry.
        """
        first = bisect_right(self._starts, entry.header_offset)
        following = self._starts[first : first + _MAX_OVERRUN]
        for start in following:
            if start >= data_end:
                return data_end
            if start == self._start or self._read_at(start, 4) == LOCAL_SIGNATURE:
                return start
        return data_end if len(following) < _MAX_OVERRUN else entry.header_offset


def has_directory(read_at: ReadAt, file_bytes: int) -> bool:
    """Return whether the file holds a ZIP archive, whatever stands before and behind it."""
    try:
        return _find_end(read_at, file_bytes) is not None
    except ComicUnreadable:
        return True  # It is one part of an archive.


def _find_end(read_at: ReadAt, file_bytes: int) -> _End | None:
    """Search the end record backwards from the end of the file.

    Raises:
        ComicUnreadable: the archive is split, and other files hold its rest.
    """
    tries = 0
    for offset, window in _windows(read_at, file_bytes):
        at = window.rfind(_END_SIGNATURE)
        while at >= 0 and tries < _MAX_END_RECORDS:
            end = _end_at(read_at, offset + at, file_bytes)
            if end is not None:
                return end
            tries += 1
            at = window.rfind(_END_SIGNATURE, 0, at)
    return None


def _windows(read_at: ReadAt, file_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Yield parts of the file from its end to its beginning, with their offsets."""
    size = _MAX_COMMENT_BYTES + _END.size
    stop = file_bytes
    lowest = max(file_bytes - MAX_TRAILING_BYTES - size, 0)
    while stop > lowest:
        start = max(stop - size, lowest)
        # The three bytes more find a signature across two windows, and none of them twice.
        yield start, read_at(start, stop - start + len(_END_SIGNATURE) - 1)
        stop, size = start, _SEARCH_BYTES


def _end_at(read_at: ReadAt, at: int, file_bytes: int) -> _End | None:
    """Return the end record at this place if it leads to a directory."""
    data = read_at(at, _END.size + _MAX_COMMENT_BYTES)
    if len(data) < _END.size:
        return None
    _, disk, first_disk, count, size, offset, comment_bytes = _END.unpack_from(data)
    stop, wide = at, _end64_before(read_at, at)
    if wide is not None:
        stop, count, size, offset = wide
    comment = data[_END.size : _END.size + comment_bytes]
    is_split = wide is None and disk not in {0, 0xFFFF}
    if is_split and disk >= first_disk and at + _END.size + comment_bytes == file_bytes:
        raise ComicUnreadable(
            "It is the last part of a split archive. Join its parts, or unpack it and pack its "
            "pages again as one CBZ."
        )
    for start, shift in ((stop - size, stop - size - offset), (offset, 0)):
        if start < 0 or start + size > stop:
            continue
        ends_inside = at + _END.size + comment_bytes < file_bytes
        is_empty = size == 0 and count == 0 and not ends_inside
        if is_empty or read_at(start, 4) == _RECORD_SIGNATURE:
            if shift > 0 and ends_inside and read_at(0, 4) == LOCAL_SIGNATURE:
                continue  # An archive within one that is cut short.
            return _End(start, stop, size, count, shift, comment)
    return None


def _end64_before(read_at: ReadAt, at: int) -> tuple[int, int, int, int] | None:
    """Return place, entries, size and offset of the ZIP64 end record (4.3.14), if there is one."""
    locator = read_at(at - _LOCATOR64.size, _LOCATOR64.size) if at >= _LOCATOR64.size else b""
    if not locator.startswith(b"PK\x06\x07"):
        return None
    stated = _LOCATOR64.unpack(locator)[1]
    # Its usual place, for archives behind other bytes.
    for place in (stated, at - _LOCATOR64.size - 56):
        record = read_at(place, _END64.size) if 0 <= place < at else b""
        if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
            return (place, *_END64.unpack(record)[1:])
    return None


def _shift(read_at: ReadAt, records: bytes, end: _End) -> int:
    """Return what is added to offsets: some programs count the bytes before the archive."""
    first = next(_parse(records, 1, 0), None)
    if first is None or first.header_offset < 0:
        return end.shift
    return next(
        (
            shift
            for shift in (end.shift, 0)
            if read_at(first.header_offset + shift, 4) == LOCAL_SIGNATURE
        ),
        end.shift,
    )


def _parse(records: bytes, count: int, shift: int) -> Iterator[ZipEntry]:
    """Yield the entries. A record that cannot be read is yielded as a damaged page.

    ``count`` is a lower bound: it has 16 bits without ZIP64 (4.4.21).
    """
    at = found = 0
    while at + _RECORD.size <= len(records):
        is_marked = records.startswith(_RECORD_SIGNATURE, at)
        if found >= count and not is_marked:
            return  # A digital signature (4.3.13), or something else behind the directory.
        stop = _record_stop(records, at)
        is_followed = _is_boundary(records, stop)
        if not is_followed and not _is_boundary(records, _record_stop(records, stop)):
            # One of the lengths is wrong.
            following = records.find(_RECORD_SIGNATURE, at + 1)
            stop = following if following >= 0 else len(records)
        found += 1
        is_whole = _RECORD.size <= stop - at and (is_marked or is_followed)
        entry = _entry(records[at:stop], shift) if is_whole else None
        yield entry or _damaged_entry(found)
        at = stop


def _record_stop(records: bytes, at: int) -> int:
    if at + _RECORD.size > len(records):
        return len(records) + 1
    *_, name_bytes, extra_bytes, comment_bytes, _, _ = _RECORD.unpack_from(records, at)
    return at + _RECORD.size + name_bytes + extra_bytes + comment_bytes


def _is_boundary(records: bytes, at: int) -> bool:
    return at == len(records) or records.startswith(_RECORD_SIGNATURE, at)


def _damaged_entry(number: int) -> ZipEntry:
    """Return a page in place of a record whose name is unknown, so that it is noticed."""
    return ZipEntry(b"unknown name %03d.jpg" % number, None, 0, 0, 0, 0, 0, -1, 0)


def _entry(record: bytes, shift: int) -> ZipEntry | None:
    """Return the entry of a record, or None if the record is shorter than its name."""
    (_, flags, method, crc32, packed, size, name_bytes, extra_bytes, _, attributes, offset) = (
        _RECORD.unpack_from(record)
    )
    name = record[_RECORD.size : _RECORD.size + name_bytes]
    if len(name) < name_bytes:
        return None
    unicode_name = None
    extra = record[_RECORD.size + name_bytes : _RECORD.size + name_bytes + extra_bytes]
    for kind, data in _extra_fields(extra):
        if kind == _ZIP64_FIELD:
            size, packed, offset = _widened((size, packed, offset), data)
        elif kind == _UNICODE_NAME_FIELD:
            unicode_name = _unicode_name(data, name)
    return ZipEntry(
        name, unicode_name, flags, method, crc32, packed, size, offset + shift, attributes >> 16
    )


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and data of each field (4.5.1), up to bytes that are no field, such as padding."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if at + 4 + size > len(extra):
            return
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size


def _widened(values: tuple[int, int, int], data: bytes) -> tuple[int, int, int]:
    """Replace the values that did not fit into 32 bits; the field has these only (4.5.3)."""
    at, wide = 0, []
    for value in values:
        if value == _IN_FIELD and at + 8 <= len(data):
            (value,) = struct.unpack_from("<Q", data, at)
            at += 8
        wide.append(value)
    return wide[0], wide[1], wide[2]


def _unicode_name(data: bytes, name: bytes) -> str | None:
    """Return the name in UTF-8 if it belongs to this name, which its CRC-32 tells (4.6.9)."""
    if len(data) < 6 or data[0] != 1 or struct.unpack_from("<L", data, 1)[0] != zlib.crc32(name):
        return None
    try:
        return data[5:].decode()
    except UnicodeDecodeError:
        return None
