"""The decompressors of the standard library behind one interface, within limits of memory."""

from __future__ import annotations

import lzma
import zlib
from typing import Protocol

from .source import MIB

# What they raise for damaged data. OSError comes from the disk as well.
DAMAGE = (zlib.error, lzma.LZMAError, EOFError, ValueError, OSError, MemoryError)
# The memory that XZ may take. Its strongest preset needs 65 MiB to unpack.
_XZ_BYTES = 128 * MIB


class Decompressor(Protocol):
    """What the decompressors of bz2 and lzma have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the data was reached."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether everything that was given is unpacked."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was given behind the end of the data."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Unpack what is left and ``data`` to at most ``max_length`` bytes."""
        ...


class Inflater:
    """The decompressor of zlib with the interface of the others."""

    def __init__(self, window_bits: int) -> None:
        """Make it for raw data (negative bits) or for gzip (31), as ``zlib.decompressobj`` does."""
        self._inflate = zlib.decompressobj(window_bits)

    @property
    def eof(self) -> bool:
        """Whether the end of the data was reached."""
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        """Whether everything that was given is unpacked."""
        return not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What was given behind the end of the data."""
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Unpack what is left and ``data`` to at most ``max_length`` bytes."""
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)


def xz_decompressor() -> Decompressor:
    """Return a decompressor of XZ that takes no more memory than its strongest preset needs."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_BYTES)
