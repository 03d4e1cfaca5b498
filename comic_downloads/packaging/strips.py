"""Tell which pages of a comic form one tall strip together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from ..domain.library import NO_MARKS, ImageFacts, PageMarks, StripPlace
from ..domain.quality import is_strip

# An image of this shape among strips is a page of its own: a cover, or a note of the publisher.
# These are heights divided by widths.
_PAGE_SHAPES = (1.25, 1.7)
# A strip is at most this many times as tall as it is wide. The next page then begins another.
_MAX_RATIO = 300


class _Page(Protocol):
    @property
    def facts(self) -> ImageFacts: ...

    @property
    def marks(self) -> PageMarks: ...


def strip_places(pages: Sequence[_Page]) -> list[StripPlace | None]:
    """Return for each page of a comic where it lies in a strip; None for ordinary pages.

    Strips that follow each other are one strip if they are equally wide, with the shorter rest that
    often ends an episode. A page that the comic says something about, such as that a chapter begins
    there, begins a strip.
    """
    places: list[StripPlace | None] = [None] * len(pages)
    for run in _runs(pages):
        height = sum(pages[index].facts.height for index in run)
        digest = hashlib.sha256("".join(pages[index].facts.sha256 for index in run).encode())
        top = 0
        for index in run:
            places[index] = StripPlace(top, height, digest.hexdigest()[:16])
            top += pages[index].facts.height
    return places


def _runs(pages: Sequence[_Page]) -> Iterator[list[int]]:
    """Yield the indexes of the pages of each strip."""
    run: list[int] = []
    height = 0
    for index, page in enumerate(pages):
        facts = page.facts
        if run and _continues(pages[run[-1]], page) and height < _MAX_RATIO * facts.width:
            run.append(index)
            height += facts.height
            continue
        if run:
            yield run
        run, height = ([index], facts.height) if is_strip(facts.width, facts.height) else ([], 0)
    if run:
        yield run


def _continues(before: _Page, page: _Page) -> bool:
    facts = page.facts
    low, high = _PAGE_SHAPES
    is_page = low * facts.width <= facts.height <= high * facts.width
    return facts.width == before.facts.width and page.marks == NO_MARKS and not is_page
