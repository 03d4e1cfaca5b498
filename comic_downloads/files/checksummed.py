"""Files that are kept and used again: each ends with the CRC-32 of what it holds, so that damage on the disk is noticed.

The seal is part of the file because two files could not be renamed into place at once.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from .output import write_whole
from .slices import Slice

_SEAL_BYTES = 4


def write_sealed(target: Path, data: bytes) -> None:
    """Puts the bytes at ``target``, all or nothing. Raises DiskFull or StorageUnavailable."""
    write_whole(target, data + _seal(zlib.crc32(data)))


def open_sealed(path: Path) -> tuple[BinaryIO, bytes]:
    """What the file holds, and the seal to compare with ``is_whole`` when it was read. Raises FileNotFoundError."""
    with path.open("rb") as file:
        size_bytes = max(os.fstat(file.fileno()).st_size - _SEAL_BYTES, 0)
        seal = os.pread(file.fileno(), _SEAL_BYTES, size_bytes)
        return cast(BinaryIO, Slice(file.fileno(), 0, size_bytes, path.name)), seal


def is_whole(seal: bytes, crc32: int) -> bool:
    """True if this is the CRC-32 the file was written with."""
    return seal == _seal(crc32)


def _seal(crc32: int) -> bytes:
    return crc32.to_bytes(_SEAL_BYTES)
