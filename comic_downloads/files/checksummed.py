"""Cache files that end with the CRC-32 of their content, so that damage on the disk is noticed.

The checksum is inside the file because two files cannot be renamed into place at once.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from .output import write_whole
from .slices import Slice

_CRC_BYTES = 4


def write_checksummed(target: Path, data: bytes) -> None:
    """Write the bytes and their CRC-32 to ``target``, all or nothing.

    Raises:
        DiskFull: The disk has no room.
        StorageUnavailable: The disk failed otherwise.
    """
    write_whole(target, data + _crc_field(zlib.crc32(data)))


def open_checksummed(path: Path) -> tuple[BinaryIO, bytes]:
    """Return a stream of the content and its CRC field, to compare with ``matches`` after reading.

    Raises:
        FileNotFoundError: There is no such file.
    """
    with path.open("rb") as file:
        size_bytes = max(os.fstat(file.fileno()).st_size - _CRC_BYTES, 0)
        crc_field = os.pread(file.fileno(), _CRC_BYTES, size_bytes)
        return cast(BinaryIO, Slice(file.fileno(), 0, size_bytes, path.name)), crc_field


def matches(crc_field: bytes, crc32: int) -> bool:
    """Return True if the file was written with content of this CRC-32."""
    return crc_field == _crc_field(crc32)


def _crc_field(crc32: int) -> bytes:
    return crc32.to_bytes(_CRC_BYTES)
