"""The table of formats: how a file of each is written, checked and measured.

What a format can hold is in ``domain/formats.py``, what it is called on screens in
``web/labels.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..domain.formats import Format
from ..domain.layout import Piece
from ..domain.manifest import Manifest
from .archive import Entry, archive_overhead
from .archive_check import check_archive
from .cbz import cbz_entries, write_cbz
from .epub.reencoding import media_type_in_epub, shown_page
from .epub.writer import epub_entries, write_epub
from .pages import BuiltFile, Document, OnProgress, OutputPage, Writer
from .pdf.check import check_pdf
from .pdf.images import pdf_image
from .pdf.overhead import pdf_overhead
from .recording import archive_layout
from .zip import write_zip, zip_entries


class Layouts(Protocol):
    """Says what a file is made of, by the code that writes it."""

    def __call__(self, document: Document, progress: OnProgress) -> tuple[Piece, ...]:
        """Return the pieces of the file in order; the progress may raise to stop.

        Raises:
            NotALayout: A page goes into the file with other bytes than it has in the library.
        """
        ...


@dataclass(frozen=True)
class FormatSpec:
    """What the product does with files of one format.

    Attributes:
        write: Writes a file; see ``Writer``.
        check: Reads a file to its end and returns the number of its pages. Raises InternalError
            naming what is wrong with it.
        overhead_bytes: Returns how many bytes a file takes besides its pages, never fewer than it
            will have. The document passed in has placeholder pages, which
            cannot be opened.
        page_overhead_bytes: About how many bytes a page takes besides its image.
        reencoded_bytes: Returns how many bytes the image takes where ``FormatFacts.may_reencode``.
            Raises PageUnreadable. None for formats that hold every image as it is.
        layout: Returns what a file is made of without writing it; see ``Layouts``.
        entries: Returns the members of the ZIP that a file is, in their order. None for formats
            that are not packed while they are sent.
    """

    write: Writer
    check: Callable[[Path], int]
    overhead_bytes: Callable[[Document, Manifest], int]
    page_overhead_bytes: int
    layout: Layouts
    reencoded_bytes: Callable[[OutputPage], int] | None = None
    entries: Callable[[Document], list[Entry]] | None = None


def _write_pdf(document: Document, target: Path, progress: OnProgress) -> BuiltFile:
    # fpdf2 and its font tools take 22 MB, which processes that write no PDF do without.
    from .pdf.writer import write_pdf

    return write_pdf(document, target, progress)


def _pdf_layout(document: Document, progress: OnProgress) -> tuple[Piece, ...]:
    from .pdf.writer import pdf_layout

    return pdf_layout(document, progress)


def _layout_of(entries: Callable[[Document], Iterable[Entry]]) -> Layouts:
    """Return the layouts of a format that is a ZIP with these entries; no page is read."""

    def layout(document: Document, progress: OnProgress) -> tuple[Piece, ...]:
        return archive_layout(entries(document))

    return layout


def _pdf_image_bytes(page: OutputPage) -> int:
    with pdf_image(page) as image:
        streams = (image,) if image.mask is None else (image, image.mask)
        return sum(len(chunk) for stream in streams for chunk in stream.data)


def _epub_image_bytes(page: OutputPage) -> int:
    return shown_page(page, media_type_in_epub(page)).facts.size_bytes


def _overhead_of(
    entries: Callable[[Document], Iterable[Entry]],
) -> Callable[[Document, Manifest], int]:
    """Return the overhead of a format that is a ZIP with these entries."""

    def overhead_bytes(document: Document, manifest: Manifest) -> int:
        return archive_overhead(list(entries(document)), document, manifest)

    return overhead_bytes


SPECS = {
    Format.CBZ: FormatSpec(
        write=write_cbz,
        check=check_archive,
        overhead_bytes=_overhead_of(cbz_entries),
        page_overhead_bytes=250,
        layout=_layout_of(cbz_entries),
        entries=cbz_entries,
    ),
    Format.ZIP: FormatSpec(
        write=write_zip,
        check=check_archive,
        overhead_bytes=_overhead_of(zip_entries),
        page_overhead_bytes=130,
        layout=_layout_of(zip_entries),
        entries=zip_entries,
    ),
    Format.PDF: FormatSpec(
        write=_write_pdf,
        check=check_pdf,
        overhead_bytes=pdf_overhead,
        page_overhead_bytes=590,
        layout=_pdf_layout,
        reencoded_bytes=_pdf_image_bytes,
    ),
    Format.EPUB: FormatSpec(
        write=write_epub,
        check=check_archive,
        overhead_bytes=_overhead_of(epub_entries),
        page_overhead_bytes=1510,
        layout=_layout_of(epub_entries),
        reencoded_bytes=_epub_image_bytes,
    ),
}
STREAMABLE_FORMATS = tuple(format for format in Format if SPECS[format].entries is not None)
