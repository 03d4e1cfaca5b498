"""The SHA-256 of a file, in constant memory."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

READ_BYTES = 1024 * 1024


def sha256_of_rest(file: BinaryIO) -> str:
    """Return the SHA-256, in lower-case hex, of everything after the file's position."""
    digest = hashlib.sha256()
    while chunk := file.read(READ_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
