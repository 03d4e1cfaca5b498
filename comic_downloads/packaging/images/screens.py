"""Cut a tall strip into screens, across the pages that it consists of, and between panels.

No more of a strip is decoded than the page in hand and, one after the other, the neighbours on
which its first and its last screen lie.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from ...domain.library import ImageFacts, StripPlace
from .resizing import resized

# How far to search for a gutter around the even place to cut, as a part of a screen.
GUTTER_REACH = 0.3
# A row is looked at as so many columns: specks of dirt vanish, and the outline of a balloon stays.
_COLUMNS = 16
# Rows are equally plain if the brightness of their columns differs equally in steps of this size.
_PLAIN_STEP = 8

DecodedPage = Image.Image
# Decodes a page of the strip, in its own size or shrunk.
Decode = Callable[[], DecodedPage]


@dataclass(frozen=True)
class StripPage:
    """A page of a strip, which is decoded when a screen needs it."""

    facts: ImageFacts
    decode: Decode

    @property
    def place(self) -> StripPlace:
        """Return where it lies in the strip."""
        assert self.facts.strip is not None
        return self.facts.strip

    @property
    def end(self) -> int:
        """Return the row of the strip below the page."""
        return self.place.top + self.facts.height


@dataclass(frozen=True)
class PageOfStrip:
    """A page, and all pages of the strip that it is a part of, in order."""

    facts: ImageFacts
    strip: Sequence[StripPage]


@dataclass(frozen=True)
class _Band:
    """Decoded rows of one page of the strip.

    ``first`` is the number of the first of them among the ``rows`` that the whole page has.
    """

    page: StripPage
    image: Image.Image
    first: int
    rows: int

    def position(self, row: int) -> float:
        """Return how far down in the strip a row of the page is, in pixels of the source."""
        return self.page.place.top + row * self.page.facts.height / self.rows

    @cached_property
    def unrest(self) -> list[int]:
        """Return how much the brightness differs within each of the rows."""
        small = self.image.resize((_COLUMNS, self.image.height), Image.Resampling.BOX)
        data = small.convert("L").tobytes()
        lines = (data[at : at + _COLUMNS] for at in range(0, len(data), _COLUMNS))
        return [(max(line) - min(line)) // _PLAIN_STEP for line in lines]

    def rows_between(self, top: float, bottom: float) -> range:
        """Return which of the rows lie between these of the strip."""
        scale = self.rows / self.page.facts.height
        first = math.ceil((top - self.page.place.top) * scale)
        last = math.floor((bottom - self.page.place.top) * scale)
        return range(max(first, self.first), min(last + 1, self.first + self.image.height))


# A place to cut: the number of a band, and a row of its page.
_Cut = tuple[int, int]


class Screens:
    """The screens that begin on one page of a strip.

    Args:
        pages: All pages of the strip in order.
        own: The number of the page.
        image: That page, decoded.
        screens: Which screens of the strip begin on it.
        count: How many screens the strip has.
    """

    def __init__(
        self,
        pages: Sequence[StripPage],
        own: int,
        image: Image.Image,
        screens: range,
        count: int,
    ) -> None:
        self._height = pages[own].place.height
        self._screen = self._height / count
        self._count = count
        self._bands = self._decoded(pages, own, image, screens)
        self._cuts = [self._cut(number) for number in range(screens.start, screens.stop + 1)]

    def __len__(self) -> int:
        return len(self._cuts) - 1

    def image(self, number: int) -> Image.Image:
        """Return one of the screens, counted from 0."""
        (first, top), (last, bottom) = self._cuts[number], self._cuts[number + 1]
        pieces: list[Image.Image] = []
        for place in range(first, last + 1):
            band = self._bands[place]
            start = top if place == first else band.first
            end = bottom if place == last else band.first + band.image.height
            if start < end:
                box = (0, start - band.first, band.image.width, end - band.first)
                pieces.append(band.image.crop(box))
        return pieces[0] if len(pieces) == 1 else _stacked(pieces)

    def _decoded(
        self, pages: Sequence[StripPage], own: int, image: Image.Image, screens: range
    ) -> list[_Band]:
        """Return the rows from the earliest to the latest place for a cut."""
        top, _ = self._window(screens.start)
        _, bottom = self._window(screens.stop)
        bands: list[_Band] = []
        for number, page in enumerate(pages):
            if number == own:
                bands.append(_Band(page, image, 0, image.height))
            elif page.place.top < bottom and page.end > top:
                bands.append(_cropped(page, top, bottom))
        return bands

    def _window(self, number: int) -> tuple[float, float]:
        """Return between which rows the strip is cut before the screen of this number."""
        if number in {0, self._count}:
            edge = self._height if number else 0
            return edge, edge
        even, reach = number * self._screen, GUTTER_REACH * self._screen
        return even - reach, even + reach

    def _cut(self, number: int) -> _Cut:
        """Return the plainest row near the even place to cut, and of several the nearest.

        It depends on the rows around it only, so that the page above finds the same one.
        """
        if number == 0:
            return 0, 0
        if number == self._count:
            return len(self._bands) - 1, self._bands[-1].rows
        even = number * self._screen
        # A strip that is a few pixels wide may have no row in the window.
        rows = list(self._rows(*self._window(number))) or [self._nearest(even)]

        def unrest(cut: _Cut) -> tuple[int, float, _Cut]:
            band = self._bands[cut[0]]
            return band.unrest[cut[1] - band.first], abs(band.position(cut[1]) - even), cut

        return min(rows, key=unrest)

    def _nearest(self, even: float) -> _Cut:
        every = self._rows(0, self._height)
        return min(every, key=lambda cut: abs(self._bands[cut[0]].position(cut[1]) - even))

    def _rows(self, top: float, bottom: float) -> Iterator[_Cut]:
        for place, band in enumerate(self._bands):
            for row in band.rows_between(top, bottom):
                yield place, row


def _cropped(page: StripPage, top: float, bottom: float) -> _Band:
    """Return the rows of a neighbour that lie between these of the strip."""
    image = page.decode()
    scale = image.height / page.facts.height
    first = max(0, math.floor((top - page.place.top) * scale))
    end = min(image.height, math.ceil((bottom - page.place.top) * scale) + 1)
    return _Band(page, image.crop((0, first, image.width, end)), first, image.height)


def _stacked(pieces: Sequence[Image.Image]) -> Image.Image:
    """Return the pictures below each other, as wide as the first."""
    modes = {piece.mode for piece in pieces}
    mode = modes.pop() if len(modes) == 1 else "RGBA" if modes & {"LA", "RGBA"} else "RGB"
    width = pieces[0].width
    fitting = [
        resized(piece.convert(mode), (width, max(1, round(piece.height * width / piece.width))))
        for piece in pieces
    ]
    stacked = Image.new(mode, (width, sum(piece.height for piece in fitting)))
    top = 0
    for piece in fitting:
        stacked.paste(piece, (0, top))
        top += piece.height
    return stacked
