"""The contents of a library: series, their comics, and their pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ReadingDirection(StrEnum):
    """The direction in which pages and panels are read."""

    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"
    VERTICAL = "vertical"


class CreatorRole(StrEnum):
    """A credit in ComicInfo.xml, named as in its schema."""

    WRITER = "Writer"
    PENCILLER = "Penciller"
    INKER = "Inker"
    COLORIST = "Colorist"
    LETTERER = "Letterer"
    COVER_ARTIST = "CoverArtist"
    EDITOR = "Editor"
    TRANSLATOR = "Translator"


@dataclass(frozen=True)
class Creator:
    """A person, and what they did for a comic."""

    name: str
    role: CreatorRole


@dataclass(frozen=True)
class SourceDetails:
    """Facts that only a comic's own ComicInfo.xml has, copied as they are.

    ``community_rating`` is from 0 to 5.
    """

    tags: str = ""
    story_arc: str = ""
    story_arc_number: str = ""
    community_rating: float | None = None
    main_character_or_team: str = ""
    review: str = ""
    gtin: str = ""


NO_DETAILS = SourceDetails()


@dataclass(frozen=True)
class ComicMetadata:
    """What is known about a comic besides its pages; unknown fields are empty or None."""

    title: str
    series: str = ""
    number: str = ""
    volume: int | float | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    summary: str = ""
    publisher: str = ""
    genre: str = ""
    web: str = ""
    language: str = ""
    age_rating: str = ""
    creators: tuple[Creator, ...] = ()
    reading_direction: ReadingDirection = ReadingDirection.LEFT_TO_RIGHT
    details: SourceDetails = NO_DETAILS


@dataclass(frozen=True)
class ComicQuery:
    """One page of a list of comics.

    ``words`` are searched for in titles, series, and creators, ignoring case and accents.
    """

    words: str = ""
    series_id: str | None = None
    sort: str = "title"
    limit: int = 60
    offset: int = 0


@dataclass(frozen=True)
class ImageFacts:
    """Facts about the bytes of one image, taken once when its page enters the library.

    Width and height are pixels as the reader sees them, after EXIF rotation. ``sha256`` is
    lower-case hex.
    """

    media_type: str
    width: int
    height: int
    size_bytes: int
    crc32: int
    sha256: str


@dataclass(frozen=True)
class Page:
    """A page: its place in reading order, its name in the comic, and its facts or its error."""

    index: int
    name: str
    facts: ImageFacts | None
    error: str = ""


@dataclass(frozen=True)
class ScannedComic:
    """A comic as the scanner found it.

    Attributes:
        path: The POSIX path relative to the library folder.
        kind: The kind of source, such as ``zip`` or ``folder``.
        fingerprint: A text that changes whenever the comic's files change.
        metadata: What is known about the comic.
        pages: The pages in reading order; may be empty if there is an error.
        error: Why the comic cannot be offered.
    """

    path: str
    kind: str
    fingerprint: str
    metadata: ComicMetadata
    pages: tuple[Page, ...] = field(default=())
    error: str = ""
