"""A small comic at once, without a job: packed while it is sent, with its length known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...domain.errors import InvalidFormat, InvalidRequest
from ...domain.link import content_disposition
from ...packaging.archive import MAX_KNOWN_BYTES, archive_size
from ...packaging.formats import STREAMABLE_FORMATS
from ..context import Context
from ..preparing.originals import OriginalsPacking
from ..preparing.sources import OpenComics
from .resolve import DownloadRequest, resolve_request

FEWER_PAGES_THAN = 20  # a longer one is worth a file that can be resumed


@dataclass(frozen=True)
class ComicStream:
    """``blocks`` gives exactly ``size_bytes`` bytes, once. ``content_key`` names them: it changes when they would."""

    disposition: str
    media_type: str
    size_bytes: int
    content_key: str
    blocks: Iterator[bytes]


def stream_comic(context: Context, comic_id: str, format_name: str) -> ComicStream:
    """The comic as CBZ or ZIP in original quality, byte for byte what a job would make of it.

    Raises NotFound, InvalidFormat, InvalidRequest for a comic that is too long, PageUnreadable and its kinds for a damaged
    one. The stream raises ComicChanged when a page is no longer what it was; it then ends too short.
    """
    if format_name not in STREAMABLE_FORMATS:
        raise InvalidFormat(
            f"“{format_name}” cannot be streamed. Choose {' or '.join(STREAMABLE_FORMATS)}, or ask for a download."
        )
    with context.db.read() as session:
        resolved = resolve_request(
            context, session, DownloadRequest(comic_ids=(comic_id,), format=format_name)
        )
    manifest = resolved.manifest
    if manifest.page_count >= FEWER_PAGES_THAN or manifest.size_bytes > MAX_KNOWN_BYTES:
        raise InvalidRequest(
            f"This comic has {manifest.page_count} pages; only small ones of fewer than {FEWER_PAGES_THAN} are streamed. "
            "Ask for a download instead."
        )
    comics = OpenComics(context.settings.library)
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
