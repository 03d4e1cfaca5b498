"""Pages of kinds that an EPUB does not hold, made into ones that it does."""

from __future__ import annotations

import io
import zlib
from dataclasses import replace

from ..images import lossless_png
from ..pages import OutputPage
from ..reading import checked_chunks


def as_png(source: OutputPage) -> OutputPage:
    """The page as PNG, without loss, in memory until it is let go. Raises PageUnreadable."""
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
