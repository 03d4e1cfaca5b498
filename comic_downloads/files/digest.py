"""Digests and checksums of files, in constant memory."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from zlib_ng import zlib_ng

READ_BYTES = 1024 * 1024


def sha256_of_rest(file: BinaryIO) -> str:
    """Return the SHA-256, in lower-case hex, of everything after the file's position."""
    digest = hashlib.sha256()
    while chunk := file.read(READ_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def crc32_of_rest(file: BinaryIO) -> int:
    """Return the CRC-32 of everything after the file's position."""
    checksum = 0
    while chunk := file.read(READ_BYTES):
        checksum = zlib_ng.crc32(chunk, checksum)
    return checksum
