"""Find out what is visible on a page."""

from __future__ import annotations

from typing import NamedTuple

from pypdfium2 import PdfImage, PdfPage
from pypdfium2.raw import (
    FPDF_ANNOT_LINK,
    FPDF_ANNOT_POPUP,
    FPDF_PAGEOBJ_FORM,
    FPDF_PAGEOBJ_TEXT,
    FPDF_TEXTRENDERMODE_INVISIBLE,
    FPDFAnnot_GetSubtype,
    FPDFPage_CloseAnnot,
    FPDFPage_GetAnnot,
    FPDFPage_GetAnnotCount,
    FPDFPageObj_GetType,
    FPDFTextObj_GetTextRenderMode,
)

MAX_OBJECTS_LOOKED_AT = 200


class Content(NamedTuple):
    """The images of a page, and whether nothing else is visible on it."""

    pictures: list[PdfImage]
    is_all: bool


def content_of(page: PdfPage) -> Content:
    """Return the images of the page; invisible text, as from text recognition, does not count."""
    pictures: list[PdfImage] = []
    is_all = not _has_annotations(page)
    for count, item in enumerate(page.get_objects(max_depth=3)):
        if count > MAX_OBJECTS_LOOKED_AT:
            return Content(pictures, is_all=False)
        kind = FPDFPageObj_GetType(item)
        is_invisible = kind == FPDF_PAGEOBJ_TEXT and (
            FPDFTextObj_GetTextRenderMode(item) == FPDF_TEXTRENDERMODE_INVISIBLE
        )
        if isinstance(item, PdfImage):
            pictures.append(item)
        elif not is_invisible and (kind != FPDF_PAGEOBJ_FORM or item.level == 2):
            is_all = False
    return Content(pictures, is_all)


def _has_annotations(page: PdfPage) -> bool:
    """Return whether the page has visible annotations; links are invisible."""
    for index in range(FPDFPage_GetAnnotCount(page)):
        annotation = FPDFPage_GetAnnot(page, index)
        kind = FPDFAnnot_GetSubtype(annotation)
        FPDFPage_CloseAnnot(annotation)
        if kind not in {FPDF_ANNOT_LINK, FPDF_ANNOT_POPUP}:
            return True
    return False
