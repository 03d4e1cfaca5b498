"""PDF: one page an image, at its own size, with outline, metadata and reading direction. The only owner of fpdf2.

Stock fpdf2 keeps every image and then the whole file in memory (2x the comic) and is 13x slower. Here the image objects
are in the file before fpdf2 starts; it adds pages, outline, metadata and cross-reference table behind them, and its
buffer is the file. That leans on the internals of the pinned version.
"""

from __future__ import annotations

from pathlib import Path

from fpdf import FPDF
from fpdf.enums import PageLabelStyle, PageLayout, PDFResourceType
from fpdf.output import OutputProducer, PDFInfo, PDFPagesRoot
from fpdf.prefs import ViewerPreferences
from fpdf.syntax import Name, PDFObject

from ..domain.library import ReadingDirection
from .archive import missing_pages
from .descriptions import authors, file_identifier, language, printable, subject, xmp
from .output import OutputFile
from .pages import Book, Built, OutputComic, OutputPage, Progress
from .pdf_images import pdf_image
from .pdf_objects import PdfObjects, check_size

_MIN_SIDE, _MAX_SIDE = 3, 14_400  # points; beyond them readers refuse a page (ISO 32000-1, annex C)
# From the unit square of an image to a page of width w and height h, for EXIF orientations 1 to 8.
_UPRIGHT = (
    *("{w} 0 0 {h} 0 0", "-{w} 0 0 {h} {w} 0", "-{w} 0 0 -{h} {w} {h}", "{w} 0 0 -{h} 0 {h}"),
    *("0 -{h} -{w} 0 {w} {h}", "0 -{h} {w} 0 0 {h}", "0 {h} {w} 0 0 0", "0 {h} -{w} 0 {w} 0"),
)


def write_pdf(book: Book, target: Path, progress: Progress) -> Built:
    """Writes the book as a PDF; see ``Writer``. Raises FileTooLarge too.

    JPEG data is byte-identical to the page's; PNG and other kinds lose nothing. A pixel is a point.
    """
    with OutputFile(target, book.size_bytes) as output:
        objects = PdfObjects(output)
        document = _Document(output, objects, file_identifier(book))
        _describe(document, book)
        pages_done = 0
        for number, comic in enumerate(book.comics, start=1):
            for place, page in enumerate(comic.pages):
                _add_page(document, objects, page)
                _add_marks(document, book, comic, number, place)
                pages_done += 1
                progress(pages_done, output.size_bytes)
        document.output(output_producer_class=_Producer)
    return Built(output.size_bytes, output.sha256, book.page_count)


class _Document(FPDF):
    """An fpdf2 document whose images are in the file already."""

    def __init__(self, output: OutputFile, objects: PdfObjects, identifier: str) -> None:
        super().__init__(unit="pt")
        self.pdf_version = "1.7"
        self.allow_images_transparency = False  # else every page becomes an RGB transparency group; our masks need none
        self.set_compression(False)  # page contents are 30 bytes
        self.set_margin(0)
        self.set_auto_page_break(False)
        self.file = output
        self.objects = objects
        self.image_numbers: dict[int, int] = {}  # fpdf2's index of an image: the number of its object
        self._identifier = identifier

    def file_id(self) -> str:
        return f"<{self._identifier}><{self._identifier}>"

    def place(self, number: int, orientation: int, width: float, height: float) -> None:
        """A new page of that size, filled by the image object."""
        self.add_page(format=(width, height))
        index = len(self.image_numbers) + 1
        self.image_numbers[index] = number
        matrix = _UPRIGHT[orientation - 1].format(w=f"{width:g}", h=f"{height:g}")
        self._out(f"q {matrix} cm /I{index} Do Q")
        self._resource_catalog.add(PDFResourceType.X_OBJECT, index, self.page)


class _Preferences(ViewerPreferences):
    """With the reading direction as a PDF name; fpdf2 2.8.9 writes a bare RTL, which is no PDF token."""

    def __init__(self, right_to_left: bool, *, display_doc_title: bool) -> None:
        super().__init__(display_doc_title=display_doc_title)
        self._right_to_left = right_to_left

    @property
    def direction(self) -> Name | None:  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleMethodOverride]
        return Name("R2L") if self._right_to_left else None

    @direction.setter
    def direction(self, direction: object) -> None:
        """Set once by fpdf2's constructor, to nothing."""


class _Buffer:
    """Stands in for fpdf2's byte array: appends to the file, its length is the place in the file."""

    def __init__(self, output: OutputFile) -> None:
        self._output = output

    def __iadd__(self, data: bytes) -> _Buffer:
        check_size(self._output)
        self._output.write(data)
        return self

    def __len__(self) -> int:
        return self._output.size_bytes

    def __bool__(self) -> bool:
        return False  # fpdf2 asserts that it starts with an empty buffer


class _Offsets(dict[int, int]):
    """Offsets of fpdf2's own objects, and of those that were there before."""

    def __init__(self, earlier: dict[int, int]) -> None:
        super().__init__()
        self._earlier = earlier

    def __missing__(self, number: int) -> int:
        return self._earlier[number]


class _Producer(OutputProducer):
    """Appends the document's structure to a file that has header and images."""

    def __init__(self, fpdf: _Document) -> None:
        super().__init__(fpdf)
        self._document = fpdf
        self.obj_id = fpdf.objects.last_number
        self.offsets = _Offsets(fpdf.objects.offsets)
        self.buffer = _Buffer(fpdf.file)  # pyright: ignore[reportAttributeAccessIssue]

    def _add_pages_root(self) -> PDFPagesRoot:
        self.pdf_objs.clear()  # the header, already written
        return super()._add_pages_root()

    def _add_images(self) -> dict[int, PDFObject]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return {index: _reference(number) for index, number in self._document.image_numbers.items()}

    def _add_info(self) -> PDFInfo:
        info = super()._add_info()
        del info.creation_date  # the same book gives the same bytes on any day
        return info


def _reference(number: int) -> PDFObject:
    earlier = PDFObject()
    earlier.id = number
    return earlier


def _add_page(document: _Document, objects: PdfObjects, page: OutputPage) -> None:
    with pdf_image(page) as image:
        number = objects.add_image(image)
        orientation = image.header.orientation
    width, height = image.header.width, image.header.height
    if orientation >= 5:
        width, height = height, width
    scale = min(1.0, _MAX_SIDE / max(width, height))
    document.place(number, orientation, max(_MIN_SIDE, width * scale), max(_MIN_SIDE, height * scale))


def _add_marks(document: _Document, book: Book, comic: OutputComic, number: int, place: int) -> None:
    """Outline entries and page labels: a chapter a comic, or cover and pages of a single one."""
    single = len(book.comics) == 1
    if place == 0:
        document.start_section("Cover" if single else printable(comic.metadata.title) or f"{number}")
        document.set_page_label(PageLabelStyle.NUMBER, None if single else f"{number}-", 1)
    elif single and place == 1:
        document.start_section("Pages")


def _describe(document: _Document, book: Book) -> None:
    """Reading direction always; what the comic is only if metadata is wanted."""
    directions = {comic.metadata.reading_direction for comic in book.comics}
    right_to_left = directions == {ReadingDirection.RIGHT_TO_LEFT}
    if right_to_left:
        # The cover stands alone, then pairs, as in a printed book.
        document.set_display_mode("fullpage", "single")
        document.page_layout = PageLayout.TWO_PAGE_RIGHT
    elif directions == {ReadingDirection.VERTICAL}:
        document.set_display_mode("fullwidth", "continuous")
    else:
        document.set_display_mode("fullpage", "single")
    document.viewer_preferences = _Preferences(right_to_left, display_doc_title=book.with_metadata)
    document.set_producer("Comic Downloads")
    if book.with_metadata:
        document.set_title(printable(book.title))
        document.set_author(", ".join(authors(book)))
        document.set_subject(subject(book))
        document.set_lang(language(book))
        document.set_xmp_metadata(xmp(book))
    report = missing_pages(book)
    if report is not None:
        document.embed_file(bytes=report, basename="missing-pages.txt", desc="Damaged pages that were left out")
