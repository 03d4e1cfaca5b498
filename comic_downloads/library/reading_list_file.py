"""Read and write reading lists as ComicRack does: CBL, a small XML document."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ..domain.errors import InvalidRequest
from ..domain.reading_list import MAX_BOOKS, Book

_MAX_TEXT = 500
_ROOT = "ReadingList"


def read_reading_list(document: bytes) -> tuple[str, list[Book]]:
    """Return the name of the list, which may be empty, and its books in their order.

    Raises:
        InvalidRequest: It is no reading list, is broken, or has more than MAX_BOOKS books.
    """
    try:
        root = fromstring(document, forbid_dtd=True)
    except DefusedXmlException as error:
        raise InvalidRequest("The reading list declares a DTD or entities. Remove them.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise InvalidRequest(f"The reading list is not well-formed XML: {error}.") from error
    if _local(root) != _ROOT:
        raise InvalidRequest(f"This is no reading list: its root is not <{_ROOT}>.")
    books = [
        _book(element)
        for place in root
        if _local(place) == "Books"
        for element in place
        if _local(element) == "Book"
    ]
    if len(books) > MAX_BOOKS:
        raise InvalidRequest(f"The reading list has more than {MAX_BOOKS:,} books.")
    name = next((one.text or "" for one in root if _local(one) == "Name"), "")
    return _clean(name), books


def write_reading_list(name: str, books: Iterable[Book]) -> bytes:
    """Return the document of a list."""
    root = Element(_ROOT)
    SubElement(root, "Name").text = _clean(name)
    place = SubElement(root, "Books")
    for book in books:
        facts = {
            "Series": book.series or book.title,
            "Number": book.number,
            "Volume": book.volume,
            "Year": book.year,
        }
        SubElement(place, "Book", {key: _clean(value) for key, value in facts.items() if value})
    SubElement(root, "Matchers")
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _book(element: Element) -> Book:
    def said(name: str) -> str:
        return _clean(element.get(name, ""))

    return Book(said("Series"), said("Number"), said("Volume"), said("Year"), said("Title"))


def _clean(text: str) -> str:
    """Return the text on one line without what XML and screens cannot show."""
    line = " ".join(text.split())
    return "".join(c for c in line if c.isprintable())[:_MAX_TEXT]


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
