"""Read what a PDF says about itself: its document information and its XMP.

Source: ISO 32000-1, 12.2 and 14.3; XMP, part 1, chapter 7 and 8.4; calibre for the series.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from ...domain.library import CreatorRole
from .dates import date_parts
from .elements import comic_info_element
from .people import credited_names
from .recovery import UnreadableDocument, recovered_root
from .vocabulary import Vocabulary

# Names have any case, so that rdf:Description, which holds the properties, is “description”, too.
XMP = Vocabulary(
    "RDF",
    containers=(
        *("Alt", "Seq", "Bag", "title", "creator", "description", "subject", "publisher"),
        *("language", "date", "series"),
    ),
    leaves=("li", "value", "series_index", "Keywords"),
    attributes=("lang",),
)
_WHOLE = re.compile(r"(\d+)\.0+")
# What programs write where nobody has named the document, and the names of its drafts.
_NO_TITLE = re.compile(
    r"(?:\(?(?:untitled|unknown|unbenannt|sans titre|no title|anonymous)\)?(?:[\s-]*\d+)?"
    r"|microsoft \w+ - .*|(?:scan|img|image|page|document|layout)[\s_-]*\d*"
    r"|.*\.(?:pdf|indd|qxp|qxd|docx?|pptx?|xlsx?|odt|rtf|txt|ps|eps|ai|psd|tiff?|jpe?g|png|webp"
    r"|cb[rz7t]|zip|rar|epub|html?))",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"\(?(?:unknown|anonymous|user|admin|administrator|owner|author|root)\)?", re.IGNORECASE
)


def as_comic_info(document: bytes) -> Element:
    """Return what the PDF says as the elements of a ComicInfo.xml.

    XMP goes before the document information. Titles and authors that programs make up are left out.

    Args:
        document: The JSON that ``pdf_reader.description`` writes.

    Raises:
        UnreadableDocument: It is something else.
    """
    said = _object(document)
    info = said["info"] if isinstance(said.get("info"), dict) else {}
    xmp = _Xmp(_text(said, "xmp"))
    title = xmp.text("title") or _text(info, "Title")
    series, position = xmp.series()
    year, month, day = date_parts(xmp.text("date"))
    return comic_info_element(
        {
            "Title": "" if _NO_TITLE.fullmatch(title) else title,
            "Series": series,
            "Number": _WHOLE.sub(r"\1", position) if _WHOLE.fullmatch(position) else position,
            "Summary": xmp.text("description") or _text(info, "Subject"),
            "Year": year,
            "Month": month,
            "Day": day,
            "Publisher": xmp.text("publisher"),
            "Genre": ", ".join(xmp.texts("subject")),
            "Tags": _text(info, "Keywords"),
            "LanguageISO": _text(said, "language") or xmp.text("language"),
            "Manga": "YesAndRightToLeft" if _text(said, "direction") == "R2L" else "",
        },
        _credits(xmp.texts("creator") or [_text(info, "Author")]),
    )


def _object(document: bytes) -> dict[str, Any]:
    try:
        said = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise UnreadableDocument("it is not valid JSON") from error
    if not isinstance(said, dict):
        raise UnreadableDocument("it is not valid JSON")
    return said


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""


def _credits(authors: list[str]) -> Iterator[tuple[str, CreatorRole]]:
    for author in authors:
        for name in credited_names(author):
            if not _NOBODY.fullmatch(name):
                yield name, CreatorRole.WRITER


class _Xmp:
    """The properties of an XMP packet. One that cannot be read has none."""

    def __init__(self, packet: str) -> None:
        try:
            self._root = recovered_root(packet.encode(), XMP)
        except UnreadableDocument:
            self._root = Element("RDF")

    def texts(self, name: str) -> list[str]:
        """Return the values of a property, that of the default language first."""
        values = [
            item
            for element in self._root.iter(name)
            for item in (element, *element.iterfind("*/li"))
            if (item.text or "").strip()
        ]
        values.sort(key=lambda item: item.get("lang", "x-default") != "x-default")
        return list(dict.fromkeys((item.text or "").strip() for item in values))

    def text(self, name: str) -> str:
        """Return the first value of a property, or an empty text."""
        return next(iter(self.texts(name)), "")

    def series(self) -> tuple[str, str]:
        """Return the series and the position in it, as calibre writes them."""
        for series in self._root.iter("series"):
            name = series.findtext(".//value") or series.text or ""
            return name.strip(), (series.findtext(".//series_index") or "").strip()
        return "", ""
