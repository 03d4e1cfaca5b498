"""Complete the input of a job once all its pages are known, and check that a file can be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...domain.errors import InvalidRequest, PagesDamaged
from ...domain.formats import Format, too_large_message
from ...domain.library import NO_DETAILS, NO_MARKS, SourceDetails
from ...domain.manifest import (
    Manifest,
    ManifestComic,
    ManifestPage,
)
from ...domain.options import ComicInfoSchema, Options
from ...domain.page_selection import parse_page_range, select_pages
from ...domain.quality import ImageEncoding
from ...packaging.comicinfo.elements import schemas_differ
from ...packaging.sizing.estimate import estimate_size
from ...packaging.sizing.target_size import within_target
from ...settings import Settings
from .spreads import without_idle_splitting
from .strips import with_strips

# The longest download needs this much for its pages besides their images.
_RESERVE_BYTES = 20_000_000


def completed(
    settings: Settings, manifest: Manifest, *, may_be_too_large: bool = False
) -> Manifest:
    """Return the manifest as it decides the file, which may be one that will be cut into parts.

    Raises:
        InvalidRequest: No page is left, the file would be too large, or its target is too small.
        PagesDamaged: A page is damaged, and damaged pages are not to be skipped.
    """
    manifest = with_strips(manifest)
    check_pages(settings, manifest)
    manifest = without_idle_splitting(manifest)
    manifest = within_target(_fitting_metadata(_fitting_format(manifest)))
    if not may_be_too_large:
        _check_size(manifest.options.format, expected_size(manifest))
    return manifest


def check_pages(settings: Settings, manifest: Manifest) -> None:
    """Check the pages of the file as far as they are known. Raises as ``completed`` does."""
    _check_damage(manifest.comics, manifest.options)
    if manifest.page_count == 0:
        raise InvalidRequest("None of the pages that were picked can be read. Pick other pages.")
    if manifest.output_page_count > settings.max_pages_per_job:
        raise InvalidRequest(
            f"This would be {manifest.output_page_count} pages, but one download has at most "
            f"{settings.max_pages_per_job}. Pick fewer comics at a time."
        )


def expected_size(manifest: Manifest) -> int:
    """Return about how many bytes the file will have."""
    return estimate_size(manifest.options, [page.facts for _, page in manifest.pages()])


def largest_part_bytes(format: Format) -> int | None:
    """Return up to how many expected bytes a part is never refused; None means any number."""
    max_bytes = format.facts.max_bytes
    return None if max_bytes is None else max_bytes - 2 * _RESERVE_BYTES


def _check_size(format: Format, expected_bytes: int) -> None:
    max_bytes = format.facts.max_bytes
    if max_bytes is not None and expected_bytes >= max_bytes - _RESERVE_BYTES:
        raise InvalidRequest(too_large_message(format))


def _fitting_format(manifest: Manifest) -> Manifest:
    """Ask for a kind of image that the format can hold, for pages that are drawn in any case.

    Otherwise WebP pages would have to become larger PNG pages in a document.
    """
    options = manifest.options
    if (
        options.format.facts.embeddable_types is None
        or options.preset.output is not ImageEncoding.SOURCE
        or options.preset.keeps_originals
    ):
        return manifest
    if all(
        ImageEncoding.EMBEDDABLE.kind_for(page.facts.media_type) is None
        for _, page in manifest.pages()
    ):
        return manifest
    return replace(
        manifest,
        options=replace(options, preset=replace(options.preset, output=ImageEncoding.EMBEDDABLE)),
    )


def _fitting_metadata(manifest: Manifest) -> Manifest:
    """Return the manifest with only what will be part of the file.

    Two requests whose files are equal then have the same content key.
    """
    options, described = manifest.options, [comic.metadata for comic in manifest.comics]
    has_comic_info = options.metadata and options.format.facts.has_comic_info
    if not (has_comic_info or options.format.facts.has_contents):
        manifest = replace(manifest, options=replace(options, part=None))
        options = manifest.options
    newer = has_comic_info and options.comic_info is ComicInfoSchema.V2_1
    if newer and schemas_differ(described):
        return manifest
    has_chapters = has_comic_info or options.format.facts.has_contents
    comics = tuple(
        replace(
            comic,
            metadata=replace(
                comic.metadata, details=_fitting_details(comic.metadata.details, options)
            ),
            pages=comic.pages if has_chapters else tuple(map(_without_marks, comic.pages)),
        )
        for comic in manifest.comics
    )
    return replace(
        manifest, options=replace(options, comic_info=ComicInfoSchema.V2_0), comics=comics
    )


def _fitting_details(details: SourceDetails, options: Options) -> SourceDetails:
    """Return what a file has of the details unless schema 2.1 was chosen for it."""
    if options.metadata and options.format.facts.has_contents:
        return details  # Beside its contents, such a file has a full ComicInfo.xml.
    if options.metadata and options.format.facts.has_comic_info:
        return replace(details, tags="", story_arc_number="", gtin="")
    return NO_DETAILS


def _without_marks(page: ManifestPage) -> ManifestPage:
    return page if page.marks == NO_MARKS else replace(page, marks=NO_MARKS)


def picked_pages(comics: list[ManifestComic], pages: str) -> list[ManifestComic]:
    """Return the comics with the pages that a range names. Raises InvalidRequest."""
    if pages.strip().lower() in {"", "all"}:
        return comics
    if len(comics) > 1:
        raise InvalidRequest(
            "A range of pages can only be picked from a single comic. "
            "Leave “pages” out for several comics."
        )
    comic = comics[0]
    return [select_pages(comic, parse_page_range(pages, len(comic.pages) + len(comic.missing)))]


def _check_damage(comics: Sequence[ManifestComic], options: Options) -> None:
    for comic in comics:
        if comic.missing and not options.skip_damaged:
            first, *others = comic.missing
            also = f" (and {len(others)} more)" if others else ""
            raise PagesDamaged(
                f"Page {first + 1}{also} of “{comic.metadata.title}” is damaged. "
                "Skip damaged pages, pick other pages, or repair the file and scan the library "
                "again."
            )
