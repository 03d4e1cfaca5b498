"""Tell whether an image was stored with loss, so that drawing it as JPEG keeps its quality."""

from __future__ import annotations

from pypdfium2 import PdfImage

_COD = b"\xff\x52"
_HEADER_BYTES = 64 * 1024
_IRREVERSIBLE = 0


def is_lossy(picture: PdfImage) -> bool:
    """Return whether the image is a JPEG, or a JPEG 2000 with the irreversible transform."""
    filters = picture.get_filters(skip_simple=True)
    if filters == ["DCTDecode"]:
        return True
    return filters == ["JPXDecode"] and _is_irreversible(
        bytes(picture.get_data(decode_simple=True))[:_HEADER_BYTES]
    )


def _is_irreversible(codestream: bytes) -> bool:
    """Return what the coding style says (ITU-T T.800, A.6.1): COD, length, 9 bytes, transform."""
    position = codestream.find(_COD, codestream.find(b"\xff\x4f\xff\x51"))
    return position >= 0 and codestream[position + 13 : position + 14] == bytes([_IRREVERSIBLE])
