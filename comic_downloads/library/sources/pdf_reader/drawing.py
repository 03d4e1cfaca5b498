"""Draw a page as a PDF viewer would show it."""

from __future__ import annotations

from pypdfium2 import PdfPage

from .encoding import png
from .placement import is_large, pixels_per_point, shown

# Pages are rendered with at least 200 dpi, and a comic book's page with about 1400 x 2100 pixels.
MIN_RENDERED_DPI = 200
MAX_RENDERED_SIDE = 3200
POINTS_PER_INCH = 72


def drawn(page: PdfPage) -> bytes:
    """Return the page as PNG. Raises ValueError if it has no size."""
    width, height = page.get_size()
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise ValueError("it has no size")
    scale = min(_render_scale(page), MAX_RENDERED_SIDE / max(width, height))
    # pypdfium2 infers the type of ``scale`` from its default, an int.
    return png(page.render(scale=scale, rev_byteorder=True))  # pyright: ignore[reportArgumentType]


def _render_scale(page: PdfPage) -> float:
    """Return the scale in pixels per point.

    It is that of the page's finest large image, and with text or lines at least MIN_RENDERED_DPI.
    """
    pictures, alone = shown(page)
    minimum = MIN_RENDERED_DPI / POINTS_PER_INCH
    finest = max(
        map(pixels_per_point, (picture for picture in pictures if is_large(picture, page))),
        default=minimum,
    )
    return finest if alone else max(finest, minimum)
