"""What a library holds: Series > Comic > Page."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ReadingDirection(StrEnum):
    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"
    VERTICAL = "vertical"


class CreatorRole(StrEnum):
    """The credits ComicInfo.xml knows, named as in its schema."""

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
    name: str
    role: CreatorRole


@dataclass(frozen=True)
class SourceDetails:
    """What only a comic's own ComicInfo.xml can say of it, as it says it; ``community_rating`` is 0 to 5."""

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
    """What is known about a comic besides its pages; unknown things are empty or None."""

    title: str
    series: str = ""
    number: str = ""
    volume: int | None = None
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
class ImageFacts:
    """What the header and the bytes of one image say, taken once when the page comes into the library.

    Width and height are in pixels as the reader sees them (after EXIF rotation); ``sha256`` is lower-case hex.
    """

    media_type: str
    width: int
    height: int
    size_bytes: int
    crc32: int
    sha256: str


@dataclass(frozen=True)
class Page:
    """One page: its place in reading order, its name inside the comic, and its facts or its fault."""

    index: int
    name: str
    facts: ImageFacts | None
    error: str = ""


@dataclass(frozen=True)
class ScannedComic:
    """A comic as the scanner found it.

    ``path`` is relative to the library folder, in POSIX form. ``fingerprint`` changes whenever the comic's files do.
    ``error`` says why the comic cannot be offered (then ``pages`` may be empty).
    """

    path: str
    kind: str
    fingerprint: str
    metadata: ComicMetadata
    pages: tuple[Page, ...] = field(default=())
    error: str = ""
