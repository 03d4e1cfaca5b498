"""Reading a blob of an S3 bucket as a seekable file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError

SKIP_AHEAD_BYTES = 1024 * 1024  # reading on is cheaper than a new request up to about here
READ_TRIES = 3


class ObjectReader(io.RawIOBase):
    """One object of known size. ``get(start)`` requests it from there on, bound to the version that was opened.

    A connection that breaks in the middle is opened again where it broke off.
    """

    def __init__(self, get: Callable[[int], dict[str, Any]], size_bytes: int) -> None:
        self._get = get
        self._size_bytes = size_bytes
        self._position = 0
        self._body: Any = None
        self._body_position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size_bytes}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        wanted = min(len(buffer), self._size_bytes - self._position)
        if wanted <= 0:
            return 0
        data = self._read(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _read(self, size: int) -> bytes:
        for left in reversed(range(READ_TRIES)):
            try:
                self._aim()
                data = self._body.read(size)
            except (OSError, BotoCoreError) as error:  # an answer that broke off is the latter
                self._drop()
                if not left:
                    raise OSError(f"the connection to the storage broke off: {error}") from error
                continue
            if data:
                self._body_position += len(data)
                return data
            self._drop()
        raise OSError("the connection to the storage broke off")

    def _aim(self) -> None:
        """Makes the open answer stand at our position."""
        ahead = self._position - self._body_position
        if self._body is None or not 0 <= ahead <= SKIP_AHEAD_BYTES:
            self._drop()
            answer = self._get(self._position)
            self._body = answer["Body"]
            # some servers send the whole object instead of the range
            self._body_position = self._position if "ContentRange" in answer else 0
        while self._body_position < self._position:
            skipped = len(
                self._body.read(min(self._position - self._body_position, SKIP_AHEAD_BYTES))
            )
            if not skipped:
                raise OSError("the connection to the storage broke off")
            self._body_position += skipped

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
