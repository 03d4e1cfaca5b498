"""Estimate what a request that becomes several files would lead to; nothing is queued."""

from __future__ import annotations

from collections.abc import Sequence

from ...db.workers import active_workers
from ...domain.split import Split
from ..context import Context
from ..preparing.layouts import may_be_layout
from .cost import Work
from .create import find_stored_artifacts
from .eta import recent_cost
from .group_request import resolve_group
from .request import DownloadRequest
from .resolve import ResolvedRequest
from .sample_size import sampled_size
from .submit import Estimate, read_comics_of


def estimate_group(context: Context, request: DownloadRequest, split: Split) -> Estimate:
    """Return what the files of the request would be together.

    If pages have to be converted, a few pages of the first file are converted now, and the sizes of
    the others follow from that.

    Raises the errors of ``estimate_download``.
    """
    read_comics_of(context, request)
    with context.db.read() as session:
        resolved = resolve_group(context, session, request, split)
        stored = find_stored_artifacts(context, session, resolved.content_keys)
        missing = [one for one in resolved.files if one.content_key not in stored]
        cost = recent_cost(session)
        at_a_time = max(len(active_workers(session)), 1)
    at_once = [one for one in missing if may_be_layout(context, one.manifest)]
    written = [one for one in missing if not may_be_layout(context, one.manifest)]
    written_bytes = _sampled_sizes(context, written)
    pixels = sum(one.manifest.converted_pixels for one in written)
    seconds = cost.seconds(Work(written_bytes, pixels), jobs=len(written))
    stored_bytes = [stored[key].size_bytes for key in resolved.content_keys if key in stored]
    return Estimate(
        size_bytes=written_bytes + sum(one.expected_bytes for one in at_once) + sum(stored_bytes),
        seconds=seconds / min(at_a_time, max(len(written), 1)),
        page_count=sum(one.manifest.output_page_count for one in resolved.files),
        cached=not missing,
        stilled_pages=sum(one.manifest.stilled_pages for one in resolved.files),
        file_count=len(resolved.files),
    )


def _sampled_sizes(context: Context, files: Sequence[ResolvedRequest]) -> int:
    converted = [one for one in files if one.manifest.converts]
    kept_bytes = sum(one.expected_bytes for one in files if not one.manifest.converts)
    if not converted:
        return kept_bytes
    first = converted[0]
    ratio = sampled_size(context, first) / max(first.expected_bytes, 1)
    return kept_bytes + round(ratio * sum(one.expected_bytes for one in converted))
