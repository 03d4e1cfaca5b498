"""Turn pages into PDF image objects.

JPEG data stays untouched and PNG data is not decoded; everything else becomes PNG data.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from ...domain.errors import PageUnreadable
from ..headers import Header, Incomplete, jpeg_header, png_header
from ..images import opaque_png
from ..pages import OutputPage
from ..reading import checked_chunks
from ..strict_pages import strict_page

_MAX_HEADER_BYTES = 40 * 1024 * 1024
_SIGNATURE_BYTES, _CHUNK_HEAD_BYTES, _CRC_BYTES = 8, 8, 4
# What decides how a PNG looks; the signature has no kind.
_NEEDED_CHUNKS = frozenset({b"", b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"IDAT", b"IEND"})
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
        page: The page, if the data is its bytes as they are.
    """

    header: Header
    filter: str
    parameters: str
    data: Iterator[bytes]
    size_bytes: int | None = None
    crc32: int | None = None
    mask: PdfImage | None = None
    page: OutputPage | None = None


@contextmanager
def pdf_image(page: OutputPage) -> Iterator[PdfImage]:
    """Return the page as a PDF image whose data is read while it is consumed.

    Raises:
        PageUnreadable: The page is damaged; perhaps only its last byte shows that it is not what
            its facts say.
        ComicChanged: The page is gone.
        StorageUnavailable: The disk fails.
    """
    if page.facts.media_type == "image/jpeg":
        page = strict_page(page)
    with closing(checked_chunks(page)) as chunks:
        head, header, rest = _header(chunks, page.facts.media_type)
        data = itertools.chain([head], rest)
        if header is None:
            yield _recoded(b"".join(data), page)
        elif page.facts.media_type == "image/jpeg":
            parameters = (
                "" if header.transform is None else f"<</ColorTransform {header.transform}>>"
            )
            yield PdfImage(
                *(header, "DCTDecode", parameters, data),
                size_bytes=page.facts.size_bytes,
                crc32=page.facts.crc32,
                page=page,
            )
        else:
            yield PdfImage(header, "FlateDecode", _predictor(header), idat(data))


def _header(
    chunks: Iterator[bytes], media_type: str
) -> tuple[bytes, Header | None, Iterator[bytes]]:
    """Return the first bytes of the page, their header, and the rest of the page.

    The header is None if the page has to be decoded. If a PNG does not tell it at once, what is
    returned has no texts.
    """
    parse, head, has_texts = _PARSERS.get(media_type), b"", media_type == "image/png"
    while chunk := next(chunks, b""):
        head += chunk
        if parse is None or len(head) > _MAX_HEADER_BYTES:
            break
        try:
            return head, parse(head), chunks
        except Incomplete:
            if has_texts:
                chunks = _without_texts(itertools.chain([head], chunks))
                head, has_texts = b"", False
    return head, None, chunks


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


def idat(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the payloads of a PNG's IDAT chunks, in order. Reads the stream to its end."""
    return (piece for kind, piece, is_data in _pieces(chunks) if is_data and kind == b"IDAT")


def _without_texts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a PNG without the chunks that no header needs."""
    return (piece for kind, piece, _ in _pieces(chunks) if kind in _NEEDED_CHUNKS)


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bytes, bool]]:
    """Yield the chunks of a PNG in pieces: the kind, the bytes, and whether they are its data.

    The signature has no kind.
    """
    buffered, kind = b"", b""
    left, outside = 0, _SIGNATURE_BYTES
    for chunk in chunks:
        data = buffered + chunk if buffered else chunk
        position, buffered = 0, b""
        while position < len(data):
            if outside:
                # The signature, or the checksum behind the data.
                piece = data[position : position + outside]
                outside -= len(piece)
                yield kind, piece, False
            elif left:
                piece = data[position : position + left]
                left -= len(piece)
                outside = 0 if left else _CRC_BYTES
                yield kind, piece, True
            else:
                piece = data[position : position + _CHUNK_HEAD_BYTES]
                if len(piece) < _CHUNK_HEAD_BYTES:
                    buffered = piece
                    break
                left, kind = int.from_bytes(piece[:4]), piece[4:]
                outside = 0 if left else _CRC_BYTES
                yield kind, piece, False
            position += len(piece)
