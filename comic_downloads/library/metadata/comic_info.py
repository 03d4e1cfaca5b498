"""Read ComicInfo.xml, of schema 2.0 or the draft 2.1."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice
from xml.etree.ElementTree import Element

from ...domain.library import ComicMetadata, Creator, CreatorRole, ReadingDirection, SourceDetails
from .html_text import plain_text
from .people import split_names
from .recovery import recovered_root
from .text import MAX_SUMMARY_LENGTH, MAX_TEXT_LENGTH, cleaned, cleaned_list
from .vocabulary import Vocabulary

MAX_COUNT = 2**31 - 1  # The largest xs:int.
MAX_GTIN_LENGTH = 50  # A GTIN has 14 digits; a prefix such as “ISBN” and hyphens are common.
MAX_NAMES_PER_ROLE = 1000
MAX_RATING, MAX_RATING_LENGTH = 5, 20


COMIC_INFO = Vocabulary(
    "ComicInfo",
    containers=("Pages",),
    leaves=(
        *("Title", "Series", "Number", "Count", "Volume", "AlternateSeries", "AlternateNumber"),
        *("AlternateCount", "Summary", "Notes", "Year", "Month", "Day", *CreatorRole),
        *("Publisher", "Imprint", "Genre", "Tags", "Web", "PageCount", "LanguageISO", "Format"),
        *("BlackAndWhite", "Manga", "Characters", "Teams", "Locations", "ScanInformation"),
        *("StoryArc", "StoryArcNumber", "SeriesGroup", "AgeRating", "CommunityRating"),
        *("MainCharacterOrTeam", "Review", "GTIN", "Page"),
    ),
    attributes=(
        *("Image", "Type", "DoublePage", "ImageSize", "Key", "Bookmark", "ImageWidth"),
        "ImageHeight",
    ),
)


def comic_info_root(document: bytes) -> Element:
    """Return the root of a ComicInfo.xml of schema 2.0 or the draft 2.1. Raises UnreadableDocument.

    Its elements and attributes have the names of the schema.
    """
    return recovered_root(document, COMIC_INFO)


def metadata_of(root: Element) -> ComicMetadata:
    """Return what the elements of a ComicInfo.xml say.

    Texts are limited in length, and invalid values are ignored. Of elements that are there twice
    the first with a text counts, and the names in all elements of a role.
    """
    return ComicMetadata(
        title=_text(root, "Title"),
        series=_text(root, "Series"),
        number=_number(_text(root, "Number")),
        volume=_integer(root, "Volume", 0, 9999),
        year=_integer(root, "Year", 1, 9999),
        month=_integer(root, "Month", 1, 12),
        day=_integer(root, "Day", 1, 31),
        summary=_prose(root, "Summary"),
        publisher=_text(root, "Publisher"),
        genre=_list(root, "Genre"),
        web=_list(root, "Web", " "),
        language=_text(root, "LanguageISO"),
        age_rating=_text(root, "AgeRating"),
        creators=_creators(root),
        reading_direction=_direction(root),
        details=_details(root),
    )


def _text(root: Element, tag: str, limit: int = MAX_TEXT_LENGTH) -> str:
    return cleaned(_value(root, tag), limit)


def _list(root: Element, tag: str, separator: str = ",") -> str:
    return cleaned_list(_value(root, tag), separator)


def _prose(root: Element, tag: str) -> str:
    return cleaned(plain_text(_value(root, tag)), MAX_SUMMARY_LENGTH)


def _value(root: Element, tag: str) -> str:
    texts = (element.text or "" for element in root.iterfind(tag))
    return next((text for text in texts if text.strip()), "")


def _integer(root: Element, tag: str, low: int, high: int) -> int | None:
    text = _text(root, tag)
    if not text.removeprefix("-").isdecimal() or len(text) > 11:
        return None
    value = int(text)
    return value if low <= value <= high else None  # The schema uses -1 for unknown.


def _number(text: str) -> str:
    """Return the number without leading zeros, so that ``003`` and ``3`` are equal."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, rest = digits.partition(".")
    return f"{sign}{str(int(whole)) if whole.isdecimal() and len(whole) < 20 else whole}{dot}{rest}"


def _creators(root: Element) -> tuple[Creator, ...]:
    found = (
        Creator(name, role)
        for role in CreatorRole
        for name in islice(_credited(root, role), MAX_NAMES_PER_ROLE)
    )
    return tuple(dict.fromkeys(found))


def _credited(root: Element, role: CreatorRole) -> Iterator[str]:
    for element in root.iterfind(role):
        yield from split_names(cleaned_list(element.text or ""))


def _details(root: Element) -> SourceDetails:
    return SourceDetails(
        count=_integer(root, "Count", 0, MAX_COUNT),
        alternate_series=_list(root, "AlternateSeries"),
        alternate_number=_text(root, "AlternateNumber"),
        alternate_count=_integer(root, "AlternateCount", 0, MAX_COUNT),
        notes=_prose(root, "Notes"),
        imprint=_text(root, "Imprint"),
        tags=_list(root, "Tags"),
        format=_text(root, "Format"),
        black_and_white=_yes_or_no(root, "BlackAndWhite"),
        manga=_yes_or_no(root, "Manga"),
        characters=_list(root, "Characters"),
        teams=_list(root, "Teams"),
        locations=_list(root, "Locations"),
        scan_information=_text(root, "ScanInformation", MAX_SUMMARY_LENGTH),
        story_arc=_list(root, "StoryArc"),
        story_arc_number=_list(root, "StoryArcNumber"),
        series_group=_list(root, "SeriesGroup"),
        community_rating=_rating(root),
        main_character_or_team=_text(root, "MainCharacterOrTeam"),
        review=_prose(root, "Review"),
        gtin=_text(root, "GTIN", MAX_GTIN_LENGTH),
    )


def _yes_or_no(root: Element, tag: str) -> bool | None:
    return {"yes": True, "no": False}.get(_text(root, tag).casefold())


def _rating(root: Element) -> float | None:
    """Return the rating if it is a decimal from 0 to 5, as both schemas require."""
    try:
        value = Decimal(_text(root, "CommunityRating", MAX_RATING_LENGTH))
    except InvalidOperation:
        return None
    return float(value) if value.is_finite() and 0 <= value <= MAX_RATING else None


def _direction(root: Element) -> ReadingDirection:
    if _text(root, "Manga").casefold() == "yesandrighttoleft":
        return ReadingDirection.RIGHT_TO_LEFT
    labels = " ".join(_text(root, tag) for tag in ("Format", "Genre", "Tags")).casefold()
    if "webtoon" in labels or "long strip" in labels:
        return ReadingDirection.VERTICAL
    return ReadingDirection.LEFT_TO_RIGHT
