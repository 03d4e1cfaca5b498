"""Pages as PDF image objects: JPEG data untouched, PNG data without decoding, everything else made into PNG data."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from ...domain.errors import PageUnreadable
from ..headers import Header, Incomplete, jpeg_header, png_header
from ..images import opaque_png
from ..pages import OutputPage
from ..reading import checked_chunks

_MAX_HEADER_BYTES = 16 * 1024 * 1024
_PARSERS: dict[str, Callable[[bytes], Header | None]] = {
    "image/jpeg": jpeg_header,
    "image/png": png_header,
}


@dataclass(frozen=True)
class PdfImage:
    """An image as its PDF stream: how it is stored, the filter, and its data in chunks.

    ``size_bytes`` and ``crc32`` of the data are None where only its end tells. ``mask`` is the alpha channel as an image of
    its own.
    """

    header: Header
    filter: str
    parameters: str
    data: Iterator[bytes]
    size_bytes: int | None = None
    crc32: int | None = None
    mask: PdfImage | None = None


@contextmanager
def pdf_image(page: OutputPage) -> Iterator[PdfImage]:
    """The page as a PDF image whose data is read while it is consumed.

    Raises PageUnreadable (also when the last byte shows that the page is not what its facts say), ComicChanged or
    StorageUnavailable.
    """
    with closing(checked_chunks(page)) as chunks:
        head, header = _header(chunks, _PARSERS.get(page.facts.media_type))
        data = itertools.chain([head], chunks)
        if header is None:
            yield _recoded(b"".join(data), page)
        elif page.facts.media_type == "image/jpeg":
            parameters = (
                "" if header.transform is None else f"<</ColorTransform {header.transform}>>"
            )
            yield PdfImage(
                header, "DCTDecode", parameters, data, page.facts.size_bytes, page.facts.crc32
            )
        else:
            yield PdfImage(header, "FlateDecode", _predictor(header), idat(data))


def _header(
    chunks: Generator[bytes], parse: Callable[[bytes], Header | None] | None
) -> tuple[bytes, Header | None]:
    """The first bytes of the page and the header in them, None where it has to be decoded."""
    head = b""
    for chunk in chunks:
        head += chunk
        if parse is None:
            break
        try:
            return head, parse(head)
        except Incomplete:
            if len(head) > _MAX_HEADER_BYTES:
                break
    return head, None


def _predictor(header: Header) -> str:
    """PNG's row filters are PDF's predictor 15 (ISO 32000-1, 7.4.4.4)."""
    return f"<</Predictor 15 /Colors {header.channels} /BitsPerComponent {header.bits} /Columns {header.width}>>"


def _recoded(data: bytes, page: OutputPage) -> PdfImage:
    """Decoded and packed again without loss. One page at a time is in memory."""
    image, alpha = opaque_png(io.BytesIO(data), page.facts.width * page.facts.height)
    return _from_png(image, _from_png(alpha, None) if alpha else None)


def _from_png(png: bytes, mask: PdfImage | None) -> PdfImage:
    header = png_header(png)
    if header is None:
        raise PageUnreadable("The image could not be written without loss.")
    return PdfImage(header, "FlateDecode", _predictor(header), idat(iter([png])), mask=mask)


def idat(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The image data of a PNG: the payloads of its IDAT chunks, in order. Reads the stream to its end."""
    buffered = b""
    left, wanted, skip = 0, False, 8
    for chunk in chunks:
        data = buffered + chunk if buffered else chunk
        position, buffered = 0, b""
        while position < len(data):
            if skip:
                step = min(skip, len(data) - position)
                skip, position = skip - step, position + step
            elif left:
                step = min(left, len(data) - position)
                if wanted:
                    yield data[position : position + step]
                left, position = left - step, position + step
                skip = 0 if left else 4  # the checksum
            elif len(data) - position < 8:
                buffered = data[position:]
                break
            else:
                left, wanted = (
                    int.from_bytes(data[position : position + 4]),
                    data[position + 4 : position + 8] == b"IDAT",
                )
                position += 8
                skip = 0 if left else 4
