"""Search the bytes of a PDF for what PDFium does not tell: the dictionaries of its images.

They are never compressed, because they stand before a stream.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import BinaryIO

from pypdfium2 import PdfImage

# Matches a /Decode other than [0 1 …] (ISO 32000-1, 8.9.5.2), but not /DecodeParms.
ALTERING = re.compile(rb"/Decode(?![A-Za-z]|\s*\[\s*(?:0(?:\.0*)?\s+1(?:\.0*)?\s*)+\])")
_LONGEST_ENTRY = 64
SEARCHED_BYTES = 1024**2  # The size of one read.
# Searching more could exceed a page's time limit. Beyond it, every image is compared instead.
MAX_SEARCHED_BYTES = 1024**3
_COMPARED_BYTES = 256
_DICTIONARY_BYTES = 8 * 1024


class SourceFile:
    """The open file of a PDF."""

    def __init__(self, file: BinaryIO) -> None:
        """Search this file, which has to stay open."""
        self._file = file
        self._last = 0

    @cached_property
    def alters_values(self) -> bool:
        """Whether images may be shown with other values than those in their data."""
        before = b""
        self._file.seek(0)
        while chunk := self._file.read(SEARCHED_BYTES):
            if ALTERING.search(before + chunk) or self._file.tell() > MAX_SEARCHED_BYTES:
                return True
            before = chunk[-_LONGEST_ENTRY:]
        return False

    def dictionary(self, picture: PdfImage) -> bytes | None:
        """Return what stands before an image's data, or None if it is not found or encrypted."""
        data = bytes(picture.get_data())
        middle = len(data) // 2
        part = data[middle : middle + _COMPARED_BYTES]
        found = self._position(part, self._last)
        found = self._position(part, 0) if found is None else found
        if found is None or found < middle:
            return None
        self._last = found
        start = max(0, found - middle - _DICTIONARY_BYTES)
        self._file.seek(start)
        before = self._file.read(found - middle - start)
        _, begun, dictionary = before.rpartition(b" obj")
        return dictionary if begun and dictionary.rstrip(b"\r\n").endswith(b"stream") else None

    def _position(self, part: bytes, start: int) -> int | None:
        """Return where the bytes are; pages in their order are mostly found near the last one."""
        self._file.seek(start)
        before = b""
        while chunk := self._file.read(SEARCHED_BYTES):
            window = before + chunk
            place = window.find(part)
            if place >= 0:
                return self._file.tell() - len(window) + place
            if self._file.tell() - start > MAX_SEARCHED_BYTES:
                return None
            before = window[-_COMPARED_BYTES:]
        return None
