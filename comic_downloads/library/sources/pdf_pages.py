"""Reads one PDF for its parent process: a page that is one picture gives that picture untouched, any other page is drawn.

Run as a program of its own (``python pdf_pages.py FILE SECONDS MAX_BYTES``), because PDFium cannot be interrupted and a
hostile file may crash it, keep it busy for ever or fill the memory. It answers on standard output: first the number of
pages, then, for each page number (4 bytes, from 0) on standard input, that page's image. An answer is one byte (``+`` or
``-``), the length (8 bytes) and the number, the image or the reason. Numbers are unsigned, big-endian.
"""

from __future__ import annotations

import resource
import signal
import sys
import zlib
from collections.abc import Callable
from functools import partial
from struct import pack

from pypdfium2 import PdfBitmap, PdfDocument, PdfImage, PdfiumError, PdfPage
from pypdfium2.raw import (
    FPDF_PAGEOBJ_TEXT,
    FPDF_TEXTRENDERMODE_INVISIBLE,
    FPDFPageObj_GetType,
    FPDFTextObj_GetTextRenderMode,
)

DRAWN_DPI = 200  # a page of a comic book becomes some 1,400 x 2,100 pixels
MAX_DRAWN_SIDE = 3200
MAX_PICTURE_PIXELS = 100_000_000
MAX_OBJECTS_LOOKED_AT = 200
COVERS = 0.98  # how much of the page's width and height the one picture has to fill
POINTS_PER_INCH = 72


class CannotRead(Exception):
    """The file or a page cannot be read; says why, without the full stop."""


def main(path: str, seconds: float, max_bytes: int) -> None:
    """Answers until standard input ends. Each answer has so many seconds: SIGALRM then ends the process, inside PDFium too."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    documents: list[PdfDocument] = []

    def opened() -> bytes:
        documents.append(_opened(path))
        return pack(">L", len(documents[0]))

    _answer(opened, seconds)
    while documents and len(number := sys.stdin.buffer.read(4)) == 4:
        _answer(partial(_page, documents[0], int.from_bytes(number)), seconds)


def _answer(work: Callable[[], bytes], seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        status, data = b"+", work()
    except CannotRead as error:
        status, data = b"-", str(error).encode()
    except (PdfiumError, MemoryError, ValueError) as error:
        status, data = b"-", f"cannot be drawn: {error or 'it takes too much memory'}".encode()
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.stdout.buffer.write(status + pack(">Q", len(data)) + data)
    sys.stdout.buffer.flush()


def _opened(path: str) -> PdfDocument:
    try:
        return PdfDocument(path)
    except PdfiumError as error:
        locked = "password" in str(error).lower()
        raise CannotRead(
            "locked with a password. Save it without one" if locked else "damaged or cut short. Copy or download it again"
        ) from error


def _page(document: PdfDocument, index: int) -> bytes:
    try:
        page = document[index]
    except PdfiumError as error:
        raise CannotRead("is damaged in the PDF") from error
    try:
        return _picture_data(page) or _drawn(page)
    finally:
        page.close()


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


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
