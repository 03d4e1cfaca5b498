"""Images of comics for the screen: covers, scaled pages and original pages."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO

from ...db import library
from ...db.tables import Comic, Page
from ...domain.errors import DiskFull, InputError, NotFound, StorageUnavailable
from ...domain.library import ImageTrait
from ...domain.quality import PAGE_RATIO
from ...library.presence import KnownMounts, away_error
from ...packaging import images
from ...storage.blobs import BlobInfo
from ..context import Context
from .reading import read_while_waiting

COVER_HEIGHT = 480
# Only these heights are stored, which limits the thumbnails of a page.
HEIGHTS = (160, 320, 480, 720, 1080, 1440, 2160)
# What reading apps ask for by width is stored in these: those of common screens.
WIDTHS = (160, 320, 480, 600, 758, 824, 1072, 1264, 1440, 1680, 1860, 2160)
# Height to width. A taller page would be too narrow as a thumbnail of the requested height.
SLENDER_RATIO = 2.2
THUMBNAIL_PREFIX = "thumbnails/"
MAX_THUMBNAIL_HEIGHT = 16_000  # WebP allows 16,383.
THUMBNAILS_KEPT = timedelta(days=30)
LOOKED_AT_TOGETHER = 5000
# Each holds a decoded page, which can be 100 MB; more would be no faster than the processors.
_SHRINKING = threading.BoundedSemaphore(max(4, os.cpu_count() or 1))
ORPHANS_KEPT = timedelta(hours=1)  # A new page may be shown before its row is committed.

# Makes a small image of a page, from the most pixels that are decoded and its height.
Encode = Callable[[BinaryIO, int, int], tuple[bytes, str]]
# The media type and the extension of what these make.
_STORED_AS: dict[Encode, tuple[str, str]] = {
    images.thumbnail: ("image/webp", "webp"),
    images.jpeg_thumbnail: ("image/jpeg", "jpg"),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ImageFile:
    """An image. ``etag`` is a strong validator without quotes."""

    data: bytes
    media_type: str
    etag: str


@dataclass(frozen=True)
class PageFile(ImageFile):
    """A page's original bytes, with its name in the comic without folders.

    ``modified_at`` is the time of the comic's last change.
    """

    name: str
    modified_at: datetime


def cover_image(context: Context, comic_id: str, height: int = COVER_HEIGHT) -> ImageFile:
    """Return a thumbnail of the comic's cover, or else of its first readable page, never enlarged.

    It is at least ``height`` pixels high if the page is, and higher for a slender page.

    Raises:
        NotFound: there is no such comic, or none of its pages can be read.
    """
    with context.db.read() as session:
        comic = _comic(library.get_comic(session, comic_id))
        page = library.cover_page(session, comic_id)
    if page is None:
        raise NotFound(f"“{comic.title}” has no cover: none of its pages can be read.")
    return _thumbnail(context, comic, page, _allowed(page, height))


def cover_jpeg(context: Context, comic_id: str, height: int) -> ImageFile:
    """Return what ``cover_image`` does as a JPEG, and raise the same errors."""
    with context.db.read() as session:
        comic = _comic(library.get_comic(session, comic_id))
        page = library.cover_page(session, comic_id)
    if page is None:
        raise NotFound(f"“{comic.title}” has no cover: none of its pages can be read.")
    return _thumbnail(context, comic, page, _allowed(page, height), images.jpeg_thumbnail)


def page_image(context: Context, comic_id: str, index: int, height: int | None = None) -> ImageFile:
    """Return a page as in the comic or, with a height, as a stored WebP thumbnail.

    ``index`` counts from 0. The thumbnail has the next larger height of HEIGHTS, and is never
    enlarged.

    Raises:
        NotFound: there is no such comic or page, or the page is damaged.
    """
    if height is None:
        return original_page(context, comic_id, index)
    comic, page = _readable_page(context, comic_id, index)
    return _thumbnail(context, comic, page, _allowed(page, height))


def page_jpeg(context: Context, comic_id: str, index: int, max_width: int | None) -> ImageFile:
    """Return a page as a JPEG that every program shows, at most ``max_width`` pixels wide.

    It is the page as in the comic if that is one, else a stored image of the next smaller width of
    WIDTHS, or of the smallest.

    Raises:
        NotFound: there is no such comic or page, or the page is damaged.
    """
    comic, page = _readable_page(context, comic_id, index)
    wanted = max_width or WIDTHS[-1]
    width = next((allowed for allowed in reversed(WIDTHS) if allowed <= wanted), WIDTHS[0])
    is_common = page.media_type == "image/jpeg" and ImageTrait.UNCOMMON not in page.traits.split()
    if is_common and (max_width is None or page.width <= max(width, max_width)):
        return ImageFile(_original(context, comic, page), page.media_type, page.sha256)
    height = max(1, int(page.height * min(1.0, width / page.width)))
    height = min(height, MAX_THUMBNAIL_HEIGHT)
    return _thumbnail(context, comic, page, height, images.jpeg_thumbnail)


def original_page(context: Context, comic_id: str, index: int) -> PageFile:
    """Return the original bytes of a page (from 0). Raises NotFound like ``page_image``."""
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
    if not page.error and not page.sha256:
        page = _now_read(context, page)
    if page.error:
        raise NotFound(f"Page {index + 1} of “{comic.title}” is damaged. {page.error}")
    return comic, page


def _now_read(context: Context, page: Page) -> Page:
    """Return a page that was only listed, after reading it. Raises NotFound if that fails now."""
    read_while_waiting(context, [page.comic_id], only={page.page_index})
    with context.db.read() as session:
        read = library.get_page(session, page.comic_id, page.page_index)
    if read is None or not (read.error or read.sha256):
        raise NotFound(
            f"Page {page.page_index + 1} cannot be read now. Try again in a moment, or scan the "
            "library again."
        )
    return read


def _comic(listed: library.ListedComic | None) -> Comic:
    if listed is None:
        raise NotFound("There is no such comic.")
    return listed.comic


def _allowed(page: Page, height: int) -> int:
    """Return the next larger height of HEIGHTS.

    For a slender page it is raised until the page is as wide as one of ordinary shape.
    """
    kept = next((allowed for allowed in HEIGHTS if allowed >= height), HEIGHTS[-1])
    if page.height < page.width * SLENDER_RATIO:
        return kept
    return min(round(kept / PAGE_RATIO * page.height / page.width), MAX_THUMBNAIL_HEIGHT)


def _thumbnail(
    context: Context, comic: Comic, page: Page, height: int, encode: Encode = images.thumbnail
) -> ImageFile:
    """Return the stored thumbnail, creating it if needed. Its key depends on the page's content."""
    media_type, extension = _STORED_AS[encode]
    key = f"{THUMBNAIL_PREFIX}{page.sha256[:2]}/{page.sha256}-{height}.{extension}"
    etag = f"{page.sha256}-{height}{'' if extension == 'webp' else f'.{extension}'}"
    try:
        with context.blobs.open(key) as kept:
            return ImageFile(kept.read(), media_type, etag)
    except FileNotFoundError:
        with _opened(context, comic, page) as stream:
            data, media_type = shrunk(context, stream, height, encode)
    try:
        context.blobs.put_stream(key, iter([data]), media_type=media_type)
    except (DiskFull, StorageUnavailable) as error:
        log.warning(
            "Thumbnail not stored: %s",
            error,
            extra={"action": "thumbnail_not_kept", "key": key},
        )
    return ImageFile(data, media_type, etag)


def drop_thumbnails(context: Context) -> int:
    """Delete thumbnails that are old or whose pages are gone, and return their number.

    Old ones are created again when they are requested.
    """
    dropped = 0
    kept = context.blobs.list(THUMBNAIL_PREFIX)
    # In batches, because the digests of a large library would take 90 MB.
    while some := list(islice(kept, LOOKED_AT_TOGETHER)):
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
    """Return the digest of the page that the thumbnail shows."""
    return key.rpartition("/")[2].partition("-")[0]


def shrunk(
    context: Context, stream: BinaryIO, height: int, encode: Encode = images.thumbnail
) -> tuple[bytes, str]:
    """Return a small image of the page and its media type. Raises PageUnreadable."""
    with _SHRINKING:
        return encode(stream, context.settings.max_page_pixels, height)


def _original(context: Context, comic: Comic, page: Page) -> bytes:
    with _opened(context, comic, page) as stream:
        return stream.read()


@contextmanager
def _opened(context: Context, comic: Comic, page: Page) -> Iterator[BinaryIO]:
    """Open the page. Errors of the comic or the disk become NotFound, or LibraryAway."""
    path = context.settings.library / comic.path
    try:
        with (
            context.open_comics.borrow(path, comic.kind, comic.fingerprint) as source,
            source.open_page(page.name) as stream,
        ):
            yield stream
    except (InputError, OSError) as error:
        mounts = KnownMounts(context.settings.library, context.settings.library_mounts)
        if mounts.is_away(comic.path):
            raise away_error() from error
        raise _changed(comic, page) from error


def _changed(comic: Comic, page: Page) -> NotFound:
    return NotFound(
        f"Page {page.page_index + 1} of “{comic.title}” cannot be read any more: "
        "the file was changed or removed. Scan the library again."
    )
