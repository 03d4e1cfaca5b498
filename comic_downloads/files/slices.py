"""Part of a file as a stream of its own."""

from __future__ import annotations

import os

from ..domain.errors import PageOutOfReach, PageUnreadable
from .seekable import SeekableStream


class Slice(SeekableStream):
    """A range of an open file, read without copying it and without a shared position.

    A slice has its own descriptor: the file may be closed meanwhile, and any number of slices can
    be read at the same time.

    Args:
        descriptor: The open file; it is duplicated.
        start: The first byte.
        size: The number of bytes.
        name: The name for error messages.
    """

    def __init__(self, descriptor: int, start: int, size: int, name: str) -> None:
        super().__init__(size)
        self._descriptor = os.dup(descriptor)
        self._start, self._name = start, name

    @property
    def place(self) -> tuple[int, int, int]:
        """Return the slice's descriptor, and where its first byte and its end are in the file."""
        return self._descriptor, self._start, self._start + self._size_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to ``size`` bytes.

        Raises:
            PageUnreadable: The file has become shorter.
            PageOutOfReach: The disk failed.
        """
        left = max(self._size_bytes - self._position, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted == 0:
            return b""
        try:
            data = os.pread(self._descriptor, wanted, self._start + self._position)
        except OSError as error:
            raise PageOutOfReach(
                f"“{self._name}” cannot be read from the disk: {error.strerror}."
            ) from error
        if not data:
            raise PageUnreadable(f"“{self._name}” is cut short.")
        self._position += len(data)
        return data

    def readinto(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, buffer: bytearray | memoryview, /
    ) -> int:
        """Read into the buffer and return the number of bytes. Raises as ``read``."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the slice's own descriptor."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()
