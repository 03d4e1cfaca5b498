"""The bytes a PDF takes besides its images, as measured: never fewer than the file will have."""

from __future__ import annotations

from ...domain.manifest import Manifest
from ..archive import missing_pages_report
from ..chapters import chapters
from ..comicinfo.document import full_comic_info
from ..descriptions import authors, genres, language, printable, xmp
from ..pages import Document

# Measured: 1,333 bytes for one small page, 474 for each further one of 3,000 and 479 of 20,000,
# and 172 more for a chapter.
_FIXED_BYTES, _PAGE_BYTES, _CHAPTER_BYTES = 1_400, 510, 190
_ATTACHMENT_BYTES = 700  # Measured: 590 for the objects of the first attachment.
# A page that may be PNG takes more: length and checksum stand behind its data, and a palette can
# take 750 bytes of what other pages leave.
_PNG_BYTES = 90


def pdf_overhead(document: Document, manifest: Manifest) -> int:
    """Return how many bytes the PDF of these pages takes besides their images."""
    pngs = sum(
        manifest.parts(page)
        for _, page in manifest.pages()
        if page.facts.media_type != "image/jpeg"
    )
    return _document_bytes(document) + _PNG_BYTES * pngs


def _document_bytes(document: Document) -> int:
    titles = [chapter.title for chapter in chapters(document)]
    texts = (
        [
            document.title,
            ", ".join(authors(document)),
            ", ".join(genres(document)),
            language(document),
        ]
        if document.with_metadata
        else []
    )
    described = (
        len(xmp(document).encode()) + len(full_comic_info(document)) + _ATTACHMENT_BYTES
        if document.with_metadata
        else 0
    )
    report = 2 * len(missing_pages_report(document) or b"")
    fixed = _FIXED_BYTES + _PAGE_BYTES * document.page_count + _CHAPTER_BYTES * len(titles)
    return (
        fixed + described + report + sum(_text_bytes(printable(text)) for text in (*texts, *titles))
    )


def _text_bytes(text: str) -> int:
    """Return the bytes of a text as fpdf2 writes it.

    It is escaped, or UTF-16 in hexadecimal (ISO 32000-1, 7.9.2.2).
    """
    return (
        2 * len(text) + 10 if text.isascii() else 2 * len(text.encode("utf-16-be", "replace")) + 20
    )
