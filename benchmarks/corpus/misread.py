"""Know kinds of files that other programs misread, so that they are no measure for their pixels.

Each rule looks at the content of a file and has a reason that can be checked.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

_FILE_HEADER_BYTES, _INFO_HEADER_BYTES, _INDEXED_BITS = 14, 40, 8

_TIFF_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_PHOTOMETRIC, _SAMPLES_PER_PIXEL, _EXTRA_SAMPLES = 262, 277, 338
_RGB, _RGB_AND_ONE = 2, 4


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


def _has_unnamed_alpha(data: bytes) -> bool:
    """Return whether a TIFF in RGB has a fourth sample and does not say what it is.

    Pillow, libvips and libtiff take it for alpha. Who ignores it shows what was hidden.
    """
    order = _TIFF_ORDERS.get(data[:4])
    if order is None or len(data) < 8:
        return False
    (start,) = struct.unpack(f"{order}I", data[4:8])
    count = int.from_bytes(data[start : start + 2], "little" if order == "<" else "big")
    entries = data[start + 2 : start + 2 + 12 * count]
    found = {
        tag: value
        for tag, _, _, value, _ in struct.iter_unpack(
            f"{order}HHIHH", entries[: len(entries) // 12 * 12]
        )
    }
    is_rgb = found.get(_PHOTOMETRIC) == _RGB and found.get(_SAMPLES_PER_PIXEL) == _RGB_AND_ONE
    return is_rgb and _EXTRA_SAMPLES not in found


_RULES: tuple[tuple[Callable[[bytes], bool], tuple[str, ...]], ...] = (
    (_begins_in_its_palette, ("Chromium", "mupdf")),
    (_has_unnamed_alpha, ("mupdf",)),
)


def misread_by(data: bytes) -> list[str]:
    """Return the programs that are known to misread files of this kind."""
    return [name for is_misread, names in _RULES if is_misread(data) for name in names]
