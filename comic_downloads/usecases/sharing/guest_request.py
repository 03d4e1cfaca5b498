"""What a guest asks for, and the download request that it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...db.library import comics_by_id
from ...db.session import Session
from ...db.tables import Share
from ...domain.errors import InvalidFormat, InvalidRequest, NotFound
from ...domain.formats import Format
from ...domain.options import OnPageError
from ...domain.own_file import UNTOUCHED, has_own_file, own_format
from ..downloads.request import DownloadRequest
from .contents import can_be_read
from .suggestion import further_choices


@dataclass(frozen=True)
class GuestRequest:
    """A guest's choice. ``comic_ids`` None means all comics of the share that can be read.

    ``further`` are choices that the guest did not make: those of the preset of the person who
    shares, or those that an earlier download of the guest was made with.
    """

    format: str
    quality: str = "original"
    comic_ids: tuple[str, ...] | None = None
    further: Mapping[str, Any] = field(default_factory=dict)


def to_download_request(session: Session, share: Share, request: GuestRequest) -> DownloadRequest:
    """Return the guest's choice as a download request.

    Raises:
        InvalidFormat: the share does not offer the format. Untouched files have one of their own:
            a share that offers every format offers any file.
        InvalidRequest: no comic is chosen.
        NotFound: a comic is not part of the share, or none of its comics can be read.
    """
    untouched = request.quality == UNTOUCHED
    if not untouched:
        _check_offered(share, [request.format])
    picked = (
        _readable(session, share)
        if request.comic_ids is None
        else _picked(share, request.comic_ids)
    )
    comics = comics_by_id(session, picked).values()
    if untouched and set(share.formats) != set(Format):
        files = (comic for comic in comics if has_own_file(comic.kind))
        _check_offered(share, [own_format(comic.kind, comic.path) for comic in files])
    # Guests cannot choose what happens with damaged pages: those that are known, or that are found
    # in a comic that is not read yet, are left out.
    may_be_damaged = any(comic.damaged_pages or comic.unread_pages for comic in comics)
    return DownloadRequest(
        comic_ids=tuple(picked),
        format=request.format,
        quality=request.quality,
        **({} if untouched else further_choices(request.further)),
        on_page_error=OnPageError.SKIP if may_be_damaged else OnPageError.FAIL,
    )


def _check_offered(share: Share, formats: Iterable[str]) -> None:
    for format in formats:
        if format not in share.formats:
            raise InvalidFormat(
                f"This share does not offer “{format}”. Choose one of: {', '.join(share.formats)}."
            )


def _readable(session: Session, share: Share) -> list[str]:
    """Return the share's comics that can still be read. Raise NotFound if there are none."""
    shared = [comic["id"] for comic in share.comics]
    known = comics_by_id(session, shared)
    readable = [
        comic_id for comic_id in shared if comic_id in known and can_be_read(known[comic_id])
    ]
    if not readable:
        raise NotFound(
            "None of these comics can be read any more. Tell the person who shares them."
        )
    return readable


def _picked(share: Share, comic_ids: Sequence[str]) -> list[str]:
    """Return the chosen comics in the order of the share."""
    shared = [comic["id"] for comic in share.comics]
    if not comic_ids:
        raise InvalidRequest("Choose at least one comic, or leave comic_ids out for all.")
    if not set(comic_ids) <= set(shared):
        raise NotFound("This comic is not part of the share.")
    return [comic_id for comic_id in shared if comic_id in set(comic_ids)]
