"""Encode pages of types that an EPUB does not hold as ones that it does."""

from __future__ import annotations

import io
import zlib
from dataclasses import replace

from ..images import lossless_png
from ..pages import OutputPage
from ..reading import checked_chunks


def as_png(source: OutputPage) -> OutputPage:
    """Return the page as PNG, without loss. The image stays in memory until it is released.

    Raises:
        PageUnreadable: The page cannot be decoded, or is not what its facts say.
    """
    content = lossless_png(
        io.BytesIO(b"".join(checked_chunks(source))), source.facts.width * source.facts.height
    )
    facts = replace(
        source.facts,
        media_type="image/png",
        size_bytes=len(content),
        crc32=zlib.crc32(content),
        sha256="",
    )
    return OutputPage(source.name, facts, lambda: io.BytesIO(content))
