"""How many bytes a file takes beside its pages' own: names, headers, metadata, documents. Never less than it will be.

Archives are laid out as they will be, around stand-ins that take as much room as any converted page could. A PDF is counted
from what was measured.
"""

from __future__ import annotations

from typing import NoReturn

from ...domain.artifact import Format
from ...domain.library import ImageFacts
from ...domain.manifest import Manifest, ManifestComic, PageNames
from ..archive import MAX_KNOWN_BYTES, archive_size, missing_pages
from ..cbz import cbz_entries
from ..descriptions import authors, language, printable, subject, xmp
from ..epub.writer import epub_entries
from ..naming import part_name
from ..pages import Document, OutputComic, OutputPage
from ..zip import zip_entries

_ZIP64_BYTES = (
    60  # of an entry beyond 4 GiB: two extra fields (APPNOTE 4.5.3) and the longer header
)
_REPORT_BYTES = 700  # of a list of missing pages, beside its text: in an archive 200, in a PDF it is an attachment
# Measured: 1,333 bytes for one small page, 474 for each further one of 3,000 and 479 of 20,000, 172 more for a chapter.
_PDF_BYTES, _PDF_PAGE_BYTES, _PDF_CHAPTER_BYTES = 1_400, 510, 190
_PDF_PNG_BYTES = 90  # more for a page that may be PNG: length and checksum stand behind its data (a palette can be 750 more)
_ENTRIES = {
    Format.CBZ: cbz_entries,
    Format.ZIP: zip_entries,
    Format.EPUB: lambda book: list(epub_entries(book)),
}
# Of the kinds a page can become, those with the longest names.
_LONGEST_KIND = {
    Format.CBZ: "image/webp",
    Format.ZIP: "image/webp",
    Format.EPUB: "image/jpeg",
    Format.PDF: "image/jpeg",
}


def overhead_bytes(manifest: Manifest) -> int:
    """What the file takes beside its pages. A page that turns out damaged and is left out leaves room for being listed."""
    options = manifest.options
    book = _book_of_stand_ins(manifest)
    report = _REPORT_BYTES if options.skip_damaged or missing_pages(book) else 0
    if options.format is Format.PDF:
        pngs = sum(
            manifest.parts(page)
            for _, page in manifest.pages()
            if page.facts.media_type != "image/jpeg"
        )
        return _pdf_bytes(book) + _PDF_PNG_BYTES * pngs + report
    entries = _ENTRIES[options.format](book)
    headers = archive_size(entries) - book.size_bytes
    zip64 = _ZIP64_BYTES * len(entries) if manifest.size_bytes > MAX_KNOWN_BYTES else 0
    return headers + zip64 + report


def _book_of_stand_ins(manifest: Manifest) -> Document:
    options = manifest.options
    comics = tuple(
        OutputComic(comic.metadata, tuple(_stand_ins(manifest, comic)), comic.missing)
        for comic in manifest.comics
    )
    numbered = options.page_names is PageNames.NUMBERED
    return Document(manifest.title, comics, options.metadata, numbered, options.comic_info)


def _stand_ins(manifest: Manifest, comic: ManifestComic) -> list[OutputPage]:
    kind = _LONGEST_KIND[manifest.options.format]
    pages: list[OutputPage] = []
    for page in comic.pages:
        side = max(page.facts.width, page.facts.height)
        # Wider than high: a double page takes more words. Its own size in bytes: no page has more digits than its source.
        facts = ImageFacts(kind, side + 1, side, 10 * page.facts.size_bytes, 0, page.facts.sha256)
        parts = manifest.parts(page)
        pages += [
            OutputPage(part_name(page.name, part, parts), facts, _unopened) for part in range(parts)
        ]
    return pages


def _unopened() -> NoReturn:
    raise AssertionError("what stands in for a page cannot be opened")


def _pdf_bytes(book: Document) -> int:
    chapters = [comic.metadata.title for comic in book.comics] if len(book.comics) > 1 else []
    texts = (
        [book.title, ", ".join(authors(book)), subject(book), language(book)]
        if book.with_metadata
        else []
    )
    described = len(xmp(book).encode()) if book.with_metadata else 0
    report = 2 * len(missing_pages(book) or b"")
    fixed = _PDF_BYTES + _PDF_PAGE_BYTES * book.page_count + _PDF_CHAPTER_BYTES * len(chapters)
    return (
        fixed
        + described
        + report
        + sum(_pdf_text_bytes(printable(text)) for text in (*texts, *chapters))
    )


def _pdf_text_bytes(text: str) -> int:
    """A text string of a PDF as fpdf2 writes it: escaped, or as hexadecimal UTF-16 (ISO 32000-1, 7.9.2.2)."""
    return (
        2 * len(text) + 10 if text.isascii() else 2 * len(text.encode("utf-16-be", "replace")) + 20
    )
