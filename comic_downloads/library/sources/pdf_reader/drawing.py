"""Draw a page as a PDF viewer would show it."""

from __future__ import annotations

from math import ceil, sqrt

from pypdfium2 import PdfBitmap, PdfImage, PdfPage
from pypdfium2.raw import (
    FPDF_ANNOT,
    FPDF_REVERSE_BYTE_ORDER,
    FPDF_FFLDraw,
    FPDF_RenderPageBitmap,
    FPDFBitmap_BGR,
)

from .content import Content, content_of
from .jpeg import MAX_SIDE, photo
from .jpeg2000 import Codestream, is_jpeg2000
from .mending import mended_page
from .placement import box_of, is_large, pixels_per_point, visible_box
from .png import png

# Pages of text and lines are rendered with at least 200 dpi, and a comic book's page with about
# 1400 x 2100 pixels.
MIN_RENDERED_DPI = 200
MAX_LINES_SIDE = 3200
MAX_LINES_PIXELS = MAX_LINES_SIDE**2
ENOUGH_PIXELS = 1400 * 2100
TINY_PIXELS = 64**2  # Up to here, PNG is not larger than JPEG, whose blocks would be seen.
# A page of pictures has the pixels of the finest: A4 with 600 dpi are 35 million.
MAX_PIXELS = 64_000_000
POINTS_PER_INCH = 72
MOSTLY = 0.6  # The part of a page from which on pictures decide about its size and its encoding.
MAX_PNG_RATIO = 2  # Lines stay without loss if that takes at most so many times the bytes.
MAX_STRETCH = 0.02  # Page sizes in whole points do not have quite the pictures' proportions.
_WHITE = (255, 255, 255, 255)
_ROUNDING = 1 - 1e-6  # Keeps the number of pixels from being rounded up past the picture's.


def drawn(page: PdfPage, index: int) -> bytes:
    """Return the page with this index as JPEG if it is mostly lossy pictures, else as PNG.

    Raises:
        ValueError: it has no size.
    """
    width, height = page.get_size()
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise ValueError("it has no size")
    content = content_of(page)
    across, down = _scales(page, content)
    shown = mended_page(page, index, content.pictures) or page
    bitmap = _rendered(shown, ceil(width * across), ceil(height * down))
    return _encoded(bitmap, page, content)


def _rendered(page: PdfPage, width: int, height: int) -> PdfBitmap:
    """Return the page in so many pixels; they need not have the page's proportions."""
    bitmap = PdfBitmap.new_native(width, height, FPDFBitmap_BGR, rev_byteorder=True)
    bitmap.fill_rect(_WHITE, 0, 0, width, height)
    flags = FPDF_ANNOT | FPDF_REVERSE_BYTE_ORDER
    FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
    if page.formenv is not None:
        FPDF_FFLDraw(page.formenv, bitmap, page, 0, 0, width, height, 0, flags)
    return bitmap


def _encoded(bitmap: PdfBitmap, page: PdfPage, content: Content) -> bytes:
    lossy = [picture for picture in content.pictures if _is_lossy(picture)]
    if _share(lossy, page) < MOSTLY or max(bitmap.width, bitmap.height) > MAX_SIDE:
        return png(bitmap)
    largest = max(lossy, key=lambda picture: box_of(picture).area)
    has_lines = not content.is_all or len(lossy) < len(content.pictures)
    jpeg = photo(bitmap, bytes(largest.get_data(decode_simple=True)), has_lines=has_lines)
    pixels = bitmap.width * bitmap.height
    if pixels > (MAX_LINES_PIXELS if has_lines else TINY_PIXELS):
        return jpeg
    lossless = png(bitmap)
    return lossless if len(lossless) <= MAX_PNG_RATIO * len(jpeg) else jpeg


def _is_lossy(picture: PdfImage) -> bool:
    if is_jpeg2000(picture):
        return Codestream.of(bytes(picture.get_data(decode_simple=True))).is_lossy
    return picture.get_filters(skip_simple=True) == ["DCTDecode"]


def _share(pictures: list[PdfImage], page: PdfPage) -> float:
    """Return the part of the page that the pictures cover, if none lies on another."""
    visible = visible_box(page)
    covered = sum(box_of(picture).within(visible).area for picture in pictures)
    return covered / visible.area if visible.area else 0.0


def _scales(page: PdfPage, content: Content) -> tuple[float, float]:
    """Return the scales across and down, in pixels per point.

    They are those of the page's finest large image. Text and lines get at least MIN_RENDERED_DPI,
    except on pictures that cover most of the page with enough pixels.
    """
    width, height = page.get_size()
    large = [picture for picture in content.pictures if is_large(picture, page)]
    finest = _finest([pixels_per_point(picture, page) for picture in large])
    shrunk = min(1.0, sqrt(MAX_PIXELS / (finest[0] * width * finest[1] * height or 1)))
    across, down = (scale * shrunk * _ROUNDING for scale in finest)
    is_enough = _share(large, page) >= MOSTLY and across * width * down * height >= ENOUGH_PIXELS
    if large and (content.is_all or is_enough):
        return across, down
    for_lines = min(MIN_RENDERED_DPI / POINTS_PER_INCH, sqrt(MAX_LINES_PIXELS / (width * height)))
    if min(across, down) >= for_lines:
        return across, down
    return max(across, for_lines), max(across, for_lines)


def _finest(resolutions: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the finest resolution; equal in both directions, unless they hardly differ."""
    across = max((across for across, _ in resolutions), default=0.0)
    down = max((down for _, down in resolutions), default=0.0)
    if abs(across - down) <= across * MAX_STRETCH:
        return across, down
    return max(across, down), max(across, down)
