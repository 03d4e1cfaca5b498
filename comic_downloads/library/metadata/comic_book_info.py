"""Read ComicBookInfo 1.0, the JSON that ComicBookLover puts into the comment of a ZIP archive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from ...domain.library import CreatorRole
from .decoding import decoded
from .elements import comic_info_element
from .languages import language_code
from .people import credited_names
from .recovery import UnreadableDocument
from .roles import role_of

_KEY = "ComicBookInfo/"


def as_comic_info(document: bytes) -> Element:
    """Return what a ComicBookInfo says as the elements of a ComicInfo.xml.

    Raises:
        UnreadableDocument: The document cannot be read.
    """
    info = _info(document)
    return comic_info_element(
        {
            "Title": _text(info, "title"),
            "Series": _text(info, "series"),
            "Number": _text(info, "issue"),
            "Count": _text(info, "numberOfIssues"),
            "Volume": _text(info, "volume"),
            "Summary": _text(info, "comments"),
            "Year": _text(info, "publicationYear"),
            "Month": _text(info, "publicationMonth"),
            "Publisher": _text(info, "publisher"),
            "Genre": _text(info, "genre"),
            "Tags": ", ".join(_texts(info.get("tags"))),
            "LanguageISO": language_code(_text(info, "language")),
        },
        _credits(info),
    )


def _info(document: bytes) -> dict[str, Any]:
    try:
        root = json.loads(decoded(document).strip("\0 \r\n\t"))
    except (ValueError, RecursionError) as error:
        raise UnreadableDocument("it is not valid JSON") from error
    values = root.items() if isinstance(root, dict) else ()
    for key, value in values:
        if key.startswith(_KEY) and isinstance(value, dict):
            return value
    raise UnreadableDocument("there is no ComicBookInfo in it")


def _text(info: dict[str, Any], name: str) -> str:
    """Return a text or a number as text; whole numbers without decimals."""
    value = info.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value).strip() if is_plain else ""


def _texts(values: object) -> list[str]:
    items = values if isinstance(values, list) else []
    return [item.strip() for item in items if isinstance(item, str) and item.strip()]


def _credits(info: dict[str, Any]) -> Iterator[tuple[str, CreatorRole]]:
    credited = info.get("credits")
    for credit in credited if isinstance(credited, list) else []:
        if isinstance(credit, dict):
            role = role_of(_text(credit, "role"))
            names = credited_names(_text(credit, "person"))
            yield from ((name, role) for name in names if role is not None)
