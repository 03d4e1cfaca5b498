"""How large a file will be, before anything is converted or written."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.artifact import Format
from ..domain.library import ImageFacts
from ..domain.manifest import Options
from ..domain.quality import Preset

_OVERHEAD_BYTES = {Format.CBZ: 250, Format.ZIP: 130, Format.PDF: 650}  # a page: headers, ComicInfo.xml or page objects
_SHRINKING = 0.75  # bytes go with pixels to this power: the smaller a picture, the denser its detail
_RECODED_BYTES_PER_PIXEL = 1.2  # of drawn pages as PNG


def estimate_size(options: Options, facts: Sequence[ImageFacts]) -> int:
    """The expected length in bytes of the file made of pages with these facts."""
    pages = sum(_page_bytes(options.format, options.preset, page) for page in facts)
    size_bytes = round(pages) + _OVERHEAD_BYTES[options.format] * len(facts)
    return min(size_bytes, options.target_size_bytes) if options.target_size_bytes is not None else size_bytes


def _page_bytes(format: Format, preset: Preset, page: ImageFacts) -> float:
    size_bytes = float(page.size_bytes)
    width, height = page.width, page.height
    if preset.changes(width, height):
        new_width, new_height = preset.fit(width, height)
        size_bytes *= (new_width * new_height / (width * height)) ** _SHRINKING
        if preset.grayscale:
            size_bytes *= 0.85
        width, height = new_width, new_height
    if format is Format.PDF and page.media_type not in {"image/jpeg", "image/png"}:
        size_bytes = max(size_bytes, width * height * _RECODED_BYTES_PER_PIXEL)
    return size_bytes
