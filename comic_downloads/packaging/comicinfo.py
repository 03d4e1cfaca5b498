"""ComicInfo.xml, which tells comic readers and libraries what a comic is.

The schemas 2.0 and 2.1 are published by the Anansi Project.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from xml.etree import ElementTree

from ..domain.library import ComicMetadata, CreatorRole, ReadingDirection
from ..domain.options import ComicInfoSchema
from .pages import Document, OutputComic, OutputPage

COMIC_INFO_NAME = "ComicInfo.xml"
AGE_RATINGS = (
    *(
        "Unknown",
        "Adults Only 18+",
        "Early Childhood",
        "Everyone",
        "Everyone 10+",
        "G",
        "Kids to Adults",
        "M",
    ),
    *("MA15+", "Mature 17+", "PG", "R18+", "Rating Pending", "Teen", "X18+"),
)
# XML 1.0, production 2.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_INT = 2**31 - 1  # xs:int
_MAX_RATING = 5


def comic_info(document: Document) -> bytes:
    """Return the ComicInfo.xml of the document, UTF-8, valid against the schema it asks for.

    Unknown values are left out. Several comics share one ComicInfo.xml: values they agree on, all
    their creators, and a bookmark where each begins.
    """
    root = ElementTree.Element("ComicInfo")
    described = [comic.metadata for comic in document.comics]
    _add(root, _before_pages(described, document.title, document.page_count, document.comic_info))
    _add_pages(root, document)
    _add(root, _after_pages(described, document.comic_info))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def schemas_differ(comics: Sequence[ComicMetadata]) -> bool:
    """Return True if the file for these comics says more in schema 2.1 than in 2.0."""
    documents = [
        [
            one
            for one in (*_before_pages(comics, "", 0, schema), *_after_pages(comics, schema))
            if one[1]
        ]
        for schema in ComicInfoSchema
    ]
    return any(document != documents[0] for document in documents)


def _add(root: ElementTree.Element, elements: Iterable[tuple[str, str]]) -> None:
    for name, value in elements:
        if value:
            ElementTree.SubElement(root, name).text = _NOT_XML.sub("", value)


def _before_pages(
    comics: Sequence[ComicMetadata], title: str, page_count: int, schema: ComicInfoSchema
) -> Iterator[tuple[str, str]]:
    """Yield names and values in the order that the schemas demand.

    Schema 2.1 brings its own elements. Some elements of 2.0 come only with it, because they belong
    to those or are of the same kind.
    """
    single = comics[0] if len(comics) == 1 else None
    newer = schema is ComicInfoSchema.V2_1
    yield "Title", single.title if single else title
    yield "Series", _agreed(comics, lambda metadata: metadata.series)
    yield "Number", single.number if single else ""
    yield "Volume", _agreed(comics, lambda metadata: _integer(metadata.volume))
    yield "Summary", single.summary if single else ""
    yield "Notes", "" if newer else _translators(comics)
    yield "Year", _agreed(comics, lambda metadata: _integer(metadata.year))
    yield "Month", _agreed(comics, lambda metadata: _integer(metadata.month))
    yield "Day", _agreed(comics, lambda metadata: _integer(metadata.day))
    for role in CreatorRole:
        # Translator is an element of 2.1 only.
        if newer or role is not CreatorRole.TRANSLATOR:
            yield role, _names(comics, role)
    yield "Publisher", _agreed(comics, lambda metadata: metadata.publisher)
    yield "Genre", _agreed(comics, lambda metadata: metadata.genre)
    if newer:
        yield "Tags", _agreed(comics, lambda metadata: metadata.details.tags)
    yield "Web", _agreed(comics, lambda metadata: metadata.web)
    yield "PageCount", str(page_count)
    yield "LanguageISO", _agreed(comics, lambda metadata: metadata.language)
    yield "Manga", _agreed(comics, _manga)
    if newer:
        yield "StoryArc", _agreed(comics, lambda metadata: metadata.details.story_arc)
        yield "StoryArcNumber", _agreed(comics, lambda metadata: metadata.details.story_arc_number)
    yield "AgeRating", _agreed(comics, _age_rating)


def _after_pages(
    comics: Sequence[ComicMetadata], schema: ComicInfoSchema
) -> Iterator[tuple[str, str]]:
    if schema is ComicInfoSchema.V2_1:
        yield "CommunityRating", _agreed(comics, _rating)
        yield (
            "MainCharacterOrTeam",
            _agreed(comics, lambda metadata: metadata.details.main_character_or_team),
        )
        yield "Review", _agreed(comics, lambda metadata: metadata.details.review)
        yield "GTIN", _agreed(comics, lambda metadata: metadata.details.gtin)


def _agreed(comics: Sequence[ComicMetadata], value_of: Callable[[ComicMetadata], str]) -> str:
    """Return the value that all comics have in common, or an empty text."""
    values = {value_of(metadata) for metadata in comics}
    return values.pop() if len(values) == 1 else ""


def _integer(value: int | float | None) -> str:
    """Return the value as text, or an empty text if the schema cannot hold it, as “1.5”."""
    is_integer = isinstance(value, int) and 0 <= value <= _MAX_INT
    return str(value) if is_integer else ""


def _names(comics: Sequence[ComicMetadata], role: CreatorRole) -> str:
    names = dict.fromkeys(
        c.name for metadata in comics for c in metadata.creators if c.role is role
    )
    # Commas separate names.
    return ", ".join(name.replace(",", " ") for name in names)


def _translators(comics: Sequence[ComicMetadata]) -> str:
    names = _names(comics, CreatorRole.TRANSLATOR)
    return f"Translated by {names}." if names else ""


def _manga(metadata: ComicMetadata) -> str:
    return (
        "YesAndRightToLeft" if metadata.reading_direction is ReadingDirection.RIGHT_TO_LEFT else ""
    )


def _age_rating(metadata: ComicMetadata) -> str:
    known = {rating.casefold(): rating for rating in AGE_RATINGS}
    return known.get(metadata.age_rating.strip().casefold(), "")


def _rating(metadata: ComicMetadata) -> str:
    rating = metadata.details.community_rating
    # Schema 2.1 wants one digit after the point.
    return f"{rating:.1f}" if rating is not None and 0 <= rating <= _MAX_RATING else ""


def _add_pages(root: ElementTree.Element, document: Document) -> None:
    pages = ElementTree.SubElement(root, "Pages")
    image = 0
    for comic in document.comics:
        for place, page in enumerate(comic.pages):
            ElementTree.SubElement(
                pages, "Page", _page_attributes(page, image, _bookmark(document, comic, place))
            )
            image += 1


def _bookmark(document: Document, comic: OutputComic, place: int) -> str:
    return comic.metadata.title if place == 0 and len(document.comics) > 1 else ""


def _page_attributes(page: OutputPage, image: int, bookmark: str) -> dict[str, str]:
    """Return the attributes of a page.

    ``Image`` counts from 0 in reading order, as taggers do; the schema does not say.
    """
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
