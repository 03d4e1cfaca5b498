"""Cut the files of a request into parts that are not larger than it allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...db.session import Session
from ...domain.errors import InvalidRequest
from ...packaging.sizing.parts import Span, cut_into_parts
from ..context import Context
from ..preparing.completing import largest_part_bytes
from .request import DownloadRequest, Part
from .resolve import ResolvedRequest, resolve_requests

Places = list[int]


def in_parts(
    context: Context,
    session: Session,
    requests: Sequence[DownloadRequest],
    places: Sequence[Places],
) -> tuple[list[DownloadRequest], list[Places]]:
    """Return the requests with those for files that are too large as requests for their parts.

    ``places`` are those of each file's comics among all comics; parts keep those of their file.

    Raises the errors of ``resolve_request``, and InvalidRequest if a page is larger than a file may
    be, or if there would be too many files.
    """
    if not requests or requests[0].max_part_bytes is None:
        return list(requests), list(places)
    max_files = context.settings.max_comics_per_job
    unlimited = [_without_limits(one) for one in requests]
    whole = resolve_requests(context, session, unlimited, may_be_too_large=True)
    parts: list[DownloadRequest] = []
    of_file: list[Places] = []
    for request, resolved, file in zip(requests, whole, places, strict=True):
        made = _parts(request, resolved, max_files)
        parts += made
        of_file += [file] * len(made)
    if len(parts) > max_files:
        raise InvalidRequest(
            f"These would be {len(parts):,} files, but one download has at most {max_files:,}. "
            "Allow larger files."
        )
    return parts, of_file


def _without_limits(request: DownloadRequest) -> DownloadRequest:
    return replace(request, max_part_bytes=None, target_size_bytes=None)


def _parts(
    request: DownloadRequest, resolved: ResolvedRequest, max_parts: int
) -> list[DownloadRequest]:
    max_bytes = request.max_part_bytes
    if max_bytes is None or (request.target_size_bytes or max_bytes + 1) <= max_bytes:
        return [request]
    if not resolved.manifest.is_read:  # It cannot be cut, as resolving it says.
        return [request]
    format_max = largest_part_bytes(resolved.manifest.options.format)
    if format_max is not None:
        max_bytes = min(max_bytes, format_max)
    spans = cut_into_parts(resolved.manifest, resolved.picked, max_bytes, max_parts)
    if len(spans) == 1:
        return [request]
    return list(_requests(request, resolved, spans))


def _requests(
    request: DownloadRequest, resolved: ResolvedRequest, spans: Sequence[Span]
) -> Iterator[DownloadRequest]:
    """Yield the request for each part, with those comics of which it has pages."""
    for number, (first, end) in enumerate(spans, start=1):
        comic_ids: list[str] = []
        place = before = 0
        for comic in resolved.picked:
            behind = place + len(comic.pages)
            if place < end and behind > first:
                comic_ids.append(comic.comic_id)
            elif behind <= first:
                before = behind
            place = behind
        part = Part(number, len(spans), first - before, end - before, len(resolved.picked))
        yield replace(request, comic_ids=tuple(comic_ids), series_id=None, part=part)
