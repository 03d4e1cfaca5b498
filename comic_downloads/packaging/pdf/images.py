"""Turn pages into PDF image objects.

JPEG data stays untouched and PNG data is not decoded; everything else becomes PNG data.
"""

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
    """An image as its PDF stream.

    Attributes:
        header: How the pixels are stored.
        filter: The PDF filter that decodes the data.
        parameters: The parameters of the filter, or nothing.
        data: The stream's data in chunks.
        size_bytes: The length of the data; None if only its end tells.
        crc32: The CRC-32 of the data; None if only its end tells.
        mask: The alpha channel as an image of its own.
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
    """Return the page as a PDF image whose data is read while it is consumed.

    Raises:
        PageUnreadable: The page is damaged; perhaps only its last byte shows that it is not what
            its facts say.
        ComicChanged: The page is gone.
        StorageUnavailable: The disk fails.
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
    """Return the first bytes of the page and their header; None if it has to be decoded."""
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
    """Return the parameters for PNG's row filters: predictor 15 (ISO 32000-1, 7.4.4.4)."""
    return (
        f"<</Predictor 15 /Colors {header.channels} /BitsPerComponent {header.bits}"
        f" /Columns {header.width}>>"
    )


def _recoded(data: bytes, page: OutputPage) -> PdfImage:
    """Decode the image and pack it again without loss. One page at a time is in memory."""
    image, alpha = opaque_png(io.BytesIO(data), page.facts.width * page.facts.height)
    return _from_png(image, _from_png(alpha, None) if alpha else None)


def _from_png(png: bytes, mask: PdfImage | None) -> PdfImage:
    header = png_header(png)
    if header is None:
        raise PageUnreadable("The image could not be written without loss.")
    return PdfImage(header, "FlateDecode", _predictor(header), idat(iter([png])), mask=mask)


def idat(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the payloads of a PNG's IDAT chunks, in order. Reads the stream to its end."""
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
                # The checksum follows the data.
                skip = 0 if left else 4
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
