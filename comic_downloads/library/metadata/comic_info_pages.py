"""Read what a ComicInfo.xml says about single pages."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from ...domain.library import NO_MARKS, PageMarks, PageType
from .comic_info import comic_info_root
from .recovery import UnreadableDocument
from .text import cleaned

MAX_BOOKMARK_LENGTH = 200
MAX_KEY_LENGTH = 100
_TYPES = {kind.casefold(): kind for kind in PageType}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def parse_page_marks(document: bytes, page_count: int) -> dict[int, PageMarks]:
    """Return the marks of the pages that have any, by the place of the image from 0.

    The place is that among the images of the comic, sorted by name. ``page_count`` is their number.
    Marks of images beyond it are left out, and so are values that the schema does not know.
    """
    try:
        root = comic_info_root(document)
    except UnreadableDocument:
        return {}
    found: dict[int, PageMarks] = {}
    for element in root.iterfind("Pages/Page"):
        place = _place(element)
        if place is not None and place <= page_count:
            found.setdefault(place, _marks(element))
    # The schema does not say whether images count from 0 or from 1.
    first = 1 if page_count in found and 0 not in found else 0
    return {
        place - first: marks
        for place, marks in found.items()
        if marks != NO_MARKS and place - first < page_count
    }


def _place(element: Element) -> int | None:
    text = element.get("Image", "").strip()
    return int(text) if text.isdecimal() and len(text) <= 6 else None


def _marks(element: Element) -> PageMarks:
    return PageMarks(
        type=_type(element.get("Type", "")),
        bookmark=cleaned(element.get("Bookmark", ""), MAX_BOOKMARK_LENGTH),
        double_page=_BOOLEANS.get(element.get("DoublePage", "").strip().casefold()),
        key=cleaned(element.get("Key", ""), MAX_KEY_LENGTH),
    )


def _type(text: str) -> str:
    """Return the types that the schema knows, without that of an ordinary page alone."""
    known = dict.fromkeys(
        _TYPES[word] for word in text.casefold().replace(",", " ").split() if word in _TYPES
    )
    return "" if list(known) == [PageType.STORY] else " ".join(known)
