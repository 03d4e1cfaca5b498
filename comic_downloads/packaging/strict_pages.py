"""Make pages strict: those that browsers show although they break rules of their kind.

Their pixels stay as they are, byte for byte.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import replace
from typing import BinaryIO

from ..domain.layout import Literal
from ..domain.library import ImageTrait
from .pages import OutputPage
from .reading import checked_chunks
from .strict import JPEG_END, strict_png
from .structure import GifStructure


def strict_page(page: OutputPage) -> OutputPage:
    """Return the page as strict programs accept it, with facts that fit; the same one if it is.

    A PNG or GIF that has to be changed stays in memory until it is released.

    Raises:
        PageUnreadable: The page is not what its facts say.
    """
    if ImageTrait.LOOSE not in page.facts.traits:
        return page
    if page.facts.media_type == "image/jpeg":
        return _with_ending(page, JPEG_END)
    if page.facts.media_type == "image/png":
        return with_content(page, strict_png(_in_memory(page)).read())
    if page.facts.media_type == "image/gif":
        structure = GifStructure()
        structure.feed(_in_memory(page).getvalue())
        return _with_ending(page, structure.ending)
    return page


def with_content(page: OutputPage, content: bytes, media_type: str = "") -> OutputPage:
    """Return the page with other bytes, which stay in memory until it is released."""
    facts = replace(
        page.facts,
        media_type=media_type or page.facts.media_type,
        size_bytes=len(content),
        crc32=zlib.crc32(content),
        sha256="",
        traits=(),
    )
    return OutputPage(page.name, facts, lambda: io.BytesIO(content))


def _in_memory(page: OutputPage) -> io.BytesIO:
    return io.BytesIO(b"".join(checked_chunks(page)))


def _with_ending(page: OutputPage, ending: bytes) -> OutputPage:
    """Return the page with further bytes; it is still read only when it is written."""
    facts = replace(
        page.facts,
        size_bytes=page.facts.size_bytes + len(ending),
        crc32=zlib.crc32(ending, page.facts.crc32),
        sha256="",
        traits=tuple(trait for trait in page.facts.traits if trait is not ImageTrait.LOOSE),
    )
    return OutputPage(
        page.name,
        facts,
        lambda: io.BufferedReader(_Extended(page.open(), ending)),
        parts=(*page.parts, Literal(ending)) if page.parts else (),
    )


class _Extended(io.RawIOBase):
    """A stream with further bytes at its end."""

    def __init__(self, source: BinaryIO, ending: bytes) -> None:
        self._source = source
        self._ending = ending

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Read the source to its end, then the ending."""
        data = self._source.read(len(buffer))
        if not data:
            data, self._ending = self._ending[: len(buffer)], self._ending[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the source."""
        self._source.close()
        super().close()
