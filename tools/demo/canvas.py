"""A small drawing board for the demo comics: panels, smooth shapes, lettering, balloons.

Everything is drawn at twice the size and then reduced, because Pillow does not smooth lines.
Coordinates, radii and stroke widths are in pixels of the finished page (or of the panel, or in a
figure's own units). Outlines are always in pixels. Colours are ``#rrggbb``.
"""

from __future__ import annotations

import copy
import math
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

SCALE = 2
# The number of rows of a gradient that are made at a time.
_BAND = 256
INK = "#1c1a26"
PAPER = "#fffdf6"

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size * SCALE)
    # Pillow's wheels always include FreeType.
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def smooth(points: Sequence[Point], *, closed: bool = False, steps: int = 10) -> list[Point]:
    """Return a curve through the points (Catmull-Rom)."""
    count = len(points)
    curve: list[Point] = []
    for index in range(count if closed else count - 1):
        if closed:
            before, start, end, after = (points[(index + k) % count] for k in (-1, 0, 1, 2))
        else:
            before, start, end, after = (
                points[min(max(index + k, 0), count - 1)] for k in (-1, 0, 1, 2)
            )
        for step in range(steps):
            t = step / steps
            curve.append(
                (
                    _spline(before[0], start[0], end[0], after[0], t),
                    _spline(before[1], start[1], end[1], after[1], t),
                )
            )
    return curve if closed else [*curve, points[-1]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b
        + (c - a) * t
        + (2 * a - 5 * b + 4 * c - d) * t * t
        + (3 * b - a - 3 * c + d) * t * t * t
    )


class Canvas:
    """A page, panel or figure to draw on."""

    def __init__(self, width: int, height: int, background: str = PAPER) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), background)
        self._draw = ImageDraw.Draw(self.image)
        self._left, self._top, self._unit = 0.0, 0.0, 1.0

    def figure(self, x: float, y: float, size: float) -> Canvas:
        """Return the same canvas with the point as (0, 0) and ``size`` as the unit.

        This way, a figure can be drawn in any place and at any size.
        """
        inner = copy.copy(self)
        inner._left, inner._top = self._left + x * self._unit, self._top + y * self._unit
        inner._unit = self._unit * size
        return inner

    def _at(self, points: Sequence[Point]) -> list[Point]:
        """Return the points on the enlarged canvas."""
        return [
            ((self._left + x * self._unit) * SCALE, (self._top + y * self._unit) * SCALE)
            for x, y in points
        ]

    def _box(self, box: Box) -> list[Point]:
        return self._at([(box[0], box[1]), (box[2], box[3])])

    def _length(self, length: float) -> float:
        return length * self._unit * SCALE

    def finished(self) -> Image.Image:
        """Return the picture at its final size."""
        return self.image.reduce(SCALE)

    @contextmanager
    def panel(self, box: Box, background: str = PAPER, border: int = 5) -> Iterator[Canvas]:
        """Yield a canvas of its own, and paste it into the box; what reaches beyond is cut off."""
        left, top, right, bottom = (round(value) for value in box)
        inner = Canvas(right - left, bottom - top, background)
        yield inner
        self.image.paste(inner.image, (left * SCALE, top * SCALE))
        if border:
            self.rectangle(box, None, border)

    @contextmanager
    def only_panel(self, box: Box, border: int = 5) -> Iterator[Canvas]:
        """Yield the only panel of a page; what reaches beyond it is painted over.

        It is drawn on the page itself, which takes half the memory of a canvas of its own.
        """
        left, top, right, bottom = (round(value) for value in box)
        inner = self.figure(left, top, 1)
        inner.width, inner.height = right - left, bottom - top
        yield inner
        width, height = self.width, self.height
        margins = (
            (0, 0, width, top),
            (0, bottom, width, height),
            (0, 0, left, height),
            (right, 0, width, height),
        )
        for x0, y0, x1, y1 in margins:
            self.image.paste(PAPER, (x0 * SCALE, y0 * SCALE, x1 * SCALE, y1 * SCALE))
        self.rectangle(box, None, border)

    def gradient(self, *colours: str, box: Box | None = None) -> None:
        """Fill the box, or everything, with colours that blend from top to bottom."""
        (left, top), (right, bottom) = self._box(box or (0, 0, self.width, self.height))
        column = Image.new("RGB", (1, len(colours)))
        for index, colour in enumerate(colours):
            column.paste(colour, (0, index, 1, index + 1))
        size = round(right - left), round(bottom - top)
        half = 0.5 / len(colours)
        blended = column.resize(
            (1, size[1]),
            Image.Resampling.BILINEAR,
            box=(0, half * len(colours), 1, len(colours) - half * len(colours)),
        )
        # A whole panel at once would take as much memory as the page.
        for row in range(0, size[1], _BAND):
            band = blended.crop((0, row, 1, min(row + _BAND, size[1])))
            self.image.paste(band.resize((size[0], band.height)), (round(left), round(top) + row))

    def polygon(
        self, points: Sequence[Point], fill: str | None, outline: float = 4, ink: str = INK
    ) -> None:
        """Draw a closed shape with straight edges."""
        scaled = self._at(points)
        if fill is not None:
            self._draw.polygon(scaled, fill)
        if outline:
            self._draw.line([*scaled, *scaled[:2]], ink, round(outline * SCALE), joint="curve")

    def blob(
        self, points: Sequence[Point], fill: str | None, outline: float = 4, ink: str = INK
    ) -> None:
        """Draw a closed shape with a smooth outline through the points."""
        self.polygon(smooth(points, closed=True), fill, outline, ink)

    def line(
        self, points: Sequence[Point], width: float = 4, ink: str = INK, *, curved: bool = True
    ) -> None:
        """Draw a stroke with round ends."""
        path = smooth(points) if curved and len(points) > 2 else list(points)
        self._draw.line(self._at(path), ink, max(1, round(self._length(width))), joint="curve")
        for x, y in (path[0], path[-1]):
            self.circle(x, y, width / 2, ink, 0)

    def rectangle(
        self, box: Box, fill: str | None, outline: float = 4, radius: float = 0, ink: str = INK
    ) -> None:
        """Draw a rectangle; ``radius`` rounds its corners."""
        pen = ink if outline else None
        self._draw.rounded_rectangle(
            self._box(box), self._length(radius), fill, pen, round(outline * SCALE)
        )

    def ellipse(self, box: Box, fill: str | None, outline: float = 4, ink: str = INK) -> None:
        """Draw an ellipse that fills the box."""
        self._draw.ellipse(
            self._box(box), fill, ink if outline else None, max(1, round(outline * SCALE))
        )

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        fill: str | None,
        outline: float = 4,
        ink: str = INK,
    ) -> None:
        """Draw a circle around the point."""
        self.ellipse((x - radius, y - radius, x + radius, y + radius), fill, outline, ink)

    def arc(
        self,
        x: float,
        y: float,
        radius: float,
        start: float,
        end: float,
        width: float = 4,
        ink: str = INK,
    ) -> None:
        """Draw part of a circle, in degrees clockwise from three o'clock."""
        box = self._box((x - radius, y - radius, x + radius, y + radius))
        self._draw.arc(box, start, end, ink, max(2, round(self._length(width))))

    def glow(self, x: float, y: float, radius: float, colour: str, strength: float = 0.6) -> None:
        """Draw soft light around a point."""
        size = max(2, round(self._length(radius * 2)))
        mask = Image.radial_gradient("L").point(
            [max(0, round((180 - value) * strength)) for value in range(256)]
        )
        (corner,) = self._at([(x - radius, y - radius)])
        self.image.paste(colour, (round(corner[0]), round(corner[1])), mask.resize((size, size)))

    def dots(self, box: Box, ink: str, spacing: float = 12, radius: float = 3) -> None:
        """Draw screentone: rows of dots, with every second row shifted."""
        left, top, right, bottom = box
        for row in range(int((bottom - top) / spacing) + 1):
            shift = spacing / 2 if row % 2 else 0
            for column in range(int((right - left) / spacing) + 1):
                self.circle(left + shift + column * spacing, top + row * spacing, radius, ink, 0)

    def letters(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        ink: str = INK,
        weight: float = 0,
        halo: str = "",
    ) -> None:
        """Write centred on the point.

        ``weight`` thickens the letters by that many pixels. ``halo`` is the colour around them.
        """
        (at,) = self._at([(x, y)])
        font, gap = _font(round(size * self._unit)), self._length(size * 0.3)
        if halo:
            stroke = round(weight * SCALE + self._length(size * 0.09))
            self._draw.multiline_text(
                at, text, halo, font, "mm", gap, "center", stroke_width=stroke
            )
        self._draw.multiline_text(
            at, text, ink, font, "mm", gap, "center", stroke_width=round(weight * SCALE)
        )

    def text_size(self, text: str, size: int) -> tuple[float, float]:
        """Return the width and height of the text in pixels of the finished page."""
        left, top, right, bottom = self._draw.multiline_textbbox(
            (0, 0), text, _font(size), spacing=size * 0.3 * SCALE
        )
        return (right - left) / SCALE, (bottom - top) / SCALE

    def title(
        self, x: float, y: float, text: str, size: int, ink: str, halo: str, weight: float = 6
    ) -> None:
        """Write a line of large letters.

        The font has no accents, so they are drawn: é as in Métro, å and ö as in Ångström.
        """
        plain = "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)
        self.letters(x, y, plain, size, ink, weight, halo)
        left = x - self.text_size(plain, size)[0] / 2
        for index, letter in enumerate(text):
            mark = unicodedata.normalize("NFD", letter)[1:]
            if not mark:
                continue
            middle = (
                left
                + (
                    self.text_size(plain[:index], size)[0]
                    + self.text_size(plain[: index + 1], size)[0]
                )
                / 2
            )
            for pen, colour in ((size * 0.1 + weight * 2.6, halo), (size * 0.06 + weight, ink)):
                self._mark(mark, middle, y - size * 0.5, size, pen, colour)

    def _mark(self, mark: str, x: float, y: float, size: float, pen: float, colour: str) -> None:
        if mark == "\N{COMBINING ACUTE ACCENT}":
            self.line([(x - size * 0.06, y), (x + size * 0.1, y - size * 0.09)], pen, colour)
        elif mark == "\N{COMBINING RING ABOVE}":
            self.circle(x, y - size * 0.05, size * 0.07 + pen / 2, colour, 0)
        else:
            for side in (-1, 1):
                self.circle(x + side * size * 0.13, y - size * 0.02, pen / 1.8, colour, 0)

    def caption(self, x: float, y: float, text: str, size: int = 26, fill: str = "#fff3c4") -> None:
        """Draw a narrator's box; the point is its top left corner."""
        width, height = self.text_size(text, size)
        self.rectangle((x, y, x + width + size * 1.3, y + height + size * 1.2), fill, 3)
        self.letters(
            x + width / 2 + size * 0.65, y + height / 2 + size * 0.6, text, size, weight=0.4
        )

    def balloon(
        self, x: float, y: float, text: str, tail: Point, size: int = 27, fill: str = "#ffffff"
    ) -> None:
        """Draw a speech balloon centred on the point; its tail ends at ``tail``."""
        width, height = self.text_size(text, size)
        across, down = width / 2 * 1.22 + size * 0.9, height / 2 * 1.3 + size * 0.9
        angle = math.atan2(tail[1] - y, tail[0] - x)
        root = [
            (x + across * 0.75 * math.cos(angle + turn), y + down * 0.75 * math.sin(angle + turn))
            for turn in (-0.3, 0.3)
        ]
        self.polygon([root[0], tail, root[1]], fill, 4)
        outline = [
            (
                x + across * math.copysign(abs(math.cos(t)) ** 0.8, math.cos(t)),
                y + down * math.copysign(abs(math.sin(t)) ** 0.8, math.sin(t)),
            )
            for t in (math.tau * step / 60 for step in range(60))
        ]
        self.polygon(outline, fill, 4)
        self.polygon(
            [root[0], ((root[0][0] + tail[0]) / 2, (root[0][1] + tail[1]) / 2), root[1]], fill, 0
        )
        self.letters(x, y, text, size, weight=0.5)

    def shout(
        self, x: float, y: float, text: str, size: int, fill: str, ink: str = INK, lean: float = -8
    ) -> None:
        """Write a sound in letters that lean by ``lean`` degrees."""
        width, height = self.text_size(text, size)
        layer = Image.new("RGBA", (round((width + size) * SCALE), round((height + size) * SCALE)))
        draw = ImageDraw.Draw(layer)
        at = (layer.width / 2, layer.height / 2)
        draw.text(at, text, ink, _font(size), "mm", stroke_width=round(size * 0.16 * SCALE))
        draw.text(at, text, fill, _font(size), "mm", stroke_width=round(size * 0.06 * SCALE))
        turned = layer.rotate(-lean, Image.Resampling.BICUBIC, expand=True)
        self.image.paste(
            turned,
            (round(x * SCALE - turned.width / 2), round(y * SCALE - turned.height / 2)),
            turned,
        )
