"""Have PDFium draw JPEG 2000 images in their colours.

PDFium 7825 draws JPEG 2000 with one component in a colour space of its own (Indexed, Separation,
CalGray) white, black or in full colour, and ignores /Decode. The same samples without compression
it draws right. So a copy of the page is drawn that has them.
"""

from __future__ import annotations

import io
import re
from typing import NamedTuple

from PIL import Image
from pypdfium2 import PdfDocument, PdfImage, PdfPage
from pypdfium2.raw import (
    FPDF_COLORSPACE_DEVICECMYK,
    FPDF_COLORSPACE_DEVICEN,
    FPDF_COLORSPACE_INDEXED,
)

from .jpeg2000 import Codestream, is_jpeg2000
from .source_file import ALTERING

_PLAIN_SPACE = re.compile(rb"/ColorSpace\s*/Device(?:Gray|RGB)\b")
_REPLACED = re.compile(
    rb"/Filter\s*(?:\[[^\]]*\]|/\w+)|/(?:Length|BitsPerComponent|SMaskInData|Width|Height)\s+\d+"
)
_ALPHA_COUNTS = re.compile(rb"/SMaskInData\s*1")
_FOUR_INKS = frozenset({FPDF_COLORSPACE_DEVICECMYK, FPDF_COLORSPACE_DEVICEN})
_ROOT = re.compile(rb"/Root \d+ \d+ R")
_SIZE = re.compile(rb"/Size \d+")
_SPACES = {"L": b"/ColorSpace/DeviceGray", "RGB": b"/ColorSpace/DeviceRGB"}
_CHANNELS_WITHOUT_ALPHA = {"LA": "L", "RGBA": "RGB"}


class _Replacement(NamedTuple):
    """The number of an object of the copy, and its new content."""

    number: int
    content: bytes


def mended_page(page: PdfPage, index: int, pictures: list[PdfImage]) -> PdfPage | None:
    """Return a copy of the page that PDFium draws right, or None if the page needs none.

    The page belongs to a document of its own, which lives as long as the page.
    """
    suspects = [picture for picture in pictures if is_jpeg2000(picture)]
    if not suspects:
        return None
    copied = _copy(page.pdf, index)
    replacements = [
        replacement for picture in suspects if (replacement := _replacement(copied, picture))
    ]
    if not replacements:
        return None
    return PdfDocument(_updated(copied, replacements))[0]


def _copy(document: PdfDocument, index: int) -> bytes:
    """Return a file with nothing but this page, as PDFium writes it: plain and not encrypted."""
    copy, output = PdfDocument.new(), io.BytesIO()
    copy.import_pages(document, [index])
    copy.save(output)
    copy.close()
    return output.getvalue()


def copied_dictionary(page: PdfPage, index: int, picture: PdfImage) -> bytes:
    """Return what stands before an image's data in a copy of its page, which is not encrypted."""
    return _found(_copy(page.pdf, index), picture)[1]


def _found(copied: bytes, picture: PdfImage) -> tuple[bytes, bytes]:
    """Return what stands before the image's object in the copy, and before its data."""
    at = copied.find(bytes(picture.get_data()))
    before, _, dictionary = copied[: max(0, at)].rpartition(b" 0 obj")
    return before, dictionary


def _replacement(copied: bytes, picture: PdfImage) -> _Replacement | None:
    """Return the image with samples instead of JPEG 2000, if PDFium draws it in wrong colours."""
    before, dictionary = _found(copied, picture)
    data = bytes(picture.get_data(decode_simple=True))
    is_right = (
        not ALTERING.search(dictionary)
        and not _ALPHA_COUNTS.search(dictionary)
        and (b"/ColorSpace" not in dictionary or _PLAIN_SPACE.search(dictionary))
    )
    if not before or is_right or Codestream.of(data).bits > 8:
        return None
    image = _decoded(data)
    if image is None:
        return None
    image = _without_alpha(image, picture, counts=_ALPHA_COUNTS.search(dictionary) is not None)
    samples = image.tobytes()
    if picture.get_metadata().colorspace == FPDF_COLORSPACE_INDEXED:
        # Pillow spreads fewer bits over the range of 8, but these are numbers of colours.
        shift = 8 - Codestream.of(data).bits
        samples = samples.translate(bytes(value >> shift for value in range(256)))
    entries = _REPLACED.sub(b"", dictionary.strip().removesuffix(b"stream").strip()[2:-2])
    if b"/ColorSpace" not in entries:
        entries += _SPACES.get(image.mode, b"")
    size = f"/Width {image.width}/Height {image.height}/BitsPerComponent 8/Length {len(samples)}"
    content = b"<<%b%b>>stream\r\n%b\r\nendstream" % (entries, size.encode(), samples)
    return _Replacement(int(before.split()[-1]), content)


def _decoded(data: bytes) -> Image.Image | None:
    """Return the image, or None if Pillow cannot read it."""
    try:
        image = Image.open(io.BytesIO(data), formats=("JPEG2000",))
        image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return image


def _without_alpha(image: Image.Image, picture: PdfImage, *, counts: bool) -> Image.Image:
    """Return the image without its alpha channel; if that counts, as it looks on white paper."""
    if picture.get_metadata().colorspace in _FOUR_INKS:
        return image  # Without a header, Pillow takes the fourth ink for an alpha channel.
    opaque = image.convert(_CHANNELS_WITHOUT_ALPHA.get(image.mode, image.mode))
    if counts and image.mode in _CHANNELS_WITHOUT_ALPHA:
        paper = Image.new(opaque.mode, opaque.size, "white")
        paper.paste(opaque, mask=image.getchannel("A"))
        return paper
    return opaque


def _updated(file: bytes, replacements: list[_Replacement]) -> bytes:
    """Append new versions of objects and their places (ISO 32000-1, 7.5.6)."""
    parts, places, offset = [file], [], len(file)
    for number, content in replacements:
        part = b"%d 0 obj\r\n%b\r\nendobj\r\n" % (number, content)
        places.append(b"%d 1\r\n%010d 00000 n\r\n" % (number, offset))
        parts.append(part)
        offset += len(part)
    tail = file[-2000:]
    previous = tail.rpartition(b"startxref")[2].split()[0]
    trailer = b"".join(pattern.findall(tail)[-1] for pattern in (_ROOT, _SIZE))
    parts.append(b"xref\r\n%b" % b"".join(places))
    parts.append(b"trailer\r\n<<%b/Prev %b>>\r\n" % (trailer, previous))
    parts.append(b"startxref\r\n%d\r\n%%%%EOF\r\n" % offset)
    return b"".join(parts)
