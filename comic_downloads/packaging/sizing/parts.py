"""Cut a file that would be too large into parts, each a file within a number of bytes.

The cuts follow from the manifest alone, so the same request has the same parts. Where pages are
copied, the size of a part is known. Converted pages are guessed, and a part gets its limit as a
target size, which no file exceeds; it is planned with room to spare, so that pages rarely have to
lose quality for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from ...domain.errors import InvalidRequest
from ...domain.manifest import Manifest, ManifestComic, ManifestPage
from ...domain.options import FilePart
from ...domain.page_selection import slice_pages
from ...domain.quality import MIN_PAGE_BYTES
from ..formats import SPECS
from .estimate import estimate_size
from .overhead import overhead_bytes

# The part of the limit that the guessed sizes of converted pages may fill.
_PLANNED = 0.8

# Pages as their places in the file: the first, and the one behind the last.
Span = tuple[int, int]


def cut_into_parts(
    manifest: Manifest, comics: Sequence[ManifestComic], max_bytes: int, max_parts: int
) -> list[Span]:
    """Return the pages of each part, in order.

    Cuts are made between comics where possible, else between chapters, else between pages.

    Args:
        manifest: The whole file; its target size is left out of account.
        comics: Its comics with their chapters, which the manifest of some formats lacks.
        max_bytes: The most bytes of a part.
        max_parts: The most parts.

    Raises:
        InvalidRequest: A page is larger than the limit; the message names it. Or there would be too
            many parts.
    """
    # Every part says in its title which one it is; no title is longer than that of the last.
    last = FilePart(max_parts, max_parts)
    manifest = replace(manifest, options=replace(manifest.options, part=last))
    pages = list(manifest.pages())
    sizes = _page_sizes(manifest, pages)
    room = max_bytes if manifest.copies_pages else round(max_bytes * _PLANNED)
    levels = _levels(comics)
    planned = _Sizes(
        size + SPECS[manifest.options.format].page_overhead_bytes * manifest.parts(page)
        for size, (_, page) in zip(sizes, pages, strict=True)
    )
    # What a file has besides its pages; corrected below where it has more.
    reserve = overhead_bytes(slice_pages(manifest, 0, 1))
    while True:
        spans = list(_filled(planned, levels, max(room - reserve, 1)))
        if len(spans) > max_parts:
            raise InvalidRequest(
                f"These would be {len(spans):,} files, but one download has at most "
                f"{max_parts:,}. Allow larger files."
            )
        excess = 0
        for first, end in spans:
            over = _bytes_of(manifest, sizes, (first, end)) - room
            if over > 0 and end - first == 1:
                _check_page(manifest, first, over + room, max_bytes)
            elif over > 0:
                excess = max(excess, over)
        if not excess:
            return spans
        reserve += excess


def _page_sizes(
    manifest: Manifest, pages: Sequence[tuple[ManifestComic, ManifestPage]]
) -> list[int]:
    """Return how many bytes each image takes in the file, or may take if it is converted."""
    if manifest.copies_pages:
        return [page.facts.size_bytes for _, page in pages]
    options = replace(manifest.options, target_size_bytes=None)
    each = SPECS[options.format].page_overhead_bytes
    return [
        max(
            estimate_size(options, [page.facts]) - each * manifest.parts(page),
            MIN_PAGE_BYTES * manifest.parts(page),
        )
        for _, page in pages
    ]


def _bytes_of(manifest: Manifest, sizes: Sequence[int], span: Span) -> int:
    first, end = span
    part = slice_pages(manifest, first, end)
    return sum(sizes[first:end]) + overhead_bytes(part)


def _check_page(manifest: Manifest, at: int, needed_bytes: int, max_bytes: int) -> None:
    """Refuse a page that fits into no part."""
    comic, page = list(manifest.pages())[at]
    if not manifest.copies_pages:
        # A converted page can lose quality until it has this size.
        needed_bytes = MIN_PAGE_BYTES * manifest.parts(page) + overhead_bytes(
            slice_pages(manifest, at, at + 1)
        )
    if needed_bytes > max_bytes:
        raise InvalidRequest(
            f"Page {page.index + 1} of “{comic.metadata.title}” needs a file of "
            f"{needed_bytes:,} bytes, but a file may have at most {max_bytes:,}. "
            "Allow larger files, or choose a lower quality."
        )


def _levels(all_comics: Sequence[ManifestComic]) -> list[list[int]]:
    """Return where cuts are welcome: before comics, before chapters, and before all pages."""
    comics: list[int] = []
    chapters: list[int] = []
    place = 0
    for comic in all_comics:
        comics.append(place)
        for page in comic.pages:
            if page.marks.bookmark:
                chapters.append(place)
            place += 1
    return [comics, sorted({*comics, *chapters}), list(range(place))]


class _Sizes:
    """The sizes of spans, from running totals."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self._totals = [0, *accumulate(sizes)]
        self.count = len(self._totals) - 1

    def last_within(self, first: int, room: int) -> int:
        """Return the place behind the last page that fits into the room with all before it."""
        return bisect_right(self._totals, self._totals[first] + room) - 1


def _filled(sizes: _Sizes, levels: Sequence[Sequence[int]], room: int) -> Iterator[Span]:
    """Yield parts that are as full as welcome cuts allow.

    A page that is larger than the room is a part of its own.
    """
    first = 0
    while first < sizes.count:
        end = _end_of_part(sizes, levels, room, first)
        yield first, end
        first = end


def _end_of_part(sizes: _Sizes, levels: Sequence[Sequence[int]], room: int, first: int) -> int:
    last = sizes.last_within(first, room)
    if last == sizes.count:
        return last
    for cuts in levels:
        cut = cuts[bisect_right(cuts, last) - 1]
        if cut > first:
            return cut
    return first + 1
