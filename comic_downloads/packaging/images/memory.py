"""Estimate the memory that converting a page takes, to limit how many run at once."""

from __future__ import annotations

from ...domain.library import ImageFacts
from ...domain.quality import Preset
from .converting import wanted_size

# The bytes that a decoded pixel takes until the page is shrunk. Pillow keeps four; the rest belongs
# to the decoder and to the first of the two steps of resizing. Measured on 2480 x 3508.
_BYTES_PER_PIXEL = {"image/jpeg": 6, "image/png": 6, "image/webp": 17}
_ANY_BYTES_PER_PIXEL = 10


def working_bytes(page: ImageFacts, preset: Preset) -> int:
    """Return about how many bytes are in use at a time while the page is converted."""
    pixels = page.width * page.height
    if page.media_type == "image/jpeg":
        pixels //= _decoder_shrinks(page, preset) ** 2
    if page.strip is not None:
        pixels *= 2  # Beside the page, one of its neighbours is decoded at a time.
    return page.size_bytes + pixels * _BYTES_PER_PIXEL.get(page.media_type, _ANY_BYTES_PER_PIXEL)


def _decoder_shrinks(page: ImageFacts, preset: Preset) -> int:
    """Return the factor by which the JPEG decoder shrinks each side: 1, 2, 4 or 8."""
    width, height = wanted_size(page, preset)
    ratio = min(page.width // width, page.height // height)
    return next(step for step in (8, 4, 2, 1) if step <= ratio)
