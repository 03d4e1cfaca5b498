"""EPUB 3 with fixed layout, for e-readers.

Each page is one image. The pages lie in spreads, in the right reading direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...domain.formats import Format
from ..archive import Entry, missing_pages_report, text_entry, write_archive
from ..comicinfo.document import COMIC_INFO_NAME, full_comic_info
from ..naming import MIN_DIGITS, extension
from ..pages import BuiltFile, Document, OnProgress
from ..spreads import double_pages
from .documents import CONTAINER, EpubPage, navigation, package, page_document
from .reencoding import media_type_in_epub, shown_page


def write_epub(document: Document, target: Path, progress: OnProgress) -> BuiltFile:
    """Write the document as a fixed-layout EPUB 3; see ``Writer``.

    JPEG, PNG and GIF go in unchanged, unless strict programs refuse them or e-readers do not show
    them. Other types become PNG without loss, one page at a time.
    """
    return write_archive(epub_entries(document), target, progress, document.size_bytes)


def epub_entries(document: Document) -> Iterator[Entry]:
    """Yield the members in order; ``mimetype`` has to be the first (EPUB OCF 3.2, 4.3)."""
    pages = _pages(document)
    yield text_entry("mimetype", Format.EPUB.facts.media_type.encode())
    yield text_entry("META-INF/container.xml", CONTAINER)
    report = missing_pages_report(document)
    yield text_entry("EPUB/package.opf", package(document, pages, has_report=report is not None))
    yield text_entry("EPUB/navigation.xhtml", navigation(document, pages))
    if document.with_metadata:
        yield text_entry(f"EPUB/{COMIC_INFO_NAME}", full_comic_info(document))
    if report is not None:
        yield text_entry("EPUB/missing-pages.txt", report)
    for page, source in zip(pages, document.pages(), strict=True):
        yield text_entry(f"EPUB/{page.document}", page_document(page))
        yield Entry(f"EPUB/{page.image}", shown_page(source, page.media_type))


def _pages(document: Document) -> list[EpubPage]:
    digits = max(MIN_DIGITS, len(str(document.page_count)))
    pages: list[EpubPage] = []
    for comic in document.comics:
        for source, is_double in zip(comic.pages, double_pages(comic.pages), strict=True):
            number = f"{len(pages) + 1:0{digits}}"
            media_type = media_type_in_epub(source)
            pages.append(
                EpubPage(
                    number,
                    source.facts.width,
                    source.facts.height,
                    media_type,
                    f"images/{number}.{extension(media_type)}",
                    is_double,
                )
            )
    return pages
