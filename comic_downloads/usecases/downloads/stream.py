"""Send a small comic at once without a job: packed while it is sent, its length known before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...db.reading import unread_among
from ...domain.errors import InvalidFormat, InvalidRequest
from ...domain.link import content_disposition
from ...packaging.archive import MAX_KNOWN_BYTES, archive_size
from ...packaging.formats import STREAMABLE_FORMATS
from ..context import Context
from ..library.reading import read_while_waiting
from ..preparing.originals import OriginalsPacking
from ..preparing.sources import OpenComics
from .request import DownloadRequest
from .resolve import resolve_request

# Longer comics are worth a job, whose file can be resumed.
FEWER_PAGES_THAN = 20


@dataclass(frozen=True)
class ComicStream:
    """A file that is packed while it is sent.

    Attributes:
        disposition: The value of the Content-Disposition header.
        media_type: The media type of the file.
        size_bytes: The exact length of the file.
        content_key: The key of the content: it changes whenever the bytes would.
        blocks: The bytes of the file, which can be read once.
    """

    disposition: str
    media_type: str
    size_bytes: int
    content_key: str
    blocks: Iterator[bytes]


def stream_comic(context: Context, comic_id: str, format_name: str) -> ComicStream:
    """Return the comic as CBZ or ZIP in original quality, with the same bytes as a job's file.

    Reading ``blocks`` raises ComicChanged if a page differs from what was scanned. The stream then
    ends before its announced length.

    Raises:
        NotFound: The comic is not in the library.
        InvalidFormat: The format cannot be streamed.
        InvalidRequest: The comic is too large, or a page of it is damaged (PagesDamaged).
        ComicUnreadable: The comic cannot be read.
    """
    if format_name not in STREAMABLE_FORMATS:
        raise InvalidFormat(
            f"“{format_name}” cannot be streamed. Choose {' or '.join(STREAMABLE_FORMATS)}, "
            "or ask for a download."
        )
    with context.db.read() as session:
        unread = unread_among(session, [comic_id])
    read_while_waiting(context, unread)
    with context.db.read() as session:
        resolved = resolve_request(
            context, session, DownloadRequest(comic_ids=(comic_id,), format=format_name)
        )
    manifest = resolved.manifest
    if not manifest.is_read:
        raise InvalidRequest(
            "This comic is not read yet, so its length is unknown. Ask for a download instead, or "
            "try again in a moment."
        )
    if manifest.page_count >= FEWER_PAGES_THAN or manifest.size_bytes > MAX_KNOWN_BYTES:
        raise InvalidRequest(
            f"This comic has {manifest.page_count} pages, but only small comics of fewer than "
            f"{FEWER_PAGES_THAN} pages are streamed. Ask for a download instead."
        )
    comics = OpenComics(context.settings)
    packing = OriginalsPacking(manifest, comics)
    return ComicStream(
        disposition=content_disposition(resolved.filename),
        media_type=manifest.options.format.facts.media_type,
        size_bytes=archive_size(packing.entries),
        content_key=resolved.content_key,
        blocks=_blocks(packing, comics),
    )


def _blocks(packing: OriginalsPacking, comics: OpenComics) -> Iterator[bytes]:
    with comics:
        yield from packing.blocks()
