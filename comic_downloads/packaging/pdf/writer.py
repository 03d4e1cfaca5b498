"""PDF: one page an image, at its own size, with outline, metadata and reading direction."""

from __future__ import annotations

from pathlib import Path

from ...files.output import OutputFile
from ..descriptions import printable
from ..pages import BuiltFile, Document, OutputComic, OutputPage, Progress
from .images import pdf_image
from .objects import PAGE_IMAGE, PdfObjects
from .structure import Mark, write_structure

_MIN_SIDE, _MAX_SIDE = 3, 14_400  # points; beyond them readers refuse a page (ISO 32000-1, annex C)
# From the unit square of an image to a page of width w and height h, for EXIF orientations 1 to 8.
_UPRIGHT = (
    *("{w} 0 0 {h} 0 0", "-{w} 0 0 {h} {w} 0", "-{w} 0 0 -{h} {w} {h}", "{w} 0 0 -{h} 0 {h}"),
    *("0 -{h} -{w} 0 {w} {h}", "0 -{h} {w} 0 0 {h}", "0 {h} {w} 0 0 0", "0 {h} -{w} 0 {w} 0"),
)


def write_pdf(document: Document, target: Path, progress: Progress) -> BuiltFile:
    """Writes the document as a PDF; see ``Writer``. Raises FileTooLarge too.

    JPEG data is byte-identical to the page's; PNG and other kinds lose nothing. A pixel is a point.
    """
    marks: list[Mark] = []
    with OutputFile(target, document.size_bytes) as output:
        objects = PdfObjects(output)
        for number, comic in enumerate(document.comics, start=1):
            for place, page in enumerate(comic.pages):
                height = _add_page(objects, page)
                marks += _marks(document, comic, number, place, len(objects.pages), height)
                progress(len(objects.pages), output.size_bytes)
        write_structure(document, objects, marks)
    return BuiltFile(output.size_bytes, output.sha256, document.page_count)


def _add_page(objects: PdfObjects, page: OutputPage) -> float:
    """Writes image and page, the page filled by the image. Gives the page's height in points."""
    with pdf_image(page) as image:
        number = objects.add_image(image)
        orientation = image.header.orientation
    width, height = image.header.width, image.header.height
    if orientation >= 5:
        width, height = height, width
    scale = min(1.0, _MAX_SIDE / max(width, height))
    width, height = max(_MIN_SIDE, width * scale), max(_MIN_SIDE, height * scale)
    matrix = _UPRIGHT[orientation - 1].format(w=f"{width:g}", h=f"{height:g}")
    objects.add_page(f"{width:g} {height:g}", f"q {matrix} cm /{PAGE_IMAGE} Do Q", number)
    return height


def _marks(
    document: Document, comic: OutputComic, number: int, place: int, page_number: int, height: float
) -> list[Mark]:
    """Outline entries and page labels: a chapter a comic, or cover and pages of a single one."""
    if len(document.comics) > 1:
        title = printable(comic.metadata.title) or f"{number}"
        return [Mark(page_number, height, title, f"{number}-")] if place == 0 else []
    if place > 1:
        return []
    return (
        [Mark(page_number, height, "Cover", "")]
        if place == 0
        else [Mark(page_number, height, "Pages", None)]
    )
