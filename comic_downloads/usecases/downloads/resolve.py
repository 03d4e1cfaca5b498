"""Turn a user's request into the resolved input of a job: its comics, pages and options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from ...db.library import comic_ids_of_series, manifest_comics
from ...db.session import Session
from ...domain.comic_names import file_stem, full_name, series_name
from ...domain.errors import InvalidRequest, NotFound, PagesDamaged
from ...domain.filenames import MAX_FILENAME_BYTES, safe_filename
from ...domain.formats import Format, too_large_message
from ...domain.library import NO_DETAILS, NO_MARKS, SourceDetails
from ...domain.manifest import (
    Manifest,
    ManifestComic,
    ManifestPage,
    parse_page_range,
    select_pages,
)
from ...domain.options import ComicInfoSchema, Options
from ...domain.quality import ImageEncoding, preset_key
from ...packaging.comicinfo.elements import schemas_differ
from ...packaging.sizing.estimate import estimate_size
from ...packaging.sizing.target_size import within_target
from ..context import Context
from ..preparing.originals import needs_no_copy
from .options import parse_options
from .request import DownloadRequest, request_as_json

# The longest download needs this much for its pages besides their images.
_RESERVE_BYTES = 20_000_000


@dataclass(frozen=True)
class ResolvedRequest:
    """A request whose input was looked up.

    Attributes:
        request: The request as the user sent it.
        manifest: The resolved input of the job.
        content_key: The key of the file's content: equal for requests that lead to equal files.
        filename: The name under which the file is saved.
        expected_bytes: The estimated size of the file.
    """

    request: DownloadRequest
    manifest: Manifest
    content_key: str
    filename: str
    expected_bytes: int


def resolve_request(
    context: Context, session: Session, request: DownloadRequest
) -> ResolvedRequest:
    """Look up the comics and resolve the input; check every choice of the request.

    Raises:
        InvalidRequest: A choice is not valid, or the download would be too large.
        NotFound: A comic or the series is not in the library.
        PagesDamaged: A page is damaged and the request does not skip it.
        ComicUnreadable: A comic cannot be read.
    """
    return resolve_requests(context, session, [request])[0]


def resolve_requests(
    context: Context, session: Session, requests: Sequence[DownloadRequest]
) -> list[ResolvedRequest]:
    """Resolve requests as ``resolve_request`` does, with one look-up of all their comics.

    Raises the error of the first request that is wrong.
    """
    for request in requests:
        parse_options(request)
    wanted = [
        selected_comic_ids(context, session, request.comic_ids, request.series_id)
        for request in requests
    ]
    ids = list(dict.fromkeys(chain.from_iterable(wanted)))
    comics = dict(zip(ids, manifest_comics(session, ids), strict=True))
    return [
        _resolve(context, request, [comics[comic_id] for comic_id in comic_ids])
        for request, comic_ids in zip(requests, wanted, strict=True)
    ]


def _resolve(
    context: Context, request: DownloadRequest, comics: list[ManifestComic]
) -> ResolvedRequest:
    options = parse_options(request)
    comics = _picked_pages(comics, request.pages)
    _check_damage(comics, options)
    manifest = Manifest(options, tuple(comics))
    if manifest.page_count == 0:
        raise InvalidRequest("None of the pages that were picked can be read. Pick other pages.")
    if manifest.output_page_count > context.settings.max_pages_per_job:
        raise InvalidRequest(
            f"This would be {manifest.output_page_count} pages, but one download has at most "
            f"{context.settings.max_pages_per_job}. Pick fewer comics at a time."
        )
    manifest = within_target(_fitting_metadata(_fitting_format(manifest)))
    expected_bytes = estimate_size(manifest.options, [page.facts for _, page in manifest.pages()])
    _check_size(options.format, expected_bytes)
    return ResolvedRequest(
        request, manifest, manifest.content_key(), _filename(comics, request), expected_bytes
    )


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


def selected_comic_ids(
    context: Context, session: Session, comic_ids: Sequence[str], series_id: str | None
) -> Sequence[str]:
    """Return the ids that were named, or those of the series in reading order.

    Raises:
        InvalidRequest: Both or none were named, a comic twice, or too many comics.
        NotFound: The series does not exist or has no comics.
    """
    if bool(comic_ids) == bool(series_id):
        raise InvalidRequest("Name either comic_ids or a series_id.")
    ids = comic_ids or comic_ids_of_series(session, series_id or "")
    if not ids:
        raise NotFound("There is no such series, or it has no comics.")
    if len(set(ids)) != len(ids):
        raise InvalidRequest("comic_ids names a comic twice. Name each comic once.")
    if len(ids) > context.settings.max_comics_per_job:
        raise InvalidRequest(
            f"These are {len(ids)} comics, but one download has at most "
            f"{context.settings.max_comics_per_job}. Pick fewer at a time."
        )
    return ids


def _picked_pages(comics: list[ManifestComic], pages: str) -> list[ManifestComic]:
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


def _filename(comics: list[ManifestComic], request: DownloadRequest) -> str:
    first = comics[0].metadata
    extension = Format(request.format).facts.extension
    max_bytes = MAX_FILENAME_BYTES - len(f".{extension}")
    if request.series_id and first.series and len(comics) > 1:
        return safe_filename(series_name(first), extension)
    more = f" and {len(comics) - 1} more" if len(comics) > 1 else ""
    return safe_filename(f"{file_stem(first, max_bytes - len(more))}{more}", extension)


def resolved_columns(context: Context, resolved: ResolvedRequest) -> dict[str, Any]:
    """Return the columns of a job that follow from its resolved input."""
    manifest = resolved.manifest
    return {
        "request": request_as_json(resolved.request),
        "format": str(manifest.options.format),
        "quality": resolved.request.quality,
        "comics": [
            {
                "id": comic.comic_id,
                "title": comic.metadata.title,
                "name": full_name(comic.metadata),
            }
            for comic in manifest.comics
        ],
        "request_key": resolved.content_key,
        "content_key": resolved.content_key,
        "preset_key": preset_key(manifest.options.preset) if manifest.converts else "",
        "filename": resolved.filename,
        "media_type": manifest.options.format.facts.media_type,
        "on_page_error": resolved.request.on_page_error,
        "expected_bytes": resolved.expected_bytes,
        "required_disk_bytes": 0 if needs_no_copy(context, manifest) else resolved.expected_bytes,
        "ttl_seconds": resolved.request.expires_in_seconds or context.settings.artifact_ttl_seconds,
        "pages_total": manifest.output_page_count,
        "missing_pages": manifest.missing_pages,
    }
