"""Leave damaged pages out, if the user chose that (``on_page_error: skip``)."""

from __future__ import annotations

import logging
from dataclasses import replace

from ...domain.errors import ComicChanged, InputError, Place
from ...domain.job import Phase
from ...domain.manifest import Manifest, ManifestComic
from ...domain.page_selection import without_pages
from .attempt import Attempt
from .sources import OpenComics
from .strips import with_strips

log = logging.getLogger(__name__)


def without_damaged_pages(attempt: Attempt, manifest: Manifest, error: InputError) -> Manifest:
    """Return the manifest without the page that the error names, and without other damaged pages.

    All remaining pages are read, so that the file is begun only twice however many are damaged. A
    page whose bytes are right but cannot be decoded is found later, when it is converted; pages
    converted before are kept.

    Raises:
        InputError: The given error, if the user did not choose to skip, the error names no page,
            or no page is left.
        StorageUnavailable: A page cannot be read at the moment.
        LeaseLost: Another attempt has the job, or it was paused or cancelled.
    """
    if not manifest.options.skip_damaged or error.place.page_index is None:
        raise error
    log.info("Page skipped: %s", error.detail, extra=attempt.lease.logged("page_skipped"))
    manifest = _without(manifest, {error.place})
    manifest = _without(manifest, _damaged_pages(attempt, manifest))
    if manifest.page_count == 0:
        raise error
    return manifest


def _damaged_pages(attempt: Attempt, manifest: Manifest) -> set[Place]:
    """Return the pages that differ from what the library scan saw."""
    places: set[Place] = set()
    with OpenComics(attempt.context.settings) as comics:
        for comic, page in manifest.pages():
            try:
                for _ in comics.checked_chunks(comic, page):
                    attempt.heartbeat.report(Phase.PACKAGING)
            except ComicChanged as error:
                places.add(error.place)
    if places:
        log.info("%d more pages skipped", len(places), extra=attempt.lease.logged("page_skipped"))
    return places


def _without(manifest: Manifest, places: set[Place]) -> Manifest:
    comics = tuple(_comic_without(comic, places) for comic in manifest.comics)
    return with_strips(replace(manifest, comics=comics))


def _comic_without(comic: ManifestComic, places: set[Place]) -> ManifestComic:
    gone = (page.index for page in comic.pages if Place(comic.comic_id, page.index) in places)
    return without_pages(comic, frozenset(gone))
