"""The elements of ComicInfo.xml in the order that the schemas demand.

The schemas 2.0 and 2.1 are published by the Anansi Project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...domain.library import ComicMetadata, CreatorRole, SourceDetails
from ...domain.options import ComicInfoSchema
from .values import (
    Comics,
    age_rating,
    agreed,
    integer,
    joined,
    manga,
    names,
    notes,
    rating,
    yes_or_no,
)

Elements = Iterator[tuple[str, str]]


def schemas_differ(comics: Comics) -> bool:
    """Return True if the file for these comics says more in schema 2.1 than in 2.0."""
    documents = [
        [
            one
            for one in (*before_pages(comics, "", 0, schema), *after_pages(comics, schema))
            if one[1]
        ]
        for schema in ComicInfoSchema
    ]
    return any(document != documents[0] for document in documents)


def before_pages(comics: Comics, title: str, page_count: int, schema: ComicInfoSchema) -> Elements:
    """Yield names and values up to ``Pages``; unknown values are empty."""
    newer = schema is ComicInfoSchema.V2_1
    yield from _story(comics, title)
    yield "Notes", notes(comics, with_translators=not newer)
    yield "Year", agreed(comics, lambda metadata: integer(metadata.year))
    yield "Month", agreed(comics, lambda metadata: integer(metadata.month))
    yield "Day", agreed(comics, lambda metadata: integer(metadata.day))
    for role in CreatorRole:
        # Translator is an element of 2.1 only.
        if newer or role is not CreatorRole.TRANSLATOR:
            yield role, names(comics, role)
    yield "Publisher", agreed(comics, lambda metadata: metadata.publisher)
    yield "Imprint", _agreed(comics, lambda details: details.imprint)
    yield "Genre", joined(comics, lambda metadata: metadata.genre)
    if newer:
        yield "Tags", _joined(comics, lambda details: details.tags)
    yield "Web", agreed(comics, lambda metadata: metadata.web)
    yield "PageCount", str(page_count)
    yield "LanguageISO", agreed(comics, lambda metadata: metadata.language)
    yield from _form(comics, newer=newer)


def _story(comics: Comics, title: str) -> Elements:
    single = comics[0] if len(comics) == 1 else None
    yield "Title", single.title if single else title
    yield "Series", agreed(comics, lambda metadata: metadata.series)
    yield "Number", single.number if single else ""
    yield "Count", _agreed(comics, lambda details: integer(details.count))
    yield "Volume", agreed(comics, lambda metadata: integer(metadata.volume))
    yield "AlternateSeries", _agreed(comics, lambda details: details.alternate_series)
    yield "AlternateNumber", _agreed(comics, lambda details: details.alternate_number)
    yield "AlternateCount", _agreed(comics, lambda details: integer(details.alternate_count))
    yield "Summary", agreed(comics, lambda metadata: metadata.summary)


def _form(comics: Comics, *, newer: bool) -> Elements:
    yield "Format", _agreed(comics, lambda details: details.format)
    yield "BlackAndWhite", _agreed(comics, lambda details: yes_or_no(details.black_and_white))
    yield "Manga", agreed(comics, manga)
    yield "Characters", _joined(comics, lambda details: details.characters)
    yield "Teams", _joined(comics, lambda details: details.teams)
    yield "Locations", _joined(comics, lambda details: details.locations)
    yield "ScanInformation", _agreed(comics, lambda details: details.scan_information)
    yield "StoryArc", _agreed(comics, lambda details: details.story_arc)
    if newer:
        yield "StoryArcNumber", _agreed(comics, lambda details: details.story_arc_number)
    yield "SeriesGroup", _agreed(comics, lambda details: details.series_group)
    yield "AgeRating", agreed(comics, age_rating)


def after_pages(comics: Comics, schema: ComicInfoSchema) -> Elements:
    """Yield names and values after ``Pages``; unknown values are empty."""
    newer = schema is ComicInfoSchema.V2_1
    digits = 1 if newer else 2
    yield "CommunityRating", agreed(comics, lambda metadata: rating(metadata, digits))
    yield "MainCharacterOrTeam", _agreed(comics, lambda details: details.main_character_or_team)
    yield "Review", _agreed(comics, lambda details: details.review)
    if newer:
        yield "GTIN", _agreed(comics, lambda details: details.gtin)


def _agreed(comics: Comics, value_of: Callable[[SourceDetails], str]) -> str:
    return agreed(comics, _of_details(value_of))


def _joined(comics: Comics, value_of: Callable[[SourceDetails], str]) -> str:
    return joined(comics, _of_details(value_of))


def _of_details(value_of: Callable[[SourceDetails], str]) -> Callable[[ComicMetadata], str]:
    return lambda metadata: value_of(metadata.details)
