"""PDF: one image per page, at its own size, with outline, metadata and reading direction."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...domain.layout import Piece
from ...files.output import OutputFile
from ..chapters import Chapter, chapters, contents
from ..descriptions import printable
from ..pages import BuiltFile, Document, OnProgress, OutputPage
from ..recording import Recorder
from .images import pdf_image
from .objects import PAGE_IMAGE, PdfObjects, PdfOutput
from .structure import Mark, write_structure

# In points; readers refuse pages beyond these limits (ISO 32000-1, annex C).
_MIN_SIDE, _MAX_SIDE = 3, 14_400
# Map the unit square of an image to a page of width w and height h, for EXIF orientations 1 to 8.
_UPRIGHT = (
    *("{w} 0 0 {h} 0 0", "-{w} 0 0 {h} {w} 0", "-{w} 0 0 -{h} {w} {h}", "{w} 0 0 -{h} 0 {h}"),
    *("0 -{h} -{w} 0 {w} {h}", "0 -{h} {w} 0 0 {h}", "0 {h} {w} 0 0 0", "0 {h} -{w} 0 {w} 0"),
)


def write_pdf(document: Document, target: Path, progress: OnProgress) -> BuiltFile:
    """Write the document as a PDF; see ``Writer``.

    JPEG data stays byte for byte; PNG and other types lose nothing. A pixel is a point.

    Raises:
        FileTooLarge: The file would be larger than a PDF can be.
    """
    with _PdfFile(target, document.size_bytes) as output:
        _write(document, output, progress)
    return BuiltFile(output.size_bytes, output.sha256, document.page_count)


def pdf_layout(document: Document, progress: OnProgress) -> tuple[Piece, ...]:
    """Return what the PDF of the document is made of; of each page only the header is read.

    Raises:
        NotALayout: A page goes into the PDF with other bytes.
        PageUnreadable: A page is damaged; other errors of reading as ``pdf_image``.
        FileTooLarge: The file would be larger than a PDF can be.
    """
    recorder = Recorder()
    _write(document, recorder, progress)
    return recorder.pieces()


class _PdfFile(OutputFile):
    def write_page(self, page: OutputPage, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self.write(chunk)


def _write(document: Document, output: PdfOutput, progress: OnProgress) -> None:
    entries = _outline(document)
    marks: list[Mark] = []
    objects = PdfObjects(output)
    for place, page in enumerate(document.pages()):
        height = _add_page(objects, page)
        marks += [
            Mark(place + 1, height, printable(entry.title) or "–", entry.level)
            for entry in entries.get(place, [])
        ]
        progress(len(objects.pages), output.size_bytes)
    write_structure(document, objects, marks)


def _add_page(objects: PdfObjects, page: OutputPage) -> float:
    """Write the image and a page that it fills; return the page's height in points."""
    with pdf_image(page) as image:
        number = objects.add_image(image)
        orientation = image.header.orientation
    width, height = image.header.width, image.header.height
    if orientation >= 5:
        width, height = height, width
    # A tiny picture is enlarged, so that it keeps its proportions on the smallest page.
    scale = min(max(1.0, _MIN_SIDE / min(width, height)), _MAX_SIDE / max(width, height))
    width, height = max(_MIN_SIDE, width * scale), max(_MIN_SIDE, height * scale)
    matrix = _UPRIGHT[orientation - 1].format(w=f"{width:g}", h=f"{height:g}")
    objects.add_page(f"{width:g} {height:g}", f"q {matrix} cm /{PAGE_IMAGE} Do Q", number)
    return height


def _outline(document: Document) -> dict[int, list[Chapter]]:
    """Return the entries of the outline by their page, from 0.

    They are the chapters. A comic without chapters has an entry for its cover and one for its
    pages.
    """
    found = contents(document, Chapter(0, "Cover"))
    if not chapters(document) and document.page_count > 1:
        found.append(Chapter(1, "Pages"))
    entries: dict[int, list[Chapter]] = {}
    for chapter in found:
        entries.setdefault(chapter.page, []).append(chapter)
    return entries
