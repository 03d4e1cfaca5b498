"""How large a converted download will be, found out by converting a few of its pages."""

from __future__ import annotations

import logging
from functools import partial

from ..domain.errors import JobError
from ..domain.manifest import ManifestComic, ManifestPage, Options
from ..packaging.estimate import bytes_in_file, estimate_size, sample_indexes
from ..packaging.pages import OutputPage
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
    indexes = sample_indexes(options, facts)
    if not indexes:
        return frozen.expected_bytes
    folder = WorkFolders(context.settings.data / "work").rendition(rendition_key(options.preset))
    kept = ConvertedPages(folder, options.preset, context.settings.max_page_pixels)
    try:
        with OpenComics(context.settings.library) as comics:
            samples = [(facts[index], _sampled_bytes(options, kept, comics, *pages[index])) for index in indexes]
    except JobError as error:
        log.info("a page could not be sampled: %s", error.detail, extra={"action": "sample_failed"})
        return frozen.expected_bytes
    return estimate_size(options, facts, samples)


def _sampled_bytes(options: Options, kept: ConvertedPages, comics: OpenComics, comic: ManifestComic, page: ManifestPage) -> int:
    """How many bytes the page takes in the file, all its parts together."""
    if not kept.needs(page):
        return bytes_in_file(options.format, OutputPage(page.name, page.facts, partial(comics.open_page, comic, page)))
    parts = enumerate(kept.get(comics, comic, page))
    return sum(
        bytes_in_file(options.format, OutputPage(page.name, facts, partial(kept.open, page, part))) for part, facts in parts
    )
