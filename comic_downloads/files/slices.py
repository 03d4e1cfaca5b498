"""Part of a file as a stream of its own."""

from __future__ import annotations

import io
import os

from ..domain.errors import PageOutOfReach, PageUnreadable


class Slice(io.RawIOBase):
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
        self._descriptor = os.dup(descriptor)
        self._start, self._size, self._name = start, size, name
        self._position = 0

    @property
    def place(self) -> tuple[int, int, int]:
        """Return the slice's descriptor, and where its first byte and its end are in the file."""
        return self._descriptor, self._start, self._start + self._size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to ``size`` bytes.

        Raises:
            PageUnreadable: The file has become shorter.
            PageOutOfReach: The disk failed.
        """
        left = max(self._size - self._position, 0)
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

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move the position, counted within the slice."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def tell(self) -> int:
        """Return the position within the slice."""
        return self._position

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Close the slice's own descriptor."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()
