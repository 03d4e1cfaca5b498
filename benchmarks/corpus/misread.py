"""Know kinds of files that other programs misread, so that they are no measure for their pixels.

Each rule looks at the content of a file and has a reason that can be checked.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

_FILE_HEADER_BYTES, _INFO_HEADER_BYTES, _INDEXED_BITS = 14, 40, 8


def _begins_in_its_palette(data: bytes) -> bool:
    """Return whether a bitmap with a palette says that its pixels begin where the palette does.

    Some programs write it so. Who follows it shows the palette as pixels: the picture is shifted,
    and its lowest rows are noise. The pixels fill the end of the file.
    """
    if not data.startswith(b"BM") or len(data) < _FILE_HEADER_BYTES + _INFO_HEADER_BYTES:
        return False
    begin, size = struct.unpack("<II", data[10:18])
    (bits,) = struct.unpack("<H", data[28:30])
    return begin == _FILE_HEADER_BYTES + size and 0 < bits <= _INDEXED_BITS


_RULES: tuple[tuple[Callable[[bytes], bool], tuple[str, ...]], ...] = (
    (_begins_in_its_palette, ("Chromium", "mupdf")),
)


def misread_by(data: bytes) -> list[str]:
    """Return the programs that are known to misread files of this kind."""
    return [name for is_misread, names in _RULES if is_misread(data) for name in names]
