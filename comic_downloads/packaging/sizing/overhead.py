"""Count the bytes a file takes besides its pages: names, headers, metadata.

They are never fewer than the file will have: it is laid out around stand-ins that take as much
room as any converted page could.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from ...domain.formats import FormatFacts
from ...domain.library import ImageFacts, PageMarks
from ...domain.manifest import Manifest, ManifestComic
from ...domain.options import EpubReader, PageNames
from ...domain.page_marks import marks_of_part
from ..archive import missing_pages_report
from ..formats import SPECS
from ..naming import EXTENSIONS, extension, part_name
from ..pages import Document, OutputComic, OutputPage

# A list of missing pages besides its text: in an archive it takes 200 bytes, in a PDF, where it is
# an attachment, 700.
_REPORT_BYTES = 700


def overhead_bytes(manifest: Manifest) -> int:
    """Return how many bytes the file takes besides its pages.

    If damaged pages may be left out, they include a list of them, even if none is known yet.
    """
    options = manifest.options
    document = _document_of_stand_ins(manifest)
    report = _REPORT_BYTES if options.skip_damaged or missing_pages_report(document) else 0
    return SPECS[options.format].overhead_bytes(document, manifest) + report


def _document_of_stand_ins(manifest: Manifest) -> Document:
    options = manifest.options
    comics = tuple(
        OutputComic(manifest.described(comic), tuple(_stand_ins(manifest, comic)), comic.missing)
        for comic in manifest.comics
    )
    return Document(
        manifest.title,
        comics,
        options.metadata,
        options.page_names is PageNames.NUMBERED,
        options.comic_info,
        options.epub_for is EpubReader.KINDLE,
    )


def _stand_ins(manifest: Manifest, comic: ManifestComic) -> list[OutputPage]:
    kind = _kind_with_longest_name(manifest.options.format.facts)
    pages: list[OutputPage] = []
    for page in comic.pages:
        side = max(page.facts.width, page.facts.height)
        # No converted page has a size with more digits than ten times its source.
        facts = ImageFacts(kind, side, side, 10 * page.facts.size_bytes, 0, page.facts.sha256)
        parts = manifest.parts(page)
        of_spread = page.facts.spread is not None
        pages += [
            OutputPage(
                part_name(page.name, part, parts),
                facts,
                _unopened,
                _longest(marks_of_part(page.marks, part, parts, of_spread=of_spread)),
            )
            for part in range(parts)
        ]
    return pages


def _longest(marks: PageMarks) -> PageMarks:
    """Return the marks as those of a double page, because metadata says more about these."""
    return marks if marks.double_page is False else replace(marks, double_page=True)


def _unopened() -> NoReturn:
    raise AssertionError("A stand-in for a page cannot be opened.")


def _kind_with_longest_name(facts: FormatFacts) -> str:
    """Return the media type, among those a page can have in the file, that takes the most room."""
    kinds = facts.embeddable_types or EXTENSIONS
    return max(kinds, key=lambda kind: (len(extension(kind)), len(kind)))
