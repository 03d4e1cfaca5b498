"""How large a converted download will be, found out by converting a few of its pages."""

from __future__ import annotations

import logging

from ..domain.errors import JobError
from ..packaging.estimate import estimate_size, sample_indexes
from .context import Context
from .converted_pages import ConvertedPages
from .freeze_request import Frozen, rendition_key
from .open_comics import OpenComics
from .work_folders import WorkFolders

log = logging.getLogger(__name__)


def sampled_size(context: Context, frozen: Frozen) -> int:
    """The expected length in bytes, within 15 %.

    On one machine the converted pages are kept for the job, so nothing is converted twice. Where a page cannot be
    converted now, the guess without samples stands: the job will say why.
    """
    options, pages = frozen.manifest.options, list(frozen.manifest.pages())
    facts = [page.facts for _, page in pages]
    folder = WorkFolders(context.settings.data / "work").rendition(rendition_key(options.preset))
    kept = ConvertedPages(folder, options.preset, context.settings.max_page_pixels)
    try:
        with OpenComics(context.settings.library) as comics:
            samples = [(facts[index], kept.get(comics, *pages[index])) for index in sample_indexes(options, facts)]
    except JobError as error:
        log.info("a page could not be sampled: %s", error.detail, extra={"action": "sample_failed"})
        return frozen.expected_bytes
    return estimate_size(options, facts, samples)
