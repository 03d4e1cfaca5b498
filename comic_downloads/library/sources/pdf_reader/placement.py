"""Find out how an image lies on its page: turned, cut, filling it, and how finely drawn."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_float
from enum import Enum
from math import hypot
from typing import NamedTuple

from pypdfium2 import PdfImage, PdfMatrix, PdfObject, PdfPage
from pypdfium2.raw import (
    FPDFClipPath_CountPaths,
    FPDFClipPath_CountPathSegments,
    FPDFClipPath_GetPathSegment,
    FPDFPageObj_GetClipPath,
    FPDFPageObj_HasTransparency,
    FPDFPathSegment_GetPoint,
)

COVERS = 0.97  # The part of the page's width and height that a single image must fill.
# An image that is shown this much wider or higher than it is stored looks the same.
MAX_DISTORTION = 0.05
MAX_SKEW = 0.001  # Beyond it, an image lies askew and has to be drawn.
_RECTANGLE = 5  # The points of a closed rectangle; the last repeats the first.


class Turn(Enum):
    """How an image is turned on its page: where its right and its upper side point, as (x, y)."""

    NONE = ((1, 0), (0, 1))
    MIRRORED = ((-1, 0), (0, 1))
    HALF = ((-1, 0), (0, -1))
    UPSIDE_DOWN = ((1, 0), (0, -1))
    RIGHT = ((0, -1), (1, 0))
    LEFT = ((0, 1), (-1, 0))
    TRANSPOSED = ((0, -1), (-1, 0))
    TRANSVERSE = ((0, 1), (1, 0))


SIDEWAYS = frozenset({Turn.RIGHT, Turn.LEFT, Turn.TRANSPOSED, Turn.TRANSVERSE})


class Box(NamedTuple):
    """A rectangle in points of the page, whose y-axis points up."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Return the width in points."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Return the height in points."""
        return self.top - self.bottom

    @property
    def area(self) -> float:
        """Return the area in square points."""
        return max(0.0, self.width) * max(0.0, self.height)

    def within(self, other: Box) -> Box:
        """Return the part of the rectangle that lies in the other one."""
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )

    def covers(self, other: Box) -> bool:
        """Return whether the rectangle hides nearly all of the other one."""
        part = self.within(other)
        return part.width >= other.width * COVERS and part.height >= other.height * COVERS


def visible_box(page: PdfPage) -> Box:
    """Return the visible part of the page, before it is turned."""
    return Box(*page.get_bbox())


def box_of(picture: PdfImage) -> Box:
    """Return the rectangle around an image."""
    matrix = _matrix(picture)
    return _around([(0, 0), (1, 0), (0, 1), (1, 1)], matrix)


def turn_of(picture: PdfImage, page: PdfPage) -> Turn | None:
    """Return how the image is turned as the page is shown, or None if it lies askew."""
    matrix = _matrix(picture)
    right, up = (matrix.a, matrix.b), (matrix.c, matrix.d)
    for _ in range(page.get_rotation() // 90):
        right, up = (right[1], -right[0]), (up[1], -up[0])
    axes = _axis(*right), _axis(*up)
    return next((turn for turn in Turn if turn.value == axes), None)


def fills(picture: PdfImage, page: PdfPage) -> bool:
    """Return whether the image is about as large as the visible page, and nothing hides a part."""
    visible, box = visible_box(page), box_of(picture)
    return (
        box.covers(visible)
        and visible.covers(box)
        and not any(FPDFPageObj_HasTransparency(item) for item in _with_containers(picture))
        and all(clip.covers(visible) for item in _with_containers(picture) for clip in _clips(item))
    )


def keeps_proportions(picture: PdfImage, page: PdfPage) -> bool:
    """Return whether the image is about as wide for its height on the page as it is stored.

    Faxes, for example, are stored with half as many rows as columns for the same length.
    """
    across, down = pixels_per_point(picture, page)
    return abs(across - down) <= MAX_DISTORTION * max(across, down)


def is_large(picture: PdfImage, page: PdfPage) -> bool:
    """Return whether the image has more than half of the page's width or height."""
    visible, box = visible_box(page), box_of(picture)
    return box.width > visible.width / 2 or box.height > visible.height / 2


def pixels_per_point(picture: PdfImage, page: PdfPage) -> tuple[float, float]:
    """Return how finely the image is drawn, across and down the page as it is shown.

    An image that lies askew has the resolution of its finer side in both directions.
    """
    across, down = picture.get_px_size()
    matrix = _matrix(picture)
    resolutions = (
        across / (hypot(matrix.a, matrix.b) or across),
        down / (hypot(matrix.c, matrix.d) or down),
    )
    turn = turn_of(picture, page)
    if turn is None:
        return max(resolutions), max(resolutions)
    return (resolutions[1], resolutions[0]) if turn in SIDEWAYS else resolutions


def _axis(x: float, y: float) -> tuple[int, int] | None:
    if abs(y) <= abs(x) * MAX_SKEW:
        return (1 if x > 0 else -1), 0
    if abs(x) <= abs(y) * MAX_SKEW:
        return 0, (1 if y > 0 else -1)
    return None


def _with_containers(item: PdfObject) -> Iterator[PdfObject]:
    """Yield the object and the form objects around it, from the inside."""
    yield item
    if item.container is not None:
        yield from _with_containers(item.container)


def _matrix(item: PdfObject) -> PdfMatrix:
    """Return the matrix that places the object on the page, through the form objects around it."""
    matrix = PdfMatrix()
    for outer in _with_containers(item):
        matrix = matrix.multiply(outer.get_matrix())
    return matrix


def _clips(item: PdfObject) -> Iterator[Box]:
    """Yield the clipping paths of an object; one that is not a rectangle is taken as empty."""
    around = _matrix(item.container) if item.container is not None else PdfMatrix()
    path = FPDFPageObj_GetClipPath(item)
    for index in range(max(FPDFClipPath_CountPaths(path), 0)):
        count = max(FPDFClipPath_CountPathSegments(path, index), 0)
        corners = [_corner(path, index, number) for number in range(min(count, _RECTANGLE))]
        yield _around(corners, around) if 0 < count <= _RECTANGLE else Box(0, 0, 0, 0)


def _corner(path: object, index: int, number: int) -> tuple[float, float]:
    x, y = c_float(), c_float()
    FPDFPathSegment_GetPoint(FPDFClipPath_GetPathSegment(path, index, number), x, y)
    return x.value, y.value


def _around(points: list[tuple[float, float]], matrix: PdfMatrix) -> Box:
    across, up = zip(*(matrix.on_point(x, y) for x, y in points), strict=True)
    return Box(min(across), min(up), max(across), max(up))
