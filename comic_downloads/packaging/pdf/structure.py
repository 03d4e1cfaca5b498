"""Write what stands behind the pages of a PDF. The only owner of fpdf2.

These are the catalog, outline, page labels, metadata and attachments.

Stock fpdf2 keeps every image and then the whole file in memory (twice the comic) and is 13 times
slower; its pages alone take 4 kB of memory each. Therefore images and pages are in the file before
fpdf2 starts, and it only describes them. This depends on the internals of the pinned version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fpdf import FPDF
from fpdf.enums import PageLabelStyle, PageLayout
from fpdf.output import OutputProducer, PDFPage, PDFPageLabel, PDFPagesRoot
from fpdf.prefs import ViewerPreferences
from fpdf.syntax import Name, PDFObject, create_dictionary_string, iobj_ref

from ...domain.library import ReadingDirection
from ..archive import missing_pages_report
from ..comicinfo.document import COMIC_INFO_NAME, full_comic_info
from ..descriptions import authors, file_identifier, genres, language, printable, xmp
from ..pages import Document
from .objects import PdfObjects


@dataclass(frozen=True)
class Mark:
    """An entry of the outline.

    Attributes:
        page: The number of its page, from 1.
        height: Of the page, in points.
        title: The text of the entry.
        level: 0, or 1 for an entry below the one before.
    """

    page: int
    height: float
    title: str
    level: int = 0


def write_structure(document: Document, objects: PdfObjects, marks: Sequence[Mark]) -> None:
    """Write everything that stands behind the pages, up to the end of the file."""
    pdf = FPDF(unit="pt")
    _describe(pdf, document)
    for mark in marks:
        pdf.page, pdf.h_pt, pdf.y = mark.page, mark.height, 0
        pdf.start_section(mark.title, mark.level)
    producer = _Producer(pdf, objects)
    catalog, info = producer.add_structure(_page_labels(document))
    for described in producer.pdf_objs:
        objects.add_serialized(described.serialize())
    objects.write_end(catalog.id, info.id, file_identifier(document))


class _Preferences(ViewerPreferences):
    """Writes the reading direction as a PDF name.

    fpdf2 2.8.9 writes a bare RTL, which is not a PDF token.
    """

    def __init__(self, right_to_left: bool, *, display_doc_title: bool) -> None:
        super().__init__(display_doc_title=display_doc_title)
        self._right_to_left = right_to_left

    @property
    def direction(self) -> Name | None:  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleMethodOverride]
        return Name("R2L") if self._right_to_left else None

    @direction.setter
    def direction(self, direction: object) -> None:
        """Set once by fpdf2's constructor, to nothing."""


class _Producer(OutputProducer):
    """Makes the objects that describe a document whose pages are written already."""

    def __init__(self, pdf: FPDF, objects: PdfObjects) -> None:
        super().__init__(pdf)
        self.obj_id = objects.last_number
        self._pages = objects.pages
        self._page_tree = objects.page_tree

    def add_structure(self, page_labels: str) -> tuple[PDFObject, PDFObject]:
        """Fill ``pdf_objs``; return the catalog and the document information dictionary."""
        catalog = self._add_catalog()
        for attachment in self.fpdf.embedded_files:
            self._add_pdf_obj(attachment)
            self._add_pdf_obj(attachment.file_spec())
        outline, entries = self._add_document_outline()
        for entry in entries:
            if entry.dest is not None:
                entry.dest.page_ref = iobj_ref(self._pages[entry.dest.page_number - 1])
        metadata = self._add_xmp_metadata()
        info = self._add_info()
        # The same document has to have the same bytes on any day.
        del info.creation_date
        page_tree, first_page = PDFPagesRoot(0, ""), PDFPage(None, None, bytearray(), 1)
        # fpdf2 reads nothing but their numbers.
        page_tree.id, first_page.id = self._page_tree, self._pages[0]
        self._finalize_catalog(
            catalog,
            pages_root_obj=page_tree,
            first_page_obj=first_page,
            sig_annotation_obj=None,
            xmp_metadata_obj=metadata,
            struct_tree_root_obj=None,
            outline_dict_obj=outline,
        )
        catalog.page_labels = page_labels
        return catalog, info


def _page_labels(document: Document) -> str:
    """Return the number tree of page labels; its pages count from 0 (ISO 32000-1, 12.4.2).

    The pages of a single comic are 1, 2, 3; those of several comics 1-1, 1-2, 2-1.
    """
    several, first = len(document.comics) > 1, 0
    labels: list[str] = []
    for number, comic in enumerate(document.comics, start=1):
        if comic.pages:
            labels.append(f"{first} {_page_label(f'{number}-' if several else '')}")
        first += len(comic.pages)
    return f"<</Nums [{' '.join(labels)}]>>"


def _page_label(prefix: str) -> str:
    label = PDFPageLabel(PageLabelStyle.NUMBER, prefix, 1)
    return create_dictionary_string(label.serialize())


def _describe(pdf: FPDF, document: Document) -> None:
    """Set the reading direction, and the metadata if it is wanted."""
    directions = {comic.metadata.reading_direction for comic in document.comics}
    right_to_left = directions == {ReadingDirection.RIGHT_TO_LEFT}
    if right_to_left:
        # The cover stands alone, then pairs, as in a printed book.
        pdf.set_display_mode("fullpage", "single")
        pdf.page_layout = PageLayout.TWO_PAGE_RIGHT
    elif directions == {ReadingDirection.VERTICAL}:
        pdf.set_display_mode("fullwidth", "continuous")
    else:
        pdf.set_display_mode("fullpage", "single")
    pdf.viewer_preferences = _Preferences(right_to_left, display_doc_title=document.with_metadata)
    pdf.set_producer("Comic Downloads")
    if document.with_metadata:
        pdf.set_title(printable(document.title))
        pdf.set_author(", ".join(authors(document)))
        # Other programs take the subject for genres, so the summary is in the XMP metadata.
        pdf.set_subject(", ".join(genres(document)))
        pdf.set_lang(language(document))
        pdf.set_xmp_metadata(xmp(document))
        pdf.embed_file(
            bytes=full_comic_info(document),
            basename=COMIC_INFO_NAME,
            desc="What comic libraries know about this comic",
        )
    report = missing_pages_report(document)
    if report is not None:
        pdf.embed_file(
            bytes=report, basename="missing-pages.txt", desc="Damaged pages that were left out"
        )
