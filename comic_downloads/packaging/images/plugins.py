"""Kinds of images that Pillow does not read well by itself: HEIC, JPEG XL and bitmaps."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import BinaryIO

from ...domain.errors import PageUnreadable
from .bitmap import BITMAP, register_bitmaps

# A JPEG XL container may have boxes of metadata before its image.
_HEAD_BYTES = 64 * 1024
# ISO/IEC 18181-2, section 9.1.
_JXL_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_JXL_CODESTREAM = b"\xff\x0a"
_JXL_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_JXL_SIZE_BITS = (9, 13, 18, 30)


def register(name: str) -> None:
    """Make Pillow read files of the format HEIF, JXL or BITMAP; any other name does nothing.

    The packages are imported when the first such image comes, because they take 8 MB.

    Raises:
        PageUnreadable: The package is not installed; the message names it.
    """
    if name == "HEIF":
        _installed(
            "pillow_heif", "It is a HEIC image. Install the Python package pillow-heif to read it."
        )
        importlib.import_module("pillow_heif").register_heif_opener()
    elif name == "JXL":
        _installed(
            "pillow_jxl",
            "It is a JPEG XL image. Install the Python package pillow-jxl-plugin to read it.",
        )
        # The module registers its format when it is imported.
        importlib.import_module("pillow_jxl")
    elif name == BITMAP:
        register_bitmaps()


def _installed(module: str, otherwise: str) -> None:
    if find_spec(module) is None:
        raise PageUnreadable(otherwise)


def is_jxl(head: bytes) -> bool:
    """Return True if the bytes are the beginning of a JPEG XL."""
    return head.startswith((_JXL_CODESTREAM, _JXL_CONTAINER))


def jxl_pixels(stream: BinaryIO) -> int | None:
    """Return width times height of a JPEG XL from its first bytes, or None if they do not say.

    The plugin decodes the whole picture when it opens one, so the limit has to be checked before.
    """
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    start = 0 if head.startswith(_JXL_CODESTREAM) else _codestream(head)
    if start is None or head[start : start + 2] != _JXL_CODESTREAM:
        return None
    bits = int.from_bytes(head[start + 2 : start + 14], "little")

    def take(count: int) -> int:
        nonlocal bits
        value, bits = bits & ((1 << count) - 1), bits >> count
        return value

    # The SizeHeader of ISO/IEC 18181-1, section D.1.
    small = take(1)
    height = (take(5) + 1) * 8 if small else take(_JXL_SIZE_BITS[take(2)]) + 1
    ratio = take(3)
    if ratio:
        across, down = _JXL_RATIOS[ratio - 1]
        return height * (height * across // down)
    return height * ((take(5) + 1) * 8 if small else take(_JXL_SIZE_BITS[take(2)]) + 1)


def _codestream(head: bytes) -> int | None:
    """Return where the image begins in a container.

    It is in the box ``jxlc``, or after the number in the first ``jxlp``.
    """
    position = 0
    while position + 8 <= len(head):
        size, kind = (
            int.from_bytes(head[position : position + 4]),
            head[position + 4 : position + 8],
        )
        start = position + 8
        # A size of 1 means that a 64-bit size follows.
        if size == 1:
            size, start = int.from_bytes(head[position + 8 : position + 16]), position + 16
        if kind == b"jxlc":
            return start
        if kind == b"jxlp":
            return start + 4
        if size < 8:
            return None
        position += size
    return None
