"""Estimate the size of a converted download by converting a few of its pages."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

from ...domain.errors import JobError
from ...domain.manifest import ManifestComic, ManifestPage
from ...domain.options import Options
from ...domain.quality import preset_key
from ...packaging.pages import OutputPage
from ...packaging.sizing.estimate import (
    at_best,
    bytes_in_file,
    estimate_size,
    sample_indexes,
    unbounded,
)
from ..context import Context
from ..preparing.margins import with_margins
from ..preparing.page_cache import PageCache
from ..preparing.sources import OpenComics
from ..preparing.work_dir import WorkFolders
from .resolve import ResolvedRequest

log = logging.getLogger(__name__)


def sampled_size(context: Context, resolved: ResolvedRequest) -> int:
    """Return the expected size in bytes, accurate within 15 %.

    The converted samples are kept. If the job is prepared on the same machine, it uses them, unless
    a target size requires smaller pages. If a page cannot be converted now, the estimate without
    samples is returned: the job will report the reason.
    """
    options = resolved.manifest.options
    # What pages are like that were not read is a guess. The length of an untouched file is known.
    if options.untouched or not resolved.manifest.is_read:
        return resolved.expected_bytes
    try:
        size_bytes = _estimated(context, resolved, unbounded(options))
        if options.target_size_bytes is None or size_bytes <= options.target_size_bytes:
            return size_bytes
        if at_best(options) != unbounded(options):
            size_bytes = _estimated(context, resolved, at_best(options))
        return min(size_bytes, options.target_size_bytes)
    except JobError as error:
        log.info("Page was not sampled: %s", error.detail, extra={"action": "sample_failed"})
        return resolved.expected_bytes


def _estimated(context: Context, resolved: ResolvedRequest, options: Options) -> int:
    """Return the expected size in bytes for these options, which have no target size."""
    pages = list(resolved.manifest.pages())
    facts = [page.facts for _, page in pages]
    indexes = sample_indexes(options, facts)
    if not indexes:
        return estimate_size(options, facts)
    max_pixels = context.settings.max_page_pixels
    with OpenComics(context.settings) as comics:
        asked = replace(resolved.manifest, options=options)
        options = with_margins(asked, comics, max_pixels, lambda: None).options
        folder = WorkFolders(context.settings.work_dir).pages_of(preset_key(options.preset))
        kept = PageCache(folder, options.preset, max_pixels)
        samples = [
            (facts[index], _sampled_bytes(options, kept, comics, *pages[index]))
            for index in indexes
        ]
    return estimate_size(options, facts, samples)


def _sampled_bytes(
    options: Options,
    kept: PageCache,
    comics: OpenComics,
    comic: ManifestComic,
    page: ManifestPage,
) -> int:
    """Return how many bytes the page needs in the file, all its parts together."""
    if not kept.needs(page):
        return bytes_in_file(
            options.format,
            OutputPage(page.name, page.facts, partial(comics.open_page, comic, page)),
        )
    parts = enumerate(kept.get(comics, comic, page))
    return sum(
        bytes_in_file(options.format, OutputPage(page.name, facts, partial(kept.open, page, part)))
        for part, facts in parts
    )
