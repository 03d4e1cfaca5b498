"""Compare the colours of a JPEG file with those that the PDF shows for it."""

from __future__ import annotations

import io

from pypdfium2 import PdfBitmap, PdfImage
from pypdfium2.raw import (
    FPDF_COLORSPACE_CALGRAY,
    FPDF_COLORSPACE_CALRGB,
    FPDF_COLORSPACE_DEVICEGRAY,
    FPDF_COLORSPACE_DEVICERGB,
    FPDF_COLORSPACE_ICCBASED,
)

EXACT_COLOURS = {FPDF_COLORSPACE_DEVICEGRAY, FPDF_COLORSPACE_DEVICERGB}
PLAIN_COLOURS = EXACT_COLOURS | {
    FPDF_COLORSPACE_CALGRAY,
    FPDF_COLORSPACE_CALRGB,
    FPDF_COLORSPACE_ICCBASED,
}


def jpeg_channels(data: bytes) -> int:
    """Return the number of components in the frame header (ITU-T T.81, B.2.2), or 0 without one."""
    position = 2
    while position + 10 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return data[position + 9]
        position += 2 + int.from_bytes(data[position + 2 : position + 4])
    return 0


def without_exif(jpeg: bytes) -> bytes:
    """Return the JPEG without its EXIF data, whose orientation means nothing in a PDF."""
    position, parts = 2, [jpeg[:2]]
    while jpeg[position : position + 1] == b"\xff" and 0xE0 <= jpeg[position + 1] <= 0xEF:
        end = position + 2 + int.from_bytes(jpeg[position + 2 : position + 4])
        segment = jpeg[position:end]
        if not segment[1:10].endswith(b"Exif\0\0") or segment[1] != 0xE1:
            parts.append(segment)
        position = end
    return b"".join([*parts, jpeg[position:]])


def looks_alike(picture: PdfImage, jpeg: bytes, *, roughly: bool) -> bool:
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
