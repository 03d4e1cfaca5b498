"""The bytes of one compressed entry of a ZIP archive, unpacked while they are read."""

from __future__ import annotations

import bz2
import io
import lzma
import os
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from ...domain.errors import PageOutOfReach, PageUnreadable
from .decompressors import DAMAGE, Decompressor, Inflater, xz_decompressor
from .source import MIB, is_transient

STORED, DEFLATED, BZIP2, LZMA, XZ = 0, 8, 12, 14, 95  # APPNOTE.TXT 4.4.5
READABLE_METHODS = frozenset({STORED, DEFLATED, BZIP2, LZMA, XZ})
_CHUNK_BYTES = 64 * 1024
# APPNOTE.TXT 5.8.8: version, size of the properties; then lc, lp and pb in one byte, dictionary.
_LZMA_HEADER = struct.Struct("<2xHBL")
_MIN_DICTIONARY_BYTES = 4096


@dataclass(frozen=True)
class PackedData:
    """Where the packed bytes of an entry are, and what they unpack to.

    ``size_bytes`` is None if the archive does not say; then at most ``max_bytes`` are read.
    """

    start: int
    packed_bytes: int
    method: int
    size_bytes: int | None
    max_bytes: int
    crc32: int


def open_packed(descriptor: int, data: PackedData, name: str) -> BinaryIO:
    """Return a stream of the entry with a descriptor of its own.

    Reading it checks the CRC-32 with the last byte. It raises PageUnreadable if the data is
    damaged, and PageOutOfReach if the disk fails.
    """
    return io.BufferedReader(_EntryStream(descriptor, data, name), _CHUNK_BYTES)


class _EntryStream(io.RawIOBase):
    def __init__(self, descriptor: int, data: PackedData, name: str) -> None:
        self._data, self._name = data, name
        self._descriptor = os.dup(descriptor)
        self._restart()

    def _restart(self) -> None:
        self._position = self._packed_read = self._crc32 = 0
        self._is_finished = False
        self._unpack: Decompressor | None = None

    def readinto(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, buffer: bytearray | memoryview, /
    ) -> int:
        while not self._is_finished:
            part = self._next(len(buffer))
            if part:
                buffer[: len(part)] = part
                return len(part)
        return 0

    def _next(self, wanted: int) -> bytes:
        """Unpack up to ``wanted`` bytes; none means that packed bytes were read only."""
        whole = self._data.size_bytes
        left = (self._data.max_bytes if whole is None else whole) - self._position
        if left <= 0:
            raise self._damaged()
        try:
            self._unpack = self._unpack or self._decompressor()
            packed = self._packed() if self._unpack.needs_input else b""
            part = self._unpack.decompress(packed, min(wanted, left, MIB))
        except DAMAGE as error:
            if is_transient(error):
                raise PageOutOfReach(
                    f"“{self._name}” cannot be read from the disk: {error.strerror}."
                ) from error
            raise self._damaged() from error
        self._position += len(part)
        self._crc32 = zlib.crc32(part, self._crc32)
        is_cut = not part and not packed and self._packed_read >= self._data.packed_bytes
        if self._position == whole or (whole is None and self._unpack.eof):
            self._finish()
        elif is_cut or self._unpack.eof:
            raise self._damaged()
        return part

    def _finish(self) -> None:
        self._is_finished = True
        if self._crc32 != self._data.crc32:
            raise self._damaged()

    def _packed(self) -> bytes:
        size = min(_CHUNK_BYTES, self._data.packed_bytes - self._packed_read)
        data = os.pread(self._descriptor, size, self._data.start + self._packed_read)
        self._packed_read += len(data)
        if size and not data:
            raise EOFError("The file has become shorter.")
        return data

    def _decompressor(self) -> Decompressor:
        match self._data.method:
            case 8:
                return Inflater(-zlib.MAX_WBITS)
            case 12:
                return bz2.BZ2Decompressor()
            case 95:
                return xz_decompressor()
            case _:
                return self._lzma()

    def _lzma(self) -> Decompressor:
        """Return the decompressor that the header before the LZMA data describes.

        Its dictionary never needs to be larger than the entry, whatever the header says.
        """
        header = os.pread(self._descriptor, _LZMA_HEADER.size, self._data.start)
        if len(header) < _LZMA_HEADER.size:
            raise EOFError("The LZMA header is cut short.")
        properties_bytes, packed, dictionary_bytes = _LZMA_HEADER.unpack(header)
        self._packed_read = 4 + properties_bytes
        largest = max(self._data.size_bytes or self._data.max_bytes, _MIN_DICTIONARY_BYTES)
        properties = {
            "id": lzma.FILTER_LZMA1,
            "dict_size": min(max(dictionary_bytes, _MIN_DICTIONARY_BYTES), largest),
            "lc": packed % 9,
            "lp": packed // 9 % 5,
            "pb": packed // 45,
        }
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[properties])

    def _damaged(self) -> PageUnreadable:
        return PageUnreadable(f"“{self._name}” is damaged in the archive.")

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        # Unpacking only goes forwards, so that an earlier position is reached from the start.
        if whence == io.SEEK_END:
            while not self._is_finished:
                self._next(MIB)
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._position}[whence]
        wanted = max(base + offset, 0)
        if wanted < self._position:
            self._restart()
        while self._position < wanted and not self._is_finished:
            self._next(wanted - self._position)
        return self._position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()
