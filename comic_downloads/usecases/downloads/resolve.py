"""Turn a user's request into the resolved input of a job: its comics, pages and options."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from ...db.library import comic_ids_of_series, manifest_comics
from ...db.session import Session
from ...domain.comic_names import file_stem, full_name, series_name
from ...domain.errors import Conflict, InvalidRequest, NotFound
from ...domain.filenames import MAX_FILENAME_BYTES, safe_filename
from ...domain.manifest import Manifest, ManifestComic
from ...domain.options import FilePart, Options
from ...domain.page_selection import slice_pages
from ...domain.quality import preset_key
from ...domain.unread import with_guessed_facts
from ..context import Context
from ..preparing.completing import check_pages, completed, expected_size, picked_pages
from ..preparing.originals import needs_no_copy
from ..preparing.spreads import with_spreads
from .options import parse_options
from .request import DownloadRequest, request_as_json
from .untouched import own_file_manifest, with_own_files


@dataclass(frozen=True)
class ResolvedRequest:
    """A request whose input was looked up.

    Attributes:
        request: The request as the user sent it.
        manifest: The resolved input of the job.
        content_key: The key of the file's content: equal for requests that lead to equal files.
            While comics are not read, it is ``asked_key``, and the worker replaces it.
        filename: The name under which the file is saved.
        expected_bytes: The estimated size of the file.
        asked_key: Equal for requests for the same pages of the same comics in the same way.
        picked: The comics with all that they say about the pages that were picked.
    """

    request: DownloadRequest
    manifest: Manifest
    content_key: str
    filename: str
    expected_bytes: int
    asked_key: str
    picked: tuple[ManifestComic, ...] = ()


def resolve_request(
    context: Context, session: Session, request: DownloadRequest
) -> ResolvedRequest:
    """Look up the comics and resolve the input; check every choice of the request.

    Of comics that are not read yet, damaged pages and the size of the file are not known. The
    worker reads them and checks that.

    Raises:
        InvalidRequest: A choice is not valid, or the download would be too large.
        NotFound: A comic or the series is not in the library.
        PagesDamaged: A page is damaged and the request does not skip it.
        ComicUnreadable: A comic cannot be read.
        NoOriginalFile: An untouched file is wanted, and there is none.
        ComicChanged: The file that is to stay untouched was changed after the scan.
        StorageUnavailable: That file cannot be looked at now.
    """
    return resolve_requests(context, session, [request])[0]


def resolve_requests(
    context: Context,
    session: Session,
    requests: Sequence[DownloadRequest],
    *,
    may_be_too_large: bool = False,
) -> list[ResolvedRequest]:
    """Resolve requests as ``resolve_request`` does, with one look-up of all their comics.

    Raises the error of the first request that is wrong. All of them have the same quality. A file
    that will be cut into parts may be larger than its format allows.
    """
    untouched = [parse_options(request).untouched for request in requests]
    wanted = [
        selected_comic_ids(context, session, request.comic_ids, request.series_id)
        for request in requests
    ]
    ids = list(dict.fromkeys(chain.from_iterable(wanted)))
    comics = dict(zip(ids, manifest_comics(session, ids), strict=True))
    if any(untouched):
        comics = with_own_files(context, session, comics)
    return [
        _resolve(
            context,
            request,
            [comics[comic_id] for comic_id in comic_ids],
            may_be_too_large=may_be_too_large,
        )
        for request, comic_ids in zip(requests, wanted, strict=True)
    ]


def _resolve(
    context: Context,
    request: DownloadRequest,
    comics: list[ManifestComic],
    *,
    may_be_too_large: bool,
) -> ResolvedRequest:
    options = parse_options(request)
    if options.untouched:
        return _resolved_untouched(request, own_file_manifest(options, comics))
    asked_key = _asked_key(options, [comic.comic_id for comic in comics], request.pages)
    comics = with_spreads(options, comics)
    picked = _of_part(Manifest(options, tuple(picked_pages(comics, request.pages))), request)
    if picked.is_read:
        manifest = completed(context.settings, picked, may_be_too_large=may_be_too_large)
        content_key = manifest.content_key()
    else:
        manifest = with_guessed_facts(picked)
        check_pages(context.settings, manifest)
        content_key = asked_key
    return ResolvedRequest(
        request,
        manifest,
        content_key,
        _filename(comics, request, options.extension),
        expected_size(manifest),
        asked_key,
        picked.comics,
    )


def _resolved_untouched(request: DownloadRequest, manifest: Manifest) -> ResolvedRequest:
    own, key = manifest.own_file, manifest.content_key()
    assert own is not None, "with_own_files was called"
    return ResolvedRequest(request, manifest, key, own.filename, own.identity.size_bytes, key)


def _of_part(picked: Manifest, request: DownloadRequest) -> Manifest:
    """Return the pages of the part that is wanted, and keep the file within the part's size.

    Where pages are copied, its size was known when the file was cut.
    """
    if request.max_part_bytes is None:
        return picked
    if not picked.is_read:
        raise Conflict(
            "Not all pages of these comics are read yet, so they cannot be cut into parts. "
            "Try again in a moment."
        )
    if request.part is not None:
        picked = slice_pages(picked, request.part.first, request.part.end)
        part = FilePart(request.part.number, request.part.total)
        picked = replace(picked, options=replace(picked.options, part=part))
    if picked.copies_pages:
        return picked
    target_bytes = min(
        request.max_part_bytes, picked.options.target_size_bytes or request.max_part_bytes
    )
    return replace(picked, options=replace(picked.options, target_size_bytes=target_bytes))


def _asked_key(options: Options, comic_ids: Sequence[str], pages: str) -> str:
    """Return a key that stands for the content of comics that are not read yet."""
    asked = ["not read", Manifest(options, ()).as_dict(), list(comic_ids), pages.strip()]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


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


def _filename(comics: list[ManifestComic], request: DownloadRequest, extension: str) -> str:
    first = comics[0].metadata
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
        "format": manifest.file_format,
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
        "media_type": manifest.media_type,
        "on_page_error": resolved.request.on_page_error,
        "expected_bytes": resolved.expected_bytes,
        "converted_pixels": manifest.converted_pixels,
        "required_disk_bytes": 0 if needs_no_copy(context, manifest) else resolved.expected_bytes,
        "ttl_seconds": resolved.request.expires_in_seconds or context.settings.artifact_ttl_seconds,
        "pages_total": manifest.output_page_count,
        "missing_pages": manifest.missing_pages,
    }
