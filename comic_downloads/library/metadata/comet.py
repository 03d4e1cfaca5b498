"""Read CoMet.xml, which DenVog's comic readers use. Source: its schema, version 1.1."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ...domain.library import CreatorRole
from .dates import date_parts
from .elements import comic_info_element, first_text, texts
from .languages import language_code
from .people import split_names
from .recovery import recovered_root
from .roles import role_of
from .vocabulary import Vocabulary

_ROLES = (
    *("creator", "writer", "penciller", "inker", "colorist", "letterer", "coverDesigner"),
    *("editor", "translator"),
)
COMET = Vocabulary(
    "comet",
    containers=(),
    leaves=(
        *("title", "description", "series", "issue", "volume", "publisher", "date", "genre"),
        *("character", "format", "language", "rating", "readingDirection", "pages", "identifier"),
        *("isVersionOf", "price", "rights", "coverImage", "lastMark", *_ROLES),
    ),
)


def as_comic_info(document: bytes) -> Element:
    """Return what a CoMet.xml says as the elements of a ComicInfo.xml.

    Raises:
        UnreadableDocument: The document cannot be read.
    """
    root = recovered_root(document, COMET)
    year, month, day = date_parts(first_text(root, "date"))
    is_turned = first_text(root, "readingDirection").casefold() == "rtl"
    return comic_info_element(
        {
            "Title": first_text(root, "title"),
            "Series": first_text(root, "series"),
            "Number": first_text(root, "issue"),
            "Volume": first_text(root, "volume"),
            "Summary": first_text(root, "description"),
            "Year": year,
            "Month": month,
            "Day": day,
            "Publisher": first_text(root, "publisher"),
            "Genre": ", ".join(texts(root, "genre")),
            "LanguageISO": language_code(first_text(root, "language")),
            "Format": first_text(root, "format"),
            "Manga": "YesAndRightToLeft" if is_turned else "",
            "Characters": ", ".join(texts(root, "character")),
            "AgeRating": first_text(root, "rating"),
        },
        _credits(root),
    )


def _credits(root: Element) -> Iterator[tuple[str, CreatorRole]]:
    for tag in _ROLES:
        role = role_of(tag)
        for text in texts(root, tag):
            if role is not None:
                yield from ((name, role) for name in split_names(text))
