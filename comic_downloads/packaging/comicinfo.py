"""ComicInfo.xml, schema 2.0 of the Anansi Project: what comic readers and libraries know a comic by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

from ..domain.library import ComicMetadata, CreatorRole, ReadingDirection
from .pages import Book, OutputComic, OutputPage

COMIC_INFO_NAME = "ComicInfo.xml"
AGE_RATINGS = (
    *("Unknown", "Adults Only 18+", "Early Childhood", "Everyone", "Everyone 10+", "G", "Kids to Adults", "M"),
    *("MA15+", "Mature 17+", "PG", "R18+", "Rating Pending", "Teen", "X18+"),
)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
_MAX_INT = 2**31 - 1  # xs:int


def comic_info(book: Book) -> bytes:
    """The document for the book, UTF-8, valid against the 2.0 schema; unknown things are left out.

    Several comics share one document: what they agree on, all their creators, and a bookmark where each begins.
    """
    root = ElementTree.Element("ComicInfo")
    for name, value in _elements(book):
        if value:
            ElementTree.SubElement(root, name).text = _NOT_XML.sub("", value)
        if name == "AgeRating":  # its neighbour in the schema's order
            _add_pages(root, book)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _elements(book: Book) -> Iterator[tuple[str, str]]:
    """Names and values in the order the schema's sequence demands."""
    single = len(book.comics) == 1
    yield "Title", book.comics[0].metadata.title if single else book.title
    yield "Series", _agreed(book, lambda metadata: metadata.series)
    yield "Number", book.comics[0].metadata.number if single else ""
    yield "Volume", _agreed(book, lambda metadata: _integer(metadata.volume))
    yield "Summary", book.comics[0].metadata.summary if single else ""
    yield "Notes", _translators(book)
    yield "Year", _agreed(book, lambda metadata: _integer(metadata.year))
    yield "Month", _agreed(book, lambda metadata: _integer(metadata.month))
    yield "Day", _agreed(book, lambda metadata: _integer(metadata.day))
    for role in CreatorRole:
        if role is not CreatorRole.TRANSLATOR:  # an element of the 2.1 draft only
            yield role, _names(book, role)
    yield "Publisher", _agreed(book, lambda metadata: metadata.publisher)
    yield "Genre", _agreed(book, lambda metadata: metadata.genre)
    yield "Web", _agreed(book, lambda metadata: metadata.web)
    yield "PageCount", str(book.page_count)
    yield "LanguageISO", _agreed(book, lambda metadata: metadata.language)
    yield "Manga", _agreed(book, _manga)
    yield "AgeRating", _agreed(book, _age_rating)


def _agreed(book: Book, value_of: Callable[[ComicMetadata], str]) -> str:
    """The value all comics have in common, or nothing."""
    values = {value_of(comic.metadata) for comic in book.comics}
    return values.pop() if len(values) == 1 else ""


def _integer(value: int | None) -> str:
    return str(value) if value is not None and 0 <= value <= _MAX_INT else ""


def _names(book: Book, role: CreatorRole) -> str:
    names = dict.fromkeys(c.name for comic in book.comics for c in comic.metadata.creators if c.role is role)
    return ", ".join(name.replace(",", " ") for name in names)  # the comma separates names


def _translators(book: Book) -> str:
    names = _names(book, CreatorRole.TRANSLATOR)
    return f"Translated by {names}." if names else ""


def _manga(metadata: ComicMetadata) -> str:
    return "YesAndRightToLeft" if metadata.reading_direction is ReadingDirection.RIGHT_TO_LEFT else ""


def _age_rating(metadata: ComicMetadata) -> str:
    known = {rating.casefold(): rating for rating in AGE_RATINGS}
    return known.get(metadata.age_rating.strip().casefold(), "")


def _add_pages(root: ElementTree.Element, book: Book) -> None:
    pages = ElementTree.SubElement(root, "Pages")
    image = 0
    for comic in book.comics:
        for place, page in enumerate(comic.pages):
            ElementTree.SubElement(pages, "Page", _page_attributes(page, image, _bookmark(book, comic, place)))
            image += 1


def _bookmark(book: Book, comic: OutputComic, place: int) -> str:
    return comic.metadata.title if place == 0 and len(book.comics) > 1 else ""


def _page_attributes(page: OutputPage, image: int, bookmark: str) -> dict[str, str]:
    """``Image`` counts from 0 in reading order, as taggers do; the schema does not say."""
    facts = page.facts
    attributes = {"Image": str(image), "Type": "Story" if image else "FrontCover"}
    if facts.width > facts.height:
        attributes["DoublePage"] = "true"
    attributes["ImageSize"] = str(facts.size_bytes)
    if bookmark:
        attributes["Bookmark"] = _NOT_XML.sub("", bookmark)
    attributes["ImageWidth"] = str(facts.width)
    attributes["ImageHeight"] = str(facts.height)
    return attributes
