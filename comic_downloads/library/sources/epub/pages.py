"""Choose the pages of an EPUB among all pictures that its documents show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from .shown import Picture, Place

# A picture with a smaller part of the pixels of the largest one beside it is no page.
MIN_SHARE = 1 / 8
# A picture in at least so many documents, and in most of them, is a logo or a background if one
# that is not much smaller lies beside it.
MIN_REPETITIONS = 3
MIN_SHARE_BESIDE_REPEATED = 1 / 4

PixelCount = Callable[[Place], int | None]


def chosen_pages(documents: Sequence[Sequence[Picture]], pixels: PixelCount) -> list[Picture]:
    """Return the pictures that are pages, in order; the same picture may be several pages.

    Small pictures beside a large one, and logos beside a picture on every page, are left out.
    ``pixels`` returns the number of pixels of a picture, or None if it is unknown. It is asked only
    about pictures that are not alone.
    """
    counts = Counter(picture for document in documents for picture in document)
    often = max(MIN_REPETITIONS, sum(map(bool, documents)) // 2 + 1)
    repeated = frozenset(picture for picture, count in counts.items() if count >= often)
    return [picture for document in documents for picture in _pages_of(document, repeated, pixels)]


def _pages_of(
    document: Sequence[Picture], repeated: frozenset[Picture], pixels: PixelCount
) -> list[Picture]:
    if len(document) < 2:
        return list(document)
    sizes = {picture: pixels(picture.place) if picture.place else None for picture in document}
    largest = max(size or 0 for size in sizes.values())
    largest_own = max(
        (size or 0 for picture, size in sizes.items() if picture not in repeated), default=0
    )

    def is_page(picture: Picture) -> bool:
        size = sizes[picture]
        if picture in repeated and largest_own >= (size or 0) * MIN_SHARE_BESIDE_REPEATED > 0:
            return False
        if picture in repeated and size is None:
            return largest_own == 0
        return size is None or size >= largest * MIN_SHARE

    return [picture for picture in document if is_page(picture)]
