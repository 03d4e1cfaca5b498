"""The contents of a library: series, their comics, and their pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


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
    """Facts that only a comic's own documents have, copied as they are.

    They are named and ordered as in the schema of ComicInfo.xml, and unknown ones are empty or
    None. ``community_rating`` is from 0 to 5. ``manga`` says nothing about the reading direction.
    """

    count: int | None = None
    alternate_series: str = ""
    alternate_number: str = ""
    alternate_count: int | None = None
    notes: str = ""
    imprint: str = ""
    tags: str = ""
    format: str = ""
    black_and_white: bool | None = None
    manga: bool | None = None
    characters: str = ""
    teams: str = ""
    locations: str = ""
    scan_information: str = ""
    story_arc: str = ""
    story_arc_number: str = ""
    series_group: str = ""
    community_rating: float | None = None
    main_character_or_team: str = ""
    review: str = ""
    gtin: str = ""


NO_DETAILS = SourceDetails()


@dataclass(frozen=True)
class Placement:
    """What tells the series of a comic from others of the same title, and where it stands there.

    Attributes:
        in_folder: Whether a folder names the series.
        declared: Whether the comic's own documents name it.
        shelf: The folders above that folder, such as “Image”, with slashes between them.
        editions: What the names of folders say in brackets, such as “2019” and “Color”, and the
            languages that folders name.
        run_year: The year in which the series began, from a name such as “Owl (2011) 003”.
        branch: What its number counts if not the issues of the run, such as “Annual”.
        run: What the series has in its name besides its title; known once it was arranged.
    """

    in_folder: bool = False
    declared: bool = False
    shelf: str = ""
    editions: tuple[str, ...] = ()
    run_year: int | None = None
    branch: str = ""
    run: str = ""


NO_PLACEMENT = Placement()


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
    placement: Placement = NO_PLACEMENT


@dataclass(frozen=True)
class ComicFilters:
    """What comics of a list have in common; what is empty, None or False does not matter.

    Attributes:
        kind: What they are stored as, such as ``zip``.
        language: The first part of its code, such as ``en``.
        direction: A ReadingDirection.
        publisher: The name, as the comics have it.
        year: The year of publication.
        person: A name in the credits, whatever its case and accents.
        damaged: Whether only comics are wanted that cannot be read, or not all of them.
        fetched: Whether the user has fetched them, or has not.
        user_id: The user that ``fetched`` is about.
    """

    kind: str = ""
    language: str = ""
    direction: str = ""
    publisher: str = ""
    year: int | None = None
    person: str = ""
    damaged: bool = False
    fetched: bool | None = None
    user_id: str = ""


NO_FILTERS = ComicFilters()


@dataclass(frozen=True)
class ComicQuery:
    """One page of a list of comics, or of series and one-shots.

    ``words`` are searched for in titles, series, and creators, ignoring case and accents.
    """

    words: str = ""
    series_id: str | None = None
    sort: str = "title"
    limit: int = 60
    offset: int = 0
    filters: ComicFilters = NO_FILTERS

    @property
    def is_narrowed(self) -> bool:
        """Return True unless all comics are wanted."""
        return bool(self.words.strip()) or self.series_id is not None or self.filters != NO_FILTERS


class ImageTrait(StrEnum):
    """What matters to a file that the image goes into.

    Attributes:
        ANIMATED: It has several pictures; wherever it is drawn, only the first one stays.
        LOOSE: It breaks rules that do not matter to its pixels. Browsers show it whole, and strict
            programs warn of it or refuse it.
        UNCOMMON: It is a JPEG in inks or in a rare code, which many e-readers do not show.
        SPREAD_LTR: It shows two pages that are to be drawn apart, or turned, and the left one is
            read first. It follows from the other pages of a comic, so that it is not kept with the
            page.
        SPREAD_RTL: The same, and the right one is read first.
    """

    ANIMATED = "animated"
    LOOSE = "loose"
    UNCOMMON = "uncommon"
    SPREAD_LTR = "spread-ltr"
    SPREAD_RTL = "spread-rtl"


SPREADS = frozenset({ImageTrait.SPREAD_LTR, ImageTrait.SPREAD_RTL})


class StripPlace(NamedTuple):
    """Where a page lies in the tall strip that it forms together with its neighbours.

    Attributes:
        top: How many rows of the strip are above the page.
        height: How many rows the whole strip has.
        digest: Names the strip by the bytes of all its pages, in hex.
    """

    top: int
    height: int
    digest: str


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Facts about the bytes of one image, taken once when its page enters the library.

    Width and height are pixels as the reader sees them, after EXIF rotation. ``sha256`` is
    lower-case hex. ``traits`` are in alphabetical order. ``strip`` is where a page lies that is cut
    into screens.
    """

    media_type: str
    width: int
    height: int
    size_bytes: int
    crc32: int
    sha256: str
    traits: tuple[ImageTrait, ...] = ()
    strip: StripPlace | None = None

    @property
    def spread(self) -> ImageTrait | None:
        """Return SPREAD_LTR or SPREAD_RTL for two pages that are to be drawn apart, else None."""
        if not self.traits:
            return None
        return next((trait for trait in self.traits if trait in SPREADS), None)

    @property
    def key(self) -> str:
        """Return what tells the image, and how it is to be drawn, from others: letters and dots."""
        if self.strip is not None:
            return f"{self.sha256}.strip-{self.strip.digest}-{self.strip.top}"
        spread = self.spread
        return self.sha256 if spread is None else f"{self.sha256}.{spread}"


class PageType(StrEnum):
    """What a page is, named as in the schema of ComicInfo.xml."""

    FRONT_COVER = "FrontCover"
    INNER_COVER = "InnerCover"
    ROUNDUP = "Roundup"
    STORY = "Story"
    ADVERTISEMENT = "Advertisement"
    EDITORIAL = "Editorial"
    LETTERS = "Letters"
    PREVIEW = "Preview"
    BACK_COVER = "BackCover"
    OTHER = "Other"
    DELETED = "Deleted"


@dataclass(frozen=True, slots=True)
class PageMarks:
    """What a comic says about one of its pages.

    Attributes:
        type: The names of its types (PageType), separated by blanks. It is empty for a page of the
            story.
        bookmark: The title of the chapter that begins here.
        double_page: Whether it shows two pages; None if the comic does not say.
        key: A name that other programs gave to it.
    """

    type: str = ""
    bookmark: str = ""
    double_page: bool | None = None
    key: str = ""

    def has_type(self, kind: PageType) -> bool:
        """Return True if the page is of this type, possibly among others."""
        return kind in self.type.split()


NO_MARKS = PageMarks()


class ListedPage(NamedTuple):
    """What the directory of an archive or a folder says about a page; None for what it does not."""

    size_bytes: int | None = None
    crc32: int | None = None


NOTHING_LISTED = ListedPage()


@dataclass(frozen=True)
class Page:
    """A page: its place in reading order, its name in the comic, and its facts or its error.

    With neither, it was listed and not read yet.
    """

    index: int
    name: str
    facts: ImageFacts | None
    error: str = ""
    marks: PageMarks = NO_MARKS
    listed: ListedPage = NOTHING_LISTED

    @property
    def is_read(self) -> bool:
        """Return True if the page's bytes were looked at."""
        return self.facts is not None or self.error != ""


# These begin the fingerprint of a comic that the next scan has to look at again, although its files
# are the same: it was moved, so that its title may come from the old path, or a page of it could
# not be read from the disk.
MOVED, AGAIN = "moved ", "again "


def fingerprint_of_files(fingerprint: str) -> str:
    """Return the fingerprint that the comic's files had when it was listed."""
    return fingerprint.removeprefix(MOVED).removeprefix(AGAIN)


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
        deleted_pages: How many pages the comic marks as deleted; they are not among ``pages``.
        metadata_error: Why some of its own metadata cannot be read, and which pages of text are
            left out.
    """

    path: str
    kind: str
    fingerprint: str
    metadata: ComicMetadata
    pages: tuple[Page, ...] = field(default=())
    error: str = ""
    deleted_pages: int = 0
    metadata_error: str = ""
