"""Show guests the comics and pages of a share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...db.library import comics_by_id, names_of
from ...db.tables import Comic
from ...domain.errors import Forbidden, NotFound
from ...domain.share import downloads_left, ensure_downloads_left
from ..context import Context
from ..library.browse import get_comic
from ..library.page_images import ImageFile, PageFile, cover_image, original_page, page_image
from ..library.summaries import ComicDetail
from .access import Guest, GuestCredentials, admit_guest
from .suggestion import suggestion


@dataclass(frozen=True)
class SharedComic:
    """A comic of a share. ``page_count`` is 0 if it was removed or can no longer be read."""

    id: str
    title: str
    page_count: int
    name: str = ""


@dataclass(frozen=True)
class OpenShare:
    """A share as a guest sees it. ``downloads_left`` is None if there is no limit.

    ``suggested`` are the choices of the sharer's default preset, with format and quality, if the
    share offers that format. ``reader`` says whether the guest may read in the browser.
    """

    guest: Guest
    title: str
    comics: tuple[SharedComic, ...]
    formats: tuple[str, ...]
    has_password: bool
    expires_at: datetime
    downloads_left: int | None
    suggested: Mapping[str, Any] | None = None
    reader: bool = False


def open_share(context: Context, credentials: GuestCredentials) -> OpenShare:
    """Return the share for a guest with these credentials. Raises the errors of ``admit_guest``."""
    guest = admit_guest(context, credentials)
    share = guest.share
    with context.db.read() as session:
        known = comics_by_id(session, [comic["id"] for comic in share.comics])
        names = names_of(session, known.values())
    there = {comic.id: comic.page_count for comic in known.values() if can_be_read(comic)}
    return OpenShare(
        guest=guest,
        title=share.title,
        comics=tuple(
            SharedComic(
                comic["id"],
                comic["title"],
                there.get(comic["id"], 0),
                str(comic.get("name") or names.get(comic["id"], comic["title"])),
            )
            for comic in share.comics
        ),
        formats=tuple(share.formats),
        has_password=bool(share.password_hash),
        expires_at=share.expires_at,
        downloads_left=downloads_left(share.max_downloads, share.downloads_done),
        suggested=suggestion(context, share),
        reader=share.reader,
    )


def suggested_choices(context: Context, credentials: GuestCredentials) -> Mapping[str, Any] | None:
    """Return the ``suggested`` of ``open_share``. Raises the errors of ``admit_guest``."""
    return suggestion(context, admit_guest(context, credentials).share)


def can_be_read(comic: Comic) -> bool:
    """Return whether the comic is in the library and at least one page can be read."""
    return comic.missing_at is None and not comic.error and comic.page_count > comic.damaged_pages


def shared_cover(
    context: Context, credentials: GuestCredentials, comic_id: str, height: int
) -> ImageFile:
    """Return the cover of a shared comic.

    Raises the errors of ``admit_guest``, and NotFound for a comic that is not shared.
    """
    _shared(admit_guest(context, credentials), comic_id)
    return cover_image(context, comic_id, height)


def shared_page(
    context: Context, credentials: GuestCredentials, comic_id: str, index: int
) -> PageFile:
    """Return the original bytes of a page. ``index`` counts from 0.

    Raises the errors of ``admit_guest``, ShareUsedUp at the download limit, and NotFound.
    """
    _readable(admit_guest(context, credentials), comic_id)
    return original_page(context, comic_id, index)


def shared_page_image(
    context: Context, credentials: GuestCredentials, comic_id: str, index: int, height: int
) -> ImageFile:
    """Return a page scaled for the screen. Raises the errors of ``shared_page``."""
    _readable(admit_guest(context, credentials), comic_id)
    return page_image(context, comic_id, index, height)


def comic_to_read(context: Context, credentials: GuestCredentials, comic_id: str) -> ComicDetail:
    """Return a shared comic with its pages, for a guest who reads it in the browser.

    Raises the errors of ``shared_page``, and Forbidden if the sharer has not allowed it.
    """
    guest = admit_guest(context, credentials)
    _readable(guest, comic_id)
    if not guest.share.reader:
        raise Forbidden("The person who shared the comics has not allowed reading them here.")
    return get_comic(context, comic_id)


def _shared(guest: Guest, comic_id: str) -> None:
    if all(comic["id"] != comic_id for comic in guest.share.comics):
        raise NotFound("This comic is not part of the share.")


def _readable(guest: Guest, comic_id: str) -> None:
    _shared(guest, comic_id)
    ensure_downloads_left(guest.share.max_downloads, guest.share.downloads_done)
