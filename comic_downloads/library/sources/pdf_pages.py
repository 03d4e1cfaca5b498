"""Read one PDF for the parent process: extract pages that are a single image, render all others.

This runs as a separate program (``python pdf_pages.py FILE SECONDS MAX_BYTES``) without the
package, because PDFium cannot be interrupted, and a hostile file may crash it, hang it, or fill
the memory.

The protocol: the first answer on standard output is the number of pages (4 bytes). Then each page
number (4 bytes, from 0) on standard input is answered with that page's image. An answer has a
status byte (``+`` or ``-``), a length (8 bytes), and the data: the number, the image, or the
reason for the failure. Numbers are unsigned and big-endian.
"""

from __future__ import annotations

import io
import re
import resource
import signal
import sys
import zlib
from collections.abc import Callable
from ctypes import c_float
from functools import cache, partial
from math import hypot
from pathlib import Path
from struct import pack
from typing import BinaryIO

from pypdfium2 import PdfBitmap, PdfDocument, PdfImage, PdfiumError, PdfPage
from pypdfium2.raw import (
    FPDF_ANNOT_LINK,
    FPDF_ANNOT_POPUP,
    FPDF_COLORSPACE_CALGRAY,
    FPDF_COLORSPACE_CALRGB,
    FPDF_COLORSPACE_DEVICEGRAY,
    FPDF_COLORSPACE_DEVICERGB,
    FPDF_COLORSPACE_ICCBASED,
    FPDF_COLORSPACE_UNKNOWN,
    FPDF_PAGEOBJ_TEXT,
    FPDF_TEXTRENDERMODE_INVISIBLE,
    FPDFAnnot_GetSubtype,
    FPDFClipPath_CountPaths,
    FPDFClipPath_CountPathSegments,
    FPDFClipPath_GetPathSegment,
    FPDFPage_CloseAnnot,
    FPDFPage_GetAnnot,
    FPDFPage_GetAnnotCount,
    FPDFPageObj_GetClipPath,
    FPDFPageObj_GetType,
    FPDFPageObj_HasTransparency,
    FPDFPathSegment_GetPoint,
    FPDFTextObj_GetTextRenderMode,
)

# Pages are rendered with at least 200 dpi, and a comic book's page with about 1400 x 2100 pixels.
MIN_RENDERED_DPI = 200
MAX_RENDERED_SIDE = 3200
MAX_PICTURE_PIXELS = 100_000_000
MAX_OBJECTS_LOOKED_AT = 200
COVERS = 0.98  # The part of the page's width and height that a single image must fill.
POINTS_PER_INCH = 72
_RECTANGLE = 5  # The points of a closed rectangle; the last repeats the first.
_EXACT_COLOURS = {FPDF_COLORSPACE_DEVICEGRAY, FPDF_COLORSPACE_DEVICERGB}
_PLAIN_COLOURS = _EXACT_COLOURS | {
    FPDF_COLORSPACE_CALGRAY,
    FPDF_COLORSPACE_CALRGB,
    FPDF_COLORSPACE_ICCBASED,
}
# Matches a /Decode other than [0 1 …] (ISO 32000-1, 8.9.5.2), but not /DecodeParms.
_ALTERING = re.compile(rb"/Decode(?![A-Za-z]|\s*\[\s*(?:0(?:\.0*)?\s+1(?:\.0*)?\s*)+\])")
_LONGEST_ENTRY = 64
SEARCHED_BYTES = 1024**2  # The size of one read.
# Searching more could exceed a page's time limit. Beyond it, every image is compared instead.
MAX_SEARCHED_BYTES = 1024**3


class CannotRead(Exception):
    """The file or a page cannot be read. The text says why, without a full stop."""


def main(path: str, seconds: float, max_bytes: int) -> None:
    """Answer requests until standard input ends.

    Each answer has ``seconds`` of time. Then SIGALRM ends the process, even inside PDFium.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    documents: list[PdfDocument] = []
    file = Path(path).open("rb")  # noqa: SIM115  # It stays open until the process ends.
    alters = cache(partial(_alters_values, file))

    def opened() -> bytes:
        documents.append(_opened(path))
        return pack(">L", len(documents[0]))

    _answer(opened, seconds)
    while documents and len(number := sys.stdin.buffer.read(4)) == 4:
        _answer(partial(_page, documents[0], alters, int.from_bytes(number)), seconds)


def _answer(work: Callable[[], bytes], seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        status, data = b"+", work()
    except CannotRead as error:
        status, data = b"-", str(error).encode()
    except (PdfiumError, MemoryError, ValueError) as error:
        reason = error or "it needs too much memory"
        status, data = b"-", f"cannot be rendered: {reason}".encode()
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.stdout.buffer.write(status + pack(">Q", len(data)) + data)
    sys.stdout.buffer.flush()


def _opened(path: str) -> PdfDocument:
    try:
        return PdfDocument(path)
    except PdfiumError as error:
        locked = "password" in str(error).lower()
        raise CannotRead(
            "locked with a password. Save it without one"
            if locked
            else "damaged or cut short. Copy or download it again"
        ) from error


def _page(document: PdfDocument, alters: Callable[[], bool], index: int) -> bytes:
    try:
        page = document[index]
    except PdfiumError as error:
        raise CannotRead("is damaged in the PDF") from error
    try:
        return _picture_data(page, alters) or _rendered(page)
    finally:
        page.close()


def _alters_values(file: BinaryIO) -> bool:
    """Return whether images in the PDF may be shown with other values than those in their data.

    The dictionaries of images, where /Decode is, are never compressed.
    """
    before = b""
    while chunk := file.read(SEARCHED_BYTES):
        if _ALTERING.search(before + chunk) or file.tell() > MAX_SEARCHED_BYTES:
            return True
        before = chunk[-_LONGEST_ENTRY:]
    return False


def _picture_data(page: PdfPage, alters: Callable[[], bool]) -> bytes | None:
    """Return the data of the single image that is the page, or None if there is no such image.

    JPEG and JPEG 2000 stay unchanged if they look as in the PDF; other images become lossless PNG.
    """
    picture = _only_picture(page)
    if picture is None:
        return None
    filters = picture.get_filters(skip_simple=True)
    if filters == ["JPXDecode"]:
        return bytes(picture.get_data(decode_simple=True))
    width, height = picture.get_px_size()
    if width * height > MAX_PICTURE_PIXELS:
        raise ValueError(f"its picture has {width} x {height} pixels")
    colours = picture.get_metadata().colorspace
    if filters == ["DCTDecode"]:
        data = bytes(picture.get_data(decode_simple=True))
        plain = colours in _PLAIN_COLOURS and _jpeg_channels(data) in {1, 3}
        as_it_is = (plain and not alters()) or _looks_alike(
            picture, data, roughly=plain and colours not in _EXACT_COLOURS
        )
        return data if as_it_is else _png(picture.get_bitmap())
    # The page defines the colour of a stencil mask, and pixels hidden by a mask have any colour.
    return (
        None
        if colours == FPDF_COLORSPACE_UNKNOWN or _has_holes(picture)
        else _png(picture.get_bitmap())
    )


def _jpeg_channels(data: bytes) -> int:
    """Return the number of components in the frame header (ITU-T T.81, B.2.2), or 0 without one."""
    position = 2
    while position + 10 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return data[position + 9]
        position += 2 + int.from_bytes(data[position + 2 : position + 4])
    return 0


def _looks_alike(picture: PdfImage, jpeg: bytes, *, roughly: bool) -> bool:
    """Return whether the JPEG looks the same outside the PDF, which may invert or remap its values.

    Outside a PDF, PDFium reads a CMYK JPEG as other programs do: 0 is full ink. With ``roughly``
    it suffices that the JPEG is not the negative, because a colour profile changes values a little.
    """
    file = PdfImage.new(picture.pdf)
    file.load_jpeg(io.BytesIO(jpeg), inline=True)
    alone, shown = file.get_bitmap(), picture.get_bitmap()
    if not roughly:
        return bytes(alone.buffer) == bytes(shown.buffer)
    pairs = zip(_some_values(alone), _some_values(shown), strict=False)
    return sum(abs(one - other) - abs(255 - one - other) for one, other in pairs) <= 0


def _some_values(bitmap: PdfBitmap) -> bytes:
    """Return the gray or green value of one pixel in 64."""
    data, pixel = memoryview(bitmap.buffer).cast("B"), bitmap.n_channels
    starts = range(min(1, pixel - 1), bitmap.height * bitmap.stride, 8 * bitmap.stride)
    return b"".join(
        bytes(data[start : start + bitmap.width * pixel - 1 : 8 * pixel]) for start in starts
    )


def _has_holes(picture: PdfImage) -> bool:
    bitmap = picture.get_bitmap(render=True)
    return bitmap.n_channels == 4 and bytes(bitmap.buffer)[3::4].strip(b"\xff") != b""


def _only_picture(page: PdfPage) -> PdfImage | None:
    """Return the page's image if it is upright, fills the page and nothing else is visible.

    Invisible text, as from text recognition, may cover it.
    """
    pictures, alone = _shown(page)
    if not alone or len(pictures) != 1 or page.get_rotation() != 0:
        return None
    (picture,) = pictures
    whole = (
        _fills(picture, page)
        and not FPDFPageObj_HasTransparency(picture)
        and not _is_cut(picture, page)
    )
    return picture if whole else None


def _shown(page: PdfPage) -> tuple[list[PdfImage], bool]:
    """Return the images of the page, and whether nothing else is visible on it."""
    pictures: list[PdfImage] = []
    alone = not _has_annotations(page)
    for count, item in enumerate(page.get_objects(max_depth=3)):
        is_text = FPDFPageObj_GetType(item) == FPDF_PAGEOBJ_TEXT
        if count > MAX_OBJECTS_LOOKED_AT:
            return pictures, False
        if isinstance(item, PdfImage):
            pictures.append(item)
        elif not (is_text and FPDFTextObj_GetTextRenderMode(item) == FPDF_TEXTRENDERMODE_INVISIBLE):
            alone = False
    return pictures, alone


def _has_annotations(page: PdfPage) -> bool:
    """Return whether the page has visible annotations; links are invisible."""
    for index in range(FPDFPage_GetAnnotCount(page)):
        annotation = FPDFPage_GetAnnot(page, index)
        kind = FPDFAnnot_GetSubtype(annotation)
        FPDFPage_CloseAnnot(annotation)
        if kind not in {FPDF_ANNOT_LINK, FPDF_ANNOT_POPUP}:
            return True
    return False


def _is_cut(picture: PdfImage, page: PdfPage) -> bool:
    """Return whether a clipping path hides a part of the image inside the page."""
    path = FPDFPageObj_GetClipPath(picture)
    for index in range(max(FPDFClipPath_CountPaths(path), 0)):
        corners = [
            _corner(path, index, number)
            for number in range(max(FPDFClipPath_CountPathSegments(path, index), 0))
        ]
        across, up = zip(*corners, strict=True) if corners else ((0.0,), (0.0,))
        if len(corners) > _RECTANGLE or not _covers(
            page, (min(across), min(up), max(across), max(up))
        ):
            return True
    return False


def _corner(path: object, index: int, number: int) -> tuple[float, float]:
    x, y = c_float(), c_float()
    FPDFPathSegment_GetPoint(FPDFClipPath_GetPathSegment(path, index, number), x, y)
    return x.value, y.value


def _fills(picture: PdfImage, page: PdfPage) -> bool:
    matrix = picture.get_matrix()
    if matrix.a <= 0 or matrix.d <= 0 or abs(matrix.b) > 0.01 or abs(matrix.c) > 0.01:
        return False
    left, bottom, right, top = picture.get_bounds()
    page_left, page_bottom, page_right, page_top = page.get_bbox()
    slack_x, slack_y = _slack(page)
    fits = left >= page_left - slack_x and right <= page_right + slack_x
    return (
        fits
        and bottom >= page_bottom - slack_y
        and top <= page_top + slack_y
        and _covers(page, (left, bottom, right, top))
    )


def _covers(page: PdfPage, box: tuple[float, float, float, float]) -> bool:
    left, bottom, right, top = box
    page_left, page_bottom, page_right, page_top = page.get_bbox()
    slack_x, slack_y = _slack(page)
    covers = left <= page_left + slack_x and right >= page_right - slack_x
    return covers and bottom <= page_bottom + slack_y and top >= page_top - slack_y


def _slack(page: PdfPage) -> tuple[float, float]:
    left, bottom, right, top = page.get_bbox()
    return (right - left) * (1 - COVERS), (top - bottom) * (1 - COVERS)


def _rendered(page: PdfPage) -> bytes:
    width, height = page.get_size()
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise ValueError("it has no size")
    scale = min(_render_scale(page), MAX_RENDERED_SIDE / max(width, height))
    # pypdfium2 infers the type of ``scale`` from its default, an int.
    return _png(page.render(scale=scale, rev_byteorder=True))  # pyright: ignore[reportArgumentType]


def _render_scale(page: PdfPage) -> float:
    """Return the scale in pixels per point.

    It is that of the page's finest large image, and with text or lines at least MIN_RENDERED_DPI.
    """
    pictures, alone = _shown(page)
    minimum = MIN_RENDERED_DPI / POINTS_PER_INCH
    finest = max(
        map(_pixels_per_point, (picture for picture in pictures if _is_large(picture, page))),
        default=minimum,
    )
    return finest if alone else max(finest, minimum)


def _is_large(picture: PdfImage, page: PdfPage) -> bool:
    """Return whether the image has more than half of the page's width or height.

    The position of an image inside a form object is unknown, so it never counts as large.
    """
    left, bottom, right, top = picture.get_bounds()
    page_left, page_bottom, page_right, page_top = page.get_bbox()
    return picture.level == 0 and (
        right - left > (page_right - page_left) / 2 or top - bottom > (page_top - page_bottom) / 2
    )


def _pixels_per_point(picture: PdfImage) -> float:
    across, down = picture.get_px_size()
    matrix = picture.get_matrix()
    return max(
        across / (hypot(matrix.a, matrix.b) or across), down / (hypot(matrix.c, matrix.d) or down)
    )


def _png(bitmap: PdfBitmap) -> bytes:
    """Encode the bitmap as 8-bit gray or RGB PNG with unfiltered rows (W3C PNG, third edition)."""
    channels = 1 if bitmap.n_channels == 1 else 3
    packer = zlib.compressobj(6)
    parts = []
    data = memoryview(bitmap.buffer).cast("B")
    for row in range(bitmap.height):
        line = bytes(
            data[row * bitmap.stride : row * bitmap.stride + bitmap.width * bitmap.n_channels]
        )
        parts.append(
            packer.compress(
                b"\0" + _as_rgb(line, bitmap.n_channels, reversed_order=bitmap.rev_byteorder)
            )
        )
    parts.append(packer.flush())
    header = pack(">LLBBBBB", bitmap.width, bitmap.height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", b"".join(parts))
        + _chunk(b"IEND", b"")
    )


def _as_rgb(line: bytes, channels: int, *, reversed_order: bool) -> bytes:
    """Convert a row to RGB: PDFium stores blue first, and sometimes an unused fourth byte."""
    if channels == 1:
        return line
    red, blue = (0, 2) if reversed_order else (2, 0)
    result = bytearray(len(line) // channels * 3)
    result[0::3], result[1::3], result[2::3] = (
        line[red::channels],
        line[1::channels],
        line[blue::channels],
    )
    return bytes(result)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">L", len(data)) + kind + data + pack(">L", zlib.crc32(kind + data))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
