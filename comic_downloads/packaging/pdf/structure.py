"""What stands behind the pages of a PDF: catalog, outline, page labels, metadata, attachments. The only owner of fpdf2.

Stock fpdf2 keeps every image and then the whole file in memory (2x the comic) and is 13x slower; its pages alone take 4 kB
of memory each. So images and pages are in the file before fpdf2 starts, and it describes them. That leans on the internals
of the pinned version.
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
from ..descriptions import authors, file_identifier, language, printable, subject, xmp
from ..pages import Document
from .objects import PdfObjects


@dataclass(frozen=True)
class Mark:
    """A page (from 1) that the outline names. ``height`` is its own, in points.

    With ``label_prefix`` the labels of the pages count from 1 again, behind that prefix.
    """

    page: int
    height: float
    title: str
    label_prefix: str | None = None


def write_structure(document: Document, objects: PdfObjects, marks: Sequence[Mark]) -> None:
    """Writes everything that stands behind the pages, up to the end of the file."""
    pdf = FPDF(unit="pt")
    _describe(pdf, document)
    for mark in marks:
        pdf.page, pdf.h_pt, pdf.y = mark.page, mark.height, 0
        pdf.start_section(mark.title)
    producer = _Producer(pdf, objects)
    catalog, info = producer.add_structure(marks)
    for described in producer.pdf_objs:
        objects.add_serialized(described.serialize())
    objects.write_end(catalog.id, info.id, file_identifier(document))


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


class _Producer(OutputProducer):
    """Makes the objects that describe a document; its pages are there already."""

    def __init__(self, pdf: FPDF, objects: PdfObjects) -> None:
        super().__init__(pdf)
        self.obj_id = objects.last_number
        self._pages = objects.pages
        self._page_tree = objects.page_tree

    def add_structure(self, marks: Sequence[Mark]) -> tuple[PDFObject, PDFObject]:
        """Fills ``pdf_objs``; gives the catalog and what is known as the document's information."""
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
        del info.creation_date  # the same document gives the same bytes on any day
        page_tree, first_page = PDFPagesRoot(0, ""), PDFPage(None, None, bytearray(), 1)
        page_tree.id, first_page.id = (
            self._page_tree,
            self._pages[0],
        )  # only their numbers are asked for
        self._finalize_catalog(
            catalog,
            pages_root_obj=page_tree,
            first_page_obj=first_page,
            sig_annotation_obj=None,
            xmp_metadata_obj=metadata,
            struct_tree_root_obj=None,
            outline_dict_obj=outline,
        )
        catalog.page_labels = _page_labels(marks)
        return catalog, info


def _page_labels(marks: Sequence[Mark]) -> str:
    """The number tree of labels: from which page (from 0) on which ones (ISO 32000-1, 12.4.2)."""
    labels = [
        f"{mark.page - 1} {create_dictionary_string(PDFPageLabel(PageLabelStyle.NUMBER, mark.label_prefix, 1).serialize())}"
        for mark in marks
        if mark.label_prefix is not None
    ]
    return f"<</Nums [{' '.join(labels)}]>>"


def _describe(pdf: FPDF, document: Document) -> None:
    """Reading direction always; what the comic is only if metadata is wanted."""
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
        pdf.set_subject(subject(document))
        pdf.set_lang(language(document))
        pdf.set_xmp_metadata(xmp(document))
    report = missing_pages_report(document)
    if report is not None:
        pdf.embed_file(
            bytes=report, basename="missing-pages.txt", desc="Damaged pages that were left out"
        )
