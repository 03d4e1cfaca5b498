"""Find out which images a page shows, and how they lie on it."""

from __future__ import annotations

from ctypes import c_float
from math import hypot

from pypdfium2 import PdfImage, PdfPage
from pypdfium2.raw import (
    FPDF_ANNOT_LINK,
    FPDF_ANNOT_POPUP,
    FPDF_PAGEOBJ_TEXT,
    FPDF_TEXTRENDERMODE_INVISIBLE,
    FPDFAnnot_GetSubtype,
    FPDFClipPath_CountPaths,
    FPDFClipPath_CountPathSegments,
    FPDFClipPath_GetPathSegment,
    FPDFPage_CloseAnnot,
    FPDFPage_GetAnnot,
    FPDFPage_GetAnnotCount,
    FPDFPageObj_GetClipPath,
    FPDFPageObj_GetType,
    FPDFPathSegment_GetPoint,
    FPDFTextObj_GetTextRenderMode,
)

MAX_OBJECTS_LOOKED_AT = 200
COVERS = 0.98  # The part of the page's width and height that a single image must fill.
_RECTANGLE = 5  # The points of a closed rectangle; the last repeats the first.


def shown(page: PdfPage) -> tuple[list[PdfImage], bool]:
    """Return the images of the page, and whether nothing else is visible on it."""
    pictures: list[PdfImage] = []
    alone = not _has_annotations(page)
    for count, item in enumerate(page.get_objects(max_depth=3)):
        is_text = FPDFPageObj_GetType(item) == FPDF_PAGEOBJ_TEXT
        if count > MAX_OBJECTS_LOOKED_AT:
            return pictures, False
        if isinstance(item, PdfImage):
            pictures.append(item)
        elif not (is_text and FPDFTextObj_GetTextRenderMode(item) == FPDF_TEXTRENDERMODE_INVISIBLE):
            alone = False
    return pictures, alone


def _has_annotations(page: PdfPage) -> bool:
    """Return whether the page has visible annotations; links are invisible."""
    for index in range(FPDFPage_GetAnnotCount(page)):
        annotation = FPDFPage_GetAnnot(page, index)
        kind = FPDFAnnot_GetSubtype(annotation)
        FPDFPage_CloseAnnot(annotation)
        if kind not in {FPDF_ANNOT_LINK, FPDF_ANNOT_POPUP}:
            return True
    return False


def is_cut(picture: PdfImage, page: PdfPage) -> bool:
    """Return whether a clipping path hides a part of the image inside the page."""
    path = FPDFPageObj_GetClipPath(picture)
    for index in range(max(FPDFClipPath_CountPaths(path), 0)):
        corners = [
            _corner(path, index, number)
            for number in range(max(FPDFClipPath_CountPathSegments(path, index), 0))
        ]
        across, up = zip(*corners, strict=True) if corners else ((0.0,), (0.0,))
        if len(corners) > _RECTANGLE or not _covers(
            page, (min(across), min(up), max(across), max(up))
        ):
            return True
    return False


def _corner(path: object, index: int, number: int) -> tuple[float, float]:
    x, y = c_float(), c_float()
    FPDFPathSegment_GetPoint(FPDFClipPath_GetPathSegment(path, index, number), x, y)
    return x.value, y.value


def fills(picture: PdfImage, page: PdfPage) -> bool:
    """Return whether the image lies upright and is about as large as the page."""
    matrix = picture.get_matrix()
    if matrix.a <= 0 or matrix.d <= 0 or abs(matrix.b) > 0.01 or abs(matrix.c) > 0.01:
        return False
    left, bottom, right, top = picture.get_bounds()
    page_left, page_bottom, page_right, page_top = page.get_bbox()
    slack_x, slack_y = _slack(page)
    fits = left >= page_left - slack_x and right <= page_right + slack_x
    return (
        fits
        and bottom >= page_bottom - slack_y
        and top <= page_top + slack_y
        and _covers(page, (left, bottom, right, top))
    )


def _covers(page: PdfPage, box: tuple[float, float, float, float]) -> bool:
    left, bottom, right, top = box
    page_left, page_bottom, page_right, page_top = page.get_bbox()
    slack_x, slack_y = _slack(page)
    covers = left <= page_left + slack_x and right >= page_right - slack_x
    return covers and bottom <= page_bottom + slack_y and top >= page_top - slack_y


def _slack(page: PdfPage) -> tuple[float, float]:
    left, bottom, right, top = page.get_bbox()
    return (right - left) * (1 - COVERS), (top - bottom) * (1 - COVERS)


def is_large(picture: PdfImage, page: PdfPage) -> bool:
    """Return whether the image has more than half of the page's width or height.

    The position of an image inside a form object is unknown, so it never counts as large.
    """
    left, bottom, right, top = picture.get_bounds()
    page_left, page_bottom, page_right, page_top = page.get_bbox()
    return picture.level == 0 and (
        right - left > (page_right - page_left) / 2 or top - bottom > (page_top - page_bottom) / 2
    )


def pixels_per_point(picture: PdfImage) -> float:
    """Return how finely the image is drawn, along its finer side."""
    across, down = picture.get_px_size()
    matrix = picture.get_matrix()
    return max(
        across / (hypot(matrix.a, matrix.b) or across), down / (hypot(matrix.c, matrix.d) or down)
    )
