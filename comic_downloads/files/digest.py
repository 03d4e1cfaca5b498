"""Digests and checksums of files, in constant memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial
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
    return crc32_of_chunks(iter(partial(file.read, READ_BYTES), b""))


def crc32_of_chunks(chunks: Iterable[bytes | memoryview]) -> int:
    """Return the CRC-32 of the chunks together."""
    checksum = 0
    for chunk in chunks:
        checksum = zlib_ng.crc32(chunk, checksum)
    return checksum
