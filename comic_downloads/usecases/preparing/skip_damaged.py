"""``on_page_error: skip``: what is found damaged while the file is made is left out, and the file made again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from ...domain.errors import ComicChanged, InputError, Place
from ...domain.job import Phase
from ...domain.manifest import Manifest, ManifestComic
from ..context import Context
from .heartbeat import LeaseHeartbeat
from .sources import OpenComics

log = logging.getLogger(__name__)


def make_skipping(
    context: Context, watch: LeaseHeartbeat, manifest: Manifest, make: Callable[[Manifest], None]
) -> None:
    """Makes the file, without the damaged pages where the user chose that.

    After the first damaged page all others are read, so that however many are damaged or gone the file is begun twice only.
    A page whose bytes are right but cannot be decoded is found when it is converted; what was converted before is kept.
    Raises the error of the first page when no page is left, and what ``make`` raises.
    """
    while True:
        try:
            make(manifest)
        except InputError as error:
            if not manifest.options.skip_damaged or error.place.page_index is None:
                raise
            log.info("page left out: %s", error.detail, extra=watch.lease.logged("page_skipped"))
            manifest = _without(manifest, {error.place})
            manifest = _without(manifest, _damaged_pages(context, watch, manifest))
            if manifest.page_count == 0:
                raise
        else:
            return


def _damaged_pages(context: Context, watch: LeaseHeartbeat, manifest: Manifest) -> set[Place]:
    """The pages that are not what they were when the library was scanned. Raises StorageUnavailable, and as ``report`` does."""
    places: set[Place] = set()
    with OpenComics(context.settings.library) as comics:
        for comic, page in manifest.pages():
            try:
                comics.check_page(comic, page, on_chunk=lambda: watch.report(Phase.PACKAGING))
            except ComicChanged as error:
                places.add(error.place)
    if places:
        log.info("%d more pages left out", len(places), extra=watch.lease.logged("page_skipped"))
    return places


def _without(manifest: Manifest, places: set[Place]) -> Manifest:
    return replace(
        manifest, comics=tuple(_comic_without(comic, places) for comic in manifest.comics)
    )


def _comic_without(comic: ManifestComic, places: set[Place]) -> ManifestComic:
    gone = {page.index for page in comic.pages if Place(comic.comic_id, page.index) in places}
    pages = tuple(page for page in comic.pages if page.index not in gone)
    return replace(comic, pages=pages, missing=tuple(sorted({*comic.missing, *gone})))
