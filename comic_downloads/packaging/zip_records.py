"""The records of a stored ZIP: what stands before, between and behind the data of its entries.

They follow from names, sizes and checksums alone, so the archive is known before a page is read.
Section numbers are those of APPNOTE.TXT 6.3.10, the ZIP File Format Specification.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator

# 4.3.7: version needed, flags, method, time, date, CRC-32, packed and real size, lengths of name
# and extra field.
_LOCAL_HEADER = struct.Struct("<4s5HLLLHH")
# 4.3.12: version made by, host, version needed, flags, method, time, date, CRC-32, packed and real
# size, lengths of name, extra field and comment, disk, internal and external attributes, offset.
_RECORD = struct.Struct("<4sBB5HLLLHHHHHLL")
# 4.3.16: this disk, first disk, entries here and in all, size and offset of the directory, comment.
_END = struct.Struct("<4s4HLLH")
# 4.3.14: size of the rest, versions, disks, entries here and in all, size and offset.
_END64 = struct.Struct("<4sQHHLLQQQQ")
_LOCATOR64 = struct.Struct("<4sLQL")  # 4.3.15: disk, offset of the record above, disks
_LOCAL_EXTRA64 = struct.Struct("<HHQQ")  # 4.5.3: tag, length, real and packed size
_EXTRA64 = struct.Struct("<HHQQQ")  # The same, and the offset.

LOCAL_HEADER_BYTES = _LOCAL_HEADER.size
RECORD_BYTES = _RECORD.size
END_BYTES = _END.size

_UTF8_NAME = 1 << 11
_UNIX = 3
_ATTRIBUTES = (stat.S_IFREG | 0o644) << 16
_VERSION, _VERSION64 = 20, 45
# The first date that an entry can have, 1980-01-01; a real one would change the bytes.
_TIME, _DATE = 0, 1 << 5 | 1
_ZIP64_TAG = 1
_MAX_16, _MAX_32 = 0xFFFF, 0xFFFF_FFFF
# How many records of the directory are yielded at once.
_DIRECTORY_STEP = 4096


class ZipRecords:
    """Makes the records in the order of the file; ``begin`` is called for every entry."""

    def __init__(self) -> None:
        self._directory: list[bytes] = []
        self._offset = 0
        self._has_64 = False

    def begin(self, name: str, size_bytes: int, crc32: int) -> bytes:
        """Return the header of the next entry, which its data follows."""
        raw_name = name.encode()
        end = self._offset + LOCAL_HEADER_BYTES + len(raw_name) + size_bytes
        if is_beyond_32_bits(end, len(self._directory) + 1):
            header = self._begin_64(raw_name, size_bytes, crc32)
        else:
            header = _local_header(raw_name, crc32, size_bytes)
            record = _record(raw_name, crc32, size_bytes, self._offset)
            self._directory.append(record)
        self._offset += len(header) + size_bytes
        return header

    def _begin_64(self, raw_name: bytes, size_bytes: int, crc32: int) -> bytes:
        self._has_64 = True
        extra = _EXTRA64.pack(_ZIP64_TAG, _EXTRA64.size - 4, size_bytes, size_bytes, self._offset)
        self._directory.append(_record(raw_name, crc32, _MAX_32, _MAX_32, extra))
        local_extra = _LOCAL_EXTRA64.pack(
            _ZIP64_TAG, _LOCAL_EXTRA64.size - 4, size_bytes, size_bytes
        )
        return _local_header(raw_name, crc32, _MAX_32, local_extra)

    def end(self) -> Iterator[bytes]:
        """Yield the directory and the records behind it. No entry can follow."""
        count, size_bytes = len(self._directory), sum(map(len, self._directory))
        for first in range(0, count, _DIRECTORY_STEP):
            yield b"".join(self._directory[first : first + _DIRECTORY_STEP])
        if self._has_64:
            yield _END64.pack(
                *(b"PK\x06\x06", _END64.size - 12, _VERSION64, _VERSION64, 0, 0),
                *(count, count, size_bytes, self._offset),
            )
            yield _LOCATOR64.pack(b"PK\x06\x07", 0, self._offset + size_bytes, 1)
            numbers = (_MAX_16, _MAX_16, _MAX_16, _MAX_16, _MAX_32, _MAX_32)
        else:
            numbers = (0, 0, count, count, size_bytes, self._offset)
        yield _END.pack(b"PK\x05\x06", *numbers, 0)


def is_beyond_32_bits(end: int, number: int) -> bool:
    """Return whether an entry has to be ZIP64, by the offset of its end and its number from 1.

    Entries are ZIP64 only where they have to be: some e-readers know only the old form.
    """
    return end > _MAX_32 or number >= _MAX_16


def _local_header(name: bytes, crc32: int, size: int, extra: bytes = b"") -> bytes:
    version = _VERSION64 if extra else _VERSION
    head = (b"PK\x03\x04", version, _UTF8_NAME, 0, _TIME, _DATE)
    return _LOCAL_HEADER.pack(*head, crc32, size, size, len(name), len(extra)) + name + extra


def _record(name: bytes, crc32: int, size: int, offset: int, extra: bytes = b"") -> bytes:
    version = _VERSION64 if extra else _VERSION
    head = (b"PK\x01\x02", version, _UNIX, version, _UTF8_NAME, 0, _TIME, _DATE)
    lengths = (len(name), len(extra), 0, 0, 0)
    return _RECORD.pack(*head, crc32, size, size, *lengths, _ATTRIBUTES, offset) + name + extra
