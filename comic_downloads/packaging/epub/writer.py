"""EPUB 3 with fixed layout, for e-readers: one page an image, in spreads, in the right reading direction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...domain.formats import Format
from ..archive import Entry, missing_pages, text_entry, write_archive
from ..naming import MIN_DIGITS, extension
from ..pages import BuiltFile, Document, Progress
from .documents import CONTAINER, EpubPage, navigation, package, page_document
from .recoding import recoded


def write_epub(book: Document, target: Path, progress: Progress) -> BuiltFile:
    """Writes the book as a fixed-layout EPUB 3; see ``Writer``.

    JPEG, PNG and GIF go in unchanged, other kinds as PNG without loss, one at a time.
    """
    return write_archive(epub_entries(book), target, progress, book.size_bytes)


def epub_entries(book: Document) -> Iterator[Entry]:
    """The members in order; ``mimetype`` has to be the first (EPUB OCF 3.2, 4.3)."""
    pages = _pages(book)
    yield text_entry("mimetype", Format.EPUB.facts.media_type.encode())
    yield text_entry("META-INF/container.xml", CONTAINER)
    report = missing_pages(book)
    yield text_entry("EPUB/package.opf", package(book, pages, has_report=report is not None))
    yield text_entry("EPUB/navigation.xhtml", navigation(book, pages))
    if report is not None:
        yield text_entry("EPUB/missing-pages.txt", report)
    sources = (page for comic in book.comics for page in comic.pages)
    for page, source in zip(pages, sources, strict=True):
        yield text_entry(f"EPUB/{page.document}", page_document(page))
        yield Entry(
            f"EPUB/{page.image}",
            source if source.facts.media_type == page.media_type else recoded(source),
        )


def _pages(book: Document) -> list[EpubPage]:
    digits = max(MIN_DIGITS, len(str(book.page_count)))
    pages: list[EpubPage] = []
    for comic_number, comic in enumerate(book.comics):
        for source in comic.pages:
            number = f"{len(pages) + 1:0{digits}}"
            own_type = source.facts.media_type
            media_type = own_type if Format.EPUB.facts.holds(own_type) else "image/png"
            size = source.facts.width, source.facts.height
            pages.append(
                EpubPage(
                    number,
                    comic_number,
                    *size,
                    media_type,
                    f"images/{number}.{extension(media_type)}",
                )
            )
    return pages
