"""Tell how a JPEG 2000 image is stored, and whether others see in it what the PDF shows.

Source: ITU-T T.800, A.5.1 and A.6.1; ISO 32000-1, 7.4.9 and 8.9.5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pypdfium2 import PdfImage
from pypdfium2.raw import FPDF_COLORSPACE_UNKNOWN

from .colours import PLAIN_COLOURS
from .source_file import ALTERING

_SIZE_MARKER = b"\xff\x4f\xff\x51"
_STYLE_MARKER = b"\xff\x52"
_HEADER_BYTES = 64 * 1024
_IRREVERSIBLE = 0
_MASKED = re.compile(rb"/S?Mask(?![A-Za-z]|\s*null)|/SMaskInData\s*[12]")
_OTHER_SPACE = re.compile(rb"/ColorSpace(?!\s*/Device(?:Gray|RGB)\b)")


def is_jpeg2000(picture: PdfImage) -> bool:
    """Return whether the image is stored as JPEG 2000."""
    return picture.get_filters(skip_simple=True) == ["JPXDecode"]


@dataclass(frozen=True)
class Codestream:
    """How the samples are stored; without a codestream in the data, there are no components."""

    components: int
    bits: int
    is_lossy: bool

    @classmethod
    def of(cls, data: bytes) -> Codestream:
        """Return what the headers say; ``bits`` is that of the deepest component."""
        head = data[:_HEADER_BYTES]
        start = head.find(_SIZE_MARKER)
        if start < 0:
            return cls(0, 0, is_lossy=False)
        components = int.from_bytes(head[start + 40 : start + 42])
        depths = head[start + 42 : start + 42 + 3 * components : 3]
        style = head.find(_STYLE_MARKER, start)
        transform = head[style + 13 : style + 14] if style >= 0 else b""
        return cls(
            components,
            max(((depth & 0x7F) + 1 for depth in depths), default=0),
            transform == bytes([_IRREVERSIBLE]),
        )


def is_shown_as_stored(picture: PdfImage, dictionary: bytes) -> bool:
    """Return whether programs that open the image alone show the colours that the PDF shows.

    Its values must not be inverted, looked up in a table, masked, or of more than 8 bits, which
    Pillow and other programs read wrongly.
    """
    stored = Codestream.of(bytes(picture.get_data(decode_simple=True)))
    if not dictionary or stored.components not in {1, 3} or stored.bits > 8:
        return False
    colours = picture.get_metadata().colorspace
    if colours == FPDF_COLORSPACE_UNKNOWN and _OTHER_SPACE.search(dictionary):
        return False
    is_plain = colours in PLAIN_COLOURS or colours == FPDF_COLORSPACE_UNKNOWN
    return is_plain and not ALTERING.search(dictionary) and not _MASKED.search(dictionary)
