"""Pictures of comics for the screen: covers, small pages and pages as they are."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO

from ...db import library
from ...db.tables import Comic, Page
from ...domain.errors import DiskFull, InputError, NotFound, StorageUnavailable
from ...domain.quality import PAGE_RATIO
from ...packaging import images
from ...storage.blobs import BlobInfo
from ..context import Context

COVER_HEIGHT = 480
HEIGHTS = (
    160,
    320,
    480,
    720,
    1080,
    1440,
    2160,
)  # a few, so that what is kept of a page stays bounded
SLENDER_RATIO = 2.2  # height to width; from here on, also before it is a strip, a small image of that height shows too little
THUMBNAIL_PREFIX = "thumbnails/"
MAX_THUMBNAIL_HEIGHT = 16_000  # WebP ends at 16,383
THUMBNAILS_KEPT = timedelta(days=30)
LOOKED_AT_TOGETHER = 5000
ORPHANS_KEPT = timedelta(hours=1)  # a page that is new may be shown before its row is committed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImageFile:
    """``etag`` is the strong validator without its quotes: it changes whenever a byte may."""

    data: bytes
    media_type: str
    etag: str


@dataclass(frozen=True)
class PageFile(ImageFile):
    """A page's own bytes under the name they have in the comic, without folders. ``modified_at`` is the comic's."""

    name: str
    modified_at: datetime


def cover_image(context: Context, comic_id: str, height: int = COVER_HEIGHT) -> ImageFile:
    """The comic's first readable page, small: ``height`` pixels high (a long strip higher), never enlarged.

    Raises NotFound for an unknown comic and for one without a readable page.
    """
    with context.db.read() as session:
        comic = _comic(library.get_comic(session, comic_id))
        page = library.first_readable_page(session, comic_id)
    if page is None:
        raise NotFound(f"“{comic.title}” has no cover: none of its pages can be read.")
    return _thumbnail(context, comic, page, _allowed(page, height))


def page_image(context: Context, comic_id: str, index: int, height: int | None = None) -> ImageFile:
    """A page (from 0): as it is in the comic, or with a height a small WebP of the next height that is kept, never enlarged.

    Raises NotFound for an unknown comic or page and for a damaged one, with the reason.
    """
    if height is None:
        return original_page(context, comic_id, index)
    comic, page = _readable_page(context, comic_id, index)
    return _thumbnail(context, comic, page, _allowed(page, height))


def original_page(context: Context, comic_id: str, index: int) -> PageFile:
    """A page (from 0) as it is in the comic. Raises NotFound as ``page_image`` does."""
    comic, page = _readable_page(context, comic_id, index)
    name = page.name.rpartition("/")[2]
    return PageFile(
        _original(context, comic, page), page.media_type, page.sha256, name, comic.updated_at
    )


def _readable_page(context: Context, comic_id: str, index: int) -> tuple[Comic, Page]:
    with context.db.read() as session:
        comic = _comic(library.get_comic(session, comic_id))
        page = library.get_page(session, comic_id, index)
    if page is None:
        raise NotFound(f"“{comic.title}” has no page {index + 1}: it has {comic.page_count}.")
    if page.error:
        raise NotFound(f"Page {index + 1} of “{comic.title}” is damaged. {page.error}")
    return comic, page


def _comic(listed: library.ListedComic | None) -> Comic:
    if listed is None:
        raise NotFound("There is no such comic.")
    return listed.comic


def _allowed(page: Page, height: int) -> int:
    """The next height that is kept; a slender page's is raised until it is as wide as a page of ordinary shape would be."""
    kept = next((allowed for allowed in HEIGHTS if allowed >= height), HEIGHTS[-1])
    if page.height < page.width * SLENDER_RATIO:
        return kept
    return min(round(kept / PAGE_RATIO * page.height / page.width), MAX_THUMBNAIL_HEIGHT)


def _thumbnail(context: Context, comic: Comic, page: Page, height: int) -> ImageFile:
    """The kept thumbnail, or a new one, which is then kept; its key follows from the page's content."""
    key = f"{THUMBNAIL_PREFIX}{page.sha256[:2]}/{page.sha256}-{height}.webp"
    etag = f"{page.sha256}-{height}"
    try:
        with context.blobs.open(key) as kept:
            return ImageFile(kept.read(), "image/webp", etag)
    except FileNotFoundError:
        data, media_type = _shrink(context, comic, page, height)
    try:
        context.blobs.put_stream(key, iter([data]), media_type=media_type)
    except (DiskFull, StorageUnavailable) as error:
        log.warning(
            "A thumbnail could not be kept: %s",
            error,
            extra={"action": "thumbnail_not_kept", "key": key},
        )
    return ImageFile(data, media_type, etag)


def drop_thumbnails(context: Context) -> int:
    """Deletes the kept images of pages that are gone, and old ones, which are made again when asked for; counts them."""
    dropped = 0
    kept = context.blobs.list(THUMBNAIL_PREFIX)
    while some := list(
        islice(kept, LOOKED_AT_TOGETHER)
    ):  # a large library's digests would take 90 MB
        dropped += _drop_of(context, some)
    if dropped:
        log.info("%d thumbnails dropped", dropped, extra={"action": "drop_thumbnails"})
    return dropped


def _drop_of(context: Context, some: list[BlobInfo]) -> int:
    now = context.clock()
    aged = {blob.key: _digest(blob.key) for blob in some if blob.modified_at < now - ORPHANS_KEPT}
    old = {blob.key for blob in some if blob.modified_at < now - THUMBNAILS_KEPT}
    with context.db.read() as session:
        known = library.known_digests(session, set(aged.values())) if aged else set()
    over = [key for key, digest in aged.items() if key in old or digest not in known]
    for key in over:
        context.blobs.delete(key)
    return len(over)


def _digest(key: str) -> str:
    """The digest of the page that the thumbnail shows."""
    return key.rpartition("/")[2].partition("-")[0]


def _shrink(context: Context, comic: Comic, page: Page, height: int) -> tuple[bytes, str]:
    with _opened(context, comic, page) as stream:
        return images.thumbnail(stream, context.settings.max_page_pixels, height)


def _original(context: Context, comic: Comic, page: Page) -> bytes:
    with _opened(context, comic, page) as stream:
        return stream.read()


@contextmanager
def _opened(context: Context, comic: Comic, page: Page) -> Iterator[BinaryIO]:
    """The page's bytes; whatever is wrong with them now becomes NotFound."""
    path = context.settings.library / comic.path
    try:
        with (
            context.open_comics.borrow(path, comic.kind, comic.fingerprint) as source,
            source.open_page(page.name) as stream,
        ):
            yield stream
    except (InputError, OSError) as error:
        raise _changed(comic, page) from error


def _changed(comic: Comic, page: Page) -> NotFound:
    return NotFound(
        f"Page {page.page_index + 1} of “{comic.title}” cannot be read any more: the file was changed or removed. "
        "Scan the library again."
    )
