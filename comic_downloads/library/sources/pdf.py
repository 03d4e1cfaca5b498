"""PDF comics: a page that is one picture gives that picture untouched, any other page is drawn.

PDFium is not made for threads, so that one lock is held around every call into it.
"""

from __future__ import annotations

import io
import threading
import zlib
from pathlib import Path
from struct import pack
from typing import BinaryIO

import pypdfium2
from pypdfium2 import PdfBitmap, PdfDocument, PdfImage, PdfiumError, PdfPage
from pypdfium2.raw import (
    FPDF_PAGEOBJ_TEXT,
    FPDF_TEXTRENDERMODE_INVISIBLE,
    FPDFPageObj_GetType,
    FPDFTextObj_GetTextRenderMode,
)

from ...domain.errors import ComicUnreadable, PageUnreadable
from .source import ComicSource, require_pages

DRAWN_BY = str(pypdfium2.PDFIUM_INFO)  # another PDFium draws other pixels
DRAWN_DPI = 200  # a page of a comic book becomes some 1,400 x 2,100 pixels
MAX_DRAWN_SIDE = 3200
MAX_PICTURE_PIXELS = 100_000_000
MAX_OBJECTS_LOOKED_AT = 200
COVERS = 0.98  # how much of the page's width and height the one picture has to fill
POINTS_PER_INCH = 72
_lock = threading.RLock()


class PdfComic(ComicSource):
    def __init__(self, path: Path) -> None:
        with _lock:
            try:
                self._document = PdfDocument(path)
                count = len(self._document)
            except PdfiumError as error:
                locked = "password" in str(error).lower()
                reason = "locked with a password. Save it" if locked else "damaged or cut short. Copy or download it again"
                raise ComicUnreadable(f"The PDF is {reason}{' without one' if locked else ''}.") from error
        try:
            require_pages(count)
        except ComicUnreadable:
            self.close()
            raise
        digits = max(3, len(str(count)))
        self._pages = {f"page {number:0{digits}}": number - 1 for number in range(1, count + 1)}

    def names(self) -> list[str]:
        """Made up: pages of a PDF have no names. What kind of image a page is shows when it is opened."""
        return list(self._pages)

    def open_page(self, name: str) -> BinaryIO:
        if name not in self._pages:
            raise PageUnreadable(f"“{name}” is no longer in the PDF.")
        with _lock:
            try:
                page = self._document[self._pages[name]]
            except PdfiumError as error:
                raise PageUnreadable(f"“{name}” is damaged in the PDF.") from error
            try:
                return io.BytesIO(_picture_data(page) or _drawn(page))
            except (PdfiumError, MemoryError, ValueError) as error:
                raise PageUnreadable(f"“{name}” cannot be drawn: {error}.") from error
            finally:
                page.close()

    def comic_info(self) -> bytes | None:
        return None

    def close(self) -> None:
        with _lock:
            self._document.close()


def _picture_data(page: PdfPage) -> bytes | None:
    """The file of the one picture that is the page: JPEG and JPEG 2000 as they are, others as PNG without loss."""
    picture = _only_picture(page)
    if picture is None:
        return None
    filters = picture.get_filters(skip_simple=True)
    if filters in (["DCTDecode"], ["JPXDecode"]):
        return bytes(picture.get_data(decode_simple=True))
    width, height = picture.get_px_size()
    if width * height > MAX_PICTURE_PIXELS:
        raise ValueError(f"its picture has {width} x {height} pixels")
    return _png(picture.get_bitmap())


def _only_picture(page: PdfPage) -> PdfImage | None:
    """The page's picture if it is upright, fills the page and nothing else is to be seen; invisible text may lie over it."""
    picture: PdfImage | None = None
    for count, item in enumerate(page.get_objects(max_depth=3)):
        is_text = FPDFPageObj_GetType(item) == FPDF_PAGEOBJ_TEXT
        if is_text and FPDFTextObj_GetTextRenderMode(item) == FPDF_TEXTRENDERMODE_INVISIBLE:
            continue
        if not isinstance(item, PdfImage) or picture is not None or count > MAX_OBJECTS_LOOKED_AT:
            return None
        picture = item
    if picture is None or page.get_rotation() != 0 or not _fills(picture, page):
        return None
    return picture


def _fills(picture: PdfImage, page: PdfPage) -> bool:
    matrix = picture.get_matrix()
    if matrix.a <= 0 or matrix.d <= 0 or abs(matrix.b) > 0.01 or abs(matrix.c) > 0.01:
        return False
    left, bottom, right, top = picture.get_bounds()
    page_left, page_bottom, page_right, page_top = page.get_bbox()
    width, height = page_right - page_left, page_top - page_bottom
    slack_x, slack_y = width * (1 - COVERS), height * (1 - COVERS)
    return (
        abs(left - page_left) <= slack_x
        and abs(right - page_right) <= slack_x
        and abs(bottom - page_bottom) <= slack_y
        and abs(top - page_top) <= slack_y
    )


def _drawn(page: PdfPage) -> bytes:
    width, height = page.get_size()
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise ValueError("it has no size")
    scale = min(DRAWN_DPI / POINTS_PER_INCH, MAX_DRAWN_SIDE / max(width, height))
    return _png(page.render(scale=scale, rev_byteorder=True))  # pyright: ignore[reportArgumentType]  # its default is an int


def _png(bitmap: PdfBitmap) -> bytes:
    """The bitmap as PNG (W3C PNG, third edition): gray or RGB, 8 bits, rows unfiltered."""
    channels = 1 if bitmap.n_channels == 1 else 3
    packer = zlib.compressobj(6)
    parts = []
    data = memoryview(bitmap.buffer).cast("B")
    for row in range(bitmap.height):
        line = bytes(data[row * bitmap.stride : row * bitmap.stride + bitmap.width * bitmap.n_channels])
        parts.append(packer.compress(b"\0" + _as_rgb(line, bitmap.n_channels, reversed_order=bitmap.rev_byteorder)))
    parts.append(packer.flush())
    header = pack(">LLBBBBB", bitmap.width, bitmap.height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", b"".join(parts)) + _chunk(b"IEND", b"")


def _as_rgb(line: bytes, channels: int, *, reversed_order: bool) -> bytes:
    """PDFium keeps blue first, and sometimes a fourth byte that is not needed."""
    if channels == 1:
        return line
    red, blue = (0, 2) if reversed_order else (2, 0)
    result = bytearray(len(line) // channels * 3)
    result[0::3], result[1::3], result[2::3] = line[red::channels], line[1::channels], line[blue::channels]
    return bytes(result)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">L", len(data)) + kind + data + pack(">L", zlib.crc32(kind + data))
