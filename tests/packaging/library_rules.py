"""How the library servers Kavita and Komga read a ComicInfo.xml, in words of our own.

Both take an empty element for a missing one, and split lists at commas.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

ROLES = (
    *("Writer", "Penciller", "Inker", "Colorist", "Letterer", "CoverArtist", "Editor"),
    "Translator",
)


def as_kavita_reads(root: ElementTree.Element) -> dict[str, Any]:
    """Return what Kavita takes for the series, its collections and reading lists."""
    arcs, numbers = _list(root, "StoryArc"), _list(root, "StoryArcNumber")
    return {
        "names": [_text(root, name) for name in ("Series", "Volume", "Number", "Title")],
        "count": _integer(root, "Count"),
        "special": _text(root, "Format"),
        "age": _text(root, "AgeRating"),
        "genres": _list(root, "Genre"),
        "tags": _list(root, "Tags"),
        "people": {name: _list(root, name) for name in (*ROLES, "Publisher", "Imprint")},
        "in it": [_list(root, name) for name in ("Characters", "Teams", "Locations")],
        "links": _text(root, "Web").split(),
        # Arcs are reading lists only if each has its number.
        "reading lists": dict(zip(arcs, numbers, strict=True)) if len(arcs) == len(numbers) else {},
        "collections": _list(root, "SeriesGroup"),
        "isbn": _text(root, "GTIN"),
    }


def as_komga_reads(root: ElementTree.Element) -> dict[str, Any]:
    """Return what Komga takes for a book, its series, and the lists that it makes."""
    arcs, numbers = _list(root, "StoryArc"), _list(root, "StoryArcNumber")
    series, volume = _text(root, "Series"), _integer(root, "Volume")
    return {
        "book": [_text(root, name) for name in ("Title", "Number", "Summary")],
        "released": [_integer(root, name) for name in ("Year", "Month", "Day")],
        "authors": {name: _list(root, name) for name in ROLES},
        "tags": {tag.lower() for tag in _list(root, "Tags")},
        # A volume other than the first is part of the series' title.
        "series": series if volume in {None, 1} else f"{series} ({volume})",
        "publisher": _text(root, "Publisher"),
        "genres": _list(root, "Genre"),
        "books": _integer(root, "Count"),
        "collections": _list(root, "SeriesGroup"),
        "read lists": [
            (_text(root, "AlternateSeries"), _text(root, "AlternateNumber")),
            *zip(arcs, numbers or [""] * len(arcs), strict=False),
        ],
        "direction": {"No": "ltr", "YesAndRightToLeft": "rtl"}.get(_text(root, "Manga")),
        "language": _text(root, "LanguageISO"),
        "isbn": _text(root, "GTIN"),
    }


def _text(root: ElementTree.Element, name: str) -> str:
    return root.findtext(name, "").strip()


def _list(root: ElementTree.Element, name: str) -> list[str]:
    return [item.strip() for item in _text(root, name).split(",") if item.strip()]


def _integer(root: ElementTree.Element, name: str) -> int | None:
    text = _text(root, name)
    return int(text) if text else None
