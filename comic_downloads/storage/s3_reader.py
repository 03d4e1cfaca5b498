"""Read an object in a bucket as a seekable file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError

from ..files.seekable import SeekableStream

SKIP_AHEAD_BYTES = 1024 * 1024  # Up to about this far, reading is cheaper than a new request.
READ_TRIES = 3


class ObjectReader(SeekableStream):
    """Reads one object of known size, and reconnects where a connection broke.

    ``get(start)`` requests the opened version of the object from byte ``start``.
    """

    def __init__(self, get: Callable[[int], dict[str, Any]], size_bytes: int) -> None:
        super().__init__(size_bytes)
        self._get = get
        self._body: Any = None
        self._body_position = 0

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer as far as data is available. Raises OSError after READ_TRIES tries."""
        wanted = min(len(buffer), self._size_bytes - self._position)
        if wanted <= 0:
            return 0
        data = self._read(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        """Close the connection."""
        self._drop()
        super().close()

    def _read(self, size: int) -> bytes:
        for left in reversed(range(READ_TRIES)):
            try:
                self._aim()
                data = self._body.read(size)
            except (OSError, BotoCoreError) as error:  # BotoCoreError if the body ended early.
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
        """Make the open response continue at the current position."""
        ahead = self._position - self._body_position
        if self._body is None or not 0 <= ahead <= SKIP_AHEAD_BYTES:
            self._drop()
            answer = self._get(self._position)
            self._body = answer["Body"]
            # Some servers send the whole object instead of the range.
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
