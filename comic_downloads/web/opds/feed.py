"""What is in a feed, whichever version of OPDS it is written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import ceil

from ...domain.library import ComicMetadata
from ...usecases.catalog.offers import Offer
from ...usecases.library.reading_places import Place
from .addresses import Addresses


class Kind(StrEnum):
    """Whether a feed leads to other feeds, or lists what can be fetched."""

    NAVIGATION = "navigation"
    ACQUISITION = "acquisition"


@dataclass(frozen=True)
class Destination:
    """Another feed that a feed leads to.

    ``key`` names it for all times, and ``rel`` is how it relates to the feed. ``cover`` is the
    address of a picture.
    """

    key: str
    title: str
    href: str
    about: str
    updated_at: datetime
    kind: Kind
    rel: str = "subsection"
    count: int | None = None
    cover: str = ""


@dataclass(frozen=True)
class File:
    """A file at an address; ``size_bytes`` is None while nobody knows it."""

    href: str
    title: str
    media_type: str
    size_bytes: int | None = None


@dataclass(frozen=True)
class Publication:
    """A comic, or a finished file.

    Attributes:
        key: Names it for all times.
        title: What tells it from everything else in the library.
        updated_at: When it last changed.
        metadata: What is known about the comic; None for a file of several.
        comic_id: The comic; empty for a file of several, which has no pages and no cover.
        page_count: How many pages can be read one by one.
        place: The page that the account has read last; None if it has read none.
        cover_version: Changes with the cover; empty without one.
        about: What else is to be said, such as damaged pages.
        file_stem: The name of its files, as a part of their addresses, without the extension.
        own_file: The media type of the untouched file, and the extension of its name; empty if
            there is none.
        files: What it can be fetched as, besides what the feed offers of every comic.
    """

    key: str
    title: str
    updated_at: datetime
    metadata: ComicMetadata | None = None
    series_id: str | None = None
    comic_id: str = ""
    page_count: int = 0
    place: Place | None = None
    cover_version: str = ""
    about: str = ""
    file_stem: str = ""
    own_file: tuple[str, str] = ("", "")
    files: Sequence[File] = ()


@dataclass(frozen=True)
class Facet:
    """One way to sort or filter a feed. ``is_active`` says that the feed is like that."""

    group: str
    title: str
    href: str
    is_active: bool


@dataclass(frozen=True)
class Paging:
    """Which part of a list a feed has; pages count from 1."""

    page: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, ceil(self.total / self.size))

    @property
    def offset(self) -> int:
        """How many entries come before this page."""
        return (self.page - 1) * self.size

    def links(self) -> list[tuple[str, int]]:
        """Return the relations of the other pages to this one, and their numbers."""
        near = [("first", 1), ("last", self.last)]
        if self.page > 1:
            near.insert(1, ("previous", min(self.page - 1, self.last)))
        if self.page < self.last:
            near.insert(-1, ("next", self.page + 1))
        return near


@dataclass(frozen=True)
class Feed:
    """A page of a catalogue.

    Attributes:
        key: Names it for all times; the pages of a list have the same.
        place: Its address within the catalogue.
        query: The parameters of its address besides the page.
        paging: None for what is always on one page.
        offers: What every comic of it can be fetched as.
    """

    key: str
    title: str
    updated_at: datetime
    addresses: Addresses
    place: str
    kind: Kind
    query: dict[str, str] = field(default_factory=dict)
    destinations: Sequence[Destination] = ()
    publications: Sequence[Publication] = ()
    groups: Sequence[Feed] = ()
    facets: Sequence[Facet] = ()
    paging: Paging | None = None
    offers: Sequence[Offer] = ()
    cbz_type: str = ""

    @property
    def is_root(self) -> bool:
        """Return True for the root of the catalogue."""
        return self.place == "catalog"

    def page_address(self, page: int | None = None) -> str:
        """Return the address of a page of the list, of this one without a number."""
        number = page or (self.paging.page if self.paging else 1)
        return self.addresses.feed(self.place, **self.query, page=number if number > 1 else None)

    def link_type(self, media_type: str) -> str:
        """Return the media type as links have it: clients may know another one for CBZ."""
        is_cbz = media_type == "application/vnd.comicbook+zip"
        return self.cbz_type if is_cbz and self.cbz_type else media_type
